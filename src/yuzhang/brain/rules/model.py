"""The room's words: a rule with its condition, and an event.

Times are whole microseconds since 1970 in UTC; durations are microseconds too.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from yuzhang.core.language import Title

Microseconds = int
SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
Status = Literal["open", "cleared"]
SEVERITIES = (1, 2, 3, 4)
"""4 is the gravest: 4 red, 3 orange, 2 yellow, 1 blue, as warnings are coloured in China."""


class Measure(StrEnum):
    """What is compared: the value itself, or something that is made of it."""

    VALUE = "value"
    RATE = "rate"
    WINDOW = "window"
    AREA = "area"
    NEIGHBOURS = "neighbours"
    BASELINE = "baseline"
    FORECAST = "forecast"
    ABSENCE = "absence"


class Compare(StrEnum):
    """How it is compared."""

    ABOVE = "above"
    AT_LEAST = "at_least"
    BELOW = "below"
    AT_MOST = "at_most"
    BETWEEN = "between"
    OUTSIDE = "outside"
    EQUALS = "equals"


class Aggregate(StrEnum):
    """What a window is summed up to."""

    MEAN = "mean"
    MAX = "max"
    MIN = "min"
    SUM = "sum"
    COUNT = "count"
    STDDEV = "stddev"
    RANGE = "range"


Polygon = tuple[tuple[float, float], ...]
"""Corners: longitude, latitude; degrees."""


@dataclass(frozen=True, slots=True)
class Condition:
    """When something needs attention. All numbers are in the unit in which the attribute comes.

    `low`, `high`: the bounds (one bound is in `low`). `clear_low`, `clear_high`: those of hysteresis: only beyond them is an event over.
    `text`: what the value has to equal if it is no number. `for_us`: how long it has to hold. `period_us`: of a rate its "per", of a
    window its length, of absence the time without a word. `region`, `polygon`, `inside`: of a geofence. `within_m`, `least`,
    `fresh_us`: which neighbours count. `days`: so many days a baseline learns before it judges. `forecast`: the attribute of the same
    entity that says what was expected; a forecast holds from its time on, for `fresh_us` at most.
    """

    measure: Measure = Measure.VALUE
    compare: Compare = Compare.ABOVE
    low: float = math.nan
    high: float = math.nan
    clear_low: float = math.nan
    clear_high: float = math.nan
    text: str | bool | None = None
    for_us: Microseconds = 0
    period_us: Microseconds = 0
    aggregate: Aggregate = Aggregate.MEAN
    region: str = ""
    polygon: Polygon = ()
    inside: bool = True
    within_m: float = 0.0
    least: int = 3
    fresh_us: Microseconds = HOUR_US
    days: int = 3
    forecast: str = ""

    @property
    def threshold(self) -> float | None:
        """The bound that an event names; of two the lower one; None where there is none."""
        return None if math.isnan(self.low) else self.low


@dataclass(frozen=True, slots=True)
class Quiet:
    """A maintenance window: no event is opened from `start` to before `end`; of one entity, or of all ("")."""

    start: Microseconds
    end: Microseconds
    entity: str = ""
    why: str = ""
    number: int = 0
    """Of those that an officer entered; 0 for the rule's own."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """A maintenance window that comes again each week, by the city's clock.

    `days`: on which it begins, 0 Monday … 6 Sunday. `start`, `end`: minutes since midnight; an end that is not later than the start is
    one of the next day.
    """

    days: tuple[int, ...]
    start: int
    end: int
    entity: str = ""
    why: str = ""
    number: int = 0
    """Of those that an officer entered; 0 for the rule's own."""


Maintenance = Quiet | Weekly


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition over observations that opens and clears an event.

    `id`: the pack's id and the rule's name, as `governance/drainage:level-high`. `unit`: UCUM, in which the rule was written; `factor`:
    what a value of the attribute is multiplied with to be in it. `to`: the unit that gets the event; "" is that of the device.
    `kind`: of the event. `matter`: of the case that is opened of it; "" opens none. `message` may name {value}, {threshold}, {unit},
    {entity}, {name}. `cooldown_us`: so long after an event no other one is opened of the same series. `lateness_us`: how far behind the
    newest an observation may be to count.
    """

    id: str
    pack: str
    title: Title
    types: tuple[str, ...]
    attribute: str
    condition: Condition
    severity: int = 2
    unit: str = ""
    factor: float = 1.0
    cooldown_us: Microseconds = 0
    lateness_us: Microseconds = HOUR_US
    quiet: tuple[Maintenance, ...] = ()
    kind: str = ""
    matter: str = ""
    to: str = ""
    message: Title = field(default_factory=lambda: Title("", ""))
    enabled: bool = True
    version: int = 0
    """0 is the pack's; an officer's own count from 1."""
    given: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """As it is written: what `writing.parsing.parsed` reads."""

    @property
    def name(self) -> str:
        """The last part of its id."""
        return self.id.rpartition(":")[2]

    @property
    def digest(self) -> str:
        """What its state depends on: another condition begins anew, another title does not."""
        known = f"{self.types}|{self.attribute}|{self.condition}|{self.cooldown_us}"
        return hashlib.sha256(known.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that needs attention. `value`: of what the rule measures when it was seen last; None where there is none (absence)."""

    id: str
    rule: str
    pack: str
    kind: str
    entity: str
    attribute: str
    severity: int
    status: Status
    title: Title
    opened_at: Microseconds
    cleared_at: Microseconds | None
    seen_at: Microseconds
    value: float | None
    threshold: float | None
    lon: float | None
    lat: float | None
    region: str
    unit: str
    matter: str
    simulated: bool
    measured: str = ""
    """The unit of `value` and `threshold`, UCUM."""
    acknowledged_by: str = ""
    acknowledged_at: Microseconds | None = None


def event_id(rule: str, entity: str, attribute: str, dataset: str, opened_at: Microseconds) -> str:
    """The id of an event: the same for the same rule, thing and moment, however often it is found.

    >>> event_id("a:b", "urn:x", "level", "", 5) == event_id("a:b", "urn:x", "level", "", 5)
    True
    """
    return hashlib.sha256("\n".join((rule, entity, attribute, dataset, str(opened_at))).encode()).hexdigest()[:24]
