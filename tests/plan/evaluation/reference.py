"""The rules of docs/reference/methods.md once more, for one promise at a time and without arrays: what the columns must agree with."""

from collections.abc import Mapping

from yuzhang.plan.evaluation.model import Status
from yuzhang.plan.model import Comparator
from yuzhang.plan.registry.model import Method, Target

LEVELS = (Method.LINEAR, Method.COMPOUND, Method.SHARE, Method.QUALITATIVE)


def status(target: Target, binding: bool, figures: Mapping[int, float], year: int) -> Status:
    """The status of one target whose figures are in its own unit."""
    method, base_year, due = target.method, target.base_year, target.due
    if method is Method.ASSIGNED or due <= base_year:
        return Status.NOT_ASSESSABLE
    if target.low is None and target.high is None and method is not Method.STABLE:
        return Status.NOT_ASSESSABLE
    usable = [y for y in figures if base_year < y <= min(year, due)]
    if not usable:
        return Status.NO_DATA
    last = max(usable)
    actual = _to_date(method, base_year, last, figures)
    if actual is None or (method is Method.COMPOUND and actual <= 0):
        return Status.NO_DATA
    side = _side(target)
    low, high = _edges(target)
    if low is None or high is None:
        return Status.NO_DATA
    bound = high if side < 0 else low
    if method in LEVELS and target.comparator in (Comparator.GROWS_BY, Comparator.TIMES):
        if target.base is None:
            return Status.NO_DATA
        bound = target.base + bound if target.comparator is Comparator.GROWS_BY else target.base * bound
    if side == 0:
        return _stable(max(low - actual, actual - high, 0.0), target.tolerance, last == due, bound)
    return _one_sided(target, binding, side, bound, actual, last)


def _to_date(method: Method, base_year: int, last: int, figures: Mapping[int, float]) -> float | None:
    if method not in (Method.AVERAGE_GROWTH, Method.CUMULATIVE):
        return figures[last]
    years = range(base_year + 1, last + 1)
    if any(y not in figures for y in years):
        return None
    if method is Method.CUMULATIVE:
        return sum(figures[y] for y in years)
    index = 1.0
    for y in years:
        if figures[y] <= -100:
            return None
        index *= 1 + figures[y] / 100
    return float((index ** (1 / len(years)) - 1) * 100)


def _side(target: Target) -> int:
    if target.method in (Method.AT_LEAST, Method.AT_MOST):
        return 1 if target.method is Method.AT_LEAST else -1
    if target.comparator in (Comparator.AT_LEAST, Comparator.ABOVE):
        return 1
    if target.comparator in (Comparator.AT_MOST, Comparator.BELOW):
        return -1
    if target.method is Method.STABLE:
        return 0
    return -1 if target.lower_is_better else 1


def _edges(target: Target) -> tuple[float | None, float | None]:
    low = target.high if target.low is None else target.low
    high = target.low if target.high is None else target.high
    if target.method is Method.STABLE:
        return (target.base if low is None else low), (target.base if high is None else high)
    return low, high


def _stable(outside: float, tolerance: float, final: bool, bound: float) -> Status:
    room = 1e-9 * max(1.0, abs(bound))
    if final:
        return Status.KEPT if outside <= tolerance + room else Status.MISSED
    if outside <= tolerance + room:
        return Status.ON_TRACK
    return Status.BEHIND if outside <= 2 * tolerance + room else Status.OFF_TRACK


def _one_sided(target: Target, binding: bool, side: int, bound: float, actual: float, last: int) -> Status:
    method, room = target.method, 1e-9 * max(1.0, abs(bound))
    beyond = side * (actual - bound) + target.tolerance
    reached = beyond > room if target.comparator in (Comparator.ABOVE, Comparator.BELOW) else beyond >= -room
    start = target.base if method in LEVELS else 0.0 if method in (Method.AVERAGE_GROWTH, Method.CUMULATIVE) else None
    way = start is not None and side * (bound - start) > 0
    if method is Method.COMPOUND and way and min(start or 0.0, bound) <= 0:
        way = False
    if last == target.due:
        if reached:
            return Status.KEPT
        near = way and start is not None and side * (actual - start) >= 0.95 * side * (bound - start) - room
        return Status.NEARLY if near and not binding else Status.MISSED
    if reached and method is not Method.AVERAGE_GROWTH and not (method is Method.CUMULATIVE and side < 0):
        return Status.ON_TRACK
    if method in LEVELS and (start is None or (method is Method.COMPOUND and min(start, bound) <= 0)):
        return Status.NO_DATA
    return _track(target, side, bound, actual, last, start if way else None)


def _track(target: Target, side: int, bound: float, actual: float, last: int, start: float | None) -> Status:
    method, room = target.method, 1e-9 * max(1.0, abs(bound))
    passed, left = last - target.base_year, target.due - last
    share = passed / (passed + left)
    expected, tolerance = bound, target.tolerance
    if method is Method.CUMULATIVE:
        expected, tolerance = bound * share, tolerance * share
    elif start is not None and method in LEVELS:
        tolerance *= share
        expected = start * (bound / start) ** share if method is Method.COMPOUND else start + (bound - start) * share
    gap = side * (actual - expected)
    if gap >= -tolerance - room:
        return Status.ON_TRACK
    if start is None:
        return Status.BEHIND if gap >= -0.1 * abs(expected) - room else Status.OFF_TRACK
    if side * (actual - start) >= 0.9 * side * (expected - start) - room:
        return Status.BEHIND
    needed, promised = _paces(method, start, bound, actual, passed, left)
    return Status.BEHIND if max(side * needed, 0) <= 1.25 * side * promised + room else Status.OFF_TRACK


def _paces(method: Method, start: float, bound: float, actual: float, passed: int, left: int) -> tuple[float, float]:
    if method is Method.COMPOUND:
        whole = (bound / start) ** (1 / (passed + left))
        return ((bound / actual) ** (1 / left) - 1) * 100, (whole - 1) * 100
    if method is Method.AVERAGE_GROWTH:
        if bound <= -100:
            return float("nan"), bound
        index = (1 + bound / 100) ** (passed + left) / (1 + actual / 100) ** passed
        return (index ** (1 / left) - 1) * 100, bound
    return (bound - actual) / left, (bound - start) / (passed + left)
