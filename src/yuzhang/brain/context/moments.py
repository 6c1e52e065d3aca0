"""Moments: whole microseconds since 1970 inside, the standard's DateTime outside. Clause 4.6.3."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.model import Microseconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?Z", re.ASCII)


def stamp(us: Microseconds) -> str:
    """The moment as ISO 8601 in UTC; microseconds only if there are any. Source: clause 4.6.3.

    >>> stamp(1_767_323_045_678_000), stamp(1_767_323_045_678_901)
    ('2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678901Z')
    """
    second, fraction = divmod(us, 1_000_000)
    text = f"{_second(second)}.{fraction:06d}"
    return text[:23] + "Z" if text.endswith("000") else text + "Z"


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    return (EPOCH + timedelta(seconds=second)).isoformat(timespec="seconds")[:19]


def microseconds(text: str) -> Microseconds:
    """A DateTime of the standard, which is in UTC; what is finer is cut off. Raises BadRequestData. Source: clause 4.6.3.

    >>> microseconds("2026-01-02T03:04:05.678Z")
    1767323045678000
    """
    if isinstance(text, str) and MOMENT.fullmatch(text):
        return _read_moment(text)
    raise BadRequestData(said(f"“{str(text)[:60]}” is no DateTime in UTC like 2026-01-02T03:04:05Z."))


def is_moment(text: Any) -> bool:
    """Whether `microseconds` reads it."""
    return isinstance(text, str) and _is_moment(text)


@lru_cache(maxsize=4096)
def _is_moment(text: str) -> bool:
    try:
        microseconds(text)
    except BadRequestData:
        return False
    return True


@lru_cache(maxsize=4096)
def _read_moment(text: str) -> Microseconds:
    found = MOMENT.fullmatch(text)
    assert found is not None  # noqa: S101  # it was looked at before
    year, month, day, hour, minute, second, fraction = found.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError as err:
        raise BadRequestData(said(f"“{text[:60]}” is no moment of the calendar: {err}.")) from err
    return (moment - EPOCH) // timedelta(microseconds=1) + int((fraction or "0").ljust(6, "0")[:6])
