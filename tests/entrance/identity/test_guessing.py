"""Whoever guesses waits, longer each time, and never for good."""

import pytest
from fastapi.testclient import TestClient

from entrance.identity.conftest import Browse, Clock
from entrance.identity.people import OTHER_PASSWORD, PASSWORD, Person
from yuzhang.entrance.identity import limits
from yuzhang.entrance.identity.errors import TooManyAttempts
from yuzhang.entrance.identity.room import Identity


def guess(browser: TestClient, login: str, times: int) -> list[int]:
    """So many wrong passwords; the statuses of the answers."""
    return [
        browser.post("/sign-in", data={"login": login, "password": OTHER_PASSWORD}).status_code for _ in range(times)
    ]


def test_after_five_failures_an_account_waits_and_the_right_password_waits_too(
    browse: Browse, citizen: Person, clock: Clock
) -> None:
    guesser = browse("10.6.6.6")
    assert guess(guesser, "wang", 6) == [401] * 6
    answer = guesser.post("/sign-in", data={"login": "wang", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "2"
    assert "2 seconds" in answer.text
    clock.move(2)
    assert guesser.post("/sign-in", data={"login": "wang", "password": PASSWORD}).status_code == 303


def test_wait_doubles_to_a_quarter_of_an_hour_and_no_further(browse: Browse, citizen: Person, clock: Clock) -> None:
    waits = []
    guesser = browse("10.6.6.6")
    for _ in range(20):
        answer = guesser.post("/sign-in", data={"login": "wang", "password": OTHER_PASSWORD})
        if answer.status_code == 429:
            waits.append(int(answer.headers["retry-after"]))
            clock.move(waits[-1])
    assert waits[:4] == [2, 4, 8, 16]
    for _ in range(20):
        answer = guesser.post("/sign-in", data={"login": "wang", "password": OTHER_PASSWORD})
        clock.move(int(answer.headers.get("retry-after", 0)))
    assert int(answer.headers.get("retry-after", 900)) == 900
    clock.move(900)
    assert citizen.sign_in(browse()).status_code == 303


def test_unknown_name_waits_like_a_known_one(browse: Browse, citizen: Person) -> None:
    assert guess(browse("10.6.6.6"), "wang", 8) == guess(browse("10.6.6.7"), "nemo", 8)


def test_one_address_that_tries_many_names_waits_and_others_do_not(browse: Browse, citizen: Person) -> None:
    guesser = browse("10.6.6.6")
    answers = [guess(guesser, f"name-{number}", 1)[0] for number in range(33)]
    assert answers[:31] == [401] * 31
    assert answers[31:] == [429] * 2
    assert citizen.sign_in(browse("10.7.7.7")).status_code == 303


def test_forty_at_once_are_each_counted(identity: Identity) -> None:
    refused = 0
    for _ in range(40):
        try:
            limits.begin(identity, "wang", "10.6.6.6")
        except TooManyAttempts:
            refused += 1
    assert refused == 34


def test_right_password_does_not_win_more_guesses_of_the_second_factor(
    browse: Browse, citizen: Person, clock: Clock
) -> None:
    assert citizen.add_generator(clock.at.timestamp()).status_code == 303
    thief = browse("10.6.6.6")
    wrong = 0
    for _ in range(12):
        if citizen.sign_in(thief).status_code == 429:
            break
        wrong += thief.post("/sign-in/code", data={"code": "000000"}).status_code == 401
    assert wrong == 6


def test_failures_are_forgotten_after_a_day(browse: Browse, citizen: Person, clock: Clock) -> None:
    guess(browse("10.6.6.6"), "wang", 6)
    clock.move(limits.FORGOTTEN_S + 1)
    assert guess(browse("10.6.6.6"), "wang", 6) == [401] * 6


def test_what_is_counted_does_not_tell_the_name_that_was_typed(browse: Browse, identity: Identity) -> None:
    guess(browse("10.6.6.6"), "my secret password", 1)
    identity.storage.engine.dispose()
    stored = b"".join(path.read_bytes() for path in identity.storage.folder.glob("state.db*"))
    assert b"my secret password" not in stored
    assert b"10.6.6.6" not in stored


def test_signing_up_in_numbers_from_one_address_waits(browse: Browse) -> None:
    maker = browse("10.6.6.6")
    statuses = [Person(maker, f"robot-{number}", PASSWORD).sign_up().status_code for number in range(23)]
    assert statuses[:21] == [303] * 21
    assert statuses[21:] == [429] * 2


def test_recovery_codes_are_guessed_no_faster(browse: Browse, citizen: Person) -> None:
    guesser = browse("10.6.6.6")
    form = {"login": "wang", "code": "AAAAA-AAAAA", "password": OTHER_PASSWORD}
    assert [guesser.post("/recover", data=form).status_code for _ in range(8)] == [401] * 6 + [429] * 2


@pytest.mark.parametrize("kind", ["account", "address"])
def test_no_wait_is_for_good(kind: str) -> None:
    assert limits.delay(kind, 10**6) == limits.LONGEST_S


def test_sender_with_a_network_of_ipv6_addresses_is_one_sender(browse: Browse, citizen: Person) -> None:
    answers = [guess(browse(f"2001:db8:1:2::{number + 1:x}"), f"name-{number}", 1)[0] for number in range(33)]
    assert answers[31:] == [429] * 2
    assert guess(browse("2001:db8:1:3::1"), "name", 1) == [401]
