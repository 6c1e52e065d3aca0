"""What was heard, what is silent, and how far the log was read, as the database has it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from yuzhang.foundation.network.tables import DEVICE, FINDING, PLACE

READER = "network"
Heard = tuple[str, int, int, float, int, int, float, int, float | None, float | None]
"""The columns of DEVICE, in their order."""
Open = tuple[str, str, str, int, int, int, int | None, str]
"""The columns of FINDING, in their order."""
NAMES = tuple(column.name for column in DEVICE.columns)
PUT = "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT (device) DO UPDATE SET {}".format(  # noqa: S608  # names of our own
    DEVICE.name,
    ", ".join(f'"{name}"' for name in NAMES),
    ", ".join("?" * len(NAMES)),
    ", ".join(f'"{name}" = excluded."{name}"' for name in NAMES[1:]),
)
"""Written out, since a hundred thousand rows go through it at once."""


def heard(connection: Connection) -> Iterator[Heard]:
    """All that was heard of devices."""
    for row in connection.execute(select(DEVICE)):
        yield tuple(row)


def put_heard(connection: Connection, rows: Sequence[Heard]) -> None:
    """Keep what was heard of devices."""
    if rows:
        connection.exec_driver_sql(PUT, list(rows))


def place(connection: Connection) -> int:
    """How far the log was read; 0 at its beginning."""
    return connection.execute(select(PLACE.c.position).where(PLACE.c.reader == READER)).scalar() or 0


def set_place(connection: Connection, position: int) -> None:
    """Keep how far the log was read."""
    made = upsert(PLACE).values(reader=READER, position=position)
    connection.execute(made.on_conflict_do_update(index_elements=["reader"], set_={"position": position}))


def put_findings(connection: Connection, rows: Iterable[Open]) -> None:
    """Keep findings as they are now."""
    names = [column.name for column in FINDING.columns]
    values = [dict(zip(names, row, strict=True)) for row in rows]
    if values:
        made = upsert(FINDING)
        replaced: dict[str, Any] = {name: made.excluded[name] for name in names[1:]}
        connection.execute(made.on_conflict_do_update(index_elements=["id"], set_=replaced), values)


def open_findings(connection: Connection) -> list[Open]:
    """Findings that have not ended, the oldest first."""
    asked = select(FINDING).where(FINDING.c.ended_at.is_(None)).order_by(FINDING.c.began_at, FINDING.c.id)
    return [tuple(row) for row in connection.execute(asked)]


def ended_findings(connection: Connection, limit: int) -> list[Open]:
    """Findings that have ended, the newest first."""
    asked = select(FINDING).where(FINDING.c.ended_at.is_not(None)).order_by(FINDING.c.ended_at.desc(), FINDING.c.id)
    return [tuple(row) for row in connection.execute(asked.limit(limit))]
