"""The daily figures of all history by DuckDB and by distributed engines, over the same Parquet files of a lake.

    .venv/bin/python -m benchmarks.nightly [--rows 12000000] [--daft PYTHON] [--spark PYTHON]

PYTHON is that of an environment with daft, ray and numpy, or with pyspark (and a Java). Each engine is a process of its own, from
its start to the written result; its memory is the most that it and all that it starts have together, looked at ten times a second.
The figures are compared with DuckDB's. Writes benchmarks/results/nightly.json.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from yuzhang.brain.history.nightly import FIGURES, NAMES, SCRIPT, files
from yuzhang.brain.history.store import lake as tables
from yuzhang.core.storage import Storage

RESULT = Path(__file__).parent / "results" / "nightly.json"
SPARK = Path(__file__).with_name("nightly_spark.py")
SERIES, MONTHS = 2_000, 12
MONTH = """INSERT INTO observations SELECT 0, (i % {series})::INTEGER, TIMESTAMP '2025-01-01' + to_months({month})
    + to_seconds((i // {series}) * {step_s}), round(20 + 10 * sin(i / 5000.0) + random(), 2), NULL, TIMESTAMP '2026-01-01', NULL,
    false, true FROM range({rows}) t(i) ORDER BY ALL"""
COLUMNS = "entity, day, count, low, high, round(mean, 9)"


def fill(storage: Storage, rows: int) -> tuple[list[tuple[str, str | None]], int]:
    """A lake with `rows` observations, of which some are deleted again; its files, and its snapshot."""
    a_month = rows // MONTHS
    step_s = 28 * 86_400 * SERIES // a_month
    with storage.lake() as lake:
        tables.make(lake)
        lake.execute(
            f"INSERT INTO history_series SELECT i, '', 'urn:x:' || i, 'S', 'level', '', 0 FROM range({SERIES}) t(i)"  # noqa: S608
        )
        for month in range(MONTHS):
            lake.execute(MONTH.format(series=SERIES, month=month, step_s=step_s, rows=a_month))
        lake.execute("DELETE FROM observations WHERE series = 7 AND month(time) = 3")
        lake.execute("DELETE FROM observations WHERE series < 100 AND month(time) = 5 AND day(time) = 2")
        found = lake.execute("SELECT id FROM lake.current_snapshot()").fetchone()
        assert found is not None
        return files(lake, found[0]), found[0]


def measured(command: list[str]) -> dict[str, Any]:
    """Seconds and the most memory of a process and whatever it starts, in MiB."""
    began, most = time.monotonic(), 0
    mark = f"YUZHANG_MEASURED={time.time_ns()}"
    environment = {**os.environ, **dict([mark.split("=")])}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
    while process.poll() is None:
        most = max(most, memory_of(mark.encode()))
        time.sleep(0.1)
    seconds = time.monotonic() - began
    assert process.stderr is not None
    said = process.stderr.read()
    assert process.returncode == 0, said[-2000:]
    return {"seconds": round(seconds, 1), "memory_mib": most // 1024}


def memory_of(mark: bytes) -> int:
    """The memory in KiB of all processes that have `mark` in their environment; what they share counted once (PSS)."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes():
                total += int((folder / "smaps_rollup").read_text().split("Pss:", 1)[1].split()[0])
        except (OSError, IndexError):
            continue
    return total


def differing(ours: Path, theirs: Path) -> int:
    """Rows that are in one result and not in the other one."""
    one, other = (f"SELECT {COLUMNS} FROM '{folder}/**/*.parquet'" for folder in (ours, theirs))  # noqa: S608
    sql = f"SELECT count(*) FROM (({one} EXCEPT ALL {other}) UNION ALL ({other} EXCEPT ALL {one}))"  # noqa: S608
    return int(duckdb.sql(sql).fetchall()[0][0])


def by_duckdb(folder: Path, out: Path, snapshot: int) -> list[str]:
    """The command of a process that computes them with DuckDB."""
    out.mkdir()
    sql = FIGURES.format(ahead_min=480, observations=tables.source(snapshot))
    code = (
        "import sys; from pathlib import Path; from yuzhang.core.storage import Storage\n"
        f"with Storage(Path({str(folder)!r})).lake() as lake: lake.execute(sys.argv[1])"
    )
    return [sys.executable, "-c", code, f"COPY ({sql}) TO '{out}/daily.parquet' (COMPRESSION zstd)"]


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=12_000_000)
    parser.add_argument("--daft", default="")
    parser.add_argument("--spark", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        storage = Storage(folder / "data")
        there, snapshot = fill(storage, asked.rows)
        names = folder / "names.parquet"
        with storage.lake() as lake:
            lake.execute(f"COPY ({NAMES}) TO '{names}'")
        storage.close()
        commands = {"duckdb": by_duckdb(folder / "data", folder / "duckdb", snapshot)}
        for engine, command in (
            ("daft", [asked.daft, str(SCRIPT)]),
            ("daft on ray", [asked.daft, str(SCRIPT)]),
            ("spark", [asked.spark, str(SPARK)]),
        ):
            if command[0]:
                job = folder / f"{engine}.json"
                about = {"files": there, "names": str(names), "ahead_min": 480, "out": str(folder / engine)}
                job.write_text(json.dumps(about))
                commands[engine] = [*command, str(job), *(["local"] if engine == "daft on ray" else [])]
        engines = {}
        for engine, command in commands.items():
            engines[engine] = measured(command) | {"differing": differing(folder / "duckdb", folder / engine)}
            print(f"{engine:12} {engines[engine]}")
        size = sum(one.stat().st_size for one in (folder / "data" / "lake").rglob("*.parquet"))
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "rows": asked.rows,
        "files": len(there),
        "files_with_deletes": sum(1 for _, deletes in there if deletes),
        "bytes": size,
        "engines": engines,
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
