"""A lake of an older layout is brought to the present one, also by somebody who is stopped again and again."""

import shutil
import subprocess
import sys
from typing import NamedTuple

import pytest
from anyio.from_thread import start_blocking_portal

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.history import migrating
from yuzhang.brain.history.errors import NoRoom, OlderLake
from yuzhang.brain.history.keeping.catalog import data_files
from yuzhang.brain.history.keeping.errors import TidyingElsewhere
from yuzhang.brain.history.room import History
from yuzhang.brain.history.store import lake as tables
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage

MONTHS = 12
ROWS = "SELECT series, epoch_us(time), value, deleted FROM {table} ORDER BY ALL"
SLOWLY = """
import sys
from pathlib import Path
from yuzhang.brain.history import migrating
from yuzhang.core.storage import Storage
migrating.bring_over(Storage(Path(sys.argv[1])), lambda step: (print(step.en, flush=True), sys.stdin.readline()))
"""


class Usage(NamedTuple):
    """What a disk says of its room."""

    total: int
    used: int
    free: int


@pytest.fixture
def older(storage: Storage) -> Storage:
    """A storage whose lake has the rows of a year in layout 0: no partitions, no order, fewer columns."""
    with storage.lake() as lake:
        tables.make(lake)
        for name in ("observations", "history_layout"):
            lake.execute(f"DROP TABLE {name}")
        lake.execute(
            "CREATE TABLE observations (policy INTEGER, series INTEGER, time TIMESTAMP, value DOUBLE, deleted BOOLEAN)"
        )
        lake.execute(
            "INSERT INTO observations SELECT 0, s, TIMESTAMP '2025-01-15' + to_months(m::INTEGER) + to_hours(h), s * h, false "
            f"FROM range({MONTHS}) a(m), range(24) b(h), range(1, 11) c(s)"
        )
    return storage


def rows(storage: Storage, table: str = "observations") -> list[tuple[object, ...]]:
    """All that a table holds."""
    with storage.lake() as lake:
        return lake.execute(ROWS.format(table=table)).fetchall()


def test_a_migration_that_is_killed_goes_on_where_it_was_and_no_row_is_lost_or_doubled(older: Storage) -> None:
    before = rows(older)
    older.close()
    for killed in range(3):
        command = [sys.executable, "-c", SLOWLY, str(older.folder)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdin is not None
            assert running.stdout is not None
            for _ in range(2):
                assert "is moved" in running.stdout.readline()
                running.stdin.write("\n")
                running.stdin.flush()
            running.kill()
        with older.lake() as lake:
            assert migrating.layout(lake) == 0
            left = lake.execute(f"SELECT count(*) FROM {migrating.OLDER}").fetchone()
        assert left is not None
        assert left[0] <= len(before) - (killed + 1) * 2 * 240
        assert sorted(rows(older) + rows(older, migrating.OLDER), key=str) == sorted(before, key=str)

    migrating.bring_over(older)

    assert rows(older) == before
    with older.lake() as lake:
        assert migrating.layout(lake) == tables.LAYOUT
        assert len({one.partition for one in data_files(lake, "observations")}) == MONTHS
    assert migrating.bring_over(older) == 0


def test_without_room_nothing_is_begun_and_the_answer_says_how_much_is_needed(
    older: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(older)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 99, 1))
    with pytest.raises(NoRoom, match="It needs 64 MiB and there are 0 MiB"):
        migrating.bring_over(older)
    with older.lake() as lake:
        assert migrating.layout(lake) == 0
    assert rows(older) == before


def test_a_start_brings_a_small_lake_over_and_asks_for_it_where_it_is_large(
    older: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(older)
    broker = Broker(older)
    history = History(broker, older)
    assert migrating.left(history, OPERATOR) == migrating.Left(0, len(before))
    with monkeypatch.context() as patched:
        patched.setattr(migrating, "SMALL", 0)
        with pytest.raises(OlderLake):
            migrating.at_start(history)
    other = broker.lead("history")
    assert other.take()
    with pytest.raises(TidyingElsewhere):
        migrating.migrate(history, OPERATOR)
    other.release()

    with start_blocking_portal() as portal:
        portal.call(broker.start)
        portal.call(history.start)
        portal.call(history.stop)
        portal.call(broker.stop)

    assert rows(older) == before
    assert migrating.left(history, OPERATOR) == migrating.Left(tables.LAYOUT, 0)
