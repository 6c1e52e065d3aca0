"""What the SensorThings API asks of history's tables in the state beside what `history.store` has."""

from collections.abc import Sequence

import msgspec

from yuzhang.brain.history.model import Known
from yuzhang.brain.history.store.registry import ENTITY, NOTHING_YET, Reader, text
from yuzhang.foundation.log.model import Microseconds

OF_TENANT = "FROM history_series s JOIN history_entity e ON e.number = s.entity WHERE e.tenant = ? AND s.last_time > ?"
NEXT_ATTRIBUTE = "SELECT min(attribute) FROM history_series WHERE attribute > ?"
HAS_ATTRIBUTE = f"SELECT s.number {OF_TENANT} AND s.attribute = ? LIMIT 1"  # a constant


def entities(reader: Reader, tenant: str, after: int, limit: int) -> list[Known]:
    """Entities that history knows, in the order of their numbers, those after the number `after`."""
    rows = reader.all(
        f"SELECT {ENTITY} FROM history_entity WHERE tenant = ? AND number > ? ORDER BY number LIMIT ?",  # noqa: S608
        (tenant, after, limit),
    )
    words = msgspec.json.Decoder(list[str])
    return [
        Known(row[0], text(row[1]), text(row[2]), words.decode(row[3]), words.decode(row[4]), *row[5:]) for row in rows
    ]


def count_entities(reader: Reader, tenant: str) -> int:
    """How many there are."""
    return int(reader.all("SELECT count(*) FROM history_entity WHERE tenant = ?", (tenant,))[0][0])


def count_series(reader: Reader, tenant: str, entities: Sequence[str] | None, attributes: Sequence[str] | None) -> int:
    """How many series there are, of some entities or attributes if they are named."""
    where, values = "", [tenant, NOTHING_YET]
    for column, some in (("e.id", entities), ("s.attribute", attributes)):
        if some is not None:
            where += f" AND {column} IN ({','.join('?' * len(some)) or 'NULL'})"
            values += some
    return int(reader.all(f"SELECT count(*) {OF_TENANT}{where}", values)[0][0])  # marks only


def attributes(reader: Reader, tenant: str, after: str) -> str | None:
    """The next attribute in order that some series of the tenant is of; every step is a look into the index."""
    while True:
        found = reader.all(NEXT_ATTRIBUTE, (after,))[0][0]
        if found is None:
            return None
        after = text(found)
        if reader.all(HAS_ATTRIBUTE, (tenant, NOTHING_YET, after)):
            return after


def newest_time(reader: Reader, tenant: str, rank: int) -> Microseconds | None:
    """The time of the newest row of the series that is at place `rank` by it; None if there are fewer series."""
    rows = reader.all(
        f"SELECT s.last_time {OF_TENANT} ORDER BY s.last_time DESC LIMIT 1 OFFSET ?",
        (tenant, NOTHING_YET, rank),
    )
    return int(rows[0][0]) if rows else None
