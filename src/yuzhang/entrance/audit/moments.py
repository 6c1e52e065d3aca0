"""Times as people and programs write them, and as the chain has them: microseconds since 1970 UTC."""

from datetime import UTC, date, datetime, timedelta

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title


def moment_of(text: str, where: str, *, end: bool = False) -> int | None:
    """The moment that a text names, None for an empty one; of a day its begin, or with `end` the begin of the next one.

    Times without a zone are UTC. Raises InputRefused.

    >>> moment_of("2026-01-02", "/since"), moment_of("2026-01-02T03:04:05Z", "/since"), moment_of("", "/since")
    (1767312000000000, 1767323045000000, None)
    """
    if not text.strip():
        return None
    try:
        if len(text.strip()) <= len("2026-01-02"):
            day = date.fromisoformat(text.strip()) + timedelta(days=1 if end else 0)
            found = datetime(day.year, day.month, day.day, tzinfo=UTC)
        else:
            found = datetime.fromisoformat(text.strip())
            found = found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as err:
        raise InputRefused(
            Title(f"“{text[:40]}”不是日期或时间。", f"“{text[:40]}” is no day or time."),
            where=where,
            fix=Title("例：2026-01-02 或 2026-01-02T03:04:05Z。", "For example 2026-01-02 or 2026-01-02T03:04:05Z."),
        ) from err
    return int((found - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


def stamp(at: int) -> str:
    """A moment as ISO 8601.

    >>> stamp(1767323045000001)
    '2026-01-02T03:04:05.000001Z'
    """
    found = datetime.fromtimestamp(at // 1_000_000, UTC)
    return f"{found:%Y-%m-%dT%H:%M:%S}.{at % 1_000_000:06d}Z"


def clock(at: int) -> str:
    """A moment to the second, as a page shows it, in UTC.

    >>> clock(1767323045000001)
    '2026-01-02 03:04:05'
    """
    return f"{datetime.fromtimestamp(at // 1_000_000, UTC):%Y-%m-%d %H:%M:%S}"
