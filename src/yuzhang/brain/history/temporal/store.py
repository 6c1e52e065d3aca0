"""Reads of history for the temporal API: entities by what they are, and the rows of their series, by any of their times.

SQL is put together (S608) from the constants of this file and from whole numbers; what comes from outside is a parameter.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.query import Selection
from yuzhang.brain.context.query.patterns import searcher
from yuzhang.brain.history.model import Known, Limit, Series, TimeProperty, Window
from yuzhang.brain.history.store.lake import FEW, MOMENT, Lake, condition
from yuzhang.brain.history.store.registry import ENTITY, Reader, known, known_of, select_series
from yuzhang.brain.history.temporal.model import TemporalQuery

KEYS = {
    TimeProperty.OBSERVED: "time",
    TimeProperty.CREATED: "coalesce(created, modified)",
    TimeProperty.MODIFIED: "modified",
    TimeProperty.DELETED: "CASE WHEN observed THEN modified ELSE time END",
}
"""The times by which is asked, as columns."""
ROWS = "series, epoch_us(time), value, rest, epoch_us(modified), epoch_us(created), deleted, observed"
OF_TYPES = "SELECT entity FROM history_entity_type WHERE tenant = ? AND type IN ({marks})"
IDS_AT_ONCE = 400


def among(lake: Lake, numbers: Sequence[int]) -> str:
    """The condition that a row is of one of these series. Many of them are a view, `chosen`; few stand in the statement itself."""
    if len(numbers) <= FEW:  # so that they are compared with the statistics of files
        return f"series IN ({', '.join(str(int(one)) for one in numbers) or 'NULL'})"
    lake.register("chosen", pa.table({"series": pa.array(numbers, pa.int32())}))
    return "series IN (SELECT series FROM chosen)"


def rows_sql(lake: Lake, numbers: Sequence[int], query: TemporalQuery) -> tuple[str, list[Any]]:
    """The rows of series that a temporal query asks for, `lastN` heeded, as SQL with the column `key`, and its parameters.

    `lastN` counts the moments of an attribute, whatever its datasets: the view `grouped` says which series belong together.
    """
    where, values = ("true", []) if query.window is None else within(query.window)
    key = KEYS[query.by]
    chosen = among(lake, numbers)
    if query.last_n is None:
        return f"SELECT *, {key} AS key FROM observations WHERE {chosen} AND {where}", values  # noqa: S608
    return (
        f"SELECT o.*, {key} AS key FROM observations o JOIN grouped USING (series) WHERE {chosen} AND {where} "  # noqa: S608
        f"QUALIFY dense_rank() OVER (PARTITION BY attribute ORDER BY {key} DESC) <= {int(query.last_n)}",
        values,
    )


def within(window: Window) -> tuple[str, list[Any]]:
    """A window as a condition on rows, and its parameters. Source: clause 4.11."""
    if window.by is not TimeProperty.DELETED:
        return condition(window)
    bounds = ((">=", window.start), ("<", window.end))
    parts = ["deleted", *(f"{KEYS[window.by]} {sign} {MOMENT}" for sign, bound in bounds if bound is not None)]
    return " AND ".join(parts), [bound for _, bound in bounds if bound is not None]


def group(lake: Lake, series: Sequence[Series]) -> None:
    """Have the view `grouped` say which attribute, and which entity, each of `series` is of, by numbers."""
    entities: dict[str, int] = {}
    attributes: dict[tuple[str, str], int] = {}
    columns = {
        "series": pa.array([one.number for one in series], pa.int32()),
        "entity": pa.array([entities.setdefault(one.entity, len(entities)) for one in series], pa.int32()),
        "attribute": pa.array(
            [attributes.setdefault((one.entity, one.attribute), len(attributes)) for one in series], pa.int32()
        ),
    }
    lake.register("grouped", pa.table(columns))


def some_rows(
    lake: Lake, series: Sequence[Series], query: TemporalQuery, most: int, *, backwards: bool = False
) -> list[tuple[Any, ...]]:
    """Rows in the order of their keys (`backwards`: the newest first), at most `most`: those of ROWS, and the key."""
    if not series:
        return []
    if query.last_n is not None:
        group(lake, series)
    inner, values = rows_sql(lake, [one.number for one in series], query)
    order = "key DESC, series" if backwards else "key, series"
    sql = f"SELECT {ROWS}, epoch_us(key) FROM ({inner}) ORDER BY {order} LIMIT {int(most)}"  # noqa: S608
    return lake.execute(sql, values).fetchall()


def scope_rows(lake: Lake, numbers: Sequence[int], end: Microseconds | None) -> list[tuple[Any, ...]]:
    """The rows of series of scopes before `end`, by series and time: those of ROWS, and the time once more."""
    if not numbers:
        return []
    until = "" if end is None else f"AND time < {MOMENT}"
    sql = f"SELECT {ROWS}, epoch_us(time) FROM observations WHERE {among(lake, numbers)} {until} ORDER BY series, time"  # noqa: S608
    return lake.execute(sql, [] if end is None else [end]).fetchall()


def series_in(lake: Lake, numbers: Sequence[int], window: Window) -> set[int]:
    """Which of these series have a row in the window."""
    if not numbers:
        return set()
    where, values = within(window)
    chosen = among(lake, numbers)
    found = lake.execute(f"SELECT DISTINCT series FROM observations WHERE {chosen} AND {where}", values).fetchall()  # noqa: S608
    return {int(number) for (number,) in found}


def kinds_before(lake: Lake, numbers: Sequence[int]) -> dict[int, str | None]:
    """The rest of the newest row of series that is no deletion: it tells the kind of attribute that was deleted."""
    if not numbers:
        return {}
    sql = (
        "SELECT series, arg_max(rest, time) FILTER (rest IS NOT NULL) FROM observations "  # noqa: S608
        f"WHERE {among(lake, numbers)} AND NOT deleted GROUP BY series"
    )
    return dict(lake.execute(sql).fetchall())


def row_at(lake: Lake, series: int, time: Microseconds) -> tuple[Any, ...] | None:
    """The row of a series at a moment, the columns of ROWS."""
    sql = f"SELECT {ROWS} FROM observations WHERE series = ? AND time = {MOMENT}"  # noqa: S608
    return lake.execute(sql, [series, time]).fetchone()


def row_named(lake: Lake, numbers: Sequence[int], instance: str) -> tuple[Any, ...] | None:
    """The row whose rest names this instanceId, the columns of ROWS."""
    sql = (
        f"SELECT {ROWS} FROM observations WHERE {among(lake, numbers)} "  # noqa: S608
        "AND rest LIKE '%\"instanceId\"%' AND json_extract_string(rest, '$.instanceId') = ? LIMIT 1"
    )
    return lake.execute(sql, [instance]).fetchone()


def entities(
    reader: Reader,
    tenant: str,
    selection: Selection,
    at_once: int,
    only: Sequence[str] | None = None,
    within: Limit | None = None,
) -> Iterator[list[Known]]:
    """The entities that fit a selection by id, pattern and type, in the order in which history met them, some at a time.

    `only`: no others than these, in the order of this list. `within`: those that are seen.
    """
    ids = selection.ids if only is None else only
    if only is not None and selection.ids is not None:
        wanted = set(selection.ids)
        ids = [one for one in only if one in wanted]
    if ids is not None:
        for at in range(0, len(ids), IDS_AT_ONCE):
            yield _named(reader, tenant, selection, ids[at : at + IDS_AT_ONCE], within, ordered=only is not None)
        return
    where = "tenant = ? AND number > ?"
    names = sorted(selection.types.names()) if selection.types is not None and not selection.types.every else []
    if names:
        where += f" AND number IN ({OF_TYPES.format(marks=_marks(names))})"
    seen = [] if within is None else within.entity_values
    if within is not None:
        where += f" AND {within.of_entities()}"
    after, size = 0, at_once
    while True:
        parameters = [tenant, after, *([tenant, *names] if names else []), *seen, size]
        rows = reader.all(f"SELECT {ENTITY} FROM history_entity WHERE {where} ORDER BY number LIMIT ?", parameters)  # noqa: S608
        yield [one for one in map(known_of, rows) if _fits(one, selection)]
        if len(rows) < size:
            return
        after, size = rows[-1][0], min(size * 4, 5_000)


def _named(
    reader: Reader, tenant: str, selection: Selection, ids: Sequence[str], within: Limit | None, *, ordered: bool
) -> list[Known]:
    found = [one for one in known(reader, tenant, ids, within).values() if _fits(one, selection)]
    found.sort(key=lambda one: one.number)
    if ordered:
        place = {one: at for at, one in enumerate(ids)}
        found.sort(key=lambda one: place[one.id])
    return found


def series_of(
    reader: Reader, tenant: str, ids: Sequence[str], attributes: Sequence[str] | None, within: Limit | None = None
) -> dict[str, list[Series]]:
    """The series of entities, of these attributes (None: of all), by entity."""
    found: dict[str, list[Series]] = {}
    for at in range(0, len(ids), IDS_AT_ONCE):
        some = ids[at : at + IDS_AT_ONCE]
        for one in select_series(reader, tenant, entities=some, attributes=attributes, within=within):
            found.setdefault(one.entity, []).append(one)
    return found


def _fits(one: Known, selection: Selection) -> bool:
    return (selection.types is None or selection.types.fit(one.types)) and (
        selection.id_pattern is None or searcher(selection.id_pattern, "?idPattern")(one.id)
    )


def _marks(some: Sequence[str]) -> str:
    return ",".join("?" * len(some))
