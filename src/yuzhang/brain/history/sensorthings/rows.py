"""Observations and HistoricalLocations: rows of the lake, of which only as many are read as are answered.

Filter, order, `$top` and `$skip` are part of the statement. A page goes on after its last row, so that the thousandth costs what the
first one does. Without a Datastream the series are asked in the order of their numbers, some first, until a page is full.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Timer
from typing import Any

import duckdb
import msgspec

from yuzhang.brain.history.sensorthings.describing import LOCATION, read_row_id, row_id
from yuzhang.brain.history.sensorthings.errors import CostlyQuery, bad
from yuzhang.brain.history.sensorthings.model import ID
from yuzhang.brain.history.sensorthings.query.grammar import Literal, Node, Path
from yuzhang.brain.history.sensorthings.query.options import Options
from yuzhang.brain.history.sensorthings.query.statements import ROW_ID, Sql, Statements, among
from yuzhang.core.language import Title
from yuzhang.foundation.log.model import Microseconds

Lake = duckdb.DuckDBPyConnection
SECONDS = 10.0
MAX_SKIP = 1_000_000
"""Rows that are passed over by counting; what is further on is reached page by page."""
MAX_TOGETHER = 1_000_000
"""Rows of several series that are put in order at once: more would take more memory."""
COLUMNS = "series, epoch_us(time), value, rest, epoch_us(modified)"
OF_TENANT = "series IN (SELECT number FROM history_series WHERE tenant = ?)"
TIME = Sql("time", kind="moment")
IDS = dict.fromkeys(ID, Sql(ROW_ID, kind="text"))
PROPERTIES: Mapping[str, Mapping[str, Sql]] = {
    "Observations": {
        **IDS,
        "phenomenonTime": TIME,
        "resultTime": Sql("modified", kind="moment"),
        "result": Sql("", kind="result"),
        "parameters": Sql("", kind="json"),
    },
    "HistoricalLocations": {**IDS, "time": TIME},
}
OF_SERIES = {
    "Observations": frozenset({"Datastream", "FeatureOfInterest"}),
    "HistoricalLocations": frozenset({"Thing"}),
}
BROKEN = (duckdb.OutOfRangeException, duckdb.ConversionException, duckdb.InvalidInputException, duckdb.BinderException)


class Row(msgspec.Struct, frozen=True, gc=False):
    """A row; times in microseconds."""

    series: int
    time: Microseconds
    value: float | None
    rest: str | None
    modified: Microseconds


@dataclass(slots=True)
class Found:
    """Rows of a page; `more`: something follows; `token`: after what, if the order allows it; `count`: of all, if it was asked for."""

    rows: list[Row] = field(default_factory=list)
    more: bool = False
    count: int | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """Which rows are meant: of `series` (None: of all of the tenant), at one `moment` or at any, and by a condition."""

    kind: str
    tenant: str
    series: Sequence[int] | None
    moment: Microseconds | None
    condition: Sql | None
    since: Microseconds | None = None
    """No row before is among those that are wanted."""

    def sql(self) -> Sql:
        """As a condition of the statement."""
        parts = [Sql("NOT deleted"), self._series()]
        if self.kind == "HistoricalLocations":
            parts.append(Sql("rest IS NOT NULL"))
        if self.moment is not None:
            parts.append(Sql("time = make_timestamp(?::BIGINT)", (self.moment,)))
        if self.since is not None:
            parts.append(Sql("time >= make_timestamp(?::BIGINT)", (self.since,)))
        if self.condition is not None:
            parts.append(self.condition)
        return _all(parts)

    def _series(self) -> Sql:
        if self.series is not None:
            return among(self.series)
        if self.kind == "HistoricalLocations":
            return Sql(OF_TENANT.replace("?)", "? AND attribute = ?)"), (self.tenant, LOCATION))
        return Sql(OF_TENANT, (self.tenant,))


@contextmanager
def limited(lake: Lake) -> Iterator[None]:
    """Stop what the lake does within after SECONDS. Raises CostlyQuery; BadQuery for what cannot be reckoned."""
    timer = Timer(SECONDS, lake.interrupt)
    timer.start()
    try:
        yield
    except duckdb.InterruptException as err:
        raise too_costly() from err
    except BROKEN as err:
        raise bad("表达式无法计算。", f"The expression cannot be reckoned: {str(err)[:200]}", "$filter") from err
    finally:
        timer.cancel()


def too_costly() -> CostlyQuery:
    """The error of a query that was stopped."""
    return CostlyQuery(
        Title(f"查询在 {SECONDS:g} 秒后停止。", f"The query was stopped after {SECONDS:g} s."),
        fix=Title(
            "请按 Thing、Datastream 或 phenomenonTime 缩小范围。", "Narrow it by Thing, Datastream or phenomenonTime."
        ),
    )


def order_of(options: Options, statements: Statements) -> tuple[str, tuple[Any, ...], str]:
    """ORDER BY, its parameters, and how a page goes on: `id`, `up` or `down` by time, or empty if only by counting."""
    parts: list[str] = []
    values: list[Any] = []
    for node, down in options.order:
        found = statements.value(node)
        readings = [found]
        if found.kind in ("result", "json"):
            readings = [statements.value(node, kind) for kind in ("number", "text")]
        for one in readings:
            # Nothing comes before everything: OData 4.0 part 1, clause 11.2.5.2.
            parts.append(f"{one.text} {'DESC NULLS LAST' if down else 'ASC NULLS FIRST'}")
            values += one.values
    way = "id" if not options.order else ""
    if len(options.order) == 1:
        node, down = options.order[0]
        if isinstance(node, Path) and len(node.steps) == 1 and node.steps[0] in ("phenomenonTime", "time"):
            way = "down" if down else "up"
    return ", ".join([*parts, "series", "time"]), tuple(values), way


def after(token: str, way: str) -> Sql | None:
    """The condition of what follows the row that a token names. Raises BadQuery."""
    if not token:
        return None
    place = read_row_id(token)
    if place is None or not way:
        raise bad("$skiptoken 无效。", "The $skiptoken is none of ours.", "$skiptoken")
    series, time = place
    moment = "make_timestamp(?::BIGINT)"
    if way == "id":
        return Sql(f"series >= ? AND (series > ? OR time > {moment})", (series, series, time))
    sign = "<" if way == "down" else ">"
    return Sql(
        f"time {sign}= {moment} AND (time {sign} {moment} OR series > ?)", (time, time, series)
    )  # of one moment there is one row a series


def read_page(lake: Lake, where: Where, options: Options, statements: Statements) -> Found:
    """A page of rows. Raises CostlyQuery."""
    if options.skip > MAX_SKIP:
        raise CostlyQuery(
            Title(f"$skip 最多 {MAX_SKIP}。", f"$skip is at most {MAX_SKIP} here."),
            where="$skip",
            fix=Title("请沿 @iot.nextLink 翻页，或按时间筛选。", "Follow @iot.nextLink, or filter by time."),
        )
    order, values, way = order_of(options, statements)
    base = where.sql()
    going_on = after(options.token, way)
    condition = base if going_on is None else _all([base, going_on])
    sql = f"SELECT {COLUMNS} FROM observations WHERE {condition.text} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608
    rows = [
        Row(*one) for one in lake.execute(sql, [*condition.values, *values, options.top + 1, options.skip]).fetchall()
    ]
    found = Found(rows[: options.top], len(rows) > options.top)
    if found.rows and found.more and way:
        found.token = row_id(found.rows[-1].series, found.rows[-1].time)
    if options.count:
        found.count = count(lake, base)
    return found


def count(lake: Lake, condition: Sql) -> int:
    """How many rows there are."""
    sql = f"SELECT count(*) FROM observations WHERE {condition.text}"  # noqa: S608
    found = lake.execute(sql, list(condition.values)).fetchone()
    return int(found[0]) if found else 0


def read_each(lake: Lake, where: Where, options: Options, statements: Statements) -> dict[int, Found]:
    """A page of each of `where`'s series: what `$expand` needs."""
    condition = where.sql()
    sql = f"SELECT series, count(*) FROM observations WHERE {condition.text} GROUP BY series"  # noqa: S608
    sizes = dict(lake.execute(sql, list(condition.values)).fetchall())
    found: dict[int, Found] = {}
    for some in _together(sizes):
        if len(some) == 1:
            found[some[0]] = read_page(lake, replace(where, series=some), replace(options, count=False), statements)
        else:
            found |= _read_some(lake, replace(where, series=some), options, statements)
    if options.count:
        for series, size in sizes.items():
            found.setdefault(series, Found()).count = size
    return found


