"""Times as the tables keep them: whole seconds since 1970, UTC."""

from datetime import UTC, datetime
from typing import overload


@overload
def moment(seconds: int) -> datetime: ...
@overload
def moment(seconds: None) -> None: ...
@overload
def moment(seconds: int | None) -> datetime | None: ...
def moment(seconds: int | None) -> datetime | None:
    """The time of a column."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


@overload
def seconds(at: datetime) -> int: ...
@overload
def seconds(at: None) -> None: ...
@overload
def seconds(at: datetime | None) -> int | None: ...
def seconds(at: datetime | None) -> int | None:
    """A time for a column, rounded down."""
    return None if at is None else int(at.timestamp())
