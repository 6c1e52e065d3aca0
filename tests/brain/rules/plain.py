"""Rules evaluated row by row, as the documentation says it: slow, and easy to see through. What the columns are compared with."""

import math
import statistics
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from yuzhang.brain.rules.model import HOUR_US, Aggregate, Compare, Condition, Maintenance, Measure, Quiet, Rule

PANES, POINTS, SEEN = 12, 192, 64
AHEAD_US, DAY_US = 10 * 60 * 1_000_000, 24 * HOUR_US
CITY = ZoneInfo("Asia/Shanghai")
Row = tuple[str, int, float, int]
"""Entity, time, value, accepted."""
Happening = tuple[str, str, int, int, bool]
"""Rule, entity, opened, at, opened or over."""


def holds(condition: Condition, x: float, *, over: bool = False) -> bool:
    """Whether the condition holds of a number; `over`: by its looser bounds."""
    low, high = condition.low, condition.high
    if over and not math.isnan(condition.clear_low):
        low = condition.clear_low
    if over and not math.isnan(condition.clear_high):
        high = condition.clear_high
    return {
        Compare.ABOVE: x > low,
        Compare.AT_LEAST: x >= low,
        Compare.BELOW: x < low,
        Compare.AT_MOST: x <= low,
        Compare.BETWEEN: low <= x <= high,
        Compare.OUTSIDE: x < low or x > high,
        Compare.EQUALS: x == low,
    }[condition.compare]


def covers(window: Maintenance, time: int) -> bool:
    """Whether a moment is in a maintenance window, by the calendar and the clock on the wall."""
    if isinstance(window, Quiet):
        return window.start <= time < window.end
    wall = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)).astimezone(CITY).replace(tzinfo=None)
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in (midnight, midnight - timedelta(days=1)):
        until = window.end if window.end > window.start else window.end + 24 * 60
        begins, ends = day + timedelta(minutes=window.start), day + timedelta(minutes=until)
        if day.weekday() in window.days and begins <= wall < ends:
            return True
    return False


