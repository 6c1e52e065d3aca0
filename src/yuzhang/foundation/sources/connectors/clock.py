"""Times as others write them, in microseconds."""

import re
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from yuzhang.core.moments import microseconds, moment

SPELLED = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]*(\d{1,2})(?:[:时](\d{1,2})(?:[:分](\d{1,2})秒?|分)?|时))?"
    r"|(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?"
)
"""As departments write it: 2026/1/1 8:00, 2026年1月1日 8时0分, 20260101080000."""
COUNTED = ((10**17, 1 / 1000), (10**14, 1), (10**11, 1000), (0, 1_000_000))
"""Counts from so many on are of nanoseconds, microseconds, milliseconds; below of seconds."""
LATEST_US = 253_402_300_799_999_999


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def moment_of(value: Any, zone: str = "UTC", form: str = "") -> int:
    """A time in microseconds: ISO 8601, a count since 1970, a date of a workbook or database, or a text of the format `form`.

    Raises ValueError.
    >>> moment_of("2026年1月1日 8时0分") == moment_of("20260101080000") == moment_of("2026/1/1 8:00") == moment_of("2026-01-01T08:00Z")
    True
    >>> moment_of("2026-01-01 08:00", "Asia/Shanghai") == moment_of("2026-01-01T00:00:00Z") == moment_of(1767225600)
    True
    """
    if isinstance(value, bool) or value is None:
        raise ValueError(value)
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime.combine(value, time())
    elif isinstance(value, int | float):
        return _counted(value)
    else:
        text = str(value).strip()
        if form:
            found = datetime.strptime(text, form)  # its zone, if it names none, is put in below
        elif (spelled := SPELLED.fullmatch(text)) is not None:
            parts = [int(one or 0) for one in spelled.groups()]
            year, month, day, hour, minute, second = parts[:6] if spelled[1] else parts[6:]
            found = datetime(year, month, day, hour, minute, second)
        elif text.replace(".", "", 1).isdigit() and len(text) > 8:
            return _counted(int(text) if text.isdigit() else float(text))
        else:
            found = datetime.fromisoformat(text.replace("/", "-"))
    if found.tzinfo is None:
        found = found.replace(tzinfo=_zone(zone))
    return microseconds(found)


def _counted(value: float) -> int:
    size = abs(value)
    if not size < LATEST_US * 1000:
        raise ValueError(value)
    scale = next(scale for least, scale in COUNTED if size >= least)
    found = int(value * scale) if isinstance(scale, float) or isinstance(value, float) else value * scale
    if abs(found) > LATEST_US:
        raise ValueError(value)
    return found


def iso(at_us: int) -> str:
    """A time as ISO 8601 in UTC.

    >>> iso(0)
    '1970-01-01T00:00:00Z'
    """
    found = moment(at_us)
    return found.isoformat().replace("+00:00", "Z")
