"""What was acknowledged is on the disk; what cannot be kept is refused; what is only counted costs one record a minute."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from entrance.audit.records import CHANGES, OFFICIAL, PERSONAL, READS, SECRETS, STRANGER, auditor, checked, rows
from yuzhang.core.errors import TryAgain
from yuzhang.core.storage import DiskFull
from yuzhang.entrance.audit import counting
from yuzhang.entrance.audit.room import Auditor
from yuzhang.entrance.audit.store import writing

HERE = Path(__file__).parents[2]


def test_no_file_is_made_before_the_first_record(tmp_path: Path) -> None:
    made = auditor(tmp_path / "data")
    made.start()
    made.stop()
    assert not (tmp_path / "data").exists()


def test_record_says_who_what_why_when_from_where_and_how_it_ended(tmp_path: Path) -> None:
    made = auditor(tmp_path)
    kept = made.note(replace(OFFICIAL, acting_for="e-1"), CHANGES, "begun", "plan=nc")
    assert kept is not None
    kept.result()
    made.stop()
    with closing(sqlite3.connect(tmp_path / "audit.db")) as connection:
        row = connection.execute(
            "SELECT party, kind, roles, acting_for, session, action, outcome, subject, purpose, peer, count FROM record"
        ).fetchone()
    assert row == (
        "u-17", "official", "planner reader", "e-1", "s1", "plan.registry.actions.undo", "begun", "plan=nc", "年度评估",
        "10.0.0.9", 1,
    )  # fmt: skip
    assert checked(tmp_path).unsigned == 0


@pytest.mark.parametrize("policy", [CHANGES, PERSONAL])
def test_changes_and_personal_reads_from_many_threads_are_each_a_record(tmp_path: Path, policy: object) -> None:
    made = auditor(tmp_path)
    made.start()

    def many(_: int) -> None:
        for number in range(25):
            kept = made.note(OFFICIAL, policy, "read" if policy is PERSONAL else "begun", f"plan={number}")  # type: ignore[arg-type]
            assert kept is not None
            kept.result(30)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(many, range(8)))
    made.stop()
    assert len(rows(tmp_path)) == 200
    assert checked(tmp_path).whole


def test_event_loop_waits_for_a_record_without_standing_still(tmp_path: Path) -> None:
    made = auditor(tmp_path)
    made.start()

    async def run() -> None:
        futures = [made.note(OFFICIAL, CHANGES, "begun", f"plan={number}") for number in range(50)]
        await asyncio.gather(*(asyncio.wrap_future(one) for one in futures if one is not None))
        given_up = asyncio.wrap_future(made.note(OFFICIAL, CHANGES, "begun", "plan=51"))  # type: ignore[arg-type]
        given_up.cancel()

    asyncio.run(run())
    made.stop()
    assert len(rows(tmp_path)) == 51


def test_plain_reads_of_a_minute_are_one_record_with_their_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_700_000_000.0]
    monkeypatch.setattr(counting, "time", lambda: now[0])
    made = auditor(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: made.note(OFFICIAL, READS, "read", "entity=x"), range(500)))
    assert not (tmp_path / "audit.db").exists()
    now[0] += 60
    made.note(OFFICIAL, READS, "read", "entity=y")
    assert [row[3:] for row in rows(tmp_path)] == [("read", 501)]
    made.note(OFFICIAL, READS, "read", "entity=y")
    made.stop()
    assert [row[3:] for row in rows(tmp_path)] == [("read", 501), ("read", 1)]


def test_counts_are_bounded_however_many_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST", 10)
    made = auditor(tmp_path)
    for number in range(100):
        made.note(replace(OFFICIAL, id=f"u-{number}"), READS, "read", "")
    made.stop()
    found = rows(tmp_path)
    assert len(found) == 11
    assert sum(row[4] for row in found) == 100


def test_flood_of_strangers_refusals_does_not_fill_the_disk(tmp_path: Path) -> None:
    made = auditor(tmp_path)
    made.start()
    for number in range(1_000):
        made.note(replace(STRANGER, peer=f"2001:db8:1:2::{number % 9:x}"), CHANGES, "refused", "")
    made.stop()
    found = rows(tmp_path)
    assert sum(row[4] for row in found) == 1_000
    assert len(found) <= 2 * (counting.FIRST + 1)  # a minute may end in between


def test_flood_from_many_places_is_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_PEERS", 3)
    monkeypatch.setattr(counting, "time", lambda: 1_700_000_000.0)
    made = auditor(tmp_path)
    made.start()
    for number in range(200):
        made.note(replace(STRANGER, peer=f"10.0.{number}.1"), CHANGES, "refused", "")
    made.stop()
    assert sorted(row[4] for row in rows(tmp_path)) == [1, 1, 1, 197]


def test_refusals_of_known_parties_are_each_a_record(tmp_path: Path) -> None:
    made = auditor(tmp_path)
    for _ in range(20):
        made.note(OFFICIAL, CHANGES, "refused", "")
    made.stop()
    assert len(rows(tmp_path)) == 20


def test_after_stop_everything_is_written_at_once(tmp_path: Path) -> None:
    made = auditor(tmp_path)
    made.start()
    made.stop()
    made.note(OFFICIAL, READS, "read", "")
    kept = made.note(OFFICIAL, CHANGES, "begun", "")
    assert kept is not None
    assert kept.done()
    assert [row[3] for row in rows(tmp_path)] == ["read", "begun"]


def test_locked_file_refuses_the_action_and_works_again_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "BUSY_TIMEOUT_MS", 50)
    made = auditor(tmp_path)
    made.start()
    first = made.note(OFFICIAL, CHANGES, "begun", "plan=1")
    assert first is not None
    first.result()
    with closing(sqlite3.connect(tmp_path / "audit.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        kept = made.note(OFFICIAL, CHANGES, "begun", "plan=2")
        assert kept is not None
        with pytest.raises(TryAgain):
            kept.result()
        other.execute("ROLLBACK")
    again = made.note(OFFICIAL, CHANGES, "begun", "plan=3")
    assert again is not None
    again.result()
    made.stop()
    assert len(rows(tmp_path)) == 2
    assert checked(tmp_path).whole


def test_full_disk_refuses_the_action_and_counts_are_kept_for_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = auditor(tmp_path)
    kept = made.note(OFFICIAL, CHANGES, "begun", "plan=1")
    connection = made.file._connection
    assert kept is not None
    assert connection is not None
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")  # the file may not grow: SQLite says what it says of a disk
    failures = 0
    made.note(OFFICIAL, READS, "read", "")
    for number in range(200):
        future = made.note(OFFICIAL, CHANGES, "begun", f"plan={number}" + "x" * 100)
        assert future is not None
        failures += isinstance(future.exception(), DiskFull)
    assert failures
    connection.execute("PRAGMA max_page_count = 1000000")
    made.stop()
    found = rows(tmp_path)
    assert len(found) == 1 + 200 - failures + 1
    assert checked(tmp_path).whole


def test_too_many_waiting_are_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yuzhang.entrance.audit.room.MOST_WAITING", 5)
    made = auditor(tmp_path)
    made.start()
    with made.lock:  # the thread stands still
        futures = [made.note(OFFICIAL, CHANGES, "begun", str(number)) for number in range(50)]
        refused = [one for one in futures if one is not None and one.done()]
        assert all(isinstance(one.exception(), TryAgain) for one in refused)
        assert len(refused) >= 40
    made.stop()
    assert len(rows(tmp_path)) == 50 - len(refused)


def test_file_that_is_taken_away_is_not_written_to(tmp_path: Path) -> None:
    made = auditor(tmp_path)
    made.note(OFFICIAL, CHANGES, "begun", "plan=1")
    (tmp_path / "audit.db").rename(tmp_path / "away.db")
    kept = made.note(OFFICIAL, CHANGES, "begun", "plan=2")
    assert kept is not None
    assert isinstance(kept.exception(), TryAgain)


def test_time_never_goes_back_though_the_clock_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = auditor(tmp_path)
    for moment in (3_000_000, 1_000_000, 2_000_000, 5_000_000):
        monkeypatch.setattr("time.time_ns", lambda moment=moment: moment * 1_000)
        made.note(OFFICIAL, CHANGES, "begun", "")
    made.file.close()
    with closing(sqlite3.connect(tmp_path / "audit.db")) as connection:
        found = [row[0] for row in connection.execute("SELECT at FROM record ORDER BY number")]
    assert found == [3_000_000, 3_000_000, 3_000_000, 5_000_000]


WRITER = """
import sys
from pathlib import Path
from entrance.audit.records import CHANGES, OFFICIAL, auditor
made = auditor(Path(sys.argv[1]))
made.start()
for number in range(int(sys.argv[2])):
    made.note(OFFICIAL, CHANGES, "begun", f"plan={sys.argv[3]}-{number}").result()
    print(number, flush=True)
