"""What the SensorThings API asks of history's tables in the state beside what `history.store` has."""

from collections.abc import Sequence

import msgspec

from yuzhang.brain.history.model import Known, Limit
from yuzhang.brain.history.store.registry import ENTITY, NOTHING_YET, Reader, text
from yuzhang.foundation.log.model import Microseconds

OF_TENANT = "FROM history_series s JOIN history_entity e ON e.number = s.entity WHERE e.tenant = ? AND s.last_time > ?"
NEXT_ATTRIBUTE = "SELECT min(attribute) FROM history_series WHERE attribute > ?"


def entities(reader: Reader, tenant: str, after: int, limit: int, within: Limit | None) -> list[Known]:
    """Entities that history knows, in the order of their numbers, those after the number `after`; `within`: that are seen."""
    seen, values = _entities(within)
    rows = reader.all(
        f"SELECT {ENTITY} FROM history_entity WHERE tenant = ? AND number > ?{seen} ORDER BY number LIMIT ?",  # noqa: S608
        (tenant, after, *values, limit),
    )
    words = msgspec.json.Decoder(list[str])
    return [
        Known(row[0], text(row[1]), text(row[2]), words.decode(row[3]), words.decode(row[4]), *row[5:]) for row in rows
    ]


def count_entities(reader: Reader, tenant: str, within: Limit | None) -> int:
    """How many there are."""
    seen, values = _entities(within)
    return int(reader.all(f"SELECT count(*) FROM history_entity WHERE tenant = ?{seen}", (tenant, *values))[0][0])  # noqa: S608


def count_series(
    reader: Reader,
    tenant: str,
    entities: Sequence[str] | None,
    attributes: Sequence[str] | None,
    within: Limit | None,
) -> int:
    """How many series there are, of some entities or attributes if they are named."""
    where, seen = _series(within)
    values: list[object] = [tenant, NOTHING_YET, *seen]
    for column, some in (("e.id", entities), ("s.attribute", attributes)):
        if some is not None:
            where += f" AND {column} IN ({','.join('?' * len(some)) or 'NULL'})"
            values += some
    return int(reader.all(f"SELECT count(*) {OF_TENANT}{where}", values)[0][0])  # marks only


def attributes(reader: Reader, tenant: str, after: str, within: Limit | None) -> str | None:
    """The next attribute in order that some series of the tenant is of; every step is a look into the index."""
    where, values = _series(within)
    has = f"SELECT s.number {OF_TENANT}{where} AND s.attribute = ? LIMIT 1"  # conditions of ours
    while True:
        found = reader.all(NEXT_ATTRIBUTE, (after,))[0][0]
        if found is None:
            return None
        after = text(found)
        if reader.all(has, (tenant, NOTHING_YET, *values, after)):
            return after


def newest_time(reader: Reader, tenant: str, rank: int, within: Limit | None) -> Microseconds | None:
    """The time of the newest row of the series that is at place `rank` by it; None if there are fewer series."""
    where, values = _series(within)
    rows = reader.all(
        f"SELECT s.last_time {OF_TENANT}{where} ORDER BY s.last_time DESC LIMIT 1 OFFSET ?",
        (tenant, NOTHING_YET, *values, rank),
    )
    return int(rows[0][0]) if rows else None


def _entities(within: Limit | None) -> tuple[str, list[object]]:
    return ("", []) if within is None else (f" AND {within.of_entities()}", within.entity_values)


def _series(within: Limit | None) -> tuple[str, list[object]]:
    return ("", []) if within is None else (f" AND {within.of_series()}", within.series_values)
