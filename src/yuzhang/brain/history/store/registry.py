"""Entities and series as history knows them: their numbers, types, policies, and the newest row of each. All SQL on the state's tables."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from yuzhang.brain.history.model import Known, Limit, Policy, Series, Thinning
from yuzhang.foundation.log.model import Key, Microseconds

IDS_AT_ONCE = 400
ENTITY = "number, tenant, id, types, scopes, created, modified, deleted"
SERIES = (
    "s.number, e.tenant, e.id, s.attribute, s.dataset, s.policy, s.first_time, s.last_time, s.last_value, s.last_rest "
    "FROM history_series s JOIN history_entity e ON e.number = s.entity"
)
ADD_ENTITY = "INSERT INTO history_entity (tenant, id, types, scopes, created, modified) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
SET_ENTITY = "UPDATE history_entity SET types = ?, scopes = ?, modified = ?, deleted = ? WHERE number = ?"
ADD_TYPE = "INSERT INTO history_entity_type (tenant, type, entity) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
ADD_SERIES = (
    "INSERT INTO history_series (entity, attribute, dataset, policy, first_time, last_time) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING"
)
FIRST = "UPDATE history_series SET first_time = ? WHERE number = ? AND first_time > ?"
LAST = "UPDATE history_series SET last_time = ?, last_value = ?, last_rest = ? WHERE number = ? AND last_time <= ?"
NOTHING_YET = -(2**62)
"""The time of the newest row of a series that has none."""


class Reader(Protocol):
    """What reads: a connection of this thread, or a transaction."""

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows; parameters are `?`."""


class Writing(Reader, Protocol):
    """A write transaction."""

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row."""


class State(msgspec.Struct):
    """What the log says of an entity."""

    types: list[str]
    scopes: list[str]
    created: Microseconds
    modified: Microseconds
    deleted: Microseconds | None = None


class Newest(msgspec.Struct, frozen=True, gc=False):
    """The newest row of a series among some, and the time of their oldest."""

    first: Microseconds
    time: Microseconds
    value: float | None
    rest: str | None


def text(found: Any) -> str:
    """A text of the database, which SQLite's readers give as bytes."""
    return found.decode() if isinstance(found, bytes) else str(found)


def _words(found: Any) -> list[str]:
    return msgspec.json.decode(found, type=list[str])


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def known(reader: Reader, tenant: str, ids: Sequence[str], within: Limit | None = None) -> dict[str, Known]:
    """Those of the entities `ids` that history knows; `within`: that are seen."""
    seen = "" if within is None else f" AND {within.of_entities()}"
    values = [] if within is None else within.entity_values
    found: dict[str, Known] = {}
    for at in range(0, len(ids), IDS_AT_ONCE):
        some = ids[at : at + IDS_AT_ONCE]
        marks = ",".join("?" * len(some))
        sql = f"SELECT {ENTITY} FROM history_entity WHERE tenant = ? AND id IN ({marks}){seen}"  # noqa: S608  # marks
        for row in reader.all(sql, (tenant, *some, *values)):
            one = known_of(row)
            found[one.id] = one
    return found


def known_of(row: tuple[Any, ...]) -> Known:
    """An entity from the columns of ENTITY."""
    return Known(row[0], text(row[1]), text(row[2]), _words(row[3]), _words(row[4]), *row[5:])


def put_entities(writing: Writing, states: Mapping[tuple[str, str], State]) -> dict[tuple[str, str], Known]:
    """Make and change entities as `states` say; all of them as they are then."""
    ids: dict[str, list[str]] = {}
    for tenant, id_ in states:
        ids.setdefault(tenant, []).append(id_)
    writing.many(
        ADD_ENTITY,
        [
            (tenant, id_, _json(one.types), _json(one.scopes), one.created, one.modified)
            for (tenant, id_), one in states.items()
        ],
    )
    made: dict[tuple[str, str], Known] = {}
    for tenant, some in ids.items():
        made |= {(tenant, id_): one for id_, one in known(writing, tenant, some).items()}
    changed = []
    for place, state in states.items():
        there = made[place]
        types = state.types or there.types
        if (types, state.scopes, state.deleted) != (there.types, there.scopes, there.deleted):
            changed.append((_json(types), _json(state.scopes), state.modified, state.deleted, there.number))
            made[place] = msgspec.structs.replace(
                there, types=types, scopes=state.scopes, modified=state.modified, deleted=state.deleted
            )
    writing.many(SET_ENTITY, changed)
    writing.many(ADD_TYPE, [(one.tenant, kind, one.number) for one in made.values() for kind in one.types])
    return made


