"""The air quality index (AQI) of HJ 633, in columns.

Two editions, by the day that is judged: HJ 633—2012, and HJ 633—2026 from 2026-03-01 on, which is stricter for PM2.5 and PM10 at the
index 100, and says what holds above the highest value of two columns. Concentrations are in µg/m³, CO in mg/m³, at the state that GB
3095 asks for. A value that is missing is NaN and stays NaN.

Sources: HJ 633—2012, 4.2 and table 1; HJ 633—2026, 4.2 and table 3 (mee.gov.cn, W020260225366493492011.pdf). The table of 2026 was taken
from three independent published implementations that agree, not from the paper itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from yuzhang.core.language import Title

Column = npt.NDArray[np.float64]
Pollutant = Literal["so2", "no2", "pm10", "co", "o3", "pm25"]
Period = Literal["hour", "8h", "day"]
POLLUTANTS: tuple[Pollutant, ...] = ("so2", "no2", "pm10", "co", "o3", "pm25")
NAMES: dict[Pollutant, str] = {"so2": "SO2", "no2": "NO2", "pm10": "PM10", "co": "CO", "o3": "O3", "pm25": "PM2.5"}
INDEX = (0.0, 50.0, 100.0, 150.0, 200.0, 300.0, 400.0, 500.0)
TABLE: dict[tuple[Pollutant, Period], tuple[float, ...]] = {
    ("so2", "day"): (0, 50, 150, 475, 800, 1600, 2100, 2620),
    ("so2", "hour"): (0, 150, 500, 650, 800),
    ("no2", "day"): (0, 40, 80, 180, 280, 565, 750, 940),
    ("no2", "hour"): (0, 100, 200, 700, 1200, 2340, 3090, 3840),
    ("pm10", "day"): (0, 50, 150, 250, 350, 420, 500, 600),
    ("co", "day"): (0, 2, 4, 14, 24, 36, 48, 60),
    ("co", "hour"): (0, 5, 10, 35, 60, 90, 120, 150),
    ("o3", "hour"): (0, 160, 200, 300, 400, 800, 1000, 1200),
    ("o3", "8h"): (0, 100, 160, 215, 265, 800),
    ("pm25", "day"): (0, 35, 75, 115, 150, 250, 350, 500),
}
"""HJ 633—2012, table 1: the concentrations at which the index has the values of INDEX."""
SINCE_2026: dict[tuple[Pollutant, Period], tuple[float, ...]] = {
    ("pm10", "day"): (0, 50, 120, 250, 350, 420, 500, 600),
    ("pm25", "day"): (0, 35, 60, 115, 150, 250, 350, 500),
}
"""HJ 633—2026, table 3, where it differs."""
FROM_2026 = date(2026, 3, 1)
ENDS_EARLY: frozenset[tuple[Pollutant, Period]] = frozenset({("so2", "hour"), ("o3", "8h")})
DAILY: dict[Pollutant, Period] = {"so2": "day", "no2": "day", "pm10": "day", "co": "day", "o3": "8h", "pm25": "day"}
HOURLY: dict[Pollutant, Period] = {
    "so2": "hour",
    "no2": "hour",
    "pm10": "day",
    "co": "hour",
    "o3": "hour",
    "pm25": "day",
}
"""Which column of the table a report of a day, or of an hour, looks in. Particles have one column only: an hour's concentration is
looked up in that of the day."""
CLASSES = (
    (50, Title("优", "Excellent")),
    (100, Title("良", "Good")),
    (150, Title("轻度污染", "Lightly polluted")),
    (200, Title("中度污染", "Moderately polluted")),
    (300, Title("重度污染", "Heavily polluted")),
    (500, Title("严重污染", "Severely polluted")),
)
GOOD_UP_TO = 100.0


def breakpoints(pollutant: Pollutant, period: Period, day: date) -> tuple[float, ...]:
    """The concentrations at which the index of a pollutant takes the values of INDEX, in the edition that holds on `day`.

    >>> breakpoints("pm25", "day", date(2025, 7, 1))
    (0, 35, 75, 115, 150, 250, 350, 500)
    >>> breakpoints("pm25", "day", date(2026, 3, 1))
    (0, 35, 60, 115, 150, 250, 350, 500)
    >>> breakpoints("o3", "8h", date(2025, 7, 1))
    (0, 100, 160, 215, 265, 800)
    """
    if day >= FROM_2026 and (pollutant, period) in SINCE_2026:
        return SINCE_2026[pollutant, period]
    return TABLE[pollutant, period]


def iaqi(pollutant: Pollutant, period: Period, concentration: Column, day: date) -> Column:
    """The index of one pollutant, rounded up; above the table 500.

    Where a column ends early (SO2 over an hour, O3 over eight hours, both at 800 µg/m³), 2012 gives no value above it: the other
    period counts; 2026 gives 200 and 300. Source: HJ 633—2012, 4.2.2 and notes 2, 3 of table 1; HJ 633—2026, table 3.

    >>> iaqi("pm25", "day", np.array([35.0, 55.0, 75.0, 115.0, 150.0, 500.0, 800.0]), date(2025, 1, 1)).tolist()
    [50.0, 75.0, 100.0, 150.0, 200.0, 500.0, 500.0]
    >>> iaqi("pm25", "day", np.array([60.0, 75.0]), date(2026, 3, 1)).tolist()
    [100.0, 114.0]
    >>> iaqi("so2", "hour", np.array([800.0, 801.0]), date(2025, 1, 1)).tolist()
    [200.0, nan]
    >>> iaqi("so2", "hour", np.array([801.0]), date(2026, 3, 1)).tolist()
    [200.0]
    """
    points = breakpoints(pollutant, period, day)
    index = INDEX[: len(points)]
    with np.errstate(invalid="ignore"):
        found = np.interp(concentration, points, index)
        found = np.where((concentration < 0) | np.isnan(concentration), np.nan, found)
        if (pollutant, period) in ENDS_EARLY and day < FROM_2026:
            found = np.where(concentration > points[-1], np.nan, found)
    # 1e-9: an exact value that binary fractions carry a little above itself is not rounded up.
    return np.asarray(np.ceil(found - 1e-9), np.float64)


def reported(pollutant: Pollutant, concentration: Column) -> Column:
    """Concentrations as a report states them, before the index is taken of them: whole µg/m³, CO to 0.1 mg/m³, halves to even.

    Source: GB/T 8170 as GB 3095 applies it.
    >>> reported("pm25", np.array([35.4, 35.5, 36.5])).tolist(), reported("co", np.array([1.26])).tolist()
    ([35.0, 36.0, 36.0], [1.3])
    """
    return np.asarray(np.round(concentration, 1 if pollutant == "co" else 0), np.float64)


@dataclass(frozen=True, slots=True)
class Index:
    """The index of each row, with those of its pollutants; `aqi` is NaN where none is known."""

    aqi: Column
    parts: Mapping[Pollutant, Column]

    def primary(self) -> list[tuple[Pollutant, ...]]:
        """The primary pollutants of each row: all that reach the index, where it is above 50; none up to 50.

        Source: HJ 633—2012, 4.4.1; HJ 633—2026, 4.3.
        >>> Index(np.array([120.0, 50.0]), {"pm25": np.array([120.0, 50.0]), "o3": np.array([120.0, 20.0])}).primary()
        [('pm25', 'o3'), ()]
        """
        return [
            tuple(name for name, part in self.parts.items() if part[row] == value) if value > 50 else ()
            for row, value in enumerate(self.aqi)
        ]

    def complete(self) -> npt.NDArray[np.bool_]:
        """Whether all six pollutants are known: a day with fewer is good only if nobody judges it."""
        if set(self.parts) != set(POLLUTANTS):
            return np.zeros(len(self.aqi), np.bool_)
        return np.asarray(~np.isnan(np.stack([self.parts[one] for one in POLLUTANTS])).any(axis=0))


def daily(concentrations: Mapping[Pollutant, Column], day: date) -> Index:
    """The index of a day, from means over 24 hours; of O3 the greatest mean over 8 hours.

    >>> found = daily({"pm25": np.array([80.0, 20.0]), "o3": np.array([90.0, 160.0])}, date(2025, 7, 1))
    >>> found.aqi.tolist(), found.primary()
    ([107.0, 100.0], [('pm25',), ('o3',)])
    """
    return _index(concentrations, DAILY, day)


def hourly(concentrations: Mapping[Pollutant, Column], day: date) -> Index:
    """The index of an hour, from means over that hour.

    >>> hourly({"no2": np.array([350.0]), "pm10": np.array([150.0])}, date(2026, 3, 1)).aqi.tolist()
    [115.0]
    """
    return _index(concentrations, HOURLY, day)


def _index(concentrations: Mapping[Pollutant, Column], periods: Mapping[Pollutant, Period], day: date) -> Index:
    parts = {one: iaqi(one, periods[one], reported(one, values), day) for one, values in concentrations.items()}
    if not parts:
        return Index(np.empty(0), {})
    stacked = np.stack(list(parts.values()))
    known = ~np.isnan(stacked).all(axis=0)
    greatest = np.where(known, np.max(np.nan_to_num(stacked, nan=-1.0), axis=0), np.nan)
    return Index(greatest, parts)


def class_of(aqi: float) -> Title | None:
    """What an index is called; None where it is not known. Source: HJ 633—2012, table 2; unchanged in 2026.

    >>> class_of(50).en, class_of(101).zh, class_of(301).zh, class_of(float("nan"))
    ('Excellent', '轻度污染', '严重污染', None)
    """
    return next((title for most, title in CLASSES if aqi <= most), None if np.isnan(aqi) else CLASSES[-1][1])


def rank_of(aqi: float) -> int:
    """The rank of an index, from 1 to 6, as the standard numbers its levels. Source: HJ 633—2012, table 2; unchanged in 2026.

    >>> rank_of(50), rank_of(51), rank_of(301), rank_of(500)
    (1, 2, 6, 6)
    """
    return next((rank for rank, (most, _) in enumerate(CLASSES, 1) if aqi <= most), len(CLASSES))
