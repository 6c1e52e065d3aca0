"""Events whose cases are to be opened or told of their end, as the database has them, in the order in which they came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from yuzhang.brain.cases.tables import WAITING

W = WAITING.c


@dataclass(frozen=True, slots=True)
class Noted:
    """An event as it was noted. `number`: its place among all of them."""

    number: int
    event: str
    content: Mapping[str, Any]


def add(connection: Connection, events: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Note events: the id and what is known of each."""
    connection.execute(insert(WAITING), [{"event": event, "content": content} for event, content in events])


def oldest(connection: Connection, most: int) -> list[Noted]:
    """Those that have waited longest, without those that were set aside."""
    asked = select(W.number, W.event, W.content).where(W.error == "").order_by(W.number).limit(most)
    return [Noted(*row) for row in connection.execute(asked)]


def remove(connection: Connection, numbers: Sequence[int]) -> None:
    """Forget what is done."""
    connection.execute(delete(WAITING).where(W.number.in_(numbers)))


def set_aside(connection: Connection, number: int, error: str) -> None:
    """Let one wait until it is tried again."""
    connection.execute(update(WAITING).where(W.number == number).values(error=error))


def stuck(connection: Connection, events: Sequence[str]) -> set[str]:
    """Those of some events of which something was set aside."""
    return set(connection.execute(select(W.event).where(W.event.in_(events), W.error != "")).scalars())


def error_of(connection: Connection, event: str) -> str | None:
    """Why an event was set aside; "" if it only waits, None if it does not even that."""
    return connection.execute(select(W.error).where(W.event == event).order_by(W.number).limit(1)).scalar()


def try_again(connection: Connection) -> None:
    """Let all that was set aside wait like the others."""
    connection.execute(update(WAITING).where(W.error != "").values(error=""))
