"""Maintenance windows over columns: which moments they cover, and when one that covers a moment ends."""

from datetime import datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from yuzhang.brain.rules.model import Maintenance, Quiet
from yuzhang.core.moments import ZONE, moment

MINUTE_US, QUARTER_US, DAY_US = 60_000_000, 900_000_000, 86_400_000_000
THURSDAY = 3
"""1970-01-01 was one."""
MOST_DAYS = 14
"""Windows that follow one another for longer than this are not looked through to their end."""


def covers(window: Maintenance, time: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of these moments are in a window."""
    if isinstance(window, Quiet):
        return (time >= window.start) & (time < window.end)
    local = time + _ahead(time)
    day, minute = (local // DAY_US + THURSDAY) % 7, local % DAY_US // MINUTE_US
    today, yesterday = np.isin(day, window.days), np.isin((day - 1) % 7, window.days)
    if window.end > window.start:
        return today & (minute >= window.start) & (minute < window.end)
    return (today & (minute >= window.start)) | (yesterday & (minute < window.end))


def end_of(window: Maintenance, at: int) -> int | None:
    """When the window that covers a moment ends; None if it does not cover it.

    >>> end_of(Quiet(5, 9), 6), end_of(Quiet(5, 9), 9)
    (9, None)
    """
    if not covers(window, np.array([at], np.int64))[0]:
        return None
    if isinstance(window, Quiet):
        return window.end
    of_day = (at + _offset(at // QUARTER_US)) % DAY_US
    return at + ((window.end * MINUTE_US - of_day) % DAY_US or DAY_US)


def admitted(windows: list[Maintenance], at: int) -> int:
    """The first moment from `at` on that none of the windows covers; at the latest some weeks on, if they never end."""
    last = at + MOST_DAYS * DAY_US
    while at < last:
        ends = [end for one in windows if (end := end_of(one, at)) is not None]
        if not ends:
            break
        at = max(ends)
    return at


def _ahead(time: NDArray[np.int64]) -> NDArray[np.int64]:
    """How far the city's clock is ahead of UTC at each moment. No clock is changed within a quarter of an hour."""
    quarters, place = np.unique(time // QUARTER_US, return_inverse=True)
    return np.array([_offset(one) for one in quarters.tolist()], np.int64)[place]


@lru_cache(200_000)
def _offset(quarter: int) -> int:
    try:
        local: datetime = moment(quarter * QUARTER_US).astimezone(ZONE)
    except (OverflowError, ValueError):  # beyond the years that a calendar has
        return 0
    ahead = local.utcoffset()
    return 0 if ahead is None else round(ahead.total_seconds()) * 1_000_000


def applies(window: Maintenance, entity: str) -> bool:
    """Whether a window is one of an entity.

    >>> applies(Quiet(5, 9), "urn:x"), applies(Quiet(5, 9, "urn:y"), "urn:x")
    (True, False)
    """
    return window.entity in ("", entity)
