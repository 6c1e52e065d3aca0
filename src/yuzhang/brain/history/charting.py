"""Series as a chart draws them: of each column of pixels the first, last, lowest and highest value, so that no extreme is lost.

A line drawn through these four points of each column is, pixel for pixel, the line through all of them. Source: Jugel et al.,
"M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014. Where rows have been thinned, their summaries stand for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.history.store.lake import MOMENT, Lake, source
from yuzhang.foundation.log.model import Microseconds

MAX_SERIES = 8
MAX_WIDTH = 4000
"""Pixels."""
SECOND_US = 1_000_000

RAW = """SELECT series, epoch_us(time) AS t, value AS v, 1::BIGINT AS n, value AS total FROM {observations}
    WHERE series IN ({numbers}) AND time >= {moment} AND time < {moment} AND value IS NOT NULL AND NOT deleted"""
SUMMARIES = """SELECT series, step_s, epoch_us(time) AS t, count AS n, mean, low, high, "first", "last" FROM {rollups}
    WHERE series IN ({numbers}) AND time > {moment} AND time < {moment} AND count > 0"""
UNCOVERED = """WITH own AS (SELECT * FROM summaries WHERE step_s = {step_s}), seen AS (
        SELECT series, t - t % {step_us} AS bucket, sum(n) AS n FROM (
            SELECT series, epoch_us(time) AS t, 1 AS n FROM {observations} WHERE series IN ({numbers}) AND value IS NOT NULL
                AND NOT deleted AND time >= (SELECT make_timestamp(min(t)) FROM own)
                AND time < (SELECT make_timestamp(max(t) + {step_us}) FROM own)
            UNION ALL BY NAME SELECT series, t, n FROM summaries WHERE step_s < {step_s}) GROUP BY ALL)
    SELECT own.* FROM own LEFT JOIN seen ON seen.series = own.series AND seen.bucket = own.t WHERE coalesce(seen.n, 0) < own.n"""
STANDING = """SELECT series, t, "first" AS v, n, mean * n AS total FROM uncovered
    UNION ALL SELECT series, t + step_s::BIGINT * 400000, low, 0, 0.0 FROM uncovered
    UNION ALL SELECT series, t + step_s::BIGINT * 600000, high, 0, 0.0 FROM uncovered
    UNION ALL SELECT series, t + step_s::BIGINT * 1000000 - 1, "last", 0, 0.0 FROM uncovered"""
COLUMNS_OF_PIXELS = """WITH found AS ({found}), drawn AS (
        SELECT series, least(floor((t - ?) * ? / ?), ? - 1) AS pixel, min(t) AS t_first, arg_min(v, t) AS v_first, max(t) AS t_last,
            arg_max(v, t) AS v_last, arg_min(t, v) AS t_low, min(v) AS v_low, arg_max(t, v) AS t_high, max(v) AS v_high,
            sum(n) AS n, sum(total) AS total FROM found GROUP BY series, pixel),
    points AS (SELECT series, pixel, n, total, unnest([t_first, t_low, t_high, t_last]) AS t,
        unnest([v_first, v_low, v_high, v_last]) AS v FROM drawn)
    SELECT DISTINCT series, pixel, n, total, t, v FROM points ORDER BY series, t"""


@dataclass(frozen=True, slots=True)
class Moment:
    """One value and its time."""

    time: Microseconds
    value: float


@dataclass(frozen=True, slots=True)
class Course:
    """One series in a window: at most four points for each pixel, and what all its numbers in the window come to.

    `step_s` is the coarsest step of the summaries among it, 0 if all of it is as it was observed.
    """

    points: list[Moment]
    count: int = 0
    mean: float | None = None
    lowest: Moment | None = None
    highest: Moment | None = None
    step_s: int = 0


NOTHING = Course([])


def courses(
    lake: Lake,
    numbers: Sequence[int],
    start: Microseconds,
    end: Microseconds,
    width: int,
    *,
    snapshot: int | None = None,
) -> dict[int, Course]:
    """How the numbers of each series ran from `start` to before `end`, drawn `width` pixels wide. A series without any has none.

    `snapshot`: as the lake was then.
    """
    if not numbers or end <= start:
        return {}
    names = {
        "numbers": ", ".join(str(int(one)) for one in numbers),
        "moment": MOMENT,
        "observations": source(snapshot),
        "rollups": source(snapshot, "rollups"),
    }
    steps = _summaries(lake, names, start, end)
    found = RAW.format(**names)
    if steps:
        found += f" UNION ALL BY NAME SELECT * FROM ({STANDING}) WHERE t >= {int(start)} AND t < {int(end)}"  # noqa: S608
    sql = COLUMNS_OF_PIXELS.format(found=found)
    table = lake.execute(sql, [start, end, float(start), float(width), float(end - start), width]).to_arrow_table()
    return {number: _course(rows, steps.get(number, 0)) for number, rows in _by_series(table).items()}


def _summaries(lake: Lake, names: Mapping[str, str], start: Microseconds, end: Microseconds) -> dict[int, int]:
    """Have the view `uncovered` hold the summaries whose rows are gone; the coarsest step of each series that has any.

    A summary speaks as long as it has counted more rows than are still there in its step, as rows or in finer summaries.
    """
    first = lake.execute(
        f"SELECT max(step_s) FROM {names['rollups']} WHERE series IN ({names['numbers']})"  # noqa: S608  # whole numbers
    ).fetchone()
    if first is None or first[0] is None:
        return {}
    kept = lake.execute(SUMMARIES.format(**names), [start - int(first[0]) * SECOND_US, end]).to_arrow_table()
    if not kept.num_rows:
        return {}
    lake.register("summaries", kept)
    parts = []
    for step_s in sorted({int(one) for one in kept["step_s"].to_pylist()}):
        sql = UNCOVERED.format(**names, step_s=step_s, step_us=step_s * SECOND_US)
        parts.append(lake.execute(sql).to_arrow_table())
    uncovered = pa.concat_tables(parts)
    lake.register("uncovered", uncovered)
    coarsest = lake.execute("SELECT series, max(step_s) FROM uncovered GROUP BY series").fetchall()
    return {int(number): int(step_s) for number, step_s in coarsest}


def _by_series(table: pa.Table) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = {}
    columns = [table[name].to_pylist() for name in ("series", "t", "v", "n", "total", "pixel")]
    for number, *rest in zip(*columns, strict=True):
        found.setdefault(number, []).append(tuple(rest))
    return found


def _course(rows: list[tuple[Any, ...]], step_s: int) -> Course:
    points = [Moment(t, v) for t, v, *_ in rows]
    columns = {pixel: (int(n), total) for _, _, n, total, pixel in rows}
    count = sum(n for n, _ in columns.values())
    return Course(
        points,
        count,
        sum(total for _, total in columns.values()) / count if count else None,
        min(points, key=lambda one: one.value),
        max(points, key=lambda one: one.value),
        step_s,
    )