def _together(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """Series in parcels of MAX_TOGETHER rows at most, if none of them has more by itself."""
    some: list[int] = []
    rows = 0
    for series, size in sizes.items():
        if some and rows + size > MAX_TOGETHER:
            yield some
            some, rows = [], 0
        some.append(series)
        rows += size
    if some:
        yield some


def _read_some(lake: Lake, where: Where, options: Options, statements: Statements) -> dict[int, Found]:
    order, values, way = order_of(options, statements)
    condition = where.sql()
    sql = f"""SELECT {COLUMNS}, row_number() OVER (PARTITION BY series ORDER BY {order}) AS place
        FROM observations WHERE {condition.text} QUALIFY place > ? AND place <= ? ORDER BY series, place"""  # noqa: S608
    first, last = options.skip, options.skip + options.top
    found: dict[int, Found] = {}
    for *row, place in lake.execute(sql, [*values, *condition.values, first, last + 1]).fetchall():
        page = found.setdefault(row[0], Found())
        if place > last:
            page.more = True
            page.token = row_id(page.rows[-1].series, page.rows[-1].time) if way and page.rows else None
        else:
            page.rows.append(Row(*row))
    return found


def read_newest(lake: Lake, newest: Mapping[int, Microseconds]) -> dict[int, Row]:
    """The row of each series at a moment of its own, the newest mostly: their files are found by the times."""
    if not newest:
        return {}
    sql = f"""SELECT {COLUMNS} FROM observations WHERE NOT deleted AND time BETWEEN make_timestamp(?::BIGINT)
        AND make_timestamp(?::BIGINT) AND {among(list(newest)).text}
        AND (series, epoch_us(time)) IN (SELECT (unnest(?::INTEGER[]), unnest(?::BIGINT[])))"""  # noqa: S608
    times = list(newest.values())
    given = [min(times), max(times), *among(list(newest)).values, list(newest), times]
    return {row[0]: Row(*row) for row in lake.execute(sql, given).fetchall()}


def is_newest_first(options: Options) -> bool:
    """Whether a client wants nothing but the newest Observation."""
    plain = options.filter is None and not options.skip and not options.count and options.top == 1
    return plain and _by_time_down(options.order)


def _by_time_down(order: Sequence[tuple[Node, bool]]) -> bool:
    return bool(order) and order[0] == (Path(("phenomenonTime",)), True)


def wants_newest(options: Options) -> bool:
    """Whether a page is of the newest rows of everything, whatever they are."""
    return not options.token and _by_time_down(options.order) and isinstance(options.filter, Literal | None)


def _all(parts: Sequence[Sql]) -> Sql:
    return Sql(" AND ".join(one.text for one in parts), tuple(value for one in parts for value in one.values))
