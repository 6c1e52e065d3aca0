"""Many events at once: they are kept at once, and their cases come afterwards, each once, in order, whatever fails or ends meanwhile."""

from collections import Counter
from pathlib import Path
from time import monotonic, sleep

import pytest

from brain.cases.stories import DUTY, Clock, Event, Registry, happen, note, pack, reported, room
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.model import Case, Filter
from yuzhang.brain.cases.room import Cases
from yuzhang.brain.cases.store import waiting
from yuzhang.core.errors import Broken, NotFound, TryAgain
from yuzhang.core.storage import Storage

PATIENCE_S = 60.0
NOWHERE = 200.0
"""A longitude at which the registry of these tests fails."""


def all_cases(cases: Cases) -> list[Case]:
    """All cases of events, the newest first."""
    found: list[Case] = []
    after = ""
    while True:
        page = actions.search(cases, DUTY, Filter(status="", source="event"), after, 200)
        found += page.cases
        after = page.after
        if not after:
            return found


def kinds(cases: Cases, event: str) -> list[str]:
    """What the history of an event's case says."""
    return [one.kind for one in actions.case(cases, DUTY, actions.of_event(cases, DUTY, event).number).history]


def fail_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry fails at one place."""
    known = Registry.region_at

    def region_at(registry: Registry, lon: float, lat: float, /) -> str:
        if lon == NOWHERE:
            raise ZeroDivisionError("our fault")
        return known(registry, lon, lat)

    monkeypatch.setattr(Registry, "region_at", region_at)


@pytest.mark.parametrize("many", [250, pytest.param(2_000, marks=pytest.mark.slow)])
def test_a_storm_of_events_is_durable_before_its_cases_and_none_is_lost_or_doubled_though_the_server_starts_anew(
    cases: Cases, storage: Storage, tmp_path: Path, clock: Clock, many: int
) -> None:
    names = [f"e{at}" for at in range(many)]
    begun = monotonic()
    note(cases, *(Event(one) for one in names))
    took = monotonic() - begun
    assert all_cases(cases) == []
    with storage.reading() as connection:
        assert [one.event for one in waiting.oldest(connection, many + 1)] == names

    begun = monotonic()
    first = sum(cases.open_waiting() for _ in range(4))
    assert took < monotonic() - begun, "to keep all of them takes less than to open some of their cases"
    assert [one.event for one in reversed(all_cases(cases))] == names[:first]

    again = room(storage, [pack(tmp_path / "again")], clock)
    happen(again, *(Event(one, status="cleared") for one in names[-3:]), Event(names[0]))
    opened = all_cases(again)
    assert [one.event for one in reversed(opened)] == names
    assert len({one.number for one in opened}) == many
    assert Counter(len(kinds(again, one)) for one in (*names[:2], *names[-3:])) == {1: 2, 2: 3}
    assert again.open_waiting() == 0


def test_two_servers_over_one_storage_open_each_case_once(
    cases: Cases, storage: Storage, tmp_path: Path, clock: Clock
) -> None:
    another = Storage(storage.folder)
    other = room(another, [pack(tmp_path / "other")], clock)
    cases.start()
    other.start()
    note(cases, *(Event(f"e{at}") for at in range(100)))
    until = monotonic() + PATIENCE_S
    while len(all_cases(cases)) < 100 and monotonic() < until:
        sleep(0.05)
    cases.stop()
    other.stop()
    another.close()
    assert sorted(one.event for one in all_cases(cases)) == sorted(f"e{at}" for at in range(100))


def test_people_go_on_writing_while_cases_of_a_storm_are_opened(cases: Cases) -> None:
    cases.start()
    note(cases, *(Event(f"e{at}") for at in range(500)))
    case = reported(cases)
    assert len(all_cases(cases)) < 500
    cases.stop()
    assert actions.case(cases, DUTY, case.number).case.status == "open"


def test_an_event_that_is_over_before_its_case_was_opened_is_a_case_that_says_so(cases: Cases) -> None:
    note(cases, Event("e1"))
    note(cases, Event("e1", status="cleared"), Event("never-opened", status="cleared"))
    with pytest.raises(TryAgain, match="being opened"):
        actions.of_event(cases, DUTY, "e1")
    happen(cases)
    assert kinds(cases, "e1") == ["opened", "cleared"]
    for one in ("never-opened", "never-heard-of"):
        with pytest.raises(NotFound):
            actions.of_event(cases, DUTY, one)


def test_an_event_that_cannot_be_opened_stops_no_other_and_gets_its_case_after_the_next_start(
    cases: Cases,
    storage: Storage,
    tmp_path: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fail_nowhere(monkeypatch)
    happen(cases, Event("e1"), Event("bad", region="", lon=NOWHERE), Event("e2"), Event("bad", status="cleared"))
    assert [one.number for one in reversed(all_cases(cases))] == ["20261123-000001", "20261123-000002"]
    assert "bad could not be given to its case" in caplog.text
    assert "our fault" in caplog.text
    with pytest.raises(Broken, match="could not be opened"):
        actions.of_event(cases, DUTY, "bad")
    assert cases.open_waiting() == 0

    monkeypatch.undo()
    again = room(storage, [pack(tmp_path / "again")], clock)
    again.start()
    again.stop()
    happen(again)
    assert kinds(again, "bad") == ["opened", "cleared"]


def test_events_without_a_matter_are_not_noted(cases: Cases, storage: Storage) -> None:
    note(cases, Event("e1", matter=""))
    with storage.reading() as connection:
        assert waiting.oldest(connection, 1) == []
