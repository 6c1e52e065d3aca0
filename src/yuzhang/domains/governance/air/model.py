"""The words of the page of the air: an index with what it is called, a station, the city in an hour or on a day, a warning."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from yuzhang.core.language import Title
from yuzhang.domains.governance.air.air import Pollutant


@dataclass(frozen=True, slots=True)
class Judged:
    """An index: its number, its rank from 1 (excellent) to 6 (severe), what it is called, and its primary pollutants."""

    aqi: int
    rank: int
    title: Title
    primary: tuple[Pollutant, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """A pollutant at one place: the mean of the hour and of the day so far in its unit, and how many hours of the day are known.

    `day` of ozone is the greatest mean over 8 hours. `valid`: the hours are enough for a figure of the day.
    """

    hour: float | None
    day: float | None
    hours: int
    valid: bool


@dataclass(frozen=True, slots=True)
class Station:
    """A station: its newest hour and its day so far. `old`: the hour is too long ago to say anything of now."""

    id: str
    name: str
    newest: datetime
    hour: datetime
    old: bool
    now: Judged | None
    today: Judged | None
    measured: Mapping[Pollutant, Measured]


@dataclass(frozen=True, slots=True)
class Point:
    """The city in an hour that begins at `at`, or on a day: the index of the means over its stations, how many they were at most, and
    what is missing."""

    at: datetime
    judged: Judged | None
    means: Mapping[Pollutant, float]
    stations: int
    missing: tuple[Pollutant, ...]


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Values that were not counted, since their unit is none of a concentration."""

    station: str
    pollutant: Pollutant
    unit: str
    rows: int


@dataclass(frozen=True, slots=True)
class Called:
    """A level of warning that a run of days calls for, and the wording of the way that it was reached by."""

    level: str
    title: Title
    rule: Title


@dataclass(frozen=True, slots=True)
class Warned:
    """What the guideline of the day calls for: by the days that were measured, and with those that are foretold.

    `days` and `foretold`: the days that this stands on. `source`: the guideline. `ozone`: days that do not count, since particles are
    not their primary pollutant.
    """

    source: Title
    measured: Called | None
    forecast: Called | None
    days: Mapping[date, int]
    foretold: Mapping[date, int]
    ozone: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Stations that are counted together: the city's real ones, or the simulated ones. `left_out`: stations beyond those that are read."""

    simulated: bool
    stations: tuple[Station, ...]
    now: Point | None
    today: Point | None
    hours: tuple[Point, ...]
    days: tuple[Point, ...]
    warned: Warned
    uncounted: tuple[Uncounted, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Air:
    """The air of the city at a moment: the real stations, and apart from them the simulated ones."""

    at: datetime
    groups: tuple[Group, ...]
