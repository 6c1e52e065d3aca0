"""Administrators at their pages: accounts are made, roles are given, and whoever may not gets nowhere."""

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from entrance.identity.conftest import Browse
from entrance.identity.people import PASSWORD
from entrance.identity.sitting import at
from entrance.standing import Someone, someone
from yuzhang.entrance.identity import parties_api
from yuzhang.entrance.identity.room import Identity

PARTIES = "/admin/parties"
WHY = {"purpose": "administration"}
LINK = re.compile(r'<code id="link">http://localhost(/[^<]+)</code>')


@pytest.fixture
def system(identity: Identity) -> Someone:
    """The system administrator."""
    return someone(identity, "system", "official", ("system-administrator",))


@pytest.fixture
def security(identity: Identity) -> Someone:
    """The security administrator."""
    return someone(identity, "security", "official", ("security-administrator",))


@pytest.fixture
def administering(browse: Browse, system: Someone) -> TestClient:
    """The system administrator's browser, with a purpose."""
    browser = at(browse, system)
    browser.post("/purpose", data=WHY)
    return browser


@pytest.fixture
def securing(browse: Browse, security: Someone) -> TestClient:
    """The security administrator's browser, with a purpose."""
    browser = at(browse, security)
    browser.post("/purpose", data=WHY)
    return browser


def test_officer_is_invited_joins_and_gets_a_role_from_the_security_administrator(
    browse: Browse, administering: TestClient, securing: TestClient
) -> None:
    made = administering.post(
        f"{PARTIES}/invite", data={"kind": "official", "name": "Sun Yi", "unit": "Water", "region": "360102"}
    )
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    link = LINK.search(made.text)
    assert link is not None
    officer = browse()
    joined = officer.post(link[1], data={"name": "Sun Yi", "login": "sun.yi", "password": PASSWORD})
    assert joined.status_code == 303
    assert officer.get(link[1]).status_code == 404
    who = officer.get("/who").json()
    assert who["roles"] == []
    given = securing.post(f"{PARTIES}/{who['id']}/roles", data={"role": "duty-officer", "until": "2026-03-31"})
    assert given.status_code == 303
    assert officer.get("/who").json()["roles"] == ["duty-officer"]
    assert "duty-officer" in securing.get(f"{PARTIES}/{who['id']}").text
    assert securing.post(f"{PARTIES}/{who['id']}/roles/duty-officer/take").status_code == 303
    assert officer.get("/who").json()["roles"] == []


def test_suspended_party_is_out_at_once_and_let_in_again(
    identity: Identity, browse: Browse, administering: TestClient
) -> None:
    one = someone(identity, "officer", "official", ("plan-officer",))
    browser, its = at(browse, one), f"{PARTIES}/{one.account.id}"
    assert browser.get("/who").json()["kind"] == "official"
    assert administering.post(f"{its}/suspend").status_code == 303
    assert browser.get("/who").json()["kind"] == "stranger"
    assert "suspended" in administering.get(its).text
    assert administering.post(f"{its}/resume").status_code == 303
    assert administering.get(f"{PARTIES}?status=suspended").text.count("No party fits.") == 1


def test_three_administrators_exclude_each_other(
    identity: Identity, securing: TestClient, administering: TestClient, system: Someone, security: Someone
) -> None:
    answer = securing.post(f"{PARTIES}/{system.account.id}/roles", data={"role": "audit-administrator"})
    assert answer.status_code == 409
    assert "three persons" in answer.text
    assert securing.post(f"{PARTIES}/{security.account.id}/roles", data={"role": "duty-officer"}).status_code == 403
    assert administering.post(f"{PARTIES}/{security.account.id}/suspend").status_code == 409


def test_administrators_see_the_forms_that_are_theirs(
    identity: Identity, administering: TestClient, securing: TestClient
) -> None:
    one = someone(identity, "officer", "official", ("plan-officer",))
    its = f"{PARTIES}/{one.account.id}"
    seen_by_system, seen_by_security = administering.get(its).text, securing.get(its).text
    assert f"{its}/suspend" in seen_by_system
    assert f"{its}/roles" not in seen_by_system
    assert f"{its}/roles" in seen_by_security
    assert f"{its}/recovery-link" in seen_by_security
    assert f"{its}/suspend" not in seen_by_security
    assert f"{PARTIES}/invite" in administering.get(PARTIES).text
    assert f"{PARTIES}/invite" not in securing.get(PARTIES).text


CHANGES = (
    "/invite", "/register", "/{party}/place", "/{party}/confirm", "/{party}/suspend", "/{party}/resume", "/{party}/roles",
    "/{party}/roles/plan-officer/take", "/{party}/end-sessions", "/{party}/recovery-link", "/{party}/mandates",
    "/{party}/mandates/x/revoke",
)  # fmt: skip


