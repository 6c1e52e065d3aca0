"""The values that filters reckon with, and how they compare. Source: OData 4.0 part 2, clause 5.1.1.1; OGC 18-088, clause 9.3.3.5.1.

A comparison with what is missing, or of what cannot be compared, does not hold; only `ne` then does.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from yuzhang.brain.context.moments import EPOCH
from yuzhang.brain.context.query.geometry import shape_of
from yuzhang.foundation.log.model import Microseconds


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` to `end`."""

    start: datetime
    end: datetime


Value = Any
"""A number, text, bool, aware datetime, date, time, timedelta, Interval, geometry, or None; what is read from JSON may be a dict."""

TIMES = (datetime, date, timedelta)
ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def moment_of(us: Microseconds) -> datetime:
    """The moment as a datetime."""
    return EPOCH + timedelta(microseconds=us)


def microseconds_of(moment: datetime) -> Microseconds:
    """And back."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def read_moment(text: str) -> datetime | None:
    """A time of ISO 8601, of UTC if it has no offset; None if it is none. What is finer than a microsecond is cut off.

    >>> read_moment("2026-01-02T03:04:05+08:00").isoformat()
    '2026-01-01T19:04:05+00:00'
    """
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    if "T" not in text:
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None


def read_time(text: Any) -> datetime | Interval | None:
    """A moment, or an interval of two with a slash between; None if it is neither."""
    if not isinstance(text, str):
        return None
    start, slash, end = text.partition("/")
    first, last = read_moment(start), read_moment(end) if slash else None
    if slash:
        return Interval(first, last) if first is not None and last is not None else None
    return first


def is_number(value: Value) -> bool:
    """Whether it is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def geometry_of(value: Value) -> BaseGeometry | None:
    """A geometry, or GeoJSON (a geometry or a feature) as one; None if it is neither."""
    if isinstance(value, BaseGeometry):
        return value
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return None
    try:
        return shape_of(value)
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError):
        return None


def compared(name: str, left: Value, right: Value) -> bool:
    """What the comparison `eq`, `ne`, `gt`, `ge`, `lt` or `le` says.

    >>> compared("eq", None, None), compared("gt", None, 1), compared("gt", "10", 9), compared("ne", "a", 1)
    (True, False, True, True)
    """
    if name == "ne":
        return not compared("eq", left, right)
    if left is None or right is None:
        return name == "eq" and left is right
    left, right = _alike(left, right)
    if isinstance(left, Interval) or isinstance(right, Interval):
        return _intervals(name, left, right)
    if not _comparable(left, right):
        return False
    return bool(left == right) if name == "eq" else ORDERINGS[name](left, right)


def _comparable(left: Value, right: Value) -> bool:
    if is_number(left) or is_number(right):
        return is_number(left) and is_number(right)
    return type(left) is type(right)


def _alike(left: Value, right: Value) -> tuple[Value, Value]:
    """Texts beside a number or a time are read as such, so that ids and results may stand in quotes or not."""
    for one, other, swapped in ((left, right, False), (right, left, True)):
        if not isinstance(one, str) or isinstance(other, str):
            continue
        read: Value = None
        if is_number(other):
            read = _number(one)
        elif isinstance(other, datetime | Interval):
            read = read_time(one)
        elif isinstance(other, dict | list):
            return left, right
        if read is not None:
            return (other, read) if swapped else (read, other)
    if isinstance(left, BaseGeometry) or isinstance(right, BaseGeometry):
        return geometry_of(left), geometry_of(right)
    return left, right


def _number(text: str) -> float | int | None:
    try:
        return int(text)
    except ValueError:
        pass  # perhaps it is no whole number
    try:
        return float(text)
    except ValueError:
        return None


def _intervals(name: str, left: Value, right: Value) -> bool:
    """An interval is before what begins at its end or later, and after what ends before it begins."""
    bounds = []
    for one in (left, right):
        if isinstance(one, Interval):
            bounds.append((one.start, one.end))
        elif isinstance(one, datetime):
            bounds.append((one, one))
        else:
            return False
    (start, end), (other_start, other_end) = bounds
    if name == "eq":
        return (start, end) == (other_start, other_end)
    if name == "lt":
        return end <= other_start
    if name == "gt":
        return start >= other_end and (start, end) != (other_start, other_end)
    return start >= other_start if name == "ge" else end <= other_end


def reckoned(name: str, left: Value, right: Value) -> Value:
    """What `add`, `sub`, `mul`, `div` or `mod` gives; None where it gives nothing. `mod` has the sign of its left side.

    >>> reckoned("mod", -5, 3), reckoned("div", 7, 2), reckoned("div", 1, 0)
    (-2, 3.5, None)
    """
    if left is None or right is None:
        return None
    if is_number(left) and is_number(right):
        try:
            return _NUMBERS[name](left, right)
        except (ZeroDivisionError, OverflowError, ValueError):
            return None
    one, other = (read_moment(side) if isinstance(side, str) else side for side in (left, right))
    if name not in ("add", "sub") or not (isinstance(one, TIMES) and isinstance(other, TIMES)):
        return None
    try:
        return SUMS[name](one, other)
    except (TypeError, OverflowError):
        return None


def _remainder(left: float, right: float) -> float:
    found = abs(left) % abs(right)
    return -found if left < 0 else found


SUMS: dict[str, Callable[[Any, Any], Any]] = {"add": operator.add, "sub": operator.sub}
_NUMBERS: dict[str, Callable[[Any, Any], Any]] = {
    **SUMS,
    "mul": operator.mul,
    "div": operator.truediv,
    "mod": _remainder,
}

KINDS: tuple[tuple[type, str], ...] = (
    (bool, "bool"),
    (int, "number"),
    (float, "number"),
    (str, "text"),
    (datetime, "moment"),
    (date, "date"),
    (time, "time"),
    (timedelta, "duration"),
    (Interval, "interval"),
    (BaseGeometry, "geometry"),
)


def kind_of(value: Value) -> str:
    """The kind of a value, as functions name it; `null` for none."""
    return next((name for kind, name in KINDS if isinstance(value, kind)), "null" if value is None else "json")
