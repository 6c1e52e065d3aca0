"""The maintenance windows of a rule, from its keys: single ones, and those that come again each week."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from yuzhang.brain.rules.model import Maintenance, Quiet, Weekly
from yuzhang.brain.rules.writing.faults import Faults
from yuzhang.core.moments import microseconds

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEYS = frozenset({"from", "until", "entity", "why"})
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(:00)?")
MIDNIGHT = 24 * 60
SINGLE = "{ from = 2026-07-01T00:00:00Z, until = 2026-07-02T00:00:00Z }"
WEEKLY = '{ days = ["tue"], from = "02:00", until = "04:00" }'


def maintenance_of(given: Mapping[str, Any], faults: Faults) -> tuple[Maintenance, ...]:
    """The windows; what is wrong with them is told to `faults`."""
    value = given.get("maintenance", [])
    found: list[Maintenance] = []
    for given_one in value if isinstance(value, list) else [None]:
        one = given_one if isinstance(given_one, dict) else {}
        window = _weekly(one, faults) if "days" in one else _single(one, faults)
        if window is not None:
            found.append(window)
    return tuple(found)


def _single(one: Mapping[str, Any], faults: Faults) -> Quiet | None:
    start, end = _moment(one.get("from")), _moment(one.get("until"))
    if start is None or end is None or end <= start or set(one) - KEYS:
        faults.say(
            "maintenance",
            "rule.maintenance",
            ("检修时段需要 from 和更晚的 until", "a maintenance window needs from and a later until"),
            (f"写作 {SINGLE}；每周重复的写作 {WEEKLY}", f"write {SINGLE}, or for each week {WEEKLY}"),
        )
        return None
    return Quiet(start, end, str(one.get("entity", "")), str(one.get("why", "")))


def _weekly(one: Mapping[str, Any], faults: Faults) -> Weekly | None:
    days = days_of(one["days"])
    start, end = minute_of(one.get("from")), minute_of(one.get("until"))
    if not days or start is None or end is None or start in (MIDNIGHT, end) or set(one) - KEYS - {"days"}:
        faults.say(
            "maintenance",
            "rule.maintenance",
            (
                "每周的检修时段需要 days、from 和 until（本市时间）",
                "a weekly maintenance window needs days, from and until (time of the city)",
            ),
            (f"写作 {WEEKLY}；days 取 {'、'.join(DAYS)}", f"write {WEEKLY}; days are of {', '.join(DAYS)}"),
        )
        return None
    return Weekly(days, start, end, str(one.get("entity", "")), str(one.get("why", "")))


def days_of(given: Any) -> tuple[int, ...]:
    """Days of the week by their names, 0 Monday … 6 Sunday; none if one of them is no day.

    >>> days_of(["tue", "mon"]), days_of(["someday"])
    ((0, 1), ())
    """
    some: Sequence[Any] = given if isinstance(given, list | tuple) else []
    known = all(isinstance(one, str) and one in DAYS for one in some)
    return tuple(sorted({DAYS.index(one) for one in some})) if known else ()


def minute_of(given: Any) -> int | None:
    """Minutes since midnight; None if it is no time of a day in whole minutes.

    >>> minute_of("02:30"), minute_of("24:00"), minute_of("late")
    (150, 1440, None)
    """
    if isinstance(given, time):
        return given.hour * 60 + given.minute if given.replace(hour=0, minute=0) == time() else None
    if given == "24:00":
        return MIDNIGHT
    found = CLOCK.fullmatch(given) if isinstance(given, str) else None
    return None if found is None else int(found[1]) * 60 + int(found[2])


def clock(minute: int) -> str:
    """A minute of the day as a clock shows it.

    >>> clock(150)
    '02:30'
    """
    return f"{minute // 60:02}:{minute % 60:02}"


def _moment(value: Any) -> int | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    return microseconds(value.astimezone(UTC))
