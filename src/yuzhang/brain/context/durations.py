"""Durations of ISO 8601, as clients suggest how long something shall be kept."""

import re

from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.model import Microseconds

SECOND: Microseconds = 1_000_000
DAY = 24 * 3600 * SECOND
LONGEST_TEXT = 60
DURATION = re.compile(
    r"P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?",
    re.ASCII,
)
SECONDS = (365 * 86400, 30 * 86400, 7 * 86400, 86400, 3600, 60, 1)


def duration(text: object, where: str, most: Microseconds) -> Microseconds:
    """How long a text like PT10M says, but not more than `most`. Raises BadRequestData, at `where`, if it is none.

    A year counts 365 days, a month 30.
    >>> duration("PT90S", "?entityMapLifetime", DAY), duration("P3650D", "?entityMapLifetime", DAY)
    (90000000, 86400000000)
    """
    found = DURATION.fullmatch(text) if isinstance(text, str) and len(text) <= LONGEST_TEXT else None
    if found is None:
        raise BadRequestData(said(f"“{str(text)[:LONGEST_TEXT]}” is no duration like PT10M."), where=where)
    seconds = sum(int(count) * unit for count, unit in zip(found.groups("0"), SECONDS, strict=True))
    return min(seconds * SECOND, most)
