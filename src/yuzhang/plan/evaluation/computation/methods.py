"""The formula of each method, over columns. Each is written out with its source in docs/reference/methods.md."""

from dataclasses import dataclass

import numpy as np

from yuzhang.plan.evaluation.computation.columns import Flags, Floats, Integers, Promises, Series
from yuzhang.plan.model import Comparator
from yuzhang.plan.registry.model import Method

LEVELS = (Method.LINEAR, Method.COMPOUND, Method.SHARE, Method.QUALITATIVE)
RUNNING = (Method.AVERAGE_GROWTH, Method.CUMULATIVE)
BOUNDS = (Method.AT_LEAST, Method.AT_MOST)


@dataclass(frozen=True, slots=True)
class Goals:
    """What each promise asks for in its due year.

    `direction` is 1 where more is better, -1 where less is, 0 where `bound`..`far` is to be kept to. `bound` is the
    nearest number that counts as reached, before tolerance. `start` is where the way to it begins, and `way` says which
    promises have one: their bound lies on the better side of their start.
    """

    direction: Floats
    bound: Floats
    far: Floats
    start: Floats
    way: Flags
    strict: Flags


def directions(promises: Promises) -> Floats:
    """Which side is better: the method says, else the comparator, else `lower_is_better`."""
    by_comparator = np.select(
        [
            promises.compares(Comparator.AT_LEAST, Comparator.ABOVE),
            promises.compares(Comparator.AT_MOST, Comparator.BELOW),
        ],
        [1.0, -1.0],
        np.nan,
    )
    otherwise = np.where(promises.uses(Method.STABLE), 0.0, np.where(promises.lower_is_better, -1.0, 1.0))
    by_comparator = np.where(np.isnan(by_comparator), otherwise, by_comparator)
    return np.select([promises.uses(Method.AT_LEAST), promises.uses(Method.AT_MOST)], [1.0, -1.0], by_comparator)


def goals(promises: Promises) -> Goals:
    """The number each promise must reach: of a range the first edge; multiples and growth count from the base."""
    direction = directions(promises)
    low = np.where(np.isnan(promises.low), promises.high, promises.low)
    high = np.where(np.isnan(promises.high), promises.low, promises.high)
    levels, stable = promises.uses(*LEVELS), promises.uses(Method.STABLE)
    low, high = (np.where(stable & np.isnan(edge), promises.base, edge) for edge in (low, high))
    number = np.where(direction < 0, high, low)
    bound = np.select(
        [levels & promises.compares(Comparator.GROWS_BY), levels & promises.compares(Comparator.TIMES)],
        [promises.base + number, promises.base * number],
        number,
    )
    start = np.where(levels, promises.base, np.where(promises.uses(*RUNNING), 0.0, np.nan))
    with np.errstate(invalid="ignore"):
        way = (direction * (bound - start) > 0) & (~promises.uses(Method.COMPOUND) | (np.minimum(start, bound) > 0))
    strict = promises.compares(Comparator.ABOVE, Comparator.BELOW)
    return Goals(direction, bound, np.where(direction == 0, high, bound), start, way, strict)


def elapsed(promises: Promises, years: Integers) -> Floats:
    """The share of the time from base to due year that has passed at the end of `years` (N×K)."""
    length = np.maximum(promises.due - promises.base_year, 1)[:, None]
    return np.asarray((years - promises.base_year[:, None]) / length, np.float64)


def expected(promises: Promises, goal: Goals, years: Integers) -> Floats:
    """What the path asks for in `years` (N×K), in each target's unit.

    Levels and shares go from base to bound, evenly or at an even rate; sums grow with time; growth rates, bounds, what
    is to be kept stable, and promises that the base already meets ask for the bound in every year.
    """
    share = elapsed(promises, years)
    start, bound, way = goal.start[:, None], goal.bound[:, None], goal.way[:, None]
    compound = promises.uses(Method.COMPOUND)[:, None]
    even = way & promises.uses(Method.LINEAR, Method.SHARE, Method.QUALITATIVE)[:, None]
    with np.errstate(all="ignore"):
        at_rate = start * (bound / start) ** share
        evenly = start + (bound - start) * share
    # A sum is in proportion to time also where it is a limit, so that too fast a use shows before the due year.
    return np.select(
        [compound & way, even, promises.uses(Method.CUMULATIVE)[:, None]],
        [at_rate, evenly, bound * share],
        np.broadcast_to(bound, share.shape),
    )


