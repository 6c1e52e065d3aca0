"""People and officers at the pages of cases: a report on its way, who may do what, and what is kept apart."""

import csv
import io
import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from brain.cases.pages.conftest import UNIT, Browser
from brain.cases.stories import CITIZEN, DUTY, REVIEWER, RIGHTS, Clock, Event, do, happen, photo
from entrance.standing import someone
from web.views import View
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.life.timing import remind
from yuzhang.brain.cases.model import Report
from yuzhang.core.access import OPERATOR, Party


@pytest.fixture(name="citizen")
def citizen_(browser: Browser) -> TestClient:
    """A citizen."""
    return browser("citizen", "citizen")


@pytest.fixture(name="duty")
def duty_(browser: Browser) -> TestClient:
    """An officer on duty."""
    return browser("duty-officer", "official", "duty-officer")


@pytest.fixture(name="worker")
def worker_(browser: Browser) -> TestClient:
    """Somebody of the unit that handles it."""
    return browser("department-officer", "official", "department-officer")


REPORT = {
    "matter": "waterlogging",
    "description": "桥下积水三十厘米",
    "lon": "115.0",
    "lat": "28.0",
    "contact": "13800000000",
    "name": "李明",
}


def sent(client: TestClient, **more: str) -> str:
    """The number of a new report with a photo."""
    answer = client.post(
        "/report", data=REPORT | more, files={"photo": ("a.jpg", photo().content)}, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


def task(client: TestClient, number: str) -> str:
    """The address of the form of the case's first task."""
    found = re.search(rf'action="(/cases/{number}/steps/[^"]+)"', client.get(f"/cases/{number}").text)
    assert found, "no task of mine"
    return found[1]


def test_report_goes_from_the_citizen_by_duty_and_unit_back_to_the_citizen(
    citizen: TestClient, duty: TestClient, worker: TestClient
) -> None:
    number = sent(citizen)
    assert "值班席" in citizen.get(f"/reports/{number}").text, "who must act is named from the start"
    assert number in duty.get("/cases").text
    assert duty.post(task(duty, number), data={"value.decision": "accepted"}).status_code == 200
    queue = View(worker.get("/cases").text)
    assert number in queue.words
    assert "5 小时后" in queue.words, "four working hours, and the hour of noon"
    refused = worker.post(task(worker, number), data={"value.decision": "fixed", "note": "已抽干"})
    assert refused.status_code == 422
    assert "已抽干" in refused.text, "what was written is still there"
    done = worker.post(
        task(worker, number),
        data={"value.decision": "fixed", "note": "已抽干"},
        files={"photo": ("b.jpg", photo(5).content)},
    )
    assert done.status_code == 200
    assert duty.post(task(duty, number), data={"value.decision": "pass"}).status_code == 200
    assert "请您确认" in citizen.get("/reports").text
    assert citizen.post(f"/reports/{number}/confirm", data={"satisfied": "true"}).status_code == 200
    duty.post(task(duty, number), data={})
    page = View(citizen.get(f"/reports/{number}").text).words
    assert "已办结" in page
    assert "已解决" in page
    assert "东区排水所" in View(duty.get(f"/cases/{number}").text).words, "the unit stands at its step"


def test_reporter_who_is_not_satisfied_says_why_and_reopens_what_was_closed(
    app: FastAPI, citizen: TestClient, duty: TestClient
) -> None:
    case = actions.report(app.state.cases, CITIZEN, Report("waterlogging", "water", 115.0, 28.0))
    number = sent(citizen)
    assert citizen.get(f"/reports/{case.number}").status_code == 404, "another's report is not told of"
    assert citizen.post(f"/reports/{number}/reopen", data={"note": "还有水"}).status_code == 409
    assert duty.post(task(duty, number), data={"value.decision": "rejected", "note": "不属本市"}).status_code == 200
    assert "不予受理" in citizen.get(f"/reports/{number}").text
    citizen.post(f"/reports/{number}/reopen", data={"note": "就在本市"})
    assert "办理中" in citizen.get(f"/reports/{number}").text


def test_contact_is_shown_only_to_an_officer_who_says_what_for(citizen: TestClient, duty: TestClient) -> None:
    number = sent(citizen)
    for address in (f"/cases/{number}", "/cases", f"/cases?q={number}"):
        assert "13800000000" not in duty.get(address).text
        assert "李明" not in duty.get(address).text
    asked = duty.get(f"/cases/{number}/reporter")
    assert asked.status_code == 403
    assert "目的" in asked.text
    declared = duty.post("/purpose", data={"purpose": f"办理 {number}", "next": f"/cases/{number}/reporter"})
    assert "13800000000" in declared.text
    assert citizen.get(f"/cases/{number}/reporter").status_code == 403
    assert citizen.get(f"/cases/{number}").status_code == 403


def test_hotline_writes_down_a_call_and_the_case_opens_before_the_officer(
    duty: TestClient, citizen: TestClient
) -> None:
    answer = duty.post("/report", data=REPORT | {"hotline": "yes", "severity": "4"})
    assert answer.url.path.startswith("/cases/")
    words = View(answer.text).words
    assert "热线" in words
    assert "特别严重" in words
    assert citizen.post("/report", data=REPORT | {"hotline": "yes"}).status_code == 403


def test_form_refuses_what_it_cannot_take_and_keeps_what_was_written(citizen: TestClient) -> None:
    page = citizen.post("/report", data=REPORT | {"lon": "east"})
    assert page.status_code == 422
    assert "桥下积水三十厘米" in page.text
    page = citizen.post("/report", data=REPORT, files={"photo": ("a.exe", b"MZ\x90\x00")})
    assert page.status_code == 422
    assert "a.exe" in page.text
    shown = citizen.get("/report").text
    assert "道路积水" in shown
    assert "内部事项" not in shown


def test_near_duplicate_is_suggested_and_merged(citizen: TestClient, duty: TestClient) -> None:
    first, second = sent(citizen), sent(citizen, description="同一处积水")
    page = duty.get(f"/cases/{second}")
    assert f"并入 {first}" in page.text
    merged = duty.post(f"/cases/{second}/merge", data={"into": first})
    assert merged.url.path == f"/cases/{first}"
    assert second in merged.text
    assert first in citizen.get(f"/reports/{second}").text


def test_unit_hands_over_gives_back_and_notes(citizen: TestClient, duty: TestClient, worker: TestClient) -> None:
    number = sent(citizen)
    duty.post(task(duty, number), data={"value.decision": "accepted"})
    step = task(worker, number).replace("/steps/", "/tasks/")
    assert worker.post(f"/cases/{number}/notes", data={"note": "水泵在路上"}).status_code == 200
    handed = worker.post(f"{step}/hand-over", data={"unit": "roads", "note": "属道路"})
    assert "道桥处" in View(handed.text).words
    assert "应由他人办理" in View(worker.get(f"/cases/{number}").text).words
    duty.post(f"{step}/hand-over", data={"unit": UNIT, "note": "还是排水"})
    back = worker.post(f"{step}/give-back", data={"note": "不归我们"})
    assert back.status_code == 200
    assert "水泵在路上" not in citizen.get(f"/reports/{number}").text, "notes of officers are theirs"


def test_note_with_one_file_that_is_refused_is_not_kept_and_sent_again_it_stands_once(
    app: FastAPI, citizen: TestClient, duty: TestClient
) -> None:
    number = sent(citizen)
    good, bad = ("photo", ("a.jpg", photo(3).content)), ("photo", ("b.exe", b"MZ"))
    refused = duty.post(f"/cases/{number}/notes", data={"note": "水泵在路上"}, files=[good, bad])
    assert refused.status_code == 422
    assert "水泵在路上" in refused.text, "what was written is still there"
    assert duty.post(f"/cases/{number}/notes", data={"note": "水泵在路上"}, files=[good]).status_code == 200
    seen = actions.case(app.state.cases, OPERATOR, number)
    assert [one.note for one in seen.history].count("水泵在路上") == 1
    assert len(seen.attachments) == 2, "the report's own, and this one"


def test_queue_of_what_was_escalated_to_ones_unit_lists_it_and_the_filter_by_unit_what_stands_elsewhere(
    app: FastAPI, citizen: TestClient, duty: TestClient, clock: Clock
) -> None:
    cases = app.state.cases
    late, checked = sent(citizen), sent(citizen)
    for number in (late, checked):
        duty.post(task(duty, number), data={"value.decision": "accepted"})
    worker = Party("w", RIGHTS | {"department-officer"}, kind="official", unit=UNIT)
    do(cases, worker, actions.case(cases, OPERATOR, checked).case, "fixed", photos=1)  # stands at the duty office now
    of_unit = duty.get(f"/cases?queue=all&unit={UNIT}").text
    assert late in of_unit
    assert checked in of_unit
    clock.later(days=3)
    remind(cases)
    above = someone(app.state.identity, "above", "official", ("department-officer",), "water")
    duty.cookies.update({**above.cookie})
    assert "升级到本单位的" in duty.get("/cases").text
    queue = duty.get("/cases?queue=escalated").text
    assert late in queue
    assert checked not in queue
    assert duty.post(task(duty, late), data={"value.decision": "not-fixed", "note": "已安排"}).status_code == 200
    assert late not in duty.get("/cases?queue=escalated").text


def test_what_was_escalated_is_asked_for_by_programs_too(
    app: FastAPI, citizen: TestClient, duty: TestClient, clock: Clock
) -> None:
    late = sent(citizen)
    duty.post(task(duty, late), data={"value.decision": "accepted"})
    sent(citizen)
    clock.later(days=3)
    remind(app.state.cases)
    for more in ("", "&words=桥下"):
        found = duty.get(f"/api/cases?escalated=water{more}", headers={"accept": "application/json"})
        assert [one["number"] for one in found.json()["cases"]] == [late], more


def test_queue_is_filtered_paged_by_key_and_marks_what_is_simulated(
    app: FastAPI, duty: TestClient, clock: Clock
) -> None:
    cases = app.state.cases
    happen(cases, *(Event(f"e{at}", unit=UNIT, simulated=at % 2 == 0) for at in range(60)))
    first = duty.get("/cases?queue=all")
    assert "模拟" in first.text
    rows = re.findall(r'<th scope="row"><a href="/cases/([^"]+)"', first.text)
    assert len(rows) == 50
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert following
    more = re.findall(r'<th scope="row"><a href="/cases/([^"]+)"', duty.get(following[1].replace("&amp;", "&")).text)
    assert len(more) == 10
    assert not set(rows) & set(more)
    real = duty.get("/cases?queue=all&simulated=false").text
    assert real.count('class="simulated"') == 0
    clock.later(days=9)
    late = View(duty.get("/cases?queue=all&overdue=true&sort=severity&severity=3").text).words
    assert "超期" in late
    assert "◆" in late
    assert duty.get("/cases?after=x").status_code == 422


def test_statistics_are_shown_and_downloaded_and_keep_simulated_cases_apart(
    app: FastAPI, duty: TestClient, clock: Clock
) -> None:
    cases = app.state.cases
    case = actions.report(cases, CITIZEN, Report("waterlogging", "water", 115.0, 28.0))
    worker = Party("w", RIGHTS | {"department-officer"}, kind="official", unit=UNIT)
    for who, decision, photos in ((DUTY, "accepted", 0), (worker, "fixed", 1), (REVIEWER, "pass", 0)):
        do(cases, who, case, decision, photos=photos)
    actions.confirm(cases, CITIZEN, case.number, True)
    do(cases, DUTY, case)
    page = View(duty.get("/cases/statistics").text).words
    assert "东区排水所" in page
    assert "100 %" in page
    day = (clock() + timedelta(hours=8)).date()
    table = duty.get(f"/cases/statistics.csv?since={day}&until={day}").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [(row["unit"], row["closed"], row["on_time_rate"]) for row in rows] == [(UNIT, "1", "1.0000")]
    assert (
        list(csv.DictReader(io.StringIO(duty.get("/cases/statistics.csv?simulated=true").content.decode("utf-8-sig"))))
        == []
    )
    assert duty.get(f"/cases/statistics?since={day}&until=2020-01-01").status_code == 422


def test_process_is_shown_changed_and_refused_with_all_its_faults(
    app: FastAPI, browser: Browser, duty: TestClient
) -> None:
    assert "一般办理" in duty.get("/processes").text
    page = duty.get("/processes/handling").text
    assert "受理" in page
    bpmn = actions.process(app.state.cases, OPERATOR, "handling").bpmn
    bad = bpmn.replace("decision == 'accepted'", "decission == 'accepted'").replace(
        'yz:party="reporter"', 'yz:party="x y"'
    )
    assert duty.post("/processes/handling", data={"bpmn": bpmn, "note": "试"}).status_code == 403
    engineer = browser("engineer", "official", "domain-engineer")
    refused = engineer.post("/processes/handling", data={"bpmn": bad, "note": "试"})
    assert refused.status_code == 422
    assert "decission" in refused.text
    assert refused.text.count("handling.bpmn:") >= 2, "every fault with its line"
    kept = engineer.post(
        "/processes/handling", data={"bpmn": bpmn.replace('yz:en="Accept"', 'yz:en="Take it"'), "note": "改名"}
    )
    assert kept.status_code == 200
    assert "改名" in kept.text
    assert "Take it" in browser("second", "official", language="en").get("/processes/handling").text
    assert browser("department", "official", "department-officer").get("/processes/handling").text.count(
        "readonly"
    ) in (0, 1)


def test_every_page_speaks_english_too_without_chinese_left(browser: Browser, citizen: TestClient) -> None:
    number = sent(citizen, description="water on the road", name="Li", address="under the bridge")
    duty = browser("duty", "official", "duty-officer", language="en")
    for address in (
        "/cases",
        f"/cases/{number}",
        "/report",
        "/reports",
        "/cases/statistics",
        "/processes",
        "/processes/handling",
    ):
        answer = duty.get(address)
        assert answer.status_code == 200, address
        left = [
            one.words
            for one in View(answer.text).texts
            if one.language == "en" and re.search("[\u3400-\u9fff]", one.words)
        ]
        assert [one for one in left if one not in ("中文",) and "xml" not in one] == [], address


def test_officers_are_called_by_name_where_the_entrance_tells_it_and_the_reporter_never(
    app: FastAPI, citizen: TestClient, duty: TestClient
) -> None:
    names = {"party-duty-officer": "刘值班", "party-citizen": "李明"}
    app.state.called = lambda party: names.get(party, "")
    number = sent(citizen)
    duty.post(task(duty, number), data={"value.decision": "accepted"})
    page = View(duty.get(f"/cases/{number}").text).words
    assert "刘值班" in page
    assert "李明" not in page
    assert "刘值班" not in citizen.get(f"/reports/{number}").text, "who of the office did it is not told outside"
