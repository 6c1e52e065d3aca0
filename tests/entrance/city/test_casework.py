"""Whoever a case concerns is told of it in their portal, once, and is called by name on the pages of cases and of duty."""

from pathlib import Path
from time import time_ns

import pytest

from brain.cases.stories import (
    CITIZEN,
    COLLEAGUE,
    DUTY,
    MONDAY,
    REVIEWER,
    WORKER,
    Clock,
    Event,
    do,
    happen,
    pack,
    reported,
    room,
)
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.life.timing import remind
from yuzhang.brain.cases.room import TOLD, Cases
from yuzhang.brain.cases.store import cases as cases_store
from yuzhang.core.secrets import Secrets
from yuzhang.core.storage import Storage
from yuzhang.entrance.city import store
from yuzhang.entrance.city.duty.casework import Casework
from yuzhang.entrance.city.duty.model import Turn
from yuzhang.entrance.identity.model import Account
from yuzhang.entrance.identity.people import People
from yuzhang.entrance.identity.store import parties
from yuzhang.entrance.portal import actions as portal_actions
from yuzhang.entrance.portal import store as portal_store
from yuzhang.entrance.portal.delivery.channels import Channels, Gateway
from yuzhang.entrance.portal.model import Channel, Contact, Kind
from yuzhang.entrance.portal.room import Portal

SECRETS = Secrets(b"k" * 32)
HOUR_US = 3_600_000_000


def account(party: str, name: str, unit: str = "", kind: str = "official") -> Account:
    """Somebody with an account."""
    return Account(
        party, kind, name, f"{party}@city", "", "", "", unit, "", "", "zh", "active", MONDAY, "", None,  # type: ignore[arg-type]
    )  # fmt: skip


class Office:
    """A room of cases whose handlers and reporters have accounts and a portal."""

    def __init__(self, storage: Storage, folder: Path, clock: Clock) -> None:
        self.clock = clock
        gateway = Gateway("http://127.0.0.1:9/none", "a shared secret of a gateway")
        self.portal = Portal(storage, SECRETS, (), Channels(None, None, gateway))
        self.people = People(storage)
        self.cases: Cases = room(storage, [pack(folder)], clock)
        self.cases.told.append(Casework(self.portal, self.people, self.cases.registry).heard)
        with storage.writing() as connection:
            for one in (
                account(WORKER.id, "王工", "drainage-east"),
                account(COLLEAGUE.id, "陈工", "drainage-east"),
                account("li", "李局", "water"),
                account(DUTY.id, "刘值班"),
                account(CITIZEN.id, "张三", kind="citizen"),
            ):
                parties.add_party(connection, SECRETS, one)

    def on_duty(self, party: str, unit: str = "") -> None:
        """Put somebody on the roster for now."""
        now = time_ns() // 1000
        with self.portal.storage.writing() as connection:
            store.add_turn(connection, Turn(0, party, party, "", unit, now - HOUR_US, now + HOUR_US), "operator")

    def told(self, party: str) -> list[tuple[Kind, str]]:
        """What a party was told, in order, after all that was done was told, and told again."""
        while self.cases.tell():
            pass
        return self.read(party)

    def read(self, party: str) -> list[tuple[Kind, str]]:
        """What is in a party's portal."""
        with self.portal.storage.reading() as connection:
            found = portal_store.notifications(connection, party, False, 0, 100)
        return [(one.kind, one.title.en) for one in reversed(found)]


@pytest.fixture
def office(storage: Storage, tmp_path: Path) -> Office:
    """The office on a Monday morning."""
    return Office(storage, tmp_path / "packs", Clock())


