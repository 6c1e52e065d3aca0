"""What the room keeps: turns of duty, what parties were told, entries of the field."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from yuzhang.core.language import Title
from yuzhang.entrance.city.duty.model import EVERYWHERE, Turn
from yuzhang.entrance.city.tables import METADATA

DUTY, TOLD = METADATA.tables["city_duty"], METADATA.tables["city_told"]
ENTRY = METADATA.tables["city_field_entry"]
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """What came from the field. `status`: working, done or refused; `code`, `detail`: why it was refused."""

    party: str
    key: str
    case: str
    digest: str
    status: str
    code: str
    detail: Title
    made_at: int
    received_at: int


def _turn(row: Row[Any]) -> Turn:
    return Turn(row.id, row.party, row.name, row.role, row.unit, row.begins, row.ends)


def turns(connection: Connection, after: int, limit: int) -> list[Turn]:
    """Turns that end after a moment, by their beginning."""
    wanted = select(DUTY).where(DUTY.c.ends > after).order_by(DUTY.c.begins, DUTY.c.unit, DUTY.c.id).limit(limit)
    return [_turn(row) for row in connection.execute(wanted)]


def standing(connection: Connection, at: int) -> list[Turn]:
    """All turns of a moment, of whatever unit."""
    wanted = select(DUTY).where(DUTY.c.begins <= at, DUTY.c.ends > at).order_by(DUTY.c.id)
    return [_turn(row) for row in connection.execute(wanted)]


def on_duty(connection: Connection, unit: str, at: int) -> list[Turn]:
    """Who is on duty for a unit at a moment, and for the city."""
    return [one for one in standing(connection, at) if one.unit in (unit, EVERYWHERE)]


def add_turn(connection: Connection, turn: Turn, made_by: str) -> int:
    """Keep a turn; its number."""
    added = connection.execute(
        insert(DUTY)
        .values(
            party=turn.party,
            name=turn.name,
            role=turn.role,
            unit=turn.unit,
            begins=turn.begins,
            ends=turn.ends,
            made_by=made_by,
        )
        .returning(DUTY.c.id)
    )
    return int(added.scalar_one())


def drop_turn(connection: Connection, number: int) -> bool:
    """Whether it was there."""
    return bool(connection.execute(delete(DUTY).where(DUTY.c.id == number)).rowcount)


def tell_once(connection: Connection, thing: str, reason: str, party: str, at: int) -> bool:
    """Whether the party was not told of it for this reason before; from now on it was."""
    known = select(TOLD.c.at).where(TOLD.c.thing == thing, TOLD.c.reason == reason, TOLD.c.party == party)
    if connection.execute(known).first() is not None:
        return False
    connection.execute(insert(TOLD).values(thing=thing, reason=reason, party=party, at=at))
    return True


def told(connection: Connection, things: Sequence[str]) -> set[tuple[str, str, str]]:
    """What was told of some things: thing, reason and party."""
    found: set[tuple[str, str, str]] = set()
    for at in range(0, len(things), AT_ONCE):
        known = select(TOLD.c.thing, TOLD.c.reason, TOLD.c.party).where(TOLD.c.thing.in_(things[at : at + AT_ONCE]))
        found.update((row[0], row[1], row[2]) for row in connection.execute(known))
    return found


def first_told(connection: Connection) -> int | None:
    """When the oldest was told that is remembered; None if nothing is."""
    found: int | None = connection.execute(select(func.min(TOLD.c.at))).scalar()
    return found


def forget_told(connection: Connection, before: int) -> None:
    """Forget what was told long ago."""
    connection.execute(delete(TOLD).where(TOLD.c.at < before))


def entry(connection: Connection, party: str, key: str) -> Entry | None:
    """An entry by its key."""
    row = connection.execute(select(ENTRY).where(ENTRY.c.party == party, ENTRY.c.key == key)).first()
    return None if row is None else _entry(row)


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        row.party,
        row.key,
        row.case,
        row.digest,
        row.status,
        row.code,
        Title(row.detail_zh, row.detail_en),
        row.made_at,
        row.received_at,
    )


def add_entry(connection: Connection, one: Entry) -> None:
    """Keep an entry before anything is made of it."""
    connection.execute(
        insert(ENTRY).values(
            party=one.party,
            key=one.key,
            case=one.case,
            digest=one.digest,
            status=one.status,
            code=one.code,
            detail_zh=one.detail.zh,
            detail_en=one.detail.en,
            made_at=one.made_at,
            received_at=one.received_at,
        )
    )


def end_entry(connection: Connection, party: str, key: str, status: str, code: str, detail: Title) -> None:
    """Keep what became of it."""
    connection.execute(
        update(ENTRY)
        .where(ENTRY.c.party == party, ENTRY.c.key == key)
        .values(status=status, code=code, detail_zh=detail.zh, detail_en=detail.en)
    )


def drop_entry(connection: Connection, party: str, key: str) -> None:
    """Forget an entry of which nothing was made, so that it may come again."""
    connection.execute(delete(ENTRY).where(ENTRY.c.party == party, ENTRY.c.key == key))


def entries(connection: Connection, party: str, limit: int) -> list[Entry]:
    """A party's entries, the newest first."""
    wanted = select(ENTRY).where(ENTRY.c.party == party).order_by(ENTRY.c.received_at.desc()).limit(limit)
    return [_entry(row) for row in connection.execute(wanted)]
