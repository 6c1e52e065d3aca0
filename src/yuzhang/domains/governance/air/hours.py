"""What stations sent, hour by hour in columns: read from history at once, each value in the unit that the standard counts in.

Hours and days are those of China (UTC+8), an hour named by its beginning, as in `indicators.sql`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from yuzhang.brain.context.model import Entity
from yuzhang.brain.history.model import Series
from yuzhang.brain.history.room import History
from yuzhang.brain.rules.units import UNITS, factor
from yuzhang.core.moments import EPOCH, moment
from yuzhang.domains.governance.air.air import POLLUTANTS, Pollutant

Cube = npt.NDArray[np.float64]
TYPE = "AirQualityObserved"
FORECAST = "airQualityIndexForecast"
"""The index of a day that is foretold: an observation whose time lies on that day."""
HOUR_US = 3_600_000_000
EAST_US = 8 * HOUR_US
COUNTED_IN = {one: UNITS["mg/m3" if one == "co" else "ug/m3"] for one in POLLUTANTS}
MASS = frozenset({"GQ", "GP", "ug/m3", "mg/m3"})
"""The codes of the units that count, as in `indicators.sql`."""
BY_HOUR = """SELECT series, coalesce(json_extract_string(rest, '$.unitCode'), '') AS unit,
    (epoch_us(time) + {east}) // {hour} AS hour, sum(value) AS total, count(*) AS rows, max(epoch_us(time)) AS newest
    FROM observations WHERE series IN ({numbers}) AND time >= make_timestamp(?::BIGINT) AND time < make_timestamp(?::BIGINT)
    AND value >= 0 AND isfinite(value) AND NOT deleted GROUP BY ALL ORDER BY series, unit, hour"""


@dataclass(frozen=True, slots=True)
class Hours:
    """Hourly means of stations: `values` by station, pollutant and hour, NaN where there is none; the first hour is the hour `first`
    since 1970 by China's clock, and a midnight. `newest`: when each station last sent something that counts, 0 for never."""

    stations: tuple[str, ...]
    first: int
    values: Cube
    newest: npt.NDArray[np.int64]
    uncounted: Mapping[tuple[str, Pollutant, str], int]


def hour_of(at: int) -> int:
    """The hour of a moment, counted since 1970 by China's clock.

    >>> hour_of(0), hour_of(-8 * HOUR_US)
    (8, 0)
    """
    return (at + EAST_US) // HOUR_US


def beginning(hour: int) -> datetime:
    """When an hour begins.

    >>> beginning(8).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    return moment(hour * HOUR_US - EAST_US)


def day_of(hour: int) -> date:
    """The day that an hour lies on, in China.

    >>> day_of(23).isoformat(), day_of(24).isoformat()
    ('1970-01-01', '1970-01-02')
    """
    return EPOCH.date() + timedelta(days=hour // 24)


def unit_code(one: Series, entity: Entity | None) -> str:
    """The code of the unit of a series where a row says none: that of the present of its entity; "" if nobody says one."""
    if entity is None or one.attribute not in entity.attributes():
        return ""
    own = (found for found in entity.instances(one.attribute) if found.get("datasetId", "") == one.dataset)
    return str(next(own, {}).get("unitCode") or "")


def times(pollutant: Pollutant, code: str) -> float | None:
    """What a value is multiplied with to be in the unit that the standard counts in; None if it is no concentration of that kind.

    A value of which nobody says a unit is in that of the model. Parts per million are none: they depend on the air's state.
    >>> times("co", ""), round(times("co", "GQ"), 6), round(times("pm25", "GP")), times("pm25", "59"), times("o3", "XYZ")
    (1.0, 0.001, 1000, None, None)
    """
    if not code:
        return 1.0
    return factor(code, COUNTED_IN[pollutant]) if code in MASS else None


def read(
    history: History,
    series: Sequence[Series],
    entities: Mapping[str, Entity],
    stations: Sequence[str],
    first: int,
    until: int,
) -> Hours:
    """The hours from `first` to before `until` of `series`, which are pollutants of `stations`: one query, summed up by hour."""
    place = {one: at for at, one in enumerate(stations)}
    known = {one.number: one for one in series if one.entity in place and one.attribute in POLLUTANTS}
    totals = np.zeros((len(stations), len(POLLUTANTS), until - first))
    counts = np.zeros_like(totals)
    newest = np.zeros(len(stations), np.int64)
    uncounted: dict[tuple[str, Pollutant, str], int] = {}
    summed = _summed(history, list(known), first, until)
    for part, number, code in summed.parts():
        one = known[number]
        pollutant = next(each for each in POLLUTANTS if each == one.attribute)
        unit = code or unit_code(one, entities.get(one.entity))
        by = times(pollutant, unit)
        if by is None:
            key = (one.entity, pollutant, unit)
            uncounted[key] = uncounted.get(key, 0) + int(summed.rows[part].sum())
            continue
        at = place[one.entity]
        row, hours = (at, POLLUTANTS.index(pollutant)), summed.hour[part] - first
        totals[row][hours] += summed.total[part] * by
        counts[row][hours] += summed.rows[part]
        newest[at] = max(newest[at], int(summed.newest[part].max()))
    values = np.divide(totals, counts, out=np.full_like(totals, np.nan), where=counts > 0)
    return Hours(tuple(stations), first, values, newest, uncounted)


def foretold(history: History, series: Sequence[Series], first: int, until: int) -> dict[date, float]:
    """The index foretold for each day from the hour `first` on: the mean over the series that foretell it."""
    numbers = [one.number for one in series if one.attribute == FORECAST]
    summed = _summed(history, numbers, first, until)
    found: dict[date, list[float]] = {}
    for part, _, _ in summed.parts():
        days = summed.hour[part] // 24
        for day in np.unique(days):
            own = days == day
            mean = summed.total[part][own].sum() / summed.rows[part][own].sum()
            found.setdefault(day_of(int(day) * 24), []).append(float(mean))
    return {day: float(np.mean(some)) for day, some in sorted(found.items())}


@dataclass(frozen=True, slots=True)
class Summed:
    """Values summed up by series, unit and hour, in columns, in this order; `unit` is "" where the rows say none."""

    series: npt.NDArray[np.int64]
    unit: npt.NDArray[np.object_]
    hour: npt.NDArray[np.int64]
    total: Cube
    rows: npt.NDArray[np.int64]
    newest: npt.NDArray[np.int64]

    def parts(self) -> Iterator[tuple[slice, int, str]]:
        """The rows of each series in each unit, with its number and that unit."""
        if len(self.series):
            changed = (self.series[1:] != self.series[:-1]) | (self.unit[1:] != self.unit[:-1])
            bounds = [0, *(np.flatnonzero(changed) + 1).tolist(), len(self.series)]
            for start, end in pairwise(bounds):
                yield slice(start, end), int(self.series[start]), str(self.unit[start])


def _summed(history: History, numbers: Sequence[int], first: int, until: int) -> Summed:
    if not numbers:
        whole = np.empty(0, np.int64)
        return Summed(whole, np.empty(0, np.object_), whole, np.empty(0), whole, whole)
    sql = BY_HOUR.format(numbers=", ".join(str(int(one)) for one in numbers), east=EAST_US, hour=HOUR_US)
    with history.lake() as lake:
        found = lake.execute(sql, [first * HOUR_US - EAST_US, until * HOUR_US - EAST_US]).fetchnumpy()
    return Summed(*(np.asarray(found[name]) for name in ("series", "unit", "hour", "total", "rows", "newest")))


def now_us() -> int:
    """This moment."""
    return int(datetime.now(UTC).timestamp() * 1_000_000)
