"""Passkeys as devices answer, without a browser: copies, devices that do not look who holds them, and answers of other sites."""

import json
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from entrance.identity.authenticator import Authenticator
from entrance.identity.conftest import Browse
from entrance.identity.people import HOST, PASSWORD, Person
from yuzhang.core.access import OPERATOR
from yuzhang.entrance.identity import parties
from yuzhang.entrance.identity.room import Identity

NEW = {"kind": "citizen", "name": "Wang Fang", "login": "fang", "token": ""}


@pytest.fixture
def device() -> Authenticator:
    """A device that behaves."""
    return Authenticator(HOST, f"http://{HOST}")


def sign_up(browser: TestClient, device: Authenticator) -> Response:
    """Become a citizen with the passkey alone."""
    asked = browser.post("/sign-up/by-passkey/options", json=NEW).json()
    answer = device.make(asked["options"])
    return browser.post("/sign-up/by-passkey", json=NEW | {"step": asked["step"], "answer": answer})


def sign_in(browser: TestClient, show: Callable[[str], str]) -> Response:
    """Sign in by what `show` answers."""
    asked = browser.post("/sign-in/passkey/options").json()
    return browser.post("/sign-in/passkey", json={"step": asked["step"], "answer": show(asked["options"]), "next": "/"})


@pytest.fixture
def known(browse: Browse, device: Authenticator) -> Authenticator:
    """The device, whose passkey is known."""
    assert sign_up(browse(), device).status_code == 200
    return device


def test_passkey_signs_in_with_two_factors(browse: Browse, known: Authenticator) -> None:
    browser = browse()
    assert sign_in(browser, known.show).json() == {"next": "/"}
    assert browser.get("/who").json()["factors"] == 2


def test_copy_of_a_passkey_is_noticed_by_its_counter(browse: Browse, known: Authenticator) -> None:
    thief = copy(known)
    for _ in range(3):
        assert sign_in(browse(), known.show).status_code == 200
    there = browse()
    there.headers["accept"] = "application/json"
    refused = sign_in(there, thief.show)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:yuzhang:error:proof-refused")
    assert sign_in(browse(), known.show).status_code == 200


def test_passkey_that_never_counts_is_taken_again_and_again(browse: Browse, known: Authenticator) -> None:
    for _ in range(2):
        known.counter = -1  # so that it shows 0, as synchronized passkeys do
        assert sign_in(browse(), known.show).status_code == 200


def test_device_that_does_not_look_who_holds_it_is_refused(browse: Browse, known: Authenticator) -> None:
    known.verifies = False
    assert sign_in(browse(), known.show).status_code == 422


def test_device_that_does_not_look_who_holds_it_makes_no_account(browse: Browse) -> None:
    browser = browse()
    assert sign_up(browser, Authenticator(HOST, f"http://{HOST}", verifies=False)).status_code == 422
    assert browser.get("/who").json()["kind"] == "stranger"


@pytest.mark.parametrize(
    "other", [{"origin": "http://evil.example"}, {"type": "webauthn.create"}, {"challenge": "AAAA"}]
)
def test_answer_for_another_site_purpose_or_challenge_is_refused(
    browse: Browse, known: Authenticator, other: dict[str, str]
) -> None:
    assert sign_in(browse(), lambda options: known.show(options, **other)).status_code == 422


def test_answer_for_another_domain_or_by_another_key_is_refused(browse: Browse, known: Authenticator) -> None:
    assert sign_in(browse(), replace(known, domain="evil.example").show).status_code == 422
    other_key = Authenticator(HOST, f"http://{HOST}", handle=known.handle, counter=9)
    assert sign_in(browse(), other_key.show).status_code == 422
    assert sign_in(browse(), Authenticator(HOST, f"http://{HOST}").show).status_code == 422


def test_answer_is_taken_once(browse: Browse, known: Authenticator) -> None:
    browser = browse()
    asked = browser.post("/sign-in/passkey/options").json()
    sent = {"step": asked["step"], "answer": known.show(asked["options"])}
    assert browser.post("/sign-in/passkey", json=sent).status_code == 200
    assert browse().post("/sign-in/passkey", json=sent).status_code == 422


def test_passkey_of_a_suspended_party_signs_in_nobody(browse: Browse, known: Authenticator, identity: Identity) -> None:
    parties.set_status(identity, OPERATOR, "fang", "suspended")
    assert sign_in(browse(), known.show).status_code == 422


def test_passkey_that_is_known_is_not_kept_for_a_second_party(browse: Browse, known: Authenticator) -> None:
    second = Person(browse(), "second", PASSWORD)
    assert second.sign_up().status_code == 303
    asked = second.browser.post("/account/passkeys/options").json()
    sent = {"step": asked["step"], "answer": known.make(asked["options"]), "label": "mine"}
    assert second.browser.post("/account/passkeys", json=sent).status_code == 422


def broken(text: str) -> list[str]:
    """Answers that no device gives: other kinds of JSON, parts that are missing, cut, or no bytes at all."""
    said = json.loads(text)
    values: tuple[Any, ...] = ("", "AA", "AAAAAAAAA", "!", 1, None, [], {})
    changed: list[Any] = [{**said, name: value} for name in said for value in values]
    changed += [
        {**said, "response": {**said["response"], name: value}} for name in said["response"] for value in values
    ]
    return [*(json.dumps(one) for one in [*changed, [], 1, None, "x", {}]), "", "{", "\x00", "[" * 50_000]


def test_answers_that_no_device_gives_are_refused_and_break_nothing(browse: Browse, known: Authenticator) -> None:
    browser = browse()
    for number in range(len(broken(known.show('{"challenge": "AA"}')))):
        found = sign_in(browser, lambda options, number=number: broken(known.show(options))[number])  # type: ignore[misc]
        assert found.status_code in (200, 422, 429), broken(known.show('{"challenge": "AA"}'))[number][:300]


def test_new_passkeys_that_no_device_makes_are_refused_and_break_nothing(
    browse: Browse, device: Authenticator, citizen: Person
) -> None:
    for number in range(len(broken(device.make('{"challenge": "AA"}')))):
        asked = citizen.browser.post("/account/passkeys/options").json()
        made = broken(device.make(asked["options"]))[number]
        sent = {"step": asked["step"], "answer": made, "label": "x"}
        found = citizen.browser.post("/account/passkeys", json=sent)
        assert found.status_code in (200, 422), made[:300]
