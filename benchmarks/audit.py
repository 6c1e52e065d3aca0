"""What a record of the audit costs: durable notes, counted reads, verification; beside bare commits on the same disk.

    .venv/bin/python -m benchmarks.audit

Writes benchmarks/results/audit.json. The disk is that of the working directory; notes wait for it, so its figures are part of the result.
"""

import json
import platform
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from yuzhang.core.access import Party, Policy
from yuzhang.core.secrets import Secrets
from yuzhang.core.storage import Storage
from yuzhang.entrance.audit.chain import checking
from yuzhang.entrance.audit.model import Note
from yuzhang.entrance.audit.room import Auditor
from yuzhang.entrance.audit.store.writing import AuditFile

RESULT = Path(__file__).parent / "results" / "audit.json"
SECONDS = 4.0
THREADS = (1, 10, 100)
SIZES = (10_000, 100_000, 1_000_000)
PARTY = Party(
    "u-17", frozenset({"planner", "reader"}), kind="official", purpose="review", session="s1", peer="10.0.0.9"
)
CHANGES = Policy("plan.registry.actions.undo", "planner", reads=False)
READS = Policy("brain.context.actions.entity", "reader")
SECRETS = Secrets(b"b" * 32)


def together(threads: int, work: Callable[[int], None]) -> float:
    """How often a second `threads` at once have `work` done."""
    until, counts = time.monotonic() + SECONDS, [0] * threads

    def run(thread: int) -> None:
        while time.monotonic() < until:
            work(thread)
            counts[thread] += 1

    all_of_them = [threading.Thread(target=run, args=(one,)) for one in range(threads)]
    began = time.monotonic()
    for one in all_of_them:
        one.start()
    for one in all_of_them:
        one.join()
    return sum(counts) / (time.monotonic() - began)


def durable(folder: Path, threads: int, secrets: Secrets = SECRETS) -> float:
    """Records a second that are on the disk."""
    auditor = Auditor(folder, secrets)
    auditor.start()

    def work(_: int) -> None:
        kept = auditor.note(PARTY, CHANGES, "begun", "plan=nc")
        assert kept is not None
        kept.result()

    found = together(threads, work)
    auditor.stop()
    assert checking.verify(auditor.path, secrets).whole
    return found


def bare(folder: Path, threads: int) -> float:
    """Commits a second of one small row by SQLite alone, the same settings: one after the other, whoever waits."""
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE record (number INTEGER PRIMARY KEY, said TEXT)")
        lock = threading.Lock()

        def work(_: int) -> None:
            with lock:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO record (said) VALUES (?)", ("x" * 200,))
                connection.execute("COMMIT")

        return together(threads, work)


def lake(folder: Path) -> float:
    """Commits a second of one row to DuckLake, as the store of history has it."""
    storage = Storage(folder / "lake")
    with storage.lake_alone() as cursor:
        cursor.execute("CREATE TABLE audit_trial (number BIGINT, said VARCHAR)")

        def work(_: int) -> None:
            cursor.execute("INSERT INTO audit_trial VALUES (1, ?)", ["x" * 200])

        found = together(1, work)
    storage.close()
    return found


def beside_writer(folder: Path) -> dict[str, float]:
    """Milliseconds that a note waits at most while a writer of state.db holds its transactions for 50 ms: own file, and in state.db."""
    storage = Storage(folder / "state")
    ending = threading.Event()

    def write() -> None:
        while not ending.is_set():
            with storage.writing() as connection:
                connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS trial (x TEXT)")
                connection.exec_driver_sql("INSERT INTO trial VALUES ('x')")
                time.sleep(0.05)
            time.sleep(0.005)

    thread = threading.Thread(target=write)
    thread.start()
    auditor = Auditor(folder / "own", SECRETS)
    auditor.start()
    own, inside = [], []
    for _ in range(60):
        began = time.perf_counter()
        kept = auditor.note(PARTY, CHANGES, "begun", "plan=nc")
        assert kept is not None
        kept.result()
        own.append(time.perf_counter() - began)
        began = time.perf_counter()
        with storage.writing() as connection:
            connection.exec_driver_sql("INSERT INTO trial VALUES ('y')")
        inside.append(time.perf_counter() - began)
    ending.set()
    thread.join()
    auditor.stop()
    storage.close()
    return {name: round(sorted(times)[30] * 1000, 2) for name, times in (("own file", own), ("state.db", inside))}


def counted(folder: Path) -> float:
    """Microseconds of one counted read."""
    auditor = Auditor(folder, SECRETS)
    auditor.start()
    began, count = time.perf_counter(), 300_000
    for _ in range(count):
        auditor.note(PARTY, READS, "read", "entity=x")
    found = (time.perf_counter() - began) / count * 1e6
    auditor.stop()
    return found


def verified(folder: Path, size: int) -> dict[str, float]:
    """How many records a second are appended in groups of 1,000, and verified; bytes a record; milliseconds of a search by words."""
    file = AuditFile(folder, SECRETS)
    began = time.perf_counter()
    for start in range(0, size, 1_000):
        file.append([note(number) for number in range(start, start + 1_000)])
        file.sign(0)
    wrote = time.perf_counter() - began
    file.close()
    began = time.perf_counter()
    found = checking.verify(file.path, SECRETS)
    took = time.perf_counter() - began
    assert found.whole
    assert found.records == size
    return {
        "appended per s": round(size / wrote),
        "verified per s": round(size / took),
        "verify s": round(took, 2),
        "bytes per record": round(file.path.stat().st_size / size),
    }


def note(number: int) -> Note:
    """One of many."""
    return Note(
        1_700_000_000_000_000 + number * 1_000, f"u-{number % 500}", "official", "planner reader", "", "s1",
        "plan.registry.actions.undo", "begun", f"plan=nc-{number % 50}", "review", "10.0.0.9",
    )  # fmt: skip


def main() -> None:
    """Measure, print and keep."""
    result: dict[str, Any] = {
        "machine": platform.processor() or platform.machine(),
        "python": platform.python_version(),
    }
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        base = Path(name)

        def folder() -> Path:
            return Path(tempfile.mkdtemp(dir=base))

        result["durable notes per s"] = {str(one): round(durable(folder(), one)) for one in THREADS}
        result["durable notes per s, SM3 and SM2"] = {"10": round(durable(folder(), 10, Secrets(b"b" * 32, "sm")))}
        result["bare SQLite commits per s"] = {str(one): round(bare(folder(), one)) for one in THREADS}
        result["DuckLake commits per s"] = round(lake(folder()))
        result["median ms of a note beside a writer of state.db"] = beside_writer(folder())
        result["counted read us"] = round(counted(folder()), 2)
        result["sizes"] = {str(size): verified(folder(), size) for size in SIZES}
    text = json.dumps(result, indent=2)
    print(text)
    RESULT.write_text(text + "\n")


if __name__ == "__main__":
    main()
