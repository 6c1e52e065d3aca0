"""Which catalog of the lake lets several processes of one machine in: a SQLite file, or a DuckDB file.

    .venv/bin/python -m benchmarks.catalogs

For each: one process commits batches of 1,000 rows as fast as it can; then beside it a second one that writes too, taking turns by a
lock on a file as Yuzhang does, or not; and one that reads. Prints commits and reads a second, and what failed and why. Writes
benchmarks/results/catalogs.json.
"""

import argparse
import fcntl
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import duckdb

from yuzhang.core.lake import LOCAL, extension_path

RESULT = Path(__file__).parent / "results" / "catalogs.json"
SECONDS = 6.0
ROWS = 1_000
ATTACH = {
    "sqlite": "ATTACH 'ducklake:sqlite:{folder}/catalog.sqlite' AS lake (DATA_PATH '{folder}/data', META_JOURNAL_MODE 'WAL', "
    "META_BUSY_TIMEOUT 10000)",
    "duckdb": "ATTACH 'ducklake:{folder}/catalog.duckdb' AS lake (DATA_PATH '{folder}/data')",
}


def opened(catalog: str, folder: Path) -> duckdb.DuckDBPyConnection:
    """The lake of a folder, with its table made."""
    con = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    for name in LOCAL:
        con.execute(f"LOAD '{extension_path(name)}'")
    con.execute(ATTACH[catalog].format(folder=folder))
    con.execute("CREATE TABLE IF NOT EXISTS lake.rows (n BIGINT, v DOUBLE)")
    return con


def work(catalog: str, folder: Path, what: str) -> dict[str, Any]:
    """Write, write in turns, or read, for SECONDS; how often it went well, and what was said when it did not."""
    done, failed, said = 0, 0, ""
    try:
        con = opened(catalog, folder)
    except duckdb.Error as error:
        return {"done": 0, "failed": 1, "said": str(error).split("\n")[0][:150]}
    until = time.monotonic() + SECONDS
    with (folder / "turn.lock").open("w") as lock:
        while time.monotonic() < until:
            try:
                with _turn(lock.fileno()) if what == "in turns" else nullcontext():
                    if what == "reading":
                        con.execute("SELECT count(*), sum(v) FROM lake.rows").fetchall()
                    else:
                        con.execute(f"INSERT INTO lake.rows SELECT range, random() FROM range({ROWS})")  # noqa: S608
                done += 1
            except duckdb.Error as error:
                failed, said = failed + 1, str(error).split("\n")[0][:150]
    return {"done": done, "failed": failed, "said": said}


@contextmanager
def _turn(lock: int) -> Iterator[None]:
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)


def together(catalog: str, parts: list[str]) -> list[dict[str, Any]]:
    """Processes that do their parts at once over one lake."""
    with tempfile.TemporaryDirectory(prefix="catalogs") as folder:
        opened(catalog, Path(folder)).close()
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.catalogs", "--part", part, "--catalog", catalog, "--folder", folder],
                stdout=subprocess.PIPE,
                text=True,
            )
            for part in parts
        ]
        found = [json.loads(one.communicate()[0]) for one in started]
    rate = [
        {"part": part, "per_second": round(one["done"] / SECONDS, 1)} | one
        for part, one in zip(parts, found, strict=True)
    ]
    print(catalog, rate, flush=True)
    return rate


def main() -> None:
    """Measure, or (--part) do one process's part."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--part")
    asked.add_argument("--catalog", default="sqlite")
    asked.add_argument("--folder", type=Path)
    options = asked.parse_args()
    if options.part:
        print(json.dumps(work(options.catalog, options.folder, options.part)))
        return
    cases = (["writing"], ["writing", "writing"], ["in turns", "in turns"], ["in turns", "reading"])
    found = {name: [together(name, case) for case in cases] for name in ATTACH}
    machine = {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "duckdb": duckdb.__version__}
    RESULT.write_text(json.dumps(machine | found, indent=1) + "\n")


if __name__ == "__main__":
    main()
