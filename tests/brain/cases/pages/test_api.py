"""Programs at /api/cases: the whole way of a case, and problems as RFC 9457 says."""

import base64

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from brain.cases.pages.conftest import UNIT, Browser
from brain.cases.stories import photo
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.searching import OpenCases
from yuzhang.core.access import OPERATOR

NEW = {
    "matter": "waterlogging",
    "description": "water on the road",
    "lon": 115.0,
    "lat": 28.0,
    "reporter_contact": "138",
}
FILE = {"name": "a.jpg", "content": base64.b64encode(photo().content).decode()}


@pytest.fixture(name="people")
def people_(browser: Browser) -> dict[str, TestClient]:
    """Programs of people."""
    made = {
        "citizen": browser("citizen", "citizen"),
        "duty": browser("duty", "official", "duty-officer"),
        "worker": browser("worker", "official", "department-officer"),
    }
    for one in made.values():
        one.headers["accept"] = "application/json"
    return made


def test_case_goes_its_way_over_http(people: dict[str, TestClient]) -> None:
    citizen, duty, worker = people["citizen"], people["duty"], people["worker"]
    made = citizen.post("/api/cases", json=NEW | {"attachments": [FILE]})
    assert made.status_code == 201
    number = made.json()["number"]
    api = f"/api/cases/{number}"

    def task() -> str:
        return str(duty.get(api).json()["tasks"][0]["id"])

    assert [one["number"] for one in duty.get("/api/cases?party=role:duty-officer").json()["cases"]] == [number]
    assert duty.post(f"{api}/steps/{task()}", json={"values": {"decision": "accepted"}}).json()["unit"] == UNIT
    done = {"values": {"decision": "fixed"}, "attachments": [FILE]}
    assert worker.post(f"{api}/steps/{task()}", json=done).json()["state"] == "verify"
    assert worker.post(f"{api}/notes", json={"note": "pumped"}).status_code == 200
    kept = duty.post(f"{api}/attachments", files={"file": ("b.jpg", photo(3).content)})
    assert duty.get(f"{api}/attachments/{kept.json()['id']}").headers["content-type"] == "image/jpeg"
    duty.post(f"{api}/steps/{task()}", json={"values": {"decision": "pass"}})
    assert citizen.post(f"{api}/confirm", json={"satisfied": True}).json()["state"] == "close"
    assert duty.post(f"{api}/steps/{task()}", json={}).json()["outcome"] == "fixed"
    assert citizen.get(f"{api}/own").json()["case"]["status"] == "closed"
    assert [one["number"] for one in citizen.get("/api/cases/mine").json()["cases"]] == [number]
    assert duty.get("/api/cases?status=closed&words=road").json()["cases"][0]["number"] == number


def test_nobody_learns_who_reported_a_case_without_a_purpose(app: FastAPI, people: dict[str, TestClient]) -> None:
    citizen, duty = people["citizen"], people["duty"]
    made = citizen.post("/api/cases", json=NEW | {"attachments": [FILE]})
    number = made.json()["number"]
    party = actions.reporter(app.state.cases, OPERATOR, number).party
    assert party
    api = f"/api/cases/{number}"
    task = duty.get(api).json()["tasks"][0]["id"]
    answers = [
        made,
        duty.get(api),
        duty.get("/api/cases"),
        duty.get("/api/cases?status=any&words=road"),
        duty.post(f"{api}/notes", json={"note": "seen"}),
        duty.post(f"{api}/steps/{task}", json={"values": {"decision": "accepted"}}),
        duty.get(api),
        citizen.get(f"{api}/own"),
        citizen.get("/api/cases/mine"),
        citizen.get(f"/reports/{number}", headers={"accept": "text/html"}),
        duty.get(f"/cases/{number}", headers={"accept": "text/html"}),
    ]
    for at, answer in enumerate(answers):
        assert answer.status_code in (200, 201), at
        assert number in answer.text
        assert party not in answer.text, at
        assert '"reporter":"' not in answer.text, at
    assert duty.get(api).json()["history"][0]["by"] == "reporter"
    asked = duty.get(f"{api}/reporter", headers={"yuzhang-purpose": "handling"})
    assert asked.json()["party"] == party


def test_reporter_of_a_merged_report_who_reopens_it_is_answered_with_their_own_case(
    browser: Browser, people: dict[str, TestClient]
) -> None:
    citizen, duty, other = people["citizen"], people["duty"], browser("other", "citizen")
    other.headers["accept"] = "application/json"
    main = citizen.post("/api/cases", json=NEW | {"address": "the house of somebody else"}).json()["number"]
    own = other.post("/api/cases", json=NEW).json()["number"]
    duty.post(f"/api/cases/{own}/merge", json={"into": main})
    task = duty.get(f"/api/cases/{main}").json()["tasks"][0]["id"]
    duty.post(f"/api/cases/{main}/steps/{task}", json={"values": {"decision": "rejected"}, "note": "another city's"})
    again = other.post(f"/api/cases/{own}/reopen", json={"note": "still wet"})
    assert (again.json()["number"], again.json()["status"]) == (own, "open")
    assert "somebody else" not in again.text


def test_problems_say_what_happened_where_and_what_to_do(people: dict[str, TestClient]) -> None:
    citizen, duty = people["citizen"], people["duty"]
    number = citizen.post("/api/cases", json=NEW).json()["number"]
    for answer, status in (
        (citizen.get("/api/cases"), 403),
        (citizen.get(f"/api/cases/{number}"), 403),
        (duty.get("/api/cases/20200101-000001"), 404),
        (duty.post(f"/api/cases/{number}/steps/none", json={}), 409),
        (citizen.post("/api/cases", json=NEW | {"severity": 9}), 422),
        (citizen.post("/api/cases", json=NEW | {"attachments": [{"name": "a", "content": "%"}]}), 422),
        (duty.get(f"/api/cases/{number}/reporter"), 403),
    ):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "code"} <= set(answer.json())
    asked = duty.get(f"/api/cases/{number}/reporter", headers={"yuzhang-purpose": "handling"})
    assert asked.json()["contact"] == "138"


def test_search_offers_open_cases_without_what_people_wrote(app: FastAPI, people: dict[str, TestClient]) -> None:
    number = people["citizen"].post("/api/cases", json=NEW | {"title": "Li Ming's cellar"}).json()["number"]
    source = OpenCases(app.state.cases)
    (found,) = source.documents()
    assert (found.key, found.address) == (number, f"/cases/{number}")
    assert "Waterlogging" in found.title.en
    assert "Li Ming" not in found.title.en + found.text
    assert "water on the road" not in found.text
    assert source.state() == source.state()
    assert actions.search(app.state.cases, OPERATOR).cases[0].number == number
