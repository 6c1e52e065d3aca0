"""How fast a bus takes records, and how fast it gives them back: NATS JetStream that syncs each message, and that does not.

    .venv/bin/python -m benchmarks.bus

Starts its own server, on a free port, once for each way of syncing. Writes benchmarks/results/bus.json.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from yuzhang.foundation.log.bus import Bus, Message
from yuzhang.foundation.log.framing import framed
from yuzhang.foundation.log.model import Columns, Key, observations
from yuzhang.foundation.log.parts import Reading, parts_of

RESULT = Path(__file__).parent / "results" / "bus.json"
PORT = 18722
SECONDS = 4.0
SENDERS = 16
ROWS = {"one row": 1, "1,000 rows": 1_000, "10,000 rows": 10_000}
MOST = 16 * 2**30


def serve(folder: Path, sync: str) -> subprocess.Popen[bytes]:
    """A server that syncs `always` or every so often."""
    (folder / "nats.conf").write_text(
        f'listen: "127.0.0.1:{PORT}"\nmax_payload: 8MB\njetstream {{ store_dir: "{folder}/js", sync_interval: {sync} }}\n'
    )
    command = [str(Path(sys.executable).parent / "nats-server"), "-c", str(folder / "nats.conf")]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def put(bus: Bus, rows: int, senders: int) -> float:
    """Records a second that `senders` threads have acknowledged."""
    keys = [Key(f"urn:x:{one}", "level") for one in range(min(rows, 100))]
    columns = Columns(
        np.arange(rows, dtype=np.int32) % len(keys),
        np.arange(rows, dtype=np.int64),
        np.random.default_rng(1).random(rows),
    )
    payload, checksum = framed(observations("", 1, keys, columns))
    counts = [0] * senders
    until = time.monotonic() + SECONDS

    def send(sender: int) -> None:
        while time.monotonic() < until:
            name = f"{rows}-{senders}-{sender}-{counts[sender]}"
            bus.ask(bus.put(parts_of(name, payload, checksum, 8_000_000)))
            counts[sender] += 1

    threads = [threading.Thread(target=send, args=(one,)) for one in range(senders)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return sum(counts) / SECONDS


def relayed(bus: Bus) -> float:
    """Small records a second in batches of 500 that are kept whole or not at all, as the relay puts them."""
    count, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        bus.ask(bus.put([Message(f"relay-{count + one}", b"x" * 300, {}) for one in range(500)]))
        count += 500
    return count / SECONDS


def read(bus: Bus) -> float:
    """MiB a second of records read and checked."""
    reading, size, began = Reading(0), 0, time.monotonic()
    while (some := bus.ask(bus.get(reading.place, 16 * 2**20))) and time.monotonic() - began < SECONDS:
        for message in some:
            size += len(message.payload)
            reading.take(message)
        reading.entries.clear()
    return size / 2**20 / (time.monotonic() - began)


def main() -> None:
    """Measure, print and store."""
    ways: dict[str, Any] = {}
    for sync in ("always", "2m"):
        with tempfile.TemporaryDirectory() as name:
            server = serve(Path(name), sync)
            bus = Bus(f"nats://127.0.0.1:{PORT}", MOST)
            bus.ask(bus.open(1))
            found: dict[str, float] = {}
            for what, rows in ROWS.items():
                for senders in (1, SENDERS):
                    found[f"{what}, {senders} senders"] = round(put(bus, rows, senders))
            found["read, MiB/s"] = round(read(bus))
            found["relayed"] = round(relayed(bus))
            bus.close()
            server.terminate()
            server.wait()
            ways[sync] = found
            print(sync, found)
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    result = {"date": time.strftime("%Y-%m-%d"), "machine": machine, "records_per_second": ways}
    RESULT.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
