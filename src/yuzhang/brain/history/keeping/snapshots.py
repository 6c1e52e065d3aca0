"""How long the lake can be read as it was: old snapshots are forgotten, and files that none names any more are removed."""

import os
from datetime import UTC, datetime, timedelta

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage

DAYS_VARIABLE = "YUZHANG_SNAPSHOT_DAYS"
DAYS = 7.0
FILES_H = 1.0
"""A file that no snapshot names stays so long at least, and a day more at most, for whoever began to read it. A backup keeps all files
while it copies."""


def snapshot_days() -> float:
    """For how many days the lake can be read as it was. Raises InputRefused, naming the variable, if it says no number of days."""
    said = os.environ.get(DAYS_VARIABLE) or str(DAYS)
    try:
        days = float(said)
    except ValueError:
        days = -1.0
    if not 0 <= days < 36_500:
        raise InputRefused(
            Title(f"“{said[:40]}”不是天数。", f"“{said[:40]}” is no number of days."),
            where=DAYS_VARIABLE,
            fix=Title("例：7。", "For example: 7."),
        )
    return days


def expire(storage: Storage, days: float, now: datetime | None = None) -> int:
    """Forget the snapshots that are older than `days`, by whole days: how many. The newest one stays in any case."""
    before = (now or datetime.now(UTC)) - timedelta(days=days)
    with storage.lake_alone() as lake:
        # As Arrow: its times have a zone, for which Python's driver wants another library.
        return int(
            lake.execute(f"CALL ducklake_expire_snapshots('lake', older_than => {_literal(before)})")
            .to_arrow_table()
            .num_rows
        )


def clean(storage: Storage, hours: float = FILES_H, now: datetime | None = None) -> int:
    """Remove the files that no snapshot names since `hours`, by whole days: how many."""
    before = (now or datetime.now(UTC)) - timedelta(hours=hours)
    with storage.lake_alone() as lake:
        return int(
            lake.execute(f"CALL ducklake_cleanup_old_files('lake', older_than => {_literal(before)})")
            .to_arrow_table()
            .num_rows
        )


def _literal(moment: datetime) -> str:
    """The end of the day before `moment`.

    DuckLake 1.0 writes a moment with a T between day and hour, and compares it as text with what a SQLite catalog has, where a space is
    there: everything of the same day counts as older. With the end of a day it does not matter.
    >>> _literal(datetime(2026, 11, 26, 1, tzinfo=UTC))
    "'2026-11-25T23:59:59+00:00'::TIMESTAMPTZ"
    """
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return f"'{(day - timedelta(seconds=1)).isoformat()}'::TIMESTAMPTZ"
