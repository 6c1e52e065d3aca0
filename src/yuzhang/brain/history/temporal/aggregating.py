"""Instances summed up over stretches of time. Numbers are summed up by columns in the lake; all else one by one. Clause 4.5.19."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.context.errors import TooManyResults, said
from yuzhang.brain.context.model import VALUE_MEMBER, Instance, Microseconds
from yuzhang.brain.history.model import Series
from yuzhang.brain.history.store.lake import Lake
from yuzhang.brain.history.temporal.evolving import number
from yuzhang.brain.history.temporal.model import Past, TemporalQuery
from yuzhang.brain.history.temporal.store import group, rows_sql

MOST_PERIODS = 100_000
"""Periods in one answer."""
COLUMNS = {
    "avg": "avg(value)",
    "distinctCount": "count(DISTINCT value)",
    "max": "max(value)",
    "min": "min(value)",
    "stddev": "stddev_pop(value)",
    "sum": "sum(value)",
    "sumsq": "sum(value * value)",
    "totalCount": "count(*)",
}
"""The methods over a column of numbers. What is in a period is all there is of it: stddev is that of the population."""
TIMED = """SELECT r.series, r.value, r.rest, epoch_us(r.key) AS k, g.entity FROM ({rows}) r JOIN grouped g USING (series)
    WHERE NOT r.deleted"""
OTHER = "count(*) FILTER (value IS NULL OR rest LIKE '%\"expiresAt\"%')"
COUNTING = frozenset({"distinctCount", "totalCount"})
encode = msgspec.json.Encoder(order="deterministic").encode
Stretch = tuple[Microseconds, Microseconds]
"""From when to before when."""
Sums = dict[str, list[tuple[Any, Stretch]]]
"""By method: the value of each stretch in which there is one."""


class Summed(msgspec.Struct, gc=False):
    """One attribute of one dataset, summed up. `plain`: all of it are numbers. `whole`: the time of the entity's instances."""

    sums: Sums
    plain: bool = True
    kind: str = "Property"
    whole: Stretch = (0, 0)


def summed_by_columns(lake: Lake, series: Sequence[Series], query: TemporalQuery) -> tuple[dict[int, Summed], bool]:
    """The sums of each series that has any instance; those that are not plain lack some. And whether all is plain.

    Raises TooManyResults if there are more than MOST_PERIODS periods.
    """
    if not series:
        return {}, True
    group(lake, series)
    rows, values = rows_sql(lake, [one.number for one in series], query)
    start = query.window.start if query.window is not None else None
    timed, us = TIMED.format(rows=rows), query.period.us
    begins = "min(k) OVER (PARTITION BY entity)" if start is None else str(int(start))
    placed = f"SELECT *, {begins} AS begins, 0 AS place FROM ({timed})"  # noqa: S608
    if query.period.months:
        # The calendar's months are not of one length: where each one begins is counted here, from the first instance on.
        found = lake.execute(f"SELECT entity, min(k), max(k) FROM ({timed}) GROUP BY entity", values).fetchall()  # noqa: S608
        lake.register(
            "bounds", _bounds([(one, first if start is None else start, last) for one, first, last in found], query)
        )
        placed = f"SELECT t.*, b.origin AS begins, b.place FROM ({timed}) t ASOF JOIN bounds b ON t.entity = b.entity AND k >= b.start"  # noqa: S608
    elif us:
        placed = f"SELECT * REPLACE ((k - begins) // {us} AS place) FROM ({placed})"  # noqa: S608
    columns = ", ".join(COLUMNS[one] for one in query.methods)
    sql = (
        f"SELECT series, entity, place, any_value(begins), max(k), {OTHER}, {columns} FROM ({placed}) "  # noqa: S608
        f"GROUP BY series, entity, place ORDER BY series, place LIMIT {MOST_PERIODS + 1}"
    )
    buckets = lake.execute(sql, values).fetchall()
    if len(buckets) > MOST_PERIODS:
        raise too_many()
    return _summed(buckets, query)


def _bounds(spans: Iterable[tuple[int, Microseconds, Microseconds]], query: TemporalQuery) -> pa.Table:
    """Where the periods of each entity begin, from its first instance to its last one."""
    columns: dict[str, list[int]] = {"entity": [], "place": [], "start": [], "origin": []}
    for entity, origin, last in spans:
        place, start = 0, origin
        while start <= last or not place:
            for name, value in zip(columns, (entity, place, start, origin), strict=True):
                columns[name].append(value)
            place += 1
            start = query.period.start(origin, place)
            if len(columns["place"]) > MOST_PERIODS:
                raise too_many()
    return pa.table({name: pa.array(column, pa.int64()) for name, column in columns.items()})


