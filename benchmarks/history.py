"""History: how fast rows come in and are durable, and how fast questions are answered, as it grows; beside a bare DuckDB and PostgreSQL.

    PYTHONPATH=tests .venv/bin/python -m benchmarks.history [--rows 1000000 10000000 100000000] [--no-ways-in]

All on one machine in one run, one store after the other. 1,000,000,000 rows: on request, with some hours and 100 GB of disk. Writes
benchmarks/results/history.json after every step.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from benchmarks.crash import Server
from benchmarks.history_rows import City
from benchmarks.history_stores import Bare, BareAsSent, Postgres, Store, Taking, Yuzhang, expected
from benchmarks.mqtt import whole_way, worked

RESULT = Path(__file__).parent / "results" / "history.json"
PER_METER = City(1).rows
"""Rows for each meter that reports often, with those of the ten beside it that report seldom."""
TIMES = 7
SECONDS = 8.0
BATCHES = (1_000, 10_000, 100_000)
NGSI_ENTITIES = 100


def filled(store: Store, city: City) -> float:
    """Rows a second that a store takes and has durable, the making of the rows left out."""
    taken = 0.0
    for part in city.parts():
        what = store.made(part)
        begun = time.perf_counter()
        store.put(what)
        taken += time.perf_counter() - begun
    return city.rows / taken


def asked(store: Store, city: City) -> dict[str, dict[str, float]]:
    """Milliseconds of each question: the first time, and the median of TIMES more."""
    counts = {"last value of all": city.meters} | expected()
    found = {}
    for name, question in store.questions().items():
        times = []
        for _ in range(TIMES + 1):
            begun = time.perf_counter()
            count = question()
            times.append((time.perf_counter() - begun) * 1000)
            assert count == counts[name], f"{name}: {count} instead of {counts[name]}"
        found[name] = {"first_ms": round(times[0], 1), "median_ms": round(statistics.median(times[1:]), 1)}
    return found


def kept(rows: int) -> dict[str, Any]:
    """What one size costs in each store: filling, bytes, questions."""
    city = City(max(1, round(rows / PER_METER)))
    found: dict[str, Any] = {"rows": city.rows, "meters": city.meters}
    stores: dict[str, Callable[[Path], Store]] = {
        "yuzhang": lambda folder: Yuzhang(folder, city),
        "duckdb": Bare,
        "postgresql": lambda _: Postgres(keyed=False),
    }
    for name, make in stores.items():
        with tempfile.TemporaryDirectory(prefix="history") as folder, closing(make(Path(folder))) as store:
            begun = time.perf_counter()
            one: dict[str, Any] = {"taken_rows_per_s": round(filled(store, city))}
            if isinstance(store, Yuzhang):
                store.filed()
                one["filed_rows_per_s"] = round(city.rows / (time.perf_counter() - begun))
                one["filed_rows_per_core_s"] = round(city.rows / store.worked())
                one["memory_filling_mib"] = store.memory_mib()
            store.settle()
            one["bytes_per_row"] = round(store.size() / city.rows, 2)
            one["questions"] = asked(store, city)
            if isinstance(store, Yuzhang):
                one["memory_mib"] = store.memory_mib()
                one["folder_bytes_per_row"] = round(store.folder_size() / city.rows, 2)
            found[name] = one
            print(rows, name, json.dumps(one), flush=True)
    return found


def batches(size: int) -> Iterator[Any]:
    """Parts of `size` rows, for ever as far as SECONDS go."""
    for part in City(1_000).parts():
        for first in range(0, len(part) - size + 1, size):
            yield part.slice(first, size)


def put_for_a_while(store: Taking, size: int) -> tuple[int, float]:
    """How many rows of batches of `size` are durable, and in how many seconds."""
    rows, taken = 0, 0.0
    for part in batches(size):
        what = store.made(part)
        begun = time.perf_counter()
        store.put(what)
        taken += time.perf_counter() - begun
        rows += size
        if taken > SECONDS:
            break
    return rows, taken


def columns_in() -> dict[str, Any]:
    """Batches one after the other from one sender: a bare DuckDB (the limit), PostgreSQL, Yuzhang over HTTP."""
    found: dict[str, Any] = {}
    city = City(1_000)
    for size in BATCHES:
        one: dict[str, float] = {}
        with tempfile.TemporaryDirectory() as folder, closing(BareAsSent(Path(folder), city)) as bare:
            rows, taken = put_for_a_while(bare, size)
            one["duckdb_rows_per_s"] = round(rows / taken)
        with closing(Postgres(keyed=True)) as postgres:
            rows, taken = put_for_a_while(postgres, size)
            one["postgresql_rows_per_s"] = round(rows / taken)
        with tempfile.TemporaryDirectory() as folder, closing(Yuzhang(Path(folder), city)) as ours:
            ours.put(ours.made(next(city.parts())))  # its meters are known, as they are after the first minute
            ours.filed()
            before, begun = ours.worked(), time.perf_counter()
            rows, taken = put_for_a_while(ours, size)
            one["yuzhang_rows_per_s"] = round(rows / taken)
            ours.filed()
            one["yuzhang_filed_rows_per_s"] = round(rows / (time.perf_counter() - begun))
            one["yuzhang_rows_per_core_s"] = round(rows / (ours.worked() - before))
        one["times_duckdb"] = round(one["duckdb_rows_per_s"] / one["yuzhang_rows_per_s"], 2)
        found[f"{size:,} rows a batch"] = one
        print(size, one, flush=True)
    return found


def ngsi_in() -> dict[str, float]:
    """NGSI-LD batches of NGSI_ENTITIES entities with one value each, from two senders."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder) / "data", mqtt=False) as server:
        server.ready()
        counts, before, until = [0, 0], worked(server.process), time.monotonic() + SECONDS

        def send(sender: int) -> None:
            with httpx.Client(base_url=server.address, timeout=60) as client:
                while time.monotonic() < until:
                    level = {"type": "Property", "value": counts[sender], "observedAt": _second(counts[sender])}
                    body = [
                        {"id": f"urn:ngsi-ld:Meter:{sender}-{one}", "type": "Meter", "level": level}
                        for one in range(NGSI_ENTITIES)
                    ]
                    answer = client.post("/ngsi-ld/v1/entityOperations/upsert?options=update", json=body)
                    assert answer.status_code in (201, 204), answer.text
                    counts[sender] += 1

        threads = [threading.Thread(target=send, args=(one,)) for one in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rows = sum(counts) * NGSI_ENTITIES
        return {
            "rows_per_s": round(rows / SECONDS),
            "rows_per_core_s": round(rows / (worked(server.process) - before)),
        }


def _second(count: int) -> str:
    return f"2026-03-{1 + count // 86_400:02}T{count // 3600 % 24:02}:{count // 60 % 60:02}:{count % 60:02}Z"


def mqtt_in() -> dict[str, float]:
    """Devices that send one value a message, and 1,000 values a message."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(whole_way(Path(folder)))


def main() -> None:
    """Measure, print and store."""
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--rows", type=int, nargs="*", default=[1_000_000, 10_000_000, 100_000_000])
    asking.add_argument("--no-ways-in", action="store_true")
    options = asking.parse_args()
    result: dict[str, Any] = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    result |= {
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "python": platform.python_version(),
    }

    def keep(name: str, what: Any) -> None:
        result[name] = what
        RESULT.write_text(json.dumps(result, indent=2) + "\n")

    if not options.no_ways_in:
        keep("columns", columns_in())
        keep("ngsi-ld", ngsi_in())
        keep("mqtt", mqtt_in())
    for rows in options.rows:
        keep(f"{rows // 1_000_000}M", kept(rows))


if __name__ == "__main__":
    main()
