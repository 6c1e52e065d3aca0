"""Moments as the tables have them: microseconds since 1970 in UTC."""

from datetime import datetime
from typing import overload

from yuzhang.brain.cases.tables import NEVER
from yuzhang.core.moments import microseconds, moment


@overload
def micros(at: datetime) -> int: ...
@overload
def micros(at: None) -> None: ...
def micros(at: datetime | None) -> int | None:
    """A moment as a number. Raises TypeError for one without a zone."""
    return None if at is None else microseconds(at)


def moment_if(at: int | None) -> datetime | None:
    """The same, where there may be none."""
    return None if at is None or at >= NEVER else moment(at)