def _summed(buckets: Sequence[tuple[Any, ...]], query: TemporalQuery) -> tuple[dict[int, Summed], bool]:
    last: dict[int, Microseconds] = {}
    for _, entity, _, _, newest, *_ in buckets:
        last[entity] = max(newest, last.get(entity, newest))
    found: dict[int, Summed] = {}
    plain = True
    for series, entity, place, origin, _, others, *values in buckets:
        whole = (int(origin), last[entity])
        one = found.setdefault(series, Summed({method: [] for method in query.methods}, whole=whole))
        if others:
            one.plain = plain = False
            continue
        stretch = stretch_of(query, *whole, int(place))
        for method, value in zip(query.methods, values, strict=True):
            one.sums[method].append((number(value) if isinstance(value, float) else value, stretch))
    return found, plain


def stretch_of(query: TemporalQuery, origin: Microseconds, last: Microseconds, place: int) -> Stretch:
    """The period number `place`. One that spans all ends where the window does, or with the last instance."""
    if query.period.whole:
        end = query.window.end if query.window is not None else None
        return origin, last if end is None else end
    return query.period.start(origin, place), query.period.start(origin, place + 1)


def summed_one_by_one(past: Sequence[Past], query: TemporalQuery, origin: Microseconds, last: Microseconds) -> Summed:
    """The sums of instances of one attribute and one dataset, whatever they hold, by their keys. Source: tables 4.5.19.1-1 to 3."""
    places: dict[int, list[Instance]] = {}
    place = 0
    for one in sorted(past, key=lambda one: one.key):
        if one.deleted:
            continue
        if query.period.us and not query.period.months:
            place = (one.key - origin) // query.period.us
        elif query.period.months:
            while query.period.start(origin, place + 1) <= one.key:
                place += 1
        places.setdefault(place, []).append(one.instance)
    sums: Sums = {method: [] for method in query.methods}
    for at, instances in places.items():
        stretch = stretch_of(query, origin, last, at)
        for method in query.methods:
            value = of_instances(instances, method)
            if value is not None:
                sums[method].append((value, stretch))
    kind = str(past[0].instance["type"]) if past else "Property"
    return Summed(sums, kind=kind)


def of_instances(instances: Sequence[Instance], method: str) -> Any:
    """What a method makes of instances; None if it cannot be applied to them. Source: tables 4.5.19.1-1 to 3.

    >>> of_instances([{"type": "Property", "value": [1, 2]}, {"type": "Property", "value": [3]}], "avg")
    1.5
    """
    if method == "totalCount":
        return len(instances)
    values = [one[VALUE_MEMBER[one["type"]]] for one in instances]
    if method == "distinctCount":
        return len({encode(one) for one in values})
    if any(
        one["type"] in {"Relationship", "ListRelationship", "VocabProperty", "LanguageProperty"} for one in instances
    ):
        return None
    return _numeric(values, method) if any(_is_numeric(one, method) for one in values) else _textual(values, method)


def _is_numeric(value: Any, method: str) -> bool:
    if isinstance(value, list):  # the size of an array counts
        return method not in {"stddev", "sumsq"}
    return isinstance(value, bool | int | float)


def _numeric(values: Sequence[Any], method: str) -> Any:
    found = [len(one) if isinstance(one, list) else one for one in values if _is_numeric(one, method)]
    return number(float(NUMERIC[method]([float(one) for one in found])))


def _deviation(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return float((sum((one - mean) ** 2 for one in values) / len(values)) ** 0.5)


NUMERIC: dict[str, Callable[[list[float]], float]] = {
    "avg": lambda values: sum(values) / len(values),
    "max": max,
    "min": min,
    "stddev": _deviation,
    "sum": sum,
    "sumsq": lambda values: sum(one * one for one in values),
}


def _textual(values: Sequence[Any], method: str) -> Any:
    texts = [one for one in values if isinstance(one, str)]
    typed = [
        one
        for one in values
        if isinstance(one, dict)
        and isinstance(one.get("@value"), str)
        and one.get("@type") in {"DateTime", "Date", "Time"}
    ]
    if method in {"max", "min"}:
        choose: Callable[..., Any] = max if method == "max" else min
        if texts:
            return choose(texts)
        return choose(typed, key=lambda one: one["@value"]) if typed else None
    if method == "avg":
        times = [
            seconds for one in typed if one["@type"] == "Time" and (seconds := _seconds(one["@value"])) is not None
        ]
        return {"@type": "Time", "@value": _clock(sum(times) / len(times))} if times else None
    return None


def _seconds(text: str) -> float | None:
    """The seconds of the day of a time like 12:30:05Z; None if it is none."""
    parts = text.removesuffix("Z").replace(",", ".").split(":")
    try:
        hours, minutes, seconds = (float(one) for one in parts)
    except ValueError:
        return None
    return (hours * 60 + minutes) * 60 + seconds


def _clock(seconds: float) -> str:
    """A time of the day.

    >>> _clock(45005.5)
    '12:30:05.500Z'
    """
    whole, rest = divmod(round(seconds * 1000), 1000)
    text = f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{text}.{rest:03}Z" if rest else f"{text}Z"


def too_many() -> TooManyResults:
    """The error of an answer with too many periods."""
    return TooManyResults(
        said(f"There are more than {MOST_PERIODS} periods in the answer."),
        where="?aggrPeriodDuration",
        fix=said("Take longer periods, a shorter time or fewer entities."),
    )