def series_numbers(reader: Reader, entity: int) -> dict[tuple[str, str], tuple[int, Microseconds, int]]:
    """The series of an entity by attribute and dataset: number, time of the newest row, policy."""
    rows = reader.all(
        "SELECT attribute, dataset, number, last_time, policy FROM history_series WHERE entity = ?", (entity,)
    )
    return {(text(row[0]), text(row[1])): (row[2], row[3], row[4]) for row in rows}


def add_series(writing: Writing, series: Sequence[tuple[int, Key, int]]) -> None:
    """Make series: the entity's number, the key, the policy."""
    writing.many(
        ADD_SERIES,
        [(entity, key.attribute, key.dataset, policy, -NOTHING_YET, NOTHING_YET) for entity, key, policy in series],
    )


def series_above(reader: Reader, number: int) -> list[tuple[int, str, str, str, str, str, int]]:
    """All series with a higher number: number, tenant, entity, its first type, attribute, dataset, policy."""
    rows = reader.all(
        "SELECT s.number, e.tenant, e.id, e.types, s.attribute, s.dataset, s.policy FROM history_series s "
        "JOIN history_entity e ON e.number = s.entity WHERE s.number > ? ORDER BY s.number",
        (number,),
    )
    return [
        (row[0], text(row[1]), text(row[2]), next(iter(_words(row[3])), ""), text(row[4]), text(row[5]), row[6])
        for row in rows
    ]


def set_newest(writing: Writing, newest: Mapping[int, Newest], begun: Iterable[int]) -> None:
    """Keep the newest row of series where it is newer than what is kept; of those in `begun` the time of the oldest where it is older."""
    writing.many(LAST, [(one.time, one.value, one.rest, number, one.time) for number, one in newest.items()])
    writing.many(FIRST, [(newest[number].first, number, newest[number].first) for number in begun])


def force_newest(writing: Writing, number: int, row: tuple[Microseconds, float | None, str | None] | None) -> None:
    """Keep the newest row of a series after rows went."""
    time, value, rest = row or (NOTHING_YET, None, None)
    writing.many(
        "UPDATE history_series SET last_time = ?, last_value = ?, last_rest = ? WHERE number = ?",
        [(time, value, rest, number)],
    )


def forget_series(writing: Writing, numbers: Sequence[int]) -> None:
    """The series are no more."""
    writing.many("DELETE FROM history_series WHERE number = ?", [(one,) for one in numbers])


def forget_entity(writing: Writing, number: int) -> None:
    """The entity is no more, and its series are gone already."""
    writing.many("DELETE FROM history_entity_type WHERE entity = ?", [(number,)])
    writing.many("DELETE FROM history_entity WHERE number = ?", [(number,)])


def select_series(
    reader: Reader,
    tenant: str,
    *,
    entities: Sequence[str] | None = None,
    attributes: Sequence[str] | None = None,
    numbers: Sequence[int] | None = None,
    types: Sequence[str] | None = None,
    limit: int | None = None,
    after: int = 0,
    within: Limit | None = None,
) -> list[Series]:
    """Series by what they are of, by number; after the number `after`, at most `limit`; `within`: that are seen."""
    where = ["e.tenant = ?", "s.number > ?", "s.last_time > ?"]
    values: list[Any] = [tenant, after, NOTHING_YET]
    for column, some in (("e.id", entities), ("s.attribute", attributes), ("s.number", numbers)):
        if some is not None:
            where.append(f"{column} IN ({','.join('?' * len(some)) or 'NULL'})")
            values += some
    if types is not None:
        marks = ",".join("?" * len(types)) or "NULL"
        where.append(f"s.entity IN (SELECT entity FROM history_entity_type WHERE tenant = ? AND type IN ({marks}))")  # noqa: S608
        values += [tenant, *types]
    if within is not None:
        where.append(within.of_series())
        values += within.series_values
    most = "" if limit is None else f" LIMIT {int(limit)}"
    rows = reader.all(f"SELECT {SERIES} WHERE {' AND '.join(where)} ORDER BY s.number{most}", values)
    return [series_of(row) for row in rows]


def series_of(row: tuple[Any, ...]) -> Series:
    """A series from the columns of SERIES."""
    number, tenant, entity, attribute, dataset, policy, first, last, value, rest = row
    return Series(
        number,
        text(tenant),
        text(entity),
        text(attribute),
        text(dataset),
        policy,
        first,
        last,
        value,
        None if rest is None else text(rest),
    )


def policies(reader: Reader) -> list[Policy]:
    """All policies by number."""
    rows = reader.all("SELECT number, types, keep_days, thinning FROM history_policy ORDER BY number")
    return [Policy(row[0], _words(row[1]), row[2], msgspec.json.decode(row[3], type=list[Thinning])) for row in rows]
