"""What another system handles is reported to it, once and for sure, followed, and done here when it says that it is done there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from brain.cases.open311.conftest import KEY, Address, served
from brain.cases.stories import DUTY, ROADS, WORKER, Clock, do, pack, reported, room
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.model import Case
from yuzhang.brain.cases.open311 import store
from yuzhang.brain.cases.open311.errors import UnfitSystems
from yuzhang.brain.cases.open311.outbox import MOST_AT_ONCE, Outbox
from yuzhang.brain.cases.open311.systems import VARIABLE, System, systems
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage


@pytest.fixture
def far(tmp_path: Path, clock: Clock) -> Iterator[Cases]:
    """The room of cases of another installation."""
    storage = Storage(tmp_path / "far")
    yield room(storage, [pack(tmp_path / "far-packs")], clock)
    storage.close()


@pytest.fixture
def address(far: Cases) -> Iterator[Address]:
    """That installation, on the network."""
    made = Address(served(far))
    yield made
    made.close()


@pytest.fixture
def outbox(cases: Cases, address: Address) -> Outbox:
    """Ours, that knows it: it handles potholes."""
    return Outbox(cases, [System("roads-311", address.url, {"pothole": "pothole"}, key=KEY)], private=True)


def accepted(cases: Cases) -> Case:
    """A pothole that waits to be handled."""
    case = do(cases, DUTY, reported(cases, "pothole", reporter_contact="13800000000"), "accepted")
    return do(cases, DUTY, case, unit="roads") if case.state == "dispatch" else case


def notes(cases: Cases, case: Case) -> list[str]:
    """The notes in its history."""
    return [one.note for one in actions.case(cases, OPERATOR, case.number).history if one.note]


def rounds(outbox: Outbox, clock: Clock, many: int = 1) -> None:
    """Let it work, a minute later each time."""
    for _ in range(many):
        clock.later(minutes=2)
        outbox.work()


def test_task_is_sent_followed_and_done_here_when_it_is_done_there(
    cases: Cases, far: Cases, address: Address, outbox: Outbox, clock: Clock
) -> None:
    case = accepted(cases)
    rounds(outbox, clock)
    there = actions.search(far, OPERATOR).cases
    assert [(one.matter, one.external, one.source) for one in there] == [("pothole", case.number, "system")]
    assert actions.reporter(far, OPERATOR, there[0].number).contact == "", "who reported it stays here"
    rounds(outbox, clock, 3)
    assert len(actions.search(far, OPERATOR).cases) == 1
    far_case = do(far, DUTY, there[0], "accepted")
    far_case = do(far, DUTY, far_case, unit="roads") if far_case.state == "dispatch" else far_case
    far_case = do(far, ROADS, far_case, "fixed")
    far_case = do(far, DUTY, far_case, "pass")
    do(far, DUTY, far_case)
    rounds(outbox, clock)
    seen = actions.case(cases, OPERATOR, case.number)
    assert seen.case.state == "verify"
    assert any("closed" in note for note in notes(cases, case))
    assert all("13800000000" not in body for _, body in address.asked)


def test_system_that_is_away_gets_it_once_after_it_is_back_and_after_ours_was_ended(
    cases: Cases, far: Cases, address: Address, outbox: Outbox, clock: Clock
) -> None:
    case = accepted(cases)
    address.down = True
    rounds(outbox, clock, 2)
    assert actions.search(far, OPERATOR).cases == ()
    address.down = False
    again = Outbox(cases, list(outbox.systems.values()), private=True)
    clock.later(hours=1)
    rounds(again, clock)
    assert [one.external for one in actions.search(far, OPERATOR).cases] == [case.number]
    with cases.storage.writing() as connection:  # as if it had ended between sending and noting that it was sent
        kept = store.of_case(connection, case.number)[0]
        store.note(connection, kept.task, clock(), state="waiting", request="")
    rounds(again, clock)
    assert len(actions.search(far, OPERATOR).cases) == 1


def test_what_the_system_refuses_stays_with_the_unit_with_the_reason(
    cases: Cases, outbox: Outbox, clock: Clock
) -> None:
    system = outbox.systems["roads-311"]
    refused = Outbox(cases, [System("roads-311", system.address, {"pothole": "nothing"}, key=KEY)], private=True)
    case = accepted(cases)
    rounds(refused, clock, 3)
    assert len([note for note in notes(cases, case) if "HTTP 404" in note]) == 1
    assert actions.case(cases, OPERATOR, case.number).case.state == "handle"


def test_simulated_case_and_one_of_another_matter_never_leave(
    cases: Cases, far: Cases, outbox: Outbox, clock: Clock
) -> None:
    do(cases, DUTY, reported(cases), "accepted")
    rounds(outbox, clock)
    assert actions.search(far, OPERATOR).cases == ()
    assert WORKER.unit == "drainage-east"


def test_row_that_cannot_be_sent_fails_by_itself_and_the_others_go(
    cases: Cases, far: Cases, outbox: Outbox, clock: Clock
) -> None:
    lost, left_out, good = accepted(cases), do(cases, DUTY, reported(cases), "accepted"), accepted(cases)
    for number, task in (("20200101-000001", "gone"), (left_out.number, left_out.task)):
        with cases.storage.writing() as connection:  # a case that is not there; a matter that left the services
            store.add(connection, task, number, "roads-311", clock())
    rounds(outbox, clock)
    assert {one.external for one in actions.search(far, OPERATOR).cases} == {lost.number, good.number}
    with cases.storage.reading() as connection:
        states = [one.state for at in ("20200101-000001", left_out.number) for one in store.of_case(connection, at)]
    assert states == ["failed", "failed"]
    rounds(outbox, clock, 2)
    assert len([note for note in notes(cases, left_out) if "waterlogging" in note]) == 1, (
        "said once, and not tried again"
    )
    assert actions.case(cases, OPERATOR, left_out.number).case.state == "handle"


def test_rows_of_a_system_that_was_removed_hold_up_nobody(
    cases: Cases, far: Cases, outbox: Outbox, clock: Clock
) -> None:
    with cases.storage.writing() as connection:
        for at in range(MOST_AT_ONCE + 5):
            store.add(connection, f"old-{at}", f"20200101-{at:06d}", "removed-311", clock())
    clock.later(minutes=1)
    case = accepted(cases)
    rounds(outbox, clock)
    assert [one.external for one in actions.search(far, OPERATOR).cases] == [case.number]
    with cases.storage.reading() as connection:
        assert store.of_case(connection, "20200101-000000")[0].state == "waiting", "until that system is back"


def test_inner_address_is_not_gone_to_unless_it_is_allowed(
    cases: Cases, far: Cases, address: Address, outbox: Outbox, clock: Clock
) -> None:
    accepted(cases)
    rounds(Outbox(cases, list(outbox.systems.values())), clock)
    assert address.asked == []


GOOD = """
[[system]]
id = "roads-311"
address = "https://311.example.org/open311/v2/"
key = "ROADS_KEY"
services = { pothole = "RD-1" }
"""


def test_systems_are_read_from_the_file_and_the_key_from_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "systems.toml"
    path.write_text(GOOD)
    (found,) = systems({VARIABLE: str(path), "ROADS_KEY": "secret"})
    assert (found.address, found.key, found.services) == (
        "https://311.example.org/open311/v2",
        "secret",
        {"pothole": "RD-1"},
    )
    assert "secret" not in repr(found)
    assert systems({}) == ()


@pytest.mark.parametrize(
    ("wrong", "instead", "word"),
    [
        ('key = "ROADS_KEY"', 'key = "OTHER"', "OTHER"),
        ('address = "https', 'address = "ftp', "address"),
        ("services = {", "servises = {", "servises"),
        ('id = "roads-311"', 'id = ""', "id"),
        ("[[system]]", "[[system]", "TOML"),
    ],
)
def test_file_that_is_wrong_is_refused_with_its_line(tmp_path: Path, wrong: str, instead: str, word: str) -> None:
    path = tmp_path / "systems.toml"
    path.write_text(GOOD.replace(wrong, instead))
    with pytest.raises(UnfitSystems) as refused:
        systems({VARIABLE: str(path), "ROADS_KEY": "secret"})
    assert word in refused.value.detail.en
    assert f"{path}:" in str(refused.value.where)


def test_closed_without_the_photo_that_closing_needs_is_left_to_the_unit(
    cases: Cases, far: Cases, outbox: Outbox, clock: Clock
) -> None:
    system = outbox.systems["roads-311"]
    sends = Outbox(cases, [System("roads-311", system.address, {"waterlogging": "pothole"}, key=KEY)], private=True)
    case = do(cases, DUTY, reported(cases), "accepted")
    rounds(sends, clock)
    (there,) = actions.search(far, OPERATOR).cases
    do(far, DUTY, there, "rejected", note="not ours")
    rounds(sends, clock, 3)
    seen = actions.case(cases, OPERATOR, case.number)
    assert seen.case.state == "handle"
    assert len([note for note in notes(cases, case) if "closed" in note]) == 1, "it is told once, and not asked again"
