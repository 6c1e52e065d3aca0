"""When sources have their turn: each once when it is due, however long others keep the threads that fetch."""

from collections.abc import Iterator
from threading import Event

import pytest

from foundation.sources.connectors.conftest import Clock, ran, wish
from foundation.sources.connectors.site import Site
from yuzhang.core.access import OPERATOR
from yuzhang.foundation.sources.connectors import actions, room
from yuzhang.foundation.sources.connectors.room import Sources

MAPPING = {"entity": "station", "type": "RainGauge", "attributes": "mm = rainfall MMT"}
ROWS = b'[{"station": 1, "mm": 2.5}]'
LOOKS = 5


class Slow:
    """A source that lets nobody else have a turn until it is let go. `looks`: set when the room has looked once more."""

    def __init__(self) -> None:
        self.asked, self.let_go, self.looks = Event(), Event(), Event()

    def answer(self, _address: str) -> bytes:
        self.asked.set()
        self.let_go.wait(30)
        return ROWS


@pytest.fixture
def slow(sources: Sources, elsewhere: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    """A room with one thread, in which a slow source has it, and another one, `quick`, is due too."""
    monkeypatch.setattr(room, "AT_ONCE", 1)
    made = Slow()
    elsewhere.pages["/a-slow"], elsewhere.pages["/quick"] = made.answer, ROWS
    looked = sources._begin_due

    def look() -> None:
        looked()
        made.looks.set()

    monkeypatch.setattr(sources, "_begin_due", look)
    for name in ("a-slow", "quick"):
        actions.add(sources, OPERATOR, name, wish("rest", {"url": f"{elsewhere.address}/{name}"}, MAPPING))
    yield made
    made.let_go.set()
    sources.stop()


def look_some_times(sources: Sources, slow: Slow) -> None:
    """Have the room look several times while the slow source has its turn."""
    for _ in range(LOOKS):
        slow.looks.clear()
        sources.wake()
        assert slow.looks.wait(30)


def let_all_have_their_turn(sources: Sources, slow: Slow) -> None:
    """Let the slow source go, and all that waited behind it run."""
    slow.let_go.set()
    assert sources._pool is not None
    sources._pool.shutdown(wait=True)


def times(elsewhere: Site, path: str) -> int:
    """How often it was asked for a path."""
    return [address for address, _ in elsewhere.asked].count(path)


def test_a_source_that_waits_for_its_turn_behind_a_slow_one_has_it_once_and_not_once_for_each_look(
    sources: Sources, elsewhere: Site, slow: Slow
) -> None:
    sources.start()
    assert slow.asked.wait(30)
    look_some_times(sources, slow)
    let_all_have_their_turn(sources, slow)

    assert (times(elsewhere, "/a-slow"), times(elsewhere, "/quick")) == (1, 1)


def test_a_source_that_an_officer_ran_while_it_waited_for_its_turn_is_not_asked_again(
    sources: Sources, elsewhere: Site, slow: Slow
) -> None:
    sources.start()
    assert slow.asked.wait(30)
    look_some_times(sources, slow)
    assert ran(sources, "quick").run.taken == 1
    let_all_have_their_turn(sources, slow)

    assert times(elsewhere, "/quick") == 1


def test_a_source_that_waited_for_its_turn_when_the_server_ended_has_it_after_the_next_start(
    sources: Sources, elsewhere: Site, slow: Slow, clock: Clock
) -> None:
    came = Event()

    def quick(_address: str) -> bytes:
        came.set()
        return ROWS

    def until_it_ends(_address: str) -> bytes:
        slow.asked.set()
        sources._ending.wait(30)
        return ROWS

    elsewhere.pages["/quick"], elsewhere.pages["/a-slow"] = quick, until_it_ends
    sources.start()
    assert slow.asked.wait(30)
    look_some_times(sources, slow)
    sources.stop()
    assert not came.is_set()

    elsewhere.pages["/a-slow"] = ROWS
    sources.start()

    assert came.wait(30)
