"""Small files become large ones, sorted by series and time, without ever writing a row more often than a few times.

Files are merged when some partition has FEW of a size class, with others of that class only: a row moves up one class at a time, so the
work grows as history does. When its month is over, what is left of a partition is merged once more. Each merge is one short
transaction; whoever records waits for its end, and no longer.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import sleep

import duckdb
import msgspec

from yuzhang.brain.history.keeping.catalog import DataFile, by_partition, data_files
from yuzhang.brain.history.store.lake import IN_FILES
from yuzhang.core.storage import Storage

FEW = 8
LARGEST = 16 * 2**20
"""Bytes of a file that is not merged any more: millions of rows, which are sorted in a few seconds and in memory."""
CLASSES = ((0, 256 * 2**10), (256 * 2**10, 4 * 2**20), (4 * 2**20, LARGEST))
"""From and below so many bytes."""
AT_ONCE = 1
MONTHLY = "observations"
WORN = 0.1
"""A file is written anew when so much of it is deleted."""
TRIES = 5
Told = Callable[[str, int], None]


class Merged(msgspec.Struct):
    """What was done: files before, files after, and files of which deleted rows were left out."""

    before: int = 0
    after: int = 0
    rewritten: int = 0


def merge(storage: Storage, now: datetime | None = None, told: Told = lambda _what, _files: None) -> Merged:
    """Merge what is due. `told` hears of each step. Raises TryAgain, duckdb.Error."""
    done = Merged()
    with storage.lake() as lake:
        done.before = sum(len(data_files(lake, table)) for table in IN_FILES)
    for table in IN_FILES:
        done.rewritten += _rewrite(storage, table)
        _merge_table(storage, table, now or datetime.now(UTC), told)
    with storage.lake() as lake:
        done.after = sum(len(data_files(lake, table)) for table in IN_FILES)
    return done


def _rewrite(storage: Storage, table: str) -> int:
    with storage.lake() as lake:
        marked = [one.deleted / one.rows for one in data_files(lake, table) if one.deleted]
    # DuckLake does not merge files of which rows are deleted.
    threshold = 0.0 if len(marked) >= FEW else WORN
    worn = sum(one >= threshold for one in marked)
    if worn:
        _run(storage, f"CALL ducklake_rewrite_data_files('lake', '{table}', delete_threshold => {threshold})")
    return worn


def _merge_table(storage: Storage, table: str, now: datetime, told: Told) -> None:
    tried: set[tuple[tuple[int, int], int]] = set()
    while True:
        with storage.lake() as lake:
            files = data_files(lake, table)
        due = due_class(files, now if table == MONTHLY else None)
        # What DuckLake does not merge although it is due (files of an older layout) must not keep this at it for ever.
        if due is None or (due, len(files)) in tried:
            return
        tried.add((due, len(files)))
        least, most = due
        _run(
            storage,
            f"CALL ducklake_merge_adjacent_files('lake', '{table}', min_file_size => {least}, max_file_size => {most}, "
            f"max_compacted_files => {AT_ONCE})",
        )
        told(table, len(files))


def due_class(files: Sequence[DataFile], now: datetime | None) -> tuple[int, int] | None:
    """The class of sizes, from and below so many bytes, that is to be merged next; None if none is.

    `now` tells of partitions (policy, year, month) which are over; None where partitions are of another kind.
    >>> small = [DataFile(("0", "2026", "5"), 10, 1000, 0)] * 3
    >>> due_class(small, datetime(2026, 5, 20, tzinfo=UTC)), due_class(small, datetime(2026, 6, 3, tzinfo=UTC))
    (None, (0, 262144))
    """
    of = by_partition([one for one in files if not one.deleted])
    for least, most in CLASSES:
        for partition, some in of.items():
            within = [one.size for one in some if least <= one.size < most]
            if len(within) >= FEW or (len(within) > 1 and _over(partition, now)):
                return least, most
    # Months that are over: one more merge over all classes, unless nearly all lies in one file already.
    for partition, some in of.items():
        sizes = sorted(one.size for one in some if one.size < LARGEST)
        if _over(partition, now) and len(sizes) > 1 and sum(sizes[:-1]) * 4 >= sizes[-1]:
            return 0, LARGEST
    return None


def _over(partition: tuple[str, ...], now: datetime | None) -> bool:
    return now is not None and (int(partition[1]), int(partition[2])) < (now.year, now.month)


def _run(storage: Storage, statement: str) -> None:
    for left in reversed(range(TRIES)):
        try:
            with storage.lake_alone() as lake:
                lake.execute(f"CALL lake.set_option('target_file_size', '{LARGEST // 2**20}MB')")
                lake.execute(statement).fetchall()
            return
        except duckdb.TransactionException:  # another node wrote to the same files; theirs is kept
            if not left:
                raise
            sleep(0.2)
