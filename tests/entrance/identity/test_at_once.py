"""What may happen once happens once, though many try at the same moment; and many at the same moment take no more than is there."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Event
from typing import Any, TypeVar

import pytest
from fastapi.testclient import TestClient

from entrance.identity.conftest import Browse, Clock
from entrance.identity.people import OTHER_PASSWORD, PASSWORD, Person
from yuzhang.core.access import OPERATOR, STRANGER, Party
from yuzhang.core.errors import YuzhangError
from yuzhang.entrance.identity import granting, joining, parties, signing_in
from yuzhang.entrance.identity.errors import LinkUnusable, SignInRefused
from yuzhang.entrance.identity.gate import SignedInGate
from yuzhang.entrance.identity.model import Standing
from yuzhang.entrance.identity.naming import Names
from yuzhang.entrance.identity.proofs import passwords
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.signing_in import Step
from yuzhang.entrance.identity.store.parties import holders

MANY = 6
R = TypeVar("R")


def at_once(work: Callable[[int], R]) -> list[R | YuzhangError]:
    """What comes of the same work in several threads that begin together."""
    ready = Barrier(MANY)

    def one(number: int) -> R | YuzhangError:
        ready.wait(10)
        try:
            return work(number)
        except YuzhangError as error:
            return error

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(one, range(MANY)))


def kinds(found: list[Any]) -> list[type]:
    """What of each sort there is among errors."""
    return [type(one) for one in found if isinstance(one, YuzhangError)]


@pytest.fixture
def somebody(identity: Identity) -> Party:
    """A stranger with the application's guard."""
    return replace(STRANGER, guard=identity.guard, peer="10.6.6.6")


def test_first_administrators_link_makes_one_of_two_who_open_it(identity: Identity, somebody: Party) -> None:
    token = str(joining.first_link(identity)).rpartition("/")[2]
    found = at_once(
        lambda number: joining.join(identity, somebody, token, Names(f"P {number}", f"first-{number}"), PASSWORD)
    )
    assert kinds(found) == [LinkUnusable] * (MANY - 1)
    with identity.storage.reading() as connection:
        assert len(holders(connection, joining.FIRST_ROLE, identity.now())) == 1


def test_recovery_link_sets_one_password(identity: Identity, citizen: Person, somebody: Party) -> None:
    token = granting.recovery_link(identity, OPERATOR, "wang").rpartition("/")[2]
    found = at_once(lambda number: joining.recover_by_link(identity, somebody, token, f"{OTHER_PASSWORD} {number}"))
    assert kinds(found) == [LinkUnusable] * (MANY - 1)


def test_code_of_a_generator_lets_in_one(identity: Identity, citizen: Person, somebody: Party, clock: Clock) -> None:
    assert citizen.add_generator(clock.at.timestamp()).status_code == 303
    clock.move(60)
    steps = [signing_in.with_password(identity, somebody, "wang", PASSWORD) for _ in range(MANY)]
    code = citizen.code(clock.at.timestamp())

    def enter(number: int) -> object:
        step = steps[number]
        assert isinstance(step, Step)
        return signing_in.with_code(identity, replace(somebody, peer=f"10.6.6.{number}"), step.token, code)

    assert kinds(at_once(enter)) == [SignInRefused] * (MANY - 1)


def test_role_that_is_to_be_given_once_is_not_invited_twice(identity: Identity, browse: Browse) -> None:
    chief = Person(browse(), "chief", PASSWORD)
    assert chief.join(str(joining.first_link(identity))).status_code == 303
    system = replace(OPERATOR, id="chief", kind="official", roles=frozenset({joining.FIRST_ROLE}), factors=2)
    system = replace(system, guard=identity.guard, purpose="to begin")
    assert parties.invite(identity, system, "official", "Li", ("security-administrator",))
    with pytest.raises(YuzhangError) as refused:
        parties.invite(identity, system, "official", "Zhao", ("security-administrator",))
    assert refused.value.status == 403


def test_session_that_ends_while_it_is_looked_up_is_not_known_afterwards(
    citizen: Person, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = SignedInGate.standing

    def slowly(gate: SignedInGate, token_hash: bytes) -> Standing | None:
        found = looked_up(gate, token_hash)
        monkeypatch.setattr(SignedInGate, "standing", looked_up)
        parties.set_status(identity, OPERATOR, "wang", "suspended")
        return found

    identity.gate.forget()
    monkeypatch.setattr(SignedInGate, "standing", slowly)
    assert citizen.who()["kind"] == "citizen"  # asked before the end
    assert citizen.who()["kind"] == "stranger"


def test_new_password_ends_what_was_begun_with_the_old_one(
    identity: Identity, citizen: Person, somebody: Party, clock: Clock
) -> None:
    assert citizen.add_generator(clock.at.timestamp()).status_code == 303
    clock.move(60)
    begun = signing_in.with_password(identity, somebody, "wang", PASSWORD)
    assert isinstance(begun, Step)
    form = {"current": PASSWORD, "password": OTHER_PASSWORD}
    assert citizen.browser.post("/account/password", data=form).status_code == 303
    with pytest.raises(SignInRefused):
        signing_in.with_code(identity, somebody, begun.token, citizen.code(clock.at.timestamp()))


def test_hundred_who_sign_in_at_once_hash_four_at_a_time_and_the_rest_is_told_to_wait(
    browser: TestClient, citizen: Person, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    going, most = [0], [0]
    hold, held = Event(), Event()

    class Slow:
        """A hasher that everybody has to wait for."""

        def verify(self, kept: str, password: str) -> bool:
            going[0] += 1
            most[0] = max(most[0], going[0])
            if going[0] == passwords.AT_ONCE:
                held.set()
            hold.wait(10)
            going[0] -= 1
            return True

    monkeypatch.setattr(passwords, "HASHER", Slow())
    with ThreadPoolExecutor(100) as threads:
        waiting = [threads.submit(passwords.fits, None, PASSWORD) for _ in range(100)]
        assert held.wait(10)
        busy = citizen.sign_in()
        hold.set()
        refused = [one for one in waiting if isinstance(one.exception(10), YuzhangError)]
    assert most[0] == passwords.AT_ONCE
    assert len(refused) == 100 - passwords.AT_ONCE - passwords.MOST_WAITING
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "5")
    with identity.storage.reading() as connection:
        found = connection.exec_driver_sql("SELECT sum(failures) FROM identity_attempt WHERE failures > 0").scalar()
    assert found in (None, 1)  # one of the sign-up, none of the sign-in
