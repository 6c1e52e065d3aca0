"""What hours of stations come to: the index of a station and of the city, in an hour and on a day.

Validity as GB 3095 and HJ 663 ask for, and as `indicators.sql` has it: 20 hours a day; of ozone six of eight hours, and 14 such means
between 8 and 24 o'clock, or fewer where the highest is above the limit already. The city's concentration is the mean of its stations; its
index is that of these means.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yuzhang.domains.governance.air.air import (
    CLASSES,
    POLLUTANTS,
    Column,
    Index,
    Pollutant,
    daily,
    hourly,
    rank_of,
    reported,
)
from yuzhang.domains.governance.air.hours import Cube, beginning, day_of
from yuzhang.domains.governance.air.model import Judged, Point

OZONE = POLLUTANTS.index("o3")
DAY_HOURS, OF_EIGHT, OZONE_MEANS = 20, 6, 14
OZONE_LIMIT = 160.0
"""GB 3095, second level, eight hours, in µg/m³."""
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Days:
    """Concentrations of days by station, pollutant and day; how many hours they stand on, and whether these are enough."""

    values: Cube
    hours: npt.NDArray[np.int64]
    valid: Flags

    @property
    def counted(self) -> Cube:
        """The values that are figures of a day; NaN for the others."""
        return np.where(self.valid, self.values, np.nan)


def days_of(hours: Cube) -> Days:
    """Days from hours (station, pollutant, hour), which begin at a midnight and end before one."""
    stations, pollutants, length = hours.shape
    by_day = hours.reshape(stations, pollutants, length // 24, 24)
    known = (~np.isnan(by_day)).sum(axis=3)
    values, valid = mean(by_day, 3), known >= DAY_HOURS
    windows = np.lib.stride_tricks.sliding_window_view(by_day[:, OZONE], 8, axis=2)
    eight = np.where((~np.isnan(windows)).sum(axis=3) >= OF_EIGHT, mean(windows, 3), np.nan)
    values[:, OZONE] = highest(eight)
    valid[:, OZONE] = ((~np.isnan(eight)).sum(axis=2) >= OZONE_MEANS) | (values[:, OZONE] > OZONE_LIMIT)
    return Days(values, known, valid)


def mean(values: Cube, axis: int) -> Cube:
    """The mean of what is known; NaN where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0), np.float64)


def highest(values: Cube) -> Cube:
    """The greatest known value of the last axis; NaN where nothing is known."""
    found = np.where(np.isnan(values), -1.0, values).max(axis=-1)
    return np.where(found < 0, np.nan, found)


def judged(index: Index, row: int) -> Judged | None:
    """A row of an index in words; None if it is not known."""
    aqi = float(index.aqi[row])
    if np.isnan(aqi):
        return None
    rank = rank_of(aqi)
    return Judged(int(aqi), rank, CLASSES[rank - 1][1], index.primary()[row])


def columns(values: npt.NDArray[np.float64]) -> dict[Pollutant, Column]:
    """Concentrations by pollutant, from an array of which the first axis is the pollutants."""
    return {one: np.atleast_1d(values[at]) for at, one in enumerate(POLLUTANTS)}


def of_hours(hours: Cube, first: int, start: int) -> Iterator[Point]:
    """The city in each hour from `start` on; the cube begins with the hour `first`."""
    means, stations = mean(hours, 0), (~np.isnan(hours)).any(axis=1).sum(axis=0)
    for at in range(max(0, start - first), hours.shape[2]):
        index = hourly(columns(means[:, at]), day_of(first + at))
        yield _point(index, means[:, at], int(stations[at]), first + at)


def of_days(values: Cube, first: int) -> Iterator[Point]:
    """The city on each day, from values (station, pollutant, day); the first day begins with the hour `first`."""
    means, stations = mean(values, 0), (~np.isnan(values)).any(axis=1).sum(axis=0)
    for at in range(values.shape[2]):
        index = daily(columns(means[:, at]), day_of(first + 24 * at))
        yield _point(index, means[:, at], int(stations[at]), first + 24 * at)


def _point(index: Index, means: npt.NDArray[np.float64], stations: int, hour: int) -> Point:
    known = {one: stated(one, float(means[at])) for at, one in enumerate(POLLUTANTS) if not np.isnan(means[at])}
    missing = tuple(one for one in POLLUTANTS if one not in known)
    return Point(beginning(hour), judged(index, 0), known, stations, missing)


def stated(pollutant: Pollutant, value: float) -> float:
    """A concentration as a report states it."""
    return float(reported(pollutant, np.array([value]))[0])


def newest(points: Mapping[int, Point] | list[Point], enough: int) -> Point | None:
    """The newest point that stands on `enough` stations, or if none does the newest that stands on any."""
    some = [one for one in (points.values() if isinstance(points, Mapping) else points) if one.judged is not None]
    return next((one for one in reversed(some) if one.stations >= enough), some[-1] if some else None)
