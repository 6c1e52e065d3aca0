"""The status of each promise from its path and its figures, over columns; linear in promises × years."""

from dataclasses import dataclass, fields

import numpy as np

from yuzhang.plan.evaluation.computation.columns import (
    NO_YEAR,
    STATUSES,
    Flags,
    Floats,
    Integers,
    Outcomes,
    Promises,
    Series,
    Why,
)
from yuzhang.plan.evaluation.computation.methods import (
    LEVELS,
    Goals,
    allowed,
    expected,
    goals,
    needed,
    promised_pace,
    to_date,
    window,
)
from yuzhang.plan.evaluation.model import Status
from yuzhang.plan.registry.model import Method

NEARLY_SHARE = 0.95
"""An expected target counts as nearly kept from this share of the promised way on."""
BEHIND_SHARE = 0.90
"""Before the due year: behind (not off track) from this share of what the path asks for on."""
PACE_FACTOR = 1.25
"""… or while the pace still needed is at most this many times the pace first promised."""
STATUS_OF = np.array(
    [
        STATUSES.index(
            {
                Why.ASSIGNED: Status.NOT_ASSESSABLE,
                Why.YEARS: Status.NOT_ASSESSABLE,
                Why.NO_NUMBER: Status.NOT_ASSESSABLE,
                Why.NO_CRITERION: Status.NOT_ASSESSABLE,
                Why.KEPT: Status.KEPT,
                Why.NEARLY: Status.NEARLY,
                Why.MISSED: Status.MISSED,
                Why.REACHED: Status.ON_TRACK,
                Why.ON_PATH: Status.ON_TRACK,
                Why.CLOSE: Status.BEHIND,
                Why.PACE: Status.BEHIND,
                Why.OFF: Status.OFF_TRACK,
            }.get(why, Status.NO_DATA)
        )
        for why in Why
    ],
    np.int8,
)
"""The status code of each rule; the rules not named mean that there is no data to judge by."""
BLOCK = 16_384
"""Rows computed at once: keeps the working memory small and in the processor's cache."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What the rules look at, of the year judged; `final` where that is the due year."""

    actual: Floats
    path: Floats
    allowed: Floats
    pace: Floats
    final: Flags


def judge(promises: Promises, series: Series, year: int) -> Outcomes:
    """Each promise held against its figures at the end of `year`, or of its due year if that is earlier.

    Kept, nearly and missed need a figure of the due year; an older figure is judged against the path in its own year.
    """
    blocks = [_judge_block(promises.rows(part), _rows(series, part), year) for part in _parts(len(promises))]
    if len(blocks) == 1:
        return blocks[0]
    return Outcomes(*(np.concatenate([getattr(block, field.name) for block in blocks]) for field in fields(Outcomes)))


def _parts(count: int) -> list[slice]:
    return [slice(first, first + BLOCK) for first in range(0, count, BLOCK)] or [slice(0, 0)]


def _rows(series: Series, part: slice) -> Series:
    spans = None if series.spans is None else series.spans[part]
    return Series(series.first_year, series.values[part], spans)


def _latest(promises: Promises, series: Series, figures: Floats, year: int) -> tuple[Integers, Floats]:
    """The last year with a figure that may be judged, and what the figures to that year say."""
    present = np.isfinite(series.values)
    if series.spans is not None:
        present |= np.isfinite(series.spans) & promises.uses(Method.AVERAGE_GROWTH, Method.CUMULATIVE)[:, None]
    present &= window(promises, series, np.minimum(promises.due, year))
    if not present.shape[1]:
        return np.full(len(promises), NO_YEAR, np.int64), np.full(len(promises), np.nan)
    column = present.shape[1] - 1 - np.argmax(present[:, ::-1], axis=1)
    any_figure = present.any(axis=1)
    actual = np.where(any_figure, np.take_along_axis(figures, column[:, None], axis=1)[:, 0], np.nan)
    return np.where(any_figure, series.first_year + column, NO_YEAR), actual


def _better(goal: Goals, value: Floats, bound: Floats) -> Floats:
    """How far `value` is beyond `bound` on the better side (negative: short of it); outside of a range, how far."""
    outside = np.maximum(np.maximum(bound - value, value - goal.far), 0.0)
    return np.where(goal.direction == 0, -outside, goal.direction * (value - bound))


def _judge_block(promises: Promises, series: Series, year: int) -> Outcomes:
    goal = goals(promises)
    judged, actual = _latest(promises, series, to_date(promises, series), year)
    years = np.where(judged == NO_YEAR, promises.base_year, judged)
    found = _Found(
        actual=actual,
        path=expected(promises, goal, years[:, None])[:, 0],
        allowed=allowed(promises, goal, years[:, None])[:, 0],
        pace=needed(promises, goal, actual, years),
        final=(judged == promises.due) & (judged != NO_YEAR),
    )
    figure = judged != NO_YEAR
    before = _unjudgeable(promises, goal, figure, _impossible(promises, series, years, actual), actual)
    why = np.select([before >= 0, found.final], [before, _final(promises, goal, found)], _track(promises, goal, found))
    with np.errstate(all="ignore"):
        progress = np.where(goal.way, (actual - goal.start) / (goal.bound - goal.start), np.nan)
    # What cannot be judged has no path, gap or pace either, but its last figure stays to be seen.
    hidden = (before >= 0) | (why == Why.NO_PATH)
    shown = (found.path, found.allowed, _better(goal, actual, found.path), progress, found.pace)
    return Outcomes(STATUS_OF[why], why.astype(np.int8), judged, actual, *(np.where(hidden, np.nan, x) for x in shown))


