"""Small files become few, sorted ones; what was read before can still be read."""

import threading
from datetime import UTC, datetime

import duckdb

from brain.history.keeping.conftest import NOW, Kept, us
from yuzhang.brain.history.keeping import catalog, merging, snapshots
from yuzhang.brain.history.model import ALWAYS

HOUR = 3600 * 1_000_000


def many_small_files(kept: Kept, count: int) -> None:
    """Batches that each come into a file of their own."""
    for batch in range(count):
        start = us(2026, 11, 1) + batch * 20 * HOUR
        for name in "ab":
            kept.file(f"urn:x:{name}", "Gauge", [start + hour * HOUR for hour in range(20)], [float(batch)] * 20)


def files(kept: Kept) -> list[catalog.DataFile]:
    """The files of observations."""
    with kept.history.lake() as lake:
        return catalog.data_files(lake, "observations")


def test_many_small_files_become_one_that_is_sorted_and_all_rows_are_there_once(kept: Kept) -> None:
    many_small_files(kept, 10)
    before = kept.rows("urn:x:a")
    assert len(files(kept)) >= merging.FEW

    done = merging.merge(kept.history.storage, NOW)

    assert done.after < done.before
    assert len(files(kept)) == 1
    assert kept.rows("urn:x:a") == before
    assert len(before) == 200
    ((path,),) = kept.ask("SELECT data_file FROM ducklake_list_files('lake', 'observations')")
    order = duckdb.execute(
        f"SELECT series, time FROM read_parquet('{path}', file_row_number = true) ORDER BY file_row_number"
    )
    found = order.fetchall()
    assert found == sorted(found)


def test_a_few_files_of_this_month_wait_and_are_merged_when_it_is_over(kept: Kept) -> None:
    many_small_files(kept, 2)
    assert len(files(kept)) > 1

    merging.merge(kept.history.storage, NOW)
    assert len(files(kept)) > 1

    merging.merge(kept.history.storage, datetime(2026, 12, 2, tzinfo=UTC))
    assert len(files(kept)) == 1


def test_who_reads_while_rows_are_filed_and_files_merged_misses_none_that_were_there(kept: Kept) -> None:
    storage = kept.history.storage
    filed, ended, missed = [0], threading.Event(), []

    def read() -> None:
        while not ended.is_set():
            least = filed[0]
            with storage.lake() as lake:
                found = catalog.count(lake, "SELECT count(*) FROM observations")
            if found < least:
                missed.append((least, found))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for one in readers:
        one.start()
    try:
        for batch in range(40):
            kept.file("urn:x:a", "Gauge", [us(2026, 11, 1) + batch * HOUR], [1.0])
            filed[0] += 1
            merging.merge(storage, NOW)
    finally:
        ended.set()
        for one in readers:
            one.join()
    assert not missed
    assert [len(files(kept)) < merging.FEW, filed[0]] == [True, 40]


def test_the_lake_is_read_as_it_was_after_merging_and_until_the_snapshot_is_forgotten(kept: Kept) -> None:
    many_small_files(kept, 5)
    then = kept.history.snapshot()
    number = kept.history.series_of("", entities=["urn:x:a"])[0].number
    as_it_was = kept.history.rows([number], ALWAYS, snapshot=then)
    many_small_files(kept, 10)

    merging.merge(kept.history.storage, NOW)
    assert kept.history.rows([number], ALWAYS, snapshot=then) == as_it_was
    assert snapshots.expire(kept.history.storage, 7) == 0
    assert kept.history.rows([number], ALWAYS, snapshot=then) == as_it_was

    assert snapshots.expire(kept.history.storage, 0, datetime(2100, 1, 1, tzinfo=UTC)) > 0
    folder = kept.history.storage.folder / "lake" / "data"
    before = len(list(folder.rglob("*.parquet")))
    assert snapshots.clean(kept.history.storage) == 0, "whoever began to read may read on"
    assert snapshots.clean(kept.history.storage, 0, datetime(2100, 1, 1, tzinfo=UTC)) > 0
    assert len(list(folder.rglob("*.parquet"))) < before
    assert len(kept.rows("urn:x:a")) == 200
