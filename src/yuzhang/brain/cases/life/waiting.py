"""Events wait for their cases, and not the other way round: they are noted at once, all together, and their cases are opened afterwards,
some at a time, so that ten thousand events at once keep nobody from writing."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from yuzhang.brain.cases.life.opening import Happened, hear
from yuzhang.brain.cases.model import Case
from yuzhang.brain.cases.store import cases as store
from yuzhang.brain.cases.store import waiting
from yuzhang.brain.cases.store.waiting import Noted
from yuzhang.core.errors import TryAgain
from yuzhang.core.language import Title

if TYPE_CHECKING:
    from yuzhang.brain.cases.room import Cases

MOST_AT_ONCE = 25
"""About a tenth of a second: so long others wait for the lock."""
LONGEST_ERROR = 500
BEHIND = "an earlier entry of this event was set aside"
SAME = ("id", "kind", "entity", "severity", "status", "lon", "lat", "region", "unit", "matter", "simulated")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """An event as it was when it was noted."""

    id: str
    kind: str
    entity: str
    severity: int
    status: str
    title: Title
    lon: float | None
    lat: float | None
    region: str
    unit: str
    matter: str
    simulated: bool


def note(connection: Connection, events: Sequence[Happened]) -> int:
    """Note the events that have a matter, in the transaction of `connection`; how many those are."""
    about = [(one.id, _content(one)) for one in events if one.matter]
    if about:
        waiting.add(connection, about)
    return len(about)


def open_some(cases: "Cases", *, looks: bool) -> int:
    """Do what has waited longest, all of it or nothing; how many entries that were. `looks`: ask for the lock only if there is something."""
    if looks:
        with cases.storage.reading() as connection:
            if not waiting.oldest(connection, 1):
                return 0
    with cases.storage.writing() as connection:
        # Asked under the lock: another process may have done it meanwhile.
        some = waiting.oldest(connection, MOST_AT_ONCE)
        events = [one.event for one in some]
        known, stuck = store.of_events(connection, events), waiting.stuck(connection, events)
        done: list[int] = []
        for one in some:
            error = BEHIND if one.event in stuck else _heard(cases, connection, one, known)
            if error:
                stuck.add(one.event)
                waiting.set_aside(connection, one.number, error)
            else:
                done.append(one.number)
        if done:
            waiting.remove(connection, done)
    if some:
        cases.news()
    return len(some)


def _heard(cases: "Cases", connection: Connection, one: Noted, known: dict[str, Case]) -> str:
    """What went wrong, in which case nothing of it is kept; "" if nothing did."""
    try:
        with connection.begin_nested():
            hear(cases, connection, _remembered(one.content), known)
    except (OperationalError, TryAgain):  # a database that is busy or full: all of it again in a moment
        raise
    except Exception as error:  # a fault of ours with one event must not keep all others from their cases
        log.exception("event %s could not be given to its case, and is tried again after the next start", one.event)
        return f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
    return ""


def _content(event: Happened) -> dict[str, Any]:
    return {name: getattr(event, name) for name in SAME} | {"title": [event.title.zh, event.title.en]}


def _remembered(content: Mapping[str, Any]) -> Remembered:
    zh, en = content["title"]
    return Remembered(**{**content, "title": Title(zh, en)})
