"""Values as a query writes them, and how they compare with values that are kept. Source: clause 4.9."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Any

Scalar = str | int | float | bool
Temporal = tuple[str, int]
"""A kind of time, and a number by which times of one kind are ordered."""

_EPOCH = datetime(1970, 1, 1)
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)


@lru_cache(maxsize=4096)
def temporal(text: str) -> Temporal | None:
    """What moment, day or time of day a text means; None if it is another text. A text without a zone is UTC. Clause 4.6.3.

    >>> temporal("2026-01-02T00:00:00+08:00") == temporal("2026-01-01T16:00:00Z"), temporal("2026-13-01")
    (True, None)
    """
    if len(text) < 8 or not text[0].isdigit():
        return None
    try:
        if found := _MOMENT.fullmatch(text):
            return "moment", _microseconds(found)
        if _DATE.fullmatch(text):
            return "day", date.fromisoformat(text).toordinal()
        if _TIME.fullmatch(text) and (found := _MOMENT.fullmatch(f"1970-01-01T{text}")):
            return "time", _microseconds(found)
    except ValueError:
        pass  # no day of the calendar: a text like any other
    return None


def _microseconds(found: re.Match[str]) -> int:
    moment, fraction, sign, hours, minutes = found.groups()
    since = (datetime.fromisoformat(moment) - _EPOCH) // timedelta(microseconds=1)
    shift = (int(hours) * 60 + int(minutes)) * 60_000_000 if sign else 0
    return since + int((fraction or "0").ljust(6, "0")[:6]) - (shift if sign == "+" else -shift)


def order(kept: str, asked: str) -> int:
    """-1, 0 or 1: how two texts stand to each other; times of one kind by time, other texts by code points.

    >>> order("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"), order("a", "B")
    (0, 1)
    """
    one, other = temporal(kept), temporal(asked)
    if one is not None and other is not None and one[0] == other[0]:
        return (one[1] > other[1]) - (one[1] < other[1])
    return (kept > asked) - (kept < asked)


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Range:
    """All values from `low` to `high`, both included; both are numbers, or both texts."""

    low: Scalar
    high: Scalar


_SIGNS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
Asked = Scalar | Range
Check = Callable[[Any], bool]


def equality(asked: Asked) -> Check:
    """Whether a kept value is identical or equivalent to what is asked, or lies in its range."""
    if isinstance(asked, Range):
        above, below = ordering(">=", asked.low), ordering("<=", asked.high)
        return lambda kept: above(kept) and below(kept)
    if isinstance(asked, bool):
        return lambda kept: kept is asked
    if isinstance(asked, str):
        if temporal(asked) is None:
            return lambda kept: kept == asked if isinstance(kept, str) else False
        return lambda kept: isinstance(kept, str) and order(kept, asked) == 0
    return lambda kept: is_number(kept) and bool(kept == asked)


def ordering(sign: str, asked: Scalar) -> Check:
    """Whether a kept value of the same kind stands to what is asked as `sign` says."""
    test = _SIGNS[sign]
    if not isinstance(asked, str):
        return lambda kept: is_number(kept) and test(kept, asked)
    if temporal(asked) is None:
        return lambda kept: isinstance(kept, str) and test(kept, asked)
    return lambda kept: isinstance(kept, str) and test(order(kept, asked), 0)
