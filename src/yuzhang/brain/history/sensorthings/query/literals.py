"""Values as a filter writes them. Source: OData 4.0 ABNF construction rules, primitive literals; OGC 18-088, clause 9.3.3.5."""

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from yuzhang.brain.history.sensorthings.query.values import Interval, Value, read_moment, read_time

WRONG: Any = object()
"""Instead of a value where the text is none."""
MAX_POSITIONS = 10_000
DURATION = re.compile(
    r"(-)?P(?:(\d{1,7})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,12}(?:\.\d{1,12})?)S)?)?", re.ASCII
)
REFERENCE_SYSTEM = re.compile(r"SRID=\d+;", re.IGNORECASE)


def read(kind: str, text: str) -> Value:
    """The value of a token, or WRONG.

    >>> read("text", "'it''s'"), read("number", "5"), read("number", "5.5"), read("date", "2026-02-30") is WRONG
    ("it's", 5, 5.5, True)
    """
    try:
        found = READING[kind](text)
    except (ValueError, OverflowError, ShapelyError):
        return WRONG
    return WRONG if found is None else found


def _text(text: str) -> str:
    return text[text.index("'") + 1 : -1].replace("''", "'")


def _number(text: str) -> int | float | None:
    if text.isdigit() and len(text) <= 18:
        return int(text)
    found = float(text)
    return found if math.isfinite(found) else None


def _duration(text: str) -> timedelta | None:
    found = DURATION.fullmatch(_text(text))
    if found is None or not any(found.groups()[1:]):
        return None
    days, hours, minutes, seconds = (Decimal(one or 0) for one in found.groups()[1:])
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    length = timedelta(microseconds=int(whole * 1_000_000))
    return -length if found[1] else length


def _geography(text: str) -> BaseGeometry | None:
    found = shapely.force_2d(shapely.from_wkt(REFERENCE_SYSTEM.sub("", _text(text), count=1)))
    if found is None or shapely.get_num_coordinates(found) > MAX_POSITIONS:
        return None
    return found if found.is_valid else shapely.make_valid(found, method="structure")


def _interval(text: str) -> Interval | None:
    found = read_time(text)
    return found if isinstance(found, Interval) and found.start <= found.end else None


READING: dict[str, Callable[[str], Value]] = {
    "geography": _geography,
    "duration": _duration,
    "text": _text,
    "interval": _interval,
    "moment": read_moment,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "number": _number,
}


def written(value: Value) -> str:
    """A value as a filter writes it.

    >>> written("it's"), written(None), written(timedelta(days=1, seconds=2))
    ("'it''s'", 'null', "duration'P1DT2.000000S'")
    """
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, BaseGeometry):
        return f"geography'{value.wkt}'"
    if isinstance(value, Interval):
        return f"{written(value.start)}/{written(value.end)}"
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, timedelta):
        sign, length = ("-", -value) if value < timedelta(0) else ("", value)
        return f"duration'{sign}P{length.days}DT{length.seconds}.{length.microseconds:06}S'"
    if isinstance(value, date | time):
        return value.isoformat()
    return repr(value)