@dataclass
class Plain:
    """One rule and one series."""

    rule: Rule
    entity: str
    last: int | None = None
    newest: float = math.nan
    since: int | None = None
    opened: int | None = None
    until: int | None = None
    heard: int | None = None
    seen: list[tuple[int, float]] = field(default_factory=list)
    hours: dict[int, list[float]] = field(default_factory=dict)
    usual: dict[int, tuple[float, int]] = field(default_factory=dict)
    hour: int | None = None
    foretold: dict[int, float] = field(default_factory=dict)
    taken: list[int] = field(default_factory=list)
    before: frozenset[int] = frozenset()
    late: int = 0

    def batch(self, rows: list[tuple[int, float, int]]) -> list[Happening]:
        """Rows that came together, in the order of their times."""
        self.before = frozenset(self.taken[-SEEN:])
        return [one for row in rows for one in self.row(*row)]

    def row(self, time: int, value: float, at: int) -> list[Happening]:
        """One row that was accepted `at`, after all that came before it."""
        if time - at > AHEAD_US and not self.rule.attribute.endswith("Forecast"):
            self.late += 1
            return []
        if self.last is not None and time <= self.last:
            self.too_late(time, value)
            return []
        x = self.measured(time, value)
        self.last, self.newest = time, value
        return [] if x is None else self.latch(time, x, filed=self.filed(time, at))

    def filed(self, time: int, at: int) -> bool:
        """Whether a row was history when it was accepted: a day old, or older than its rule says that rows come or that it may be silent."""
        silence = self.rule.condition.period_us if self.rule.condition.measure is Measure.ABSENCE else 0
        return at - time >= max(DAY_US, self.rule.lateness_us, silence)

    def too_late(self, time: int, value: float) -> None:
        """A row that is older than the newest one."""
        assert self.last is not None
        condition, measure = self.rule.condition, self.rule.condition.measure
        in_time = time >= self.last - self.rule.lateness_us
        if not in_time or measure not in (Measure.VALUE, Measure.WINDOW):
            self.late += 1
        elif measure is Measure.WINDOW and time < self.last and time not in self.before:
            self.note(time, value)
        elif measure is Measure.VALUE and self.opened is None and not holds(condition, value):
            self.since = self.last if self.since is not None and time > self.since else self.since

    def measured(self, time: int, value: float) -> float | None:
        """What is compared."""
        condition = self.rule.condition
        if condition.measure is Measure.VALUE:
            return value
        if condition.measure is Measure.RATE:
            if self.last is None:
                return None
            return (value - self.newest) * condition.period_us / (time - self.last)
        if condition.measure is Measure.WINDOW:
            self.note(time, value)
            return self.summed(time)
        if condition.measure is Measure.FORECAST:
            return self.unexpected(time, value)
        assert condition.measure is Measure.BASELINE
        return self.apart(time, value)

    def note(self, time: int, value: float) -> None:
        """Take a row into the window."""
        self.seen.append((time, value))
        self.taken.append(time)

    def summed(self, time: int) -> float:
        """The window's rows up to now, as one number."""
        condition = self.rule.condition
        pane = max(1, condition.period_us // PANES)
        some = [v for t, v in self.seen if time // pane - PANES < t // pane <= time // pane]
        functions: dict[Aggregate, Any] = {
            Aggregate.MEAN: statistics.fmean,
            Aggregate.MAX: max,
            Aggregate.MIN: min,
            Aggregate.SUM: sum,
            Aggregate.COUNT: len,
            Aggregate.STDDEV: statistics.pstdev,
            Aggregate.RANGE: lambda all_: max(all_) - min(all_),
        }
        return float(functions[condition.aggregate](some))

    def apart(self, time: int, value: float) -> float | None:
        """How far from what was usual at this hour."""
        hour = time // HOUR_US
        if self.hour is not None and hour != self.hour:
            mean, days = self.usual.get(self.hour % 24, (0.0, 0))
            days = min(days + 1, 14)
            found = statistics.fmean(self.hours[self.hour])
            self.usual[self.hour % 24] = mean + (found - mean) / days, days
        self.hour = hour
        self.hours.setdefault(hour, []).append(value)
        mean, days = self.usual.get(hour % 24, (0.0, 0))
        return value - mean if days >= self.rule.condition.days else None

    def foretell(self, some: dict[int, float]) -> None:
        """Forecasts by their times, in the place of older ones; what holds no more is forgotten, and what is too far ahead."""
        self.foretold |= some
        held = max((one for one in self.foretold if self.last is not None and one <= self.last), default=None)
        kept = sorted(one for one in self.foretold if held is None or one >= held)[:POINTS]
        self.foretold = {one: self.foretold[one] for one in kept}

    def unexpected(self, time: int, value: float) -> float | None:
        """How far from the forecast that holds."""
        begun = max((one for one in self.foretold if one <= time), default=None)
        return None if begun is None or time - begun >= self.rule.condition.fresh_us else value - self.foretold[begun]

    def quiet(self, time: int) -> bool:
        """Whether it is in a maintenance window."""
        return any(covers(one, time) and one.entity in ("", self.entity) for one in self.rule.quiet)

    def latch(self, time: int, x: float, *, filed: bool = False) -> list[Happening]:
        """Open or end; of a row that was filed nothing is opened."""
        if not holds(self.rule.condition, x):
            self.since = None
        elif self.since is None:
            self.since = time
        if self.opened is None:
            long_enough = self.since is not None and time - self.since >= self.rule.condition.for_us
            if long_enough and not filed and (self.until is None or time >= self.until) and not self.quiet(time):
                self.opened = time
                return [(self.rule.id, self.entity, time, time, True)]
        elif not holds(self.rule.condition, x, over=True):
            return [self.end(time)]
        return []

    def end(self, time: int) -> Happening:
        """It is over."""
        assert self.opened is not None
        opened, self.opened = self.opened, None
        if self.rule.cooldown_us:
            self.until = time + self.rule.cooldown_us
        return (self.rule.id, self.entity, opened, time, False)

    def hear(self, time: int, at: int) -> list[Happening]:
        """Something was accepted, of a rule about silence; what is filed says nothing of who is alive now."""
        if self.filed(time, at):
            return []
        found = self.silent(at, until=at) if self.opened is None else []
        if self.opened is not None:
            found.append(self.end(at))
        self.heard = at if self.heard is None else max(self.heard, at)
        return found

    def silent(self, now: int, until: int | None = None) -> list[Happening]:
        """Whether nothing was heard for too long; `until`: only if it began before."""
        if self.opened is not None or self.heard is None or now - self.heard < self.rule.condition.period_us:
            return []
        opened = max(self.heard + self.rule.condition.period_us, self.until or 0)
        while self.quiet(opened):
            opened += 60_000_000  # all is in whole minutes here
        if opened > now or (until is not None and opened >= until):
            return []
        self.opened = opened
        return [(self.rule.id, self.entity, opened, opened, True)]


class Reference:
    """All rules over batches."""

    def __init__(self, rules: list[Rule]) -> None:
        self.rules = rules
        self.of: dict[tuple[str, str], Plain] = {}

    def take(self, rows: list[Row], forecasts: list[Row] | None = None) -> list[Happening]:
        """One batch: put in order of time, of one moment the last one counts; forecasts first; then row by row."""
        for rule in self.rules:
            for entity in {one[0] for one in forecasts or ()}:
                if rule.condition.forecast:
                    told = {time: value for name, time, value, _ in forecasts or () if name == entity}
                    self.series(rule, entity).foretell(told)
        newest = {(entity, time): (value, at) for entity, time, value, at in rows}
        found: list[Happening] = []
        for rule in self.rules:
            if rule.condition.measure is Measure.ABSENCE:
                for entity, at, time in sorted((entity, at, time) for (entity, time), (_, at) in newest.items()):
                    found += self.series(rule, entity).hear(time, at)
                continue
            for entity in sorted({one[0] for one in newest}):
                own = sorted((time, value, at) for (name, time), (value, at) in newest.items() if name == entity)
                found += self.series(rule, entity).batch(own)
        return found

    def tick(self, now: int) -> list[Happening]:
        """Time passed."""
        return [
            one
            for series in self.of.values()
            if series.rule.condition.measure is Measure.ABSENCE
            for one in series.silent(now)
        ]

    def series(self, rule: Rule, entity: str) -> Plain:
        """The state of a rule and a series."""
        return self.of.setdefault((rule.id, entity), Plain(rule, entity))