def test_the_unit_hears_of_its_task_and_the_reporter_of_progress_and_of_the_question_whether_it_is_done(
    office: Office,
) -> None:
    case = reported(office.cases)
    do(office.cases, DUTY, case, "accepted")
    waits = f"Case {case.number} waits for you: Handle: Waterlogging"
    assert office.told(WORKER.id) == office.told(COLLEAGUE.id) == [(Kind.CASE, waits)]
    assert office.told(CITIZEN.id) == [(Kind.CASE, f"Your report {case.number} goes on: Handle")]

    do(office.cases, WORKER, case, "fixed", photos=1)
    office.told(CITIZEN.id)
    do(office.cases, DUTY, case, "pass")
    assert office.told(CITIZEN.id)[-1][1] == f"Your report {case.number} was handled: please say whether it is done"
    actions.confirm(office.cases, CITIZEN, case.number, True)
    do(office.cases, DUTY, case)
    assert office.told(CITIZEN.id)[-1][1] == f"Your report {case.number} is closed: Fixed"
    assert office.told(WORKER.id) == [(Kind.CASE, waits)]
    with office.portal.storage.reading() as connection:
        newest = portal_store.notifications(connection, CITIZEN.id, False, 0, 1)[0]
    assert newest.title.zh == f"您上报的 {case.number} 已办结（已解决）"
    assert newest.address == f"/reports/{case.number}"


def test_what_was_told_before_a_kill_is_not_told_again(office: Office) -> None:
    case = reported(office.cases)
    do(office.cases, DUTY, case, "accepted")
    before = office.told(WORKER.id)
    with office.portal.storage.writing() as connection:  # as if the process had ended before it noted how far it was
        cases_store.put_place(connection, TOLD, 0)
    assert office.told(WORKER.id) == before
    assert len(before) == 1


def test_while_a_unit_has_somebody_on_duty_the_others_are_reached_only_by_what_they_chose_for_off_duty(
    office: Office,
) -> None:
    office.on_duty(WORKER.id, "drainage-east")
    for party, pairs in ((WORKER, [Kind.CASE]), (COLLEAGUE, [Kind.CASE])):
        chosen = [(kind, Channel.WEBHOOK) for kind in pairs]
        portal_actions.choose_channels(office.portal, party, Contact(), chosen)
    case = reported(office.cases)
    do(office.cases, DUTY, case, "accepted")
    assert [kind for kind, _ in office.told(WORKER.id)] == [Kind.CASE]
    assert [kind for kind, _ in office.told(COLLEAGUE.id)] == [Kind.OFF_DUTY]
    with office.portal.storage.reading() as connection:
        assert portal_store.waiting(connection)[0] == 1  # to the one on duty; the other one reads it in the portal
    portal_actions.choose_channels(office.portal, COLLEAGUE, Contact(), [(Kind.OFF_DUTY, Channel.WEBHOOK)])
    do(office.cases, DUTY, reported(office.cases, lon=115.5), "accepted")
    office.told(COLLEAGUE.id)
    with office.portal.storage.reading() as connection:
        assert portal_store.waiting(connection)[0] == 3


def test_deadlines_are_told_to_the_unit_and_once_overdue_for_long_to_the_unit_above(office: Office) -> None:
    case = reported(office.cases)
    do(office.cases, DUTY, case, "accepted")  # four working hours from nine o'clock
    for hours in (3.1, 2.6, 2.5):
        office.clock.later(hours=hours)
        remind(office.cases)
    said = [title.removeprefix(f"Case {case.number}: ") for _, title in office.told(WORKER.id)[1:]]
    assert said == [
        "Please act soon (Handle): Waterlogging",
        "Overdue (Handle): Waterlogging",
        "Overdue, and taken to the unit above (Handle): Waterlogging",
    ]
    assert [title for _, title in office.told("li")] == [f"Case {case.number}: {said[2]}"]


def test_a_bad_event_is_told_to_the_unit_at_once_and_what_is_simulated_says_so(office: Office) -> None:
    happen(office.cases, Event("e1", simulated=True))
    [(_, said)] = office.told(WORKER.id)
    assert said.endswith("The level is too high (simulated)")


def test_the_duty_office_is_told_of_what_comes_back_if_it_is_on_duty(office: Office) -> None:
    office.on_duty(REVIEWER.id)
    case = reported(office.cases)
    do(office.cases, DUTY, case, "accepted")
    assert office.told(REVIEWER.id) == []
    do(office.cases, WORKER, case, "back", note="not ours")
    assert [title for _, title in office.told(REVIEWER.id)] == [
        f"Case {case.number} waits for you: Dispatch: Waterlogging"
    ]
    assert office.told(DUTY.id) == []


def test_officers_are_named_and_citizens_are_not(office: Office) -> None:
    assert office.people.called(WORKER.id) == "王工"
    assert office.people.called(CITIZEN.id) == ""
    assert office.people.named("WANG@city") == WORKER.id
