"""Whom the gate takes a request for: other sites, other names, tokens, and the settings' trust."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from entrance.identity.conftest import Browse
from entrance.identity.people import PASSWORD, Person
from yuzhang.core.access import Party
from yuzhang.core.settings import Settings
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.rules import Rules
from yuzhang.web.gate import Asking


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"origin": "http://localhost"}, "citizen"),
        ({"origin": "http://evil.example"}, "stranger"),
        ({"origin": "null"}, "stranger"),
        ({"origin": ""}, "stranger"),
        ({"sec-fetch-site": "same-origin"}, "citizen"),
        ({"sec-fetch-site": "cross-site"}, "stranger"),
        ({"sec-fetch-site": "none"}, "stranger"),
        ({}, "stranger"),
    ],
)
def test_only_pages_of_this_server_write_with_its_cookie(citizen: Person, headers: dict[str, str], kind: str) -> None:
    del citizen.browser.headers["origin"]
    assert citizen.browser.post("/who", headers=headers).json()["kind"] == kind
    assert citizen.browser.get("/who", headers=headers).json()["kind"] == "citizen"


def test_name_that_was_made_to_lead_here_finds_a_stranger(citizen: Person) -> None:
    for host, kind in (("localhost:8700", "citizen"), ("127.0.0.1", "citizen"), ("rebound.example", "stranger")):
        headers = {"host": host, "cookie": f"yuzhang_session={citizen.token}"}
        assert citizen.browser.get("/who", headers=headers).json()["kind"] == kind, host


def test_sign_in_form_of_another_site_or_under_another_name_is_refused(browser: TestClient, citizen: Person) -> None:
    form = {"login": "wang", "password": PASSWORD}
    assert browser.post("/sign-in", data=form, headers={"origin": "http://evil.example"}).status_code == 403
    rebound = {"host": "rebound.example", "origin": "http://rebound.example"}
    assert browser.post("/sign-in", data=form, headers=rebound).status_code == 403


def test_bearers_are_asked_in_turn_and_a_wrong_token_never_falls_back_to_the_cookie(
    citizen: Person, identity: Identity
) -> None:
    asked: list[str] = []

    def first(token: str, asking: Asking) -> Party | None:
        asked.append(token)
        return None

    def second(token: str, asking: Asking) -> Party | None:
        return Party("app-1", kind="application", factors=1) if token == "right" else None  # noqa: S105  # of the test

    identity.gate.bearers += [first, second]
    for scheme in ("Bearer", "Key"):
        found = citizen.browser.get("/who", headers={"authorization": f"{scheme} right"}).json()
        assert found["id"] == "app-1"
        wrong = citizen.browser.get("/who", headers={"authorization": f"{scheme} wrong"}).json()
        assert wrong["kind"] == "stranger"
    assert asked == ["right", "wrong", "right", "wrong"]


def test_purpose_and_address_come_along(citizen: Person) -> None:
    said = citizen.browser.get("/who", headers={"yuzhang-purpose": "%E5%8A%9E%E4%BB%B6"}).json()
    assert (said["purpose"], said["peer"]) == ("办件", "10.1.2.3")


def test_trusting_laptop_knows_its_operator_and_a_session_all_the_same(identity: Identity, citizen: Person) -> None:
    settings = Settings(identity.storage.folder, trust="machine")
    there = Identity(identity.storage, identity.secrets, settings, identity.guard, own_rules=Rules(), now=identity.now)
    asking = Asking("GET", "/", "127.0.0.1", {"host": "localhost"})
    assert there.gate.party(asking).kind == "process"
    assert there.gate.party(asking).guard is identity.guard
    signed_in = replace(asking, headers={"host": "localhost", "cookie": f"yuzhang_session={citizen.token}"})
    assert there.gate.party(signed_in).kind == "citizen"
    assert there.gate.party(replace(asking, peer="10.0.0.9")).kind == "stranger"
    there.close()


def test_suspended_party_is_a_stranger_at_once(browse: Browse, citizen: Person, identity: Identity) -> None:
    from yuzhang.core.access import OPERATOR
    from yuzhang.entrance.identity import parties

    parties.set_status(identity, replace(OPERATOR, guard=identity.guard), "wang", "suspended")
    assert citizen.who()["kind"] == "stranger"
    assert citizen.sign_in(browse()).status_code == 401
    parties.set_status(identity, OPERATOR, "wang", "active")
    assert citizen.sign_in(browse()).status_code == 303
