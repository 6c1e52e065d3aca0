"""Personal data is shown to whoever says what for; the purpose holds for the session that declared it, and is recorded."""

import pytest

from entrance.identity.conftest import Browse, Records
from entrance.identity.sitting import at
from entrance.standing import Someone, someone
from yuzhang.entrance.identity.room import Identity

PARTIES = "/admin/parties"


@pytest.fixture
def administrator(identity: Identity) -> Someone:
    """A system administrator."""
    return someone(identity, "system", "official", ("system-administrator",))


def test_page_with_personal_data_asks_what_for_and_is_shown_once_it_is_said(
    browse: Browse, administrator: Someone
) -> None:
    browser = at(browse, administrator)
    asked = browser.get(f"{PARTIES}?kind=official")
    assert asked.status_code == 403
    assert "What for?" in asked.text
    assert f'value="{PARTIES}?kind=official"' in asked.text
    said = browser.post("/purpose", data={"purpose": "办件 12", "next": f"{PARTIES}?kind=official"})
    assert said.status_code == 303
    assert said.headers["location"] == f"{PARTIES}?kind=official"
    kept = said.headers["set-cookie"]
    assert "HttpOnly" in kept
    assert "SameSite=strict" in kept
    assert "Max-Age" not in kept
    shown = browser.get(PARTIES)
    assert shown.status_code == 200
    assert "Sample system" in shown.text
    assert "办件 12" in shown.text


def test_purpose_ends_when_it_is_ended(browse: Browse, administrator: Someone) -> None:
    browser = at(browse, administrator)
    browser.post("/purpose", data={"usual": "Handling a case", "next": PARTIES})
    assert browser.get("/who").json()["purpose"] == "Handling a case"
    assert browser.post("/purpose/end", data={"next": PARTIES}).headers["location"] == PARTIES
    assert browser.get("/who").json()["purpose"] == ""
    assert browser.get(PARTIES).status_code == 403


def test_purpose_of_one_session_is_nothing_in_another(
    identity: Identity, browse: Browse, administrator: Someone
) -> None:
    browser = at(browse, administrator)
    browser.post("/purpose", data={"purpose": "a case", "next": "/"})
    browser.post("/sign-out")
    other = someone(identity, "second", "official", ("system-administrator",))
    browser.cookies.set("yuzhang_session", other.cookie["yuzhang_session"], domain="localhost.local")
    assert browser.cookies.get("yuzhang_purpose")
    assert browser.get("/who").json()["purpose"] == ""
    assert browser.get(PARTIES).status_code == 403


@pytest.mark.parametrize("said", ["", "   ", "x" * 201, "a\u202eb"])
def test_purpose_that_says_nothing_or_is_unfit_is_refused(browse: Browse, administrator: Someone, said: str) -> None:
    browser = at(browse, administrator)
    answer = browser.post("/purpose", data={"purpose": said})
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


def test_purpose_leads_to_no_foreign_address(browse: Browse, administrator: Someone) -> None:
    browser = at(browse, administrator)
    for onto in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        assert browser.post("/purpose", data={"purpose": "a case", "next": onto}).headers["location"] == "/"


def test_header_of_a_program_goes_before_the_page_s_purpose(browse: Browse, administrator: Someone) -> None:
    browser = at(browse, administrator)
    browser.post("/purpose", data={"purpose": "a case"})
    found = browser.get("/who", headers={"yuzhang-purpose": "an%20audit"}).json()
    assert found["purpose"] == "an audit"


def test_programs_are_told_which_header_is_missing_and_whoever_may_not_is_not_asked_for_a_purpose(
    identity: Identity, browse: Browse, administrator: Someone
) -> None:
    asked = at(browse, administrator).get(PARTIES, headers={"accept": "application/json"})
    assert (asked.status_code, asked.json()["code"]) == (403, "purpose-needed")
    assert "Yuzhang-Purpose" in asked.json()["fix"]
    officer = at(browse, someone(identity, "officer", "official", ("plan-officer",)))
    refused = officer.get(PARTIES, headers={"accept": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    assert officer.get(PARTIES, headers={"yuzhang-purpose": "x"}).status_code == 403


def test_declaring_a_purpose_is_recorded(browse: Browse, administrator: Someone, records: Records) -> None:
    at(browse, administrator).post("/purpose", data={"purpose": "a case"})
    assert (administrator.account.id, "entrance.identity.purposes.declare", "begun", "") in records.notes
