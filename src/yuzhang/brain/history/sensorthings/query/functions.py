"""The functions of filters, as data: how many arguments, of which kinds, what they give, in Python and in SQL.

Source: OGC 18-088, table 23; `contains` of OData 4.0 beside it. All times are in UTC. Lengths and distances are in degrees, the unit of
the reference system of the places (OData 4.0 part 2, clause 5.1.1.4.10). What gets nothing for an argument gives nothing.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import shapely
from shapely.errors import ShapelyError

from yuzhang.brain.history.sensorthings.query.values import Value, geometry_of, kind_of, read_moment

EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Function:
    """`takes` names the kind of each argument; `sql` has a place for each, empty if no database is asked for it."""

    takes: tuple[str, ...]
    gives: str
    work: Callable[..., Value]
    sql: str = ""
    fewer: int = 0
    """So many of the last arguments may be left out."""

    @property
    def arity(self) -> range:
        """How many arguments it may have."""
        return range(len(self.takes) - self.fewer, len(self.takes) + 1)


def _text(takes: int, gives: str, work: Callable[..., Value], sql: str) -> Function:
    return Function(("text",) * takes, gives, work, sql)


def _part(name: str) -> Function:
    return Function(("moment",), "number", lambda moment: getattr(moment, name), f"extract({name} FROM {{0}})")


def _whole(work: Callable[[float], int], sql: str) -> Function:
    return Function(("number",), "number", lambda number: work(number) if math.isfinite(number) else None, sql)


def _rounded(number: float) -> int:
    return math.floor(number + 0.5) if number >= 0 else -math.floor(-number + 0.5)


def _related(relation: Callable[[Any, Any], Any]) -> Function:
    return Function(("geometry", "geometry"), "bool", lambda one, other: bool(relation(one, other)))


def _substring(text: str, start: int, length: int | None = None) -> str | None:
    first = max(0, int(start))
    return text[first:] if length is None else text[first : first + max(0, int(length))]


FUNCTIONS: dict[str, Function] = {
    "substringof": _text(2, "bool", lambda part, text: part in text, "contains({1}, {0})"),
    "contains": _text(2, "bool", lambda text, part: part in text, "contains({0}, {1})"),
    "startswith": _text(2, "bool", str.startswith, "starts_with({0}, {1})"),
    "endswith": _text(2, "bool", str.endswith, "ends_with({0}, {1})"),
    "length": _text(1, "number", len, "length({0})"),
    "indexof": _text(2, "number", str.find, "(strpos({0}, {1}) - 1)"),
    "tolower": _text(1, "text", str.lower, "lower({0})"),
    "toupper": _text(1, "text", str.upper, "upper({0})"),
    "trim": _text(1, "text", str.strip, "trim({0}, E' \\t\\n\\r\\f\\v')"),
    "concat": _text(2, "text", lambda one, other: one + other, "({0} || {1})"),
    "substring": Function(
        ("text", "number", "number"),
        "text",
        _substring,
        "substr({0}, greatest(0, trunc({1})::BIGINT) + 1, greatest(0, trunc({2})::BIGINT))",
        fewer=1,
    ),
    **{name: _part(name) for name in ("year", "month", "day", "hour", "minute", "second")},
    "fractionalseconds": Function(
        ("moment",),
        "number",
        lambda moment: moment.microsecond / 1e6,
        "((extract(microsecond FROM {0}) % 1000000) / 1e6)",
    ),
    "date": Function(("moment",), "date", datetime.date, "CAST({0} AS DATE)"),
    "time": Function(("moment",), "time", datetime.time, "CAST({0} AS TIME)"),
    "totaloffsetminutes": Function(("moment",), "number", lambda _: 0, "(0 * extract(second FROM {0}))"),
    "now": Function((), "moment", lambda: datetime.now(UTC)),
    "mindatetime": Function((), "moment", lambda: EARLIEST),
    "maxdatetime": Function((), "moment", lambda: LATEST),
    # Halves go away from zero (OData 4.0 part 2, 5.1.1.4.9.1), as DuckDB has them too.
    "round": _whole(_rounded, "round({0})"),
    "floor": _whole(math.floor, "floor({0})"),
    "ceiling": _whole(math.ceil, "ceil({0})"),
    "geo.distance": Function(
        ("geometry", "geometry"), "number", lambda one, other: float(shapely.distance(one, other))
    ),
    "geo.length": Function(("geometry",), "number", lambda one: float(shapely.length(one))),
    "geo.intersects": _related(shapely.intersects),
    "st_equals": _related(shapely.equals),
    "st_disjoint": _related(shapely.disjoint),
    "st_touches": _related(shapely.touches),
    "st_within": _related(shapely.within),
    "st_overlaps": _related(shapely.overlaps),
    "st_crosses": _related(shapely.crosses),
    "st_intersects": _related(shapely.intersects),
    "st_contains": _related(shapely.contains),
    "st_relate": Function(
        ("geometry", "geometry", "text"),
        "bool",
        lambda one, other, pattern: bool(shapely.relate_pattern(one, other, pattern)),
    ),
}


def call(name: str, arguments: list[Value]) -> Value:
    """What a function gives; nothing if an argument is missing or of another kind.

    >>> call("indexof", ["Sensor", "nso"]), call("year", ["2026-01-02T03:04:05Z"]), call("length", [5])
    (2, 2026, None)
    """
    function = FUNCTIONS[name]
    given = [_fitted(kind, one) for kind, one in zip(function.takes, arguments, strict=False)]
    if any(one is None for one in given):
        return None
    try:
        return function.work(*given)
    except (ShapelyError, ValueError, OverflowError):
        return None


def _fitted(kind: str, value: Value) -> Value:
    """The value as an argument of `kind`, None if it is none."""
    if kind == "geometry":
        return geometry_of(value)
    if kind == "moment" and isinstance(value, str):
        return read_moment(value)
    return value if kind_of(value) == kind else None
