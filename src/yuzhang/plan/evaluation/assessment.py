"""Targets held against figures: into columns, judged once, and out again as assessments that a person can check."""

import math
from collections.abc import Sequence

import numpy as np

from yuzhang.core.language import Title
from yuzhang.plan.evaluation.computation.columns import (
    NO_YEAR,
    STATUSES,
    Floats,
    Integers,
    Outcomes,
    Promises,
    Series,
    Why,
)
from yuzhang.plan.evaluation.computation.forecast import forecast
from yuzhang.plan.evaluation.computation.methods import LEVELS, RUNNING, Goals, expected, goals, promised_pace, to_date
from yuzhang.plan.evaluation.computation.series import Readings, by_series, rates_of, read
from yuzhang.plan.evaluation.computation.status import judge
from yuzhang.plan.evaluation.explanation import Judged, steps
from yuzhang.plan.evaluation.model import Assessment, Measured, Point
from yuzhang.plan.evaluation.reasons import reason
from yuzhang.plan.figures.model import Figure
from yuzhang.plan.registry.model import Method, Target


def assess(
    targets: Sequence[Target], binding: Sequence[bool], figures: Sequence[Figure], year: int
) -> tuple[Assessment, ...]:
    """The assessment of each target at the end of `year`, in the order given."""
    series = by_series(figures)
    rates = rates_of(figures)
    readings = [read(target, series.get(target.series or "", ()), year, rates) for target in targets]
    promises = Promises.of([reading.target for reading in readings], binding)
    columns = _columns(readings)
    rows = _rows(readings, promises, columns, judge(promises, columns, year), year)
    return tuple(_assessment(target, *row) for target, row in zip(targets, rows, strict=True))


def _columns(readings: Sequence[Readings]) -> Series:
    """The readings as a matrix, from the first year after any base to the last with a figure."""
    first = min((r.target.base_year for r in readings), default=0) + 1
    last = max((when for r in readings for when in (*r.values, *r.spans)), default=first)
    values, spans = (np.full((len(readings), max(last - first + 1, 1)), np.nan) for _ in range(2))
    for row, reading in enumerate(readings):
        for matrix, numbers in ((values, reading.values), (spans, reading.spans)):
            for when, number in numbers.items():
                if when >= first:
                    matrix[row, when - first] = number.value
    return Series(first, values, spans)


def _rows(
    readings: Sequence[Readings], promises: Promises, series: Series, found: Outcomes, year: int
) -> list[tuple[Judged, tuple[Point, ...]]]:
    """Each row of the outcomes as one readable thing, with its path."""
    goal, figures = goals(promises), to_date(promises, series)
    pace = promised_pace(promises, goal)
    first, last = (int(x) for x in (promises.base_year.min(initial=year), promises.due.max(initial=year)))
    years = np.arange(first, max(last, first) + 1, dtype=np.int64)
    paths = expected(promises, goal, np.broadcast_to(years, (len(promises), len(years))))
    return [
        (
            _judged(row, reading, bool(promises.binding[row]), goal, found, figures[row], series, year, pace[row]),
            _path(reading.target, years, paths[row], bool(goal.way[row])),
        )
        for row, reading in enumerate(readings)
    ]


def _judged(
    row: int,
    readings: Readings,
    binding: bool,
    goal: Goals,
    found: Outcomes,
    figures: Floats,
    series: Series,
    year: int,
    pace: float,
) -> Judged:
    judged = int(found.year[row])
    running = {int(y): float(x) for y, x in zip(series.years, figures, strict=True) if math.isfinite(x)}
    return Judged(
        target=readings.target,
        binding=binding,
        readings=readings,
        to_date=running,
        status=STATUSES[found.status[row]],
        why=Why(found.why[row]),
        asked=year,
        year=None if judged == NO_YEAR else judged,
        actual=_known(found.actual[row]),
        expected=_known(found.expected[row]),
        allowed=_known(found.allowed[row]),
        gap=_known(found.gap[row]),
        progress=_known(found.progress[row]),
        needed=_known(found.needed[row]),
        bound=_known(goal.bound[row]),
        far=_known(goal.far[row]),
        direction=int(goal.direction[row]),
        way=bool(goal.way[row]),
        strict=bool(goal.strict[row]),
        pace=_known(pace),
    )


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _path(target: Target, years: Integers, values: Floats, way: bool) -> tuple[Point, ...]:
    """The path to the due year: from the base on for levels and sums, else from the first year after it.

    A level without a usable base has no path, only its end.
    """
    first = target.base_year + (0 if way and target.method is not Method.AVERAGE_GROWTH else 1)
    if target.method is Method.ASSIGNED:
        return ()
    if not way and target.method in LEVELS and (target.base is None or target.method is Method.COMPOUND):
        first = target.due
    pairs = zip(years, values, strict=True)
    return tuple(Point(int(y), float(v)) for y, v in pairs if first <= y <= target.due and math.isfinite(v))


def _assessment(target: Target, judged: Judged, path: tuple[Point, ...]) -> Assessment:
    outlook = forecast(judged.target, judged.readings, judged.to_date)
    return Assessment(
        target=target,
        status=judged.status,
        year=None if judged.actual is None else judged.year,
        actual=judged.actual,
        expected=judged.expected,
        gap=judged.gap,
        needed=judged.needed,
        needed_unit=None if judged.needed is None else judged.needed_unit,
        path=path,
        measured=_measured(judged),
        forecast=None if isinstance(outlook, Title) else outlook,
        no_forecast=outlook if isinstance(outlook, Title) else None,
        reason=reason(judged),
        steps=steps(judged, outlook),
    )


def _measured(judged: Judged) -> tuple[Measured, ...]:
    """What stands beside the path, from the base year on: the values, or the averages or sums to date."""
    readings, base = judged.readings, judged.target.base_year
    if judged.target.method not in RUNNING:
        found = sorted(readings.values.items())
        return tuple(Measured(year, reading.value, reading.figures) for year, reading in found if year >= base)
    return tuple(Measured(year, value, readings.used(year)) for year, value in sorted(judged.to_date.items()))
