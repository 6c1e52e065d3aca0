"""Series looked for by a part of a name, and the newest rows of many at once. SQL on the state's tables, which the registry keeps."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.history.model import Limit, Series
from yuzhang.brain.history.store.registry import NOTHING_YET, SERIES, Reader, series_of, text

AT_ONCE = 50_000
ALIVE = ["e.tenant = ?", "s.number > ?", "s.last_time > ?"]
OF_TYPE = "s.entity IN (SELECT entity FROM history_entity_type WHERE tenant = ? AND type = ?)"
NEWEST = pa.schema(
    [
        ("series", pa.int64()),
        ("entity", pa.string()),
        ("attribute", pa.string()),
        ("dataset", pa.string()),
        ("time", pa.timestamp("us")),
        ("value", pa.float64()),
        ("rest", pa.string()),
    ]
)
"""The newest row of each series; `value` and `rest` are as in a row of history."""


def search(
    reader: Reader,
    tenant: str,
    *,
    entity: str = "",
    attribute: str = "",
    type_name: str = "",
    part: str = "",
    named: Sequence[str] = (),
    after: int = 0,
    limit: int,
    within: Limit | None = None,
) -> list[Series]:
    """Series by the number: of an entity, an attribute, a type; with `part` in the entity's id or the attribute, or of one of `named`."""
    where, values = _where(tenant, after, attribute, type_name, within)
    if entity:
        where.append("e.id = ?")
        values.append(entity)
    if part:
        marks = ",".join("?" * len(named)) or "NULL"
        where.append(rf"(lower(e.id) LIKE ? ESCAPE '\' OR lower(s.attribute) LIKE ? ESCAPE '\' OR e.id IN ({marks}))")
        values += [_like(part), _like(part), *named]
    rows = reader.all(
        f"SELECT {SERIES} WHERE {' AND '.join(where)} ORDER BY s.number LIMIT ?",  # conditions of this file
        [*values, limit],
    )
    return [series_of(row) for row in rows]


def numbers(reader: Reader, tenant: str, within: Limit) -> "array[int]":
    """The numbers of all series that are seen."""
    where, values = _where(tenant, 0, "", "", within)
    sql = f"SELECT s.number FROM history_series s JOIN history_entity e ON e.number = s.entity WHERE {' AND '.join(where)}"  # noqa: S608
    return array("i", (row[0] for row in reader.all(sql, values)))


def newest(
    reader: Callable[[], Reader],
    tenant: str,
    *,
    attribute: str = "",
    type_name: str = "",
    within: Limit | None = None,
) -> Iterator[pa.Table]:
    """The newest row of every series, by the number, some at a time; each part is NEWEST.

    `reader` gives the reader of the thread that asks for the next part.
    """
    after = 0
    while True:
        where, values = _where(tenant, after, attribute, type_name, within)
        rows = reader().all(
            "SELECT s.number, e.id, s.attribute, s.dataset, s.last_time, s.last_value, s.last_rest FROM history_series s "  # noqa: S608
            # SQLite takes the tables of a CROSS JOIN in their order: so the series are read by number, and nothing is sorted.
            f"CROSS JOIN history_entity e WHERE e.number = s.entity AND {' AND '.join(where)} ORDER BY s.number LIMIT {AT_ONCE}",
            values,
        )
        if rows:
            yield _table(rows)
            after = rows[-1][0]
        if len(rows) < AT_ONCE:
            return


def attributes(reader: Reader, tenant: str, within: Limit | None = None) -> list[str]:
    """All attributes that have a history."""
    where, values = _where(tenant, 0, "", "", within)
    sql = (
        "SELECT DISTINCT s.attribute FROM history_series s JOIN history_entity e ON e.number = s.entity "  # noqa: S608
        f"WHERE {' AND '.join(where)}"
    )
    return sorted(text(row[0]) for row in reader.all(sql, values))


def types(reader: Reader, tenant: str, within: Limit | None = None) -> list[str]:
    """All types of entities that history knows."""
    values: list[Any] = [tenant]
    sql = "SELECT DISTINCT type FROM history_entity_type WHERE tenant = ?"
    if within is not None:
        sql = (
            "SELECT DISTINCT h.type FROM history_entity_type h JOIN history_entity e ON e.number = h.entity "  # noqa: S608
            f"WHERE h.tenant = ? AND {within.of_entities('e.')}"
        )
        values += within.entity_values
    return sorted(text(row[0]) for row in reader.all(sql, values))


def _where(
    tenant: str, after: int, attribute: str, type_name: str, within: Limit | None
) -> tuple[list[str], list[Any]]:
    where: list[str] = list(ALIVE)
    values: list[Any] = [tenant, after, NOTHING_YET]
    if within is not None:
        where.append(within.of_series())
        values += within.series_values
    if attribute:
        where.append("s.attribute = ?")
        values.append(attribute)
    if type_name:
        where.append(OF_TYPE)
        values += [tenant, type_name]
    return where, values


def _like(part: str) -> str:
    escaped = part.lower()
    for one in ("\\", "%", "_"):
        escaped = escaped.replace(one, "\\" + one)
    return f"%{escaped}%"


def _table(rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    columns = []
    for column, kind in zip(zip(*rows, strict=True), NEWEST.types, strict=True):
        binary = pa.types.is_string(kind) and isinstance(next((one for one in column if one is not None), None), bytes)
        # SQLite's readers give the bytes of texts; casting them all at once is ten times faster than decoding each.
        columns.append(pa.array(column, pa.binary()).cast(kind) if binary else pa.array(column, kind))
    return pa.table(columns, schema=NEWEST)
