"""Moments as numbers: microseconds since 1970-01-01 UTC, which tables and the log hold; and back. Exact both ways."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ZONE = ZoneInfo("Asia/Shanghai")
"""The clock of the city: that of all China (UTC+8)."""


def microseconds(at: datetime) -> int:
    """A moment as a number. Raises TypeError for one without a zone.

    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (at - EPOCH) // MICROSECOND


def moment(at: int) -> datetime:
    """A number as a moment, in UTC.

    >>> moment(1_000_000).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    return EPOCH + at * MICROSECOND
