"""Numbers as they are written in cells: one reader and one writer for every table."""

import math
import re

# Digits of ASCII only, without thousands separators: float() would take 8_200, nan and the digits of other scripts.
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")


def number_in(text: str) -> float:
    """The number that a cell holds, and nothing beside it. Raises: ValueError if it is none, empty, or not finite.

    >>> number_in("7203.5"), number_in("-2e3")
    (7203.5, -2000.0)
    """
    value = float(text) if NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def number_text(value: float) -> str:
    """The number as short as it reads back: 7203.5, 30."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