made.stop()
"""


def writer(folder: Path, count: int, name: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(count), name], stdout=subprocess.PIPE, text=True, cwd=HERE
    )


def test_process_killed_in_the_middle_loses_no_acknowledged_record(tmp_path: Path) -> None:
    process = writer(tmp_path, 100_000, "a")
    assert process.stdout is not None
    with process, process.stdout as said:
        acknowledged = -1
        for line in said:
            if line.endswith("\n"):
                acknowledged = int(line)
            if acknowledged == 150:
                process.kill()
    assert len(rows(tmp_path)) > acknowledged >= 150
    assert checked(tmp_path).whole
    writer(tmp_path, 3, "b").communicate()
    assert checked(tmp_path).unsigned == 0
    assert checked(tmp_path).whole


def test_two_processes_at_once_append_to_one_chain(tmp_path: Path) -> None:
    both = [writer(tmp_path, 120, name) for name in ("a", "b")]
    for process in both:
        process.communicate()
        assert process.returncode == 0
    assert len(rows(tmp_path)) == 240
    found = checked(tmp_path)
    assert found.whole
    assert found.unsigned == 0


def test_process_that_writes_all_the_time_does_not_keep_others_out(tmp_path: Path) -> None:
    busy, other = auditor(tmp_path), auditor(tmp_path)
    busy.start()
    ending = threading.Event()

    def hammer(_: int) -> None:
        while not ending.is_set():
            kept = busy.note(OFFICIAL, CHANGES, "begun", "plan=1")
            assert kept is not None
            kept.result()

    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(hammer, number) for number in range(8)]
        for number in range(20):
            kept = other.note(OFFICIAL, CHANGES, "begun", f"plan={number}")
            assert kept is not None
            assert kept.exception() is None
        ending.set()
        assert [one.result() for one in running] == [None] * 8
    other.stop()
    busy.stop()
    assert checked(tmp_path).whole


def test_checkpoint_is_signed_after_every_thousand_records(tmp_path: Path) -> None:
    made = auditor(tmp_path)
    made.start()
    futures = [made.note(OFFICIAL, CHANGES, "begun", str(number)) for number in range(3_500)]
    for one in futures:
        assert one is not None
        one.result()
    made.stop()
    assert checked(tmp_path).checkpoints >= 2


def test_audit_sealed_with_another_secret_is_not_continued(tmp_path: Path) -> None:
    first = auditor(tmp_path)
    first.note(OFFICIAL, CHANGES, "begun", "")
    first.stop()
    kept = Auditor(tmp_path, type(SECRETS)(b"y" * 32)).note(OFFICIAL, CHANGES, "begun", "")
    assert kept is not None
    assert kept.exception() is not None
    assert len(rows(tmp_path)) == 1


def test_limit_of_the_file_size_refuses_the_action(tmp_path: Path) -> None:
    """The kernel says no in the middle of a write, as a full disk does."""
    code = WRITER.replace(
        "made = auditor", "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))\nmade = auditor",
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), "5000", "x" * 400],
        capture_output=True,
        text=True,
        cwd=HERE,
        check=False,
    )
    assert "AuditBusy" in done.stderr or "DiskFull" in done.stderr
    acknowledged = int(done.stdout.split()[-1])
    assert len(rows(tmp_path)) >= acknowledged + 1
    assert checked(tmp_path).whole
