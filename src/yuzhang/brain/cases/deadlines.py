"""Until when a step has to be done: a time limit as it is written, and the moment that it means."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from yuzhang.core.calendar import Calendar

FORM = re.compile(r"(\d{1,4}(?:\.\d{1,2})?) (working )?(minute|hour|day)s?")
HOURS = {"minute": 1 / 60, "hour": 1.0}
REMIND_AT = 0.75
"""The share of its time after which whoever has a task is reminded."""
ESCALATE_AT = 1.5
"""The share after which the unit above is told."""
MOST_DAYS = 366.0


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit. `working`: counted in working time.

    >>> Limit.read("3 working days")
    Limit(amount=3.0, unit='day', working=True)
    """

    amount: float
    unit: str
    working: bool

    @classmethod
    def read(cls, text: str) -> "Limit":
        """The limit that a text says. Raises ValueError."""
        found = FORM.fullmatch(text.strip())
        if found is None or not float(found[1]) > 0 or float(found[1]) * HOURS.get(found[3], 24) > MOST_DAYS * 24:
            raise ValueError(text)
        return cls(float(found[1]), found[3], bool(found[2]))

    def after(self, start: datetime, calendar: Calendar, share: float = 1.0) -> datetime:
        """The moment at which it, or a share of it, has passed since `start`."""
        amount = self.amount * share
        if self.working:
            return calendar.add(start, amount * HOURS.get(self.unit, calendar.day_hours))
        return start + timedelta(hours=amount * HOURS.get(self.unit, 24.0))


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The three moments of a task: reminded, due, escalated."""

    remind: datetime
    due: datetime
    escalate: datetime

    @classmethod
    def of(cls, limit: str, start: datetime, calendar: Calendar) -> "Deadlines | None":
        """Those of a limit; None of none. Raises ValueError."""
        if not limit:
            return None
        read = Limit.read(limit)
        return cls(*(read.after(start, calendar, share) for share in (REMIND_AT, 1.0, ESCALATE_AT)))

    def next(self, stage: int) -> datetime | None:
        """When the next stage begins; None after the last."""
        return (self.remind, self.due, self.escalate)[stage] if stage < 3 else None