def _impossible(promises: Promises, series: Series, years: Integers, actual: Floats) -> Flags:
    """Growth of -100 % or less, or a compound level that is not above zero: no rate can be computed from it."""
    shrunk = ((series.values <= -100) & window(promises, series, years)).any(axis=1)
    return (promises.uses(Method.AVERAGE_GROWTH) & shrunk) | (promises.uses(Method.COMPOUND) & (actual <= 0))


def _unjudgeable(promises: Promises, goal: Goals, figure: Flags, impossible: Flags, actual: Floats) -> Integers:
    """Why a promise cannot be judged at all; -1 where it can."""
    unnumbered = np.isnan(promises.low) & np.isnan(promises.high) & ~promises.uses(Method.STABLE)
    rules = {
        Why.ASSIGNED: promises.uses(Method.ASSIGNED),
        Why.YEARS: promises.due <= promises.base_year,
        Why.NO_CRITERION: unnumbered & promises.uses(Method.QUALITATIVE),
        Why.NO_NUMBER: unnumbered,
        Why.NO_FIGURE: ~figure,
        Why.IMPOSSIBLE: impossible,
        Why.GAP: np.isnan(actual),
        Why.NO_BASE: np.isnan(goal.bound),
    }
    return np.select(list(rules.values()), [int(why) for why in rules], -1)


def _final(promises: Promises, goal: Goals, found: _Found) -> Integers:
    """The verdict on a figure of the due year. A binding target that is not kept is missed."""
    return np.select(
        [_reached(promises, goal, found), ~promises.binding & _of_way(goal, found.actual, goal.bound, NEARLY_SHARE)],
        [int(Why.KEPT), int(Why.NEARLY)],
        int(Why.MISSED),
    )


def _track(promises: Promises, goal: Goals, found: _Found) -> Integers:
    """The verdict on a figure from before the due year."""
    # An average, or a sum that must stay below a limit, is not safe before the time is over.
    unsafe = promises.uses(Method.AVERAGE_GROWTH) | (promises.uses(Method.CUMULATIVE) & (goal.direction < 0))
    no_path = promises.uses(*LEVELS) & (np.isnan(goal.start) | (promises.uses(Method.COMPOUND) & ~_compounds(goal)))
    with np.errstate(invalid="ignore"):
        on_path = _better(goal, found.actual, found.path) >= -found.allowed - _rounding(goal)
        most = PACE_FACTOR * goal.direction * promised_pace(promises, goal)
        faster = goal.direction * found.pace <= most + _rounding(goal)
    rules = {
        Why.REACHED: _reached(promises, goal, found) & ~unsafe,
        Why.NO_PATH: no_path,
        Why.ON_PATH: on_path,
        Why.CLOSE: _of_way(goal, found.actual, found.path, BEHIND_SHARE) | _near_bound(promises, goal, found),
        Why.PACE: faster,
    }
    return np.select(list(rules.values()), [int(why) for why in rules], int(Why.OFF))


def _rounding(goal: Goals) -> Floats:
    """What binary fractions may cost: a figure that equals the promise as written must count as equal."""
    return 1e-9 * np.maximum(1.0, np.abs(goal.bound))


def _reached(promises: Promises, goal: Goals, found: _Found) -> Flags:
    """Whether the promise is met within its tolerance; "more than" and "below" want more than the number itself."""
    beyond = _better(goal, found.actual, goal.bound) + promises.tolerance
    return np.where(goal.strict, beyond > _rounding(goal), beyond >= -_rounding(goal))


def _of_way(goal: Goals, actual: Floats, asked: Floats, share: float) -> Flags:
    """Whether `share` of the way from the start to what is `asked` has been gone."""
    with np.errstate(invalid="ignore"):
        gone, whole = goal.direction * (actual - goal.start), goal.direction * (asked - goal.start)
        return goal.way & (gone >= share * whole - _rounding(goal))


def _near_bound(promises: Promises, goal: Goals, found: _Found) -> Flags:
    """For promises without a way: within a tenth of the bound, or within twice the tolerance of what is to be kept."""
    room = np.where(goal.direction == 0, 2 * promises.tolerance, (1 - BEHIND_SHARE) * np.abs(found.path))
    return ~goal.way & (_better(goal, found.actual, found.path) >= -room - _rounding(goal))


def _compounds(goal: Goals) -> Flags:
    """Whether a rate leads from start to bound: both are above zero."""
    with np.errstate(invalid="ignore"):
        return np.minimum(goal.start, goal.bound) > 0