@pytest.mark.parametrize("path", CHANGES)
def test_party_without_the_right_is_refused_by_every_form(identity: Identity, browse: Browse, path: str) -> None:
    one = someone(identity, "officer", "official", ("plan-officer", "data-officer"))
    browser, address = at(browse, one), PARTIES + path.format(party=one.account.id)
    form = {"kind": "official", "name": "X", "role": "duty-officer", "subject": "x", "matters": "*"}
    assert browser.post(address, data=form, headers={"yuzhang-purpose": "x"}).status_code == 403
    assert browse().post(address, data=form).status_code in (401, 403)


def test_party_without_the_right_sees_no_party(identity: Identity, browse: Browse) -> None:
    one = someone(identity, "citizen", "citizen")
    browser = at(browse, one)
    browser.post("/purpose", data=WHY)
    for address in (PARTIES, f"{PARTIES}/{one.account.id}", PARTIES + "/nobody"):
        assert browser.get(address).status_code == 403


def test_parties_are_searched_filtered_and_paged(identity: Identity, administering: TestClient) -> None:
    for number in range(55):
        someone(identity, f"citizen-{number:02}", "citizen")
    someone(identity, "officer", "official", ("plan-officer",))
    first = administering.get(f"{PARTIES}?kind=citizen")
    assert "55 parties" in first.text
    assert "1 / 2" in first.text
    assert "citizen-50" not in first.text
    assert "citizen-50" in administering.get(f"{PARTIES}?kind=citizen&page=2").text
    assert "1 parties" in administering.get(f"{PARTIES}?role=plan-officer").text
    assert "1 parties" in administering.get(f"{PARTIES}?text=citizen-07").text


def test_device_is_registered_placed_and_an_enterprise_confirmed(browse: Browse, administering: TestClient) -> None:
    made = administering.post(f"{PARTIES}/register", data={"kind": "device", "name": "Gauge 7", "region": "360102"})
    its = made.headers["location"]
    assert "Gauge 7" in administering.get(its).text
    administering.post(f"{its}/place", data={"name": "Gauge 8", "unit": "Water"})
    assert "Gauge 8" in administering.get(its).text
    enterprise = browse()
    form = {
        "kind": "enterprise", "name": "Works", "login": "works", "password": PASSWORD, "identifier": "91350100M000100Y43",
    }  # fmt: skip
    assert enterprise.post("/sign-up", data=form).status_code == 303
    assert "not confirmed" in administering.get(f"{PARTIES}?kind=enterprise").text
    party = enterprise.get("/who").json()["id"]
    assert administering.post(f"{PARTIES}/{party}/confirm").status_code == 303
    assert "not confirmed" not in administering.get(f"{PARTIES}?kind=enterprise").text


def test_recovery_link_is_shown_once_and_sessions_are_ended(
    identity: Identity, browse: Browse, securing: TestClient
) -> None:
    one = someone(identity, "officer", "official")
    its = f"{PARTIES}/{one.account.id}"
    assert securing.post(f"{its}/end-sessions").status_code == 303
    assert at(browse, one).get("/who").json()["kind"] == "stranger"
    link = LINK.search(securing.post(f"{its}/recovery-link").text)
    assert link is not None
    back = browse()
    assert back.post(link[1], data={"password": PASSWORD}).status_code == 303
    assert back.get("/who").json()["id"] == one.account.id
    assert link[1] not in securing.get(its).text


def test_what_is_wrong_with_a_form_stands_above_it(administering: TestClient, system: Someone) -> None:
    unfit = administering.post(f"{PARTIES}/invite", data={"kind": "official", "name": " "})
    assert unfit.status_code == 422
    assert "A name has 1 to 100 characters" in unfit.text
    unplaced = administering.post(f"{PARTIES}/{system.account.id}/place", data={"name": "x" * 200})
    assert unplaced.status_code == 422
    assert administering.post(f"{PARTIES}/nobody/confirm").status_code == 404


@pytest.fixture
def asking(application: FastAPI, browse: Browse, system: Someone) -> TestClient:
    """The same administrator's program."""
    application.include_router(parties_api.router)
    return at(browse, system)


def test_programs_list_parties_for_a_purpose_without_their_addresses(asking: TestClient, system: Someone) -> None:
    assert asking.get("/api/parties").json()["code"] == "purpose-needed"
    found = asking.get("/api/parties?role=system-administrator", headers={"yuzhang-purpose": "inventory"}).json()
    assert found["total"] == 1
    assert found["parties"][0]["roles"][0]["role"] == "system-administrator"
    assert not {"email", "phone"} & found["parties"][0].keys()
    one = asking.get(f"/api/parties/{system.account.login}", headers={"yuzhang-purpose": "inventory"}).json()
    assert one["id"] == system.account.id
    assert asking.get("/api/parties/nobody", headers={"yuzhang-purpose": "inventory"}).status_code == 404
    assert asking.get("/api/parties?start=-1", headers={"yuzhang-purpose": "inventory"}).status_code == 422
