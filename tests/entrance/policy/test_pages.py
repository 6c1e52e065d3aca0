"""The pages and endpoints of the policies, as each party sees them."""

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from entrance.policy.asked import application, browser
from yuzhang.core.access import STRANGER
from yuzhang.entrance.policy.notation import party_of
from yuzhang.entrance.policy.room import Decider

SECURITY, AUDIT = party_of("role:security-administrator"), party_of("role:audit-administrator")
OFFICER = party_of("role:plan-officer?id=li")
OWN = """// Closed. 不开放。
@id("own") @title_zh("本市不开放") @title_en("Closed <b>here</b>") @why("test")
forbid (principal in Kind::"citizen", action in Action::"right:reader", resource);
"""


@pytest.fixture
def own(tmp_path: Path) -> Decider:
    """A decider that a test may change."""
    folder = tmp_path / "own"
    folder.mkdir()
    return Decider([folder])


@pytest.fixture
def app(city_folder: Path, own: Decider) -> FastAPI:
    """An application of the test's own."""
    return application(city_folder, own)


def test_an_administrator_reads_all_policies_and_filters_them(app: FastAPI, own: Decider) -> None:
    for party in (SECURITY, AUDIT):
        page = browser(app, own, party).get("/policy")
        assert page.status_code == 200
        assert page.text.count('<article class="card policy"') == len(own.statements)
        assert "GB/T 22239-2019 8.1.5.2" in page.text
    found = browser(app, own, SECURITY).get("/policy?q=purpose&effect=forbid")
    assert 'id="purpose-for-personal-data"' in found.text
    assert 'id="visitor"' not in found.text
    none = browser(app, own, SECURITY).get("/policy?q=nowhere")
    assert "Nothing here with these filters." in none.text


def test_the_page_speaks_chinese(app: FastAPI, own: Decider) -> None:
    page = browser(app, own, SECURITY).get("/policy?lang=zh")
    assert "处理个人信息必须说明目的" in page.text
    assert "策略原文" in page.text


def test_others_do_not_read_the_policies_but_ask_about_themselves(app: FastAPI, own: Decider) -> None:
    officer = browser(app, own, OFFICER)
    assert officer.get("/policy").status_code == 403
    assert officer.get("/api/policy/policies").status_code == 403
    answer = officer.get("/policy/why?action=plan.registry.actions.undo")
    assert answer.status_code == 200
    assert "<h2>Yes</h2>" in answer.text
    assert "plan-office-keeps-plans" in answer.text
    assert officer.get("/policy/why?subject=li&action=plan.registry.actions.undo").status_code == 200
    assert officer.get("/policy/why?subject=kind:citizen&action=plan.registry.actions.undo").status_code == 403


def test_a_stranger_is_led_to_sign_in(app: FastAPI, own: Decider) -> None:
    stranger = browser(app, own, STRANGER)
    for address in ("/policy", "/policy/why?action=plan.registry.actions.undo"):
        asked = stranger.get(address, follow_redirects=False)
        assert asked.status_code == 303, address
        assert asked.headers["location"].startswith("/sign-in")
    for address in ("/api/policy/policies", "/api/policy/decisions?action=plan.registry.actions.undo"):
        assert stranger.get(address).status_code == 401, address
    assert stranger.post("/api/policy/load").status_code == 401


def test_one_factor_is_not_enough(app: FastAPI, own: Decider) -> None:
    weak = browser(app, own, replace(SECURITY, factors=1))
    assert weak.get("/policy").status_code == 403
    answer = weak.get("/policy/why?action=entrance.policy.actions.policies")
    assert "signed in with two factors" in answer.text
    assert "two-factors-for-administrators" in answer.text


def test_a_no_says_what_is_missing_on_the_page_and_as_json(app: FastAPI, own: Decider) -> None:
    known = browser(app, own, SECURITY)
    asked = "subject=role:duty-officer&action=brain.context.actions.alter&object=brain.context/urn:x?level=2"
    page = known.get(f"/policy/why?{asked}")
    assert "<h2>No</h2>" in page.text
    assert "the party would need the role data-officer" in page.text
    told = known.get(f"/api/policy/decisions?{asked}").json()
    assert told["allowed"] is False
    assert told["decided_by"] == []
    assert "data-office-keeps-data" in [one["policy"]["id"] for one in told["nearest"]]
    yes = known.get("/api/policy/decisions?subject=kind:citizen&action=plan.registry.actions.registered").json()
    assert [one["id"] for one in yes["decided_by"]] == ["public-reads-the-plan"]
    assert yes["decided_by"][0]["file"] == "90-citizens-and-enterprises.cedar"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("subject=nobody-known&action=plan.registry.actions.undo", 404),
        ("subject=kind:citizen&action=no.such.action", 422),
        ("subject=kind:citizen&action=plan.registry.actions.undo&object=plan?level=11", 422),
        ("action=plan.registry.actions.undo&factors=many", 422),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_with_what_to_do(
    app: FastAPI, own: Decider, query: str, status: int
) -> None:
    known = browser(app, own, SECURITY)
    assert known.get(f"/policy/why?{query}").status_code == status
    told = known.get(f"/api/policy/decisions?{query}", headers={"accept": "application/json"})
    assert told.status_code == status
    assert told.json()["fix"]


def test_a_known_party_is_asked_about_by_its_id(app: FastAPI, own: Decider) -> None:
    own.people = {"li": OFFICER}.get
    told = browser(app, own, SECURITY).get("/api/policy/decisions?subject=li&action=plan.registry.actions.undo").json()
    assert (told["subject"], told["allowed"]) == ("li", True)


def test_files_are_read_again_by_the_security_administrator_only(app: FastAPI, own: Decider) -> None:
    folder = own.folders[1]
    before = len(own.statements)
    (folder / "own.cedar").write_text(OWN)
    assert browser(app, own, AUDIT).post("/api/policy/load").status_code == 403
    assert "Read the files again" not in browser(app, own, AUDIT).get("/policy").text
    security = browser(app, own, SECURITY)
    assert "Read the files again" in security.get("/policy").text
    assert security.post("/api/policy/load").json() == {"policies": before + 1}
    page = security.get("/policy?q=own").text
    assert "Closed &lt;b&gt;here&lt;/b&gt;" in page
    (folder / "own.cedar").write_text(OWN.replace("Kind", "Sort"))
    refused = security.post("/policy/load")
    assert refused.status_code == 422
    assert "own.cedar:2" in refused.text
    assert len(own.statements) == before + 1
    (folder / "own.cedar").unlink()
    assert security.post("/policy/load", follow_redirects=False).status_code == 303
    assert len(own.statements) == before