def allowed(promises: Promises, goal: Goals, years: Integers) -> Floats:
    """How far beside the path still counts as on it: the tolerance, growing with the way from none at the base."""
    tolerance = np.broadcast_to(promises.tolerance[:, None], years.shape)
    grows = promises.uses(Method.CUMULATIVE) | (goal.way & promises.uses(*LEVELS))
    return np.where(grows[:, None], tolerance * elapsed(promises, years), tolerance)


def window(promises: Promises, series: Series, until: Integers) -> Flags:
    """Which columns lie after the base year and not after `until` (N×Y)."""
    years = series.years[None, :]
    return (years > promises.base_year[:, None]) & (years <= until[:, None])


def to_date(promises: Promises, series: Series) -> Floats:
    """What each year's figure says of the promise (N×Y): the value, or the average growth or sum since the base year.

    Average growth is the geometric mean of yearly real growth, ((1+g1)(1+g2)…)^(1/n) − 1, in %. It and the sum are NaN
    from the first year without a figure on, unless a source states the whole span.
    """
    growth, total = promises.uses(Method.AVERAGE_GROWTH), promises.uses(Method.CUMULATIVE)
    result = series.values.copy()
    rows = np.flatnonzero(growth | total)
    if not len(rows):
        return result
    values, base_year, growth = series.values[rows], promises.base_year[rows], growth[rows]
    spans = np.full_like(values, np.nan) if series.spans is None else series.spans[rows]
    running = np.where(series.first_year <= base_year + 1, 0.0, np.nan)
    for column, year in enumerate(series.years):
        count = np.maximum(year - base_year, 1)
        with np.errstate(all="ignore"):
            step = np.where(growth, np.log1p(values[:, column] / 100), values[:, column])
            span = np.where(growth, count * np.log1p(spans[:, column] / 100), spans[:, column])
            running = np.where(year <= base_year, running, np.where(np.isnan(span), running + step, span))
            stated = np.where(growth, np.expm1(running / count) * 100, running)
        result[rows, column] = np.where(np.isfinite(stated) & (year > base_year), stated, np.nan)
    return result


def needed(promises: Promises, goal: Goals, actual: Floats, year: Integers) -> Floats:
    """What is still needed in each year after `year` to reach the bound in the due year; 0 where nothing is.

    Units: % a year for compound levels and average growth, else the target's unit a year. NaN at the due year, for what
    is to be kept stable, and for bounds that are met.
    """
    growth, compound = promises.uses(Method.AVERAGE_GROWTH), promises.uses(Method.COMPOUND)
    left = np.where(promises.due > year, promises.due - year, np.nan).astype(np.float64)
    past = (year - promises.base_year).astype(np.float64)
    with np.errstate(all="ignore"):
        logs = (past + left) * np.log1p(goal.bound / 100) - past * np.log1p(actual / 100)
        rate = np.where(growth, np.expm1(logs / left), (goal.bound / actual) ** (1 / left) - 1) * 100
        pace = np.where(growth | compound, rate, (goal.bound - actual) / left)
        over = (goal.direction * pace <= 0) & ~(promises.uses(Method.CUMULATIVE) & (goal.direction < 0))
    pace = np.where(over, 0.0, pace)
    undefined = (goal.direction == 0) | (promises.uses(*BOUNDS) & over)
    return np.where(undefined, np.nan, pace)


def promised_pace(promises: Promises, goal: Goals) -> Floats:
    """What the promise asked for each year from the start, in the unit of `needed`; NaN where there is no way."""
    length = np.maximum(promises.due - promises.base_year, 1)
    with np.errstate(all="ignore"):
        rate = ((goal.bound / goal.start) ** (1 / length) - 1) * 100
        even = (goal.bound - goal.start) / length
    pace = np.select([promises.uses(Method.AVERAGE_GROWTH), promises.uses(Method.COMPOUND)], [goal.bound, rate], even)
    return np.where(goal.way, pace, np.nan)
