"""Working hours counted forward and between two moments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from zoneinfo import ZoneInfo

from yuzhang.core.calendar.announced import Announcement, announced
from yuzhang.core.moments import ZONE

Hours = tuple[tuple[time, time], ...]
OFFICE: Hours = ((time(8, 30), time(12)), (time(13, 30), time(18)))
"""Eight hours a day. Source: 国务院关于职工工作时间的规定 (State Council order 174), article 3; the hours of day are an office's own."""
SATURDAY = 5
LONGEST_H = 24.0 * 366 * 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked, and in which hours. A year that was not announced is worked Monday to Friday, for the time being."""

    years: Mapping[int, Announcement] = field(default_factory=dict)
    hours: Hours = OFFICE
    zone: ZoneInfo = ZONE
    version: str = field(init=False, default="")
    """A hash of all that it says: where it differs, deadlines have to be computed again."""

    def __post_init__(self) -> None:
        said = [(one.year, sorted(one.holidays), sorted(one.worked)) for one in self.years.values()]
        found = sha256(repr((sorted(said), self.hours, str(self.zone))).encode()).hexdigest()[:16]
        object.__setattr__(self, "version", found)

    def provisional(self, year: int) -> bool:
        """Whether that year's days are not announced yet."""
        return year not in self.years

    def worked(self, day: date) -> bool:
        """Whether a day is worked.

        >>> from datetime import date
        >>> national().worked(date(2026, 2, 14)), national().worked(date(2026, 2, 16))
        (True, False)
        """
        notice = self.years.get(day.year)
        if notice is not None:
            if day in notice.worked:
                return True
            if day in notice.holidays:
                return False
        return day.weekday() < SATURDAY

    def spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of a day that are worked, as moments in UTC."""
        if self.worked(day):
            for begin, end in self.hours:
                yield (
                    datetime.combine(day, begin, self.zone).astimezone(UTC),
                    datetime.combine(day, end, self.zone).astimezone(UTC),
                )

    @property
    def day_hours(self) -> float:
        """How many hours a working day has."""
        return sum(_hours(time_from, time_to) for time_from, time_to in self.hours)

    def add(self, start: datetime, hours: float) -> datetime:
        """The moment at which `hours` working hours have passed since `start`.

        Raises ValueError for a naive start, and for negative or endless hours.
        """
        if start.tzinfo is None or not 0 <= hours <= LONGEST_H:
            raise ValueError("a moment with a zone, and hours from 0 on")
        left = timedelta(hours=hours)
        start = start.astimezone(UTC)
        day = start.astimezone(self.zone).date()
        while True:
            for begin, end in self.spans(day):
                begin = max(begin, start)
                if begin < end:
                    if left <= end - begin:
                        return begin + left
                    left -= end - begin
            day += timedelta(days=1)

    def between(self, start: datetime, end: datetime) -> float:
        """Working hours from `start` to `end`; 0 if it is not later. Raises ValueError for naive moments."""
        if start.tzinfo is None or end.tzinfo is None:
            raise ValueError("moments with a zone")
        passed, day = timedelta(), start.astimezone(self.zone).date()
        while day <= end.astimezone(self.zone).date():
            for begin, until in self.spans(day):
                passed += max(timedelta(), min(until, end) - max(begin, start))
            day += timedelta(days=1)
        return passed / timedelta(hours=1)


@cache
def national() -> Calendar:
    """The calendar of all that was announced for the whole country."""
    return Calendar(announced())


def add_working_hours(start: datetime, hours: float, hours_of_day: Hours = OFFICE) -> datetime:
    """The moment at which `hours` working hours have passed since `start`, by the national calendar.

    >>> add_working_hours(datetime(2026, 9, 30, 17, tzinfo=ZONE), 2).astimezone(ZONE).isoformat()
    '2026-10-08T09:30:00+08:00'
    """
    return Calendar(national().years, hours_of_day).add(start, hours)


def working_hours_between(start: datetime, end: datetime, hours_of_day: Hours = OFFICE) -> float:
    """Working hours from one moment to another, by the national calendar.

    >>> working_hours_between(datetime(2026, 9, 30, 17, tzinfo=ZONE), datetime(2026, 10, 8, 9, 30, tzinfo=ZONE))
    2.0
    """
    return Calendar(national().years, hours_of_day).between(start, end)


def _hours(begin: time, end: time) -> float:
    return (end.hour - begin.hour) + (end.minute - begin.minute) / 60
