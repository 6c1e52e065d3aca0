"""How fast the city's present answers, beside the bare server as the limit and beside other brokers, all in one run.

    .venv/bin/python -m benchmarks.context [--large] [--peer NAME=URL] [--only CASE] [--size N] [--seconds S] [--rounds R]

Servers run on the machine's first core, wrk on the second one; a broker and the bare server are asked in turn, round by round, and
the median round counts. `--large` adds a store of 1,000,000 entities. A peer is an NGSI-LD broker that runs already, given by the
address before /ngsi-ld/v1; pin it with `taskset -c 0`, and start it empty: what it holds of the measured type is taken away.
Writes benchmarks/results/context.json, unless only a part was measured.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.load import CASES, TYPE, VALUE, Case, bare_script, entity, script

RESULT = Path(__file__).parent / "results" / "context.json"
ROOT = Path(__file__).parent.parent
API = "/ngsi-ld/v1"
SIZES = (1_000, 100_000)
LARGE = 1_000_000
AT_ONCE = 1_000
SERVER_CORE, CLIENT_CORE = "0", "1"
BARE, OWN = "bare server", "yuzhang"


@dataclass(slots=True)
class Server:
    """One that is measured. `process` is None for a peer."""

    name: str
    address: str
    process: "subprocess.Popen[bytes] | None" = None

    def memory_mb(self) -> float | None:
        """The memory that it holds now; None for a peer. Source: VmRSS of proc(5)."""
        if self.process is None:
            return None
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def stop(self) -> None:
        """End it, if it was started here."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait()


def started(name: str, command: list[str], port: int, look: str) -> Server:
    """A server on its core, once it answers `look`."""
    process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *command], stdout=subprocess.DEVNULL, cwd=ROOT)
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            httpx.get(address + look)
            return Server(name, address, process)
        except httpx.HTTPError:
            time.sleep(0.1)
    sys.exit(f"{name} did not start.")


def own(folder: Path, port: int) -> Server:
    """Yuzhang over an empty data folder, with one attribute declared."""
    command = [
        str(Path(sys.executable).parent / "yuzhang"),
        "serve",
        "--trust",
        "machine",
        "--data",
        str(folder),
        "--port",
        str(port),
    ]
    command.append("--no-mqtt")
    declare = [sys.executable, "-m", "benchmarks.declare", str(folder), VALUE]
    subprocess.run(declare, check=True, cwd=ROOT)
    return started(OWN, command, port, "/health")


def fill(server: Server, size: int) -> float:
    """Load `size` entities in batches; entities a second, as one client sees it."""
    start = time.perf_counter()
    with httpx.Client(base_url=server.address + API, timeout=120) as client:
        for first in range(0, size, AT_ONCE):
            some = [entity(number) for number in range(first, min(first + AT_ONCE, size))]
            answer = client.post("/entityOperations/upsert", json=some)
            assert answer.status_code in {201, 204}, answer.text
    return size / (time.perf_counter() - start)


def probe(server: Server, size: int) -> dict[str, int]:
    """Bytes of an answer to each case that reads; the content is looked at, so that nothing wrong is measured."""
    with httpx.Client(base_url=server.address + API, timeout=120) as client:
        one = client.get(f"/entities/{entity(size // 2)['id']}")
        page = client.get("/entities", params={"type": TYPE, "limit": 20})
        some = client.get("/entities", params={"type": TYPE, "q": f"{VALUE}=={size // 10}"})
    assert one.json()["location"] == entity(size // 2)["location"], one.text
    assert len(page.json()) == 20, page.text
    assert {found[VALUE]["value"] for found in some.json()} == {size // 10}, some.text
    return {"get": len(one.content), "query": len(page.content), "value": len(some.content)}


def measure(server: Server, case: Case, text: str, seconds: float) -> dict[str, float]:
    """One round of one case: requests a second, p50 and p99 in ms, and how many were refused."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "case.lua"
        file.write_text(text, "utf-8")
        command = [
            "taskset",
            "-c",
            CLIENT_CORE,
            "wrk",
            "-t1",
            f"-c{case.connections}",
            f"-d{seconds:g}s",
            "--timeout",
            "30s",
        ]
        done = subprocess.run([*command, "-s", str(file), server.address], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert not found["refused"], f"{server.name}, {case.title}: {found['refused']} of {found['requests']} refused"
    return {
        "requests_s": found["requests"] / found["microseconds"] * 1e6,
        "p50_ms": found["p50"] / 1000,
        "p99_ms": found["p99"] / 1000,
        "broken": found["broken"],
    }


def rounds(
    servers: list[Server], case: Case, size: int, answers: dict[str, int], options: argparse.Namespace
) -> list[dict[str, Any]]:
    """All servers in turn, `options.rounds` times; the median round of each."""
    found: dict[str, list[dict[str, float]]] = {server.name: [] for server in servers}
    for number in range(options.rounds):
        for server in servers:
            text = (
                bare_script(case, size, answers.get(case.name, 0))
                if server.name == BARE
                else script(case, size, API, f"{size}-{number}-{os.getpid()}")
            )
            found[server.name].append(measure(server, case, text, options.seconds))
    rows = []
    for name, some in found.items():
        middle = {key: statistics.median(one[key] for one in some) for key in some[0]}
        row: dict[str, Any] = {"server": name, "case": case.name, "entities": size, **middle}
        row["answer_bytes"] = answers.get(case.name, 0)
        if case.work:
            row["entities_s"] = row["requests_s"] * case.work
        row["of_bare"] = row["requests_s"] / statistics.median(one["requests_s"] for one in found[BARE])
        rows.append(row)
    return rows


def stage(size: int, bare: Server, peer: Server | None, options: argparse.Namespace) -> dict[str, Any]:
    """All cases at one size of the store of a peer, or of Yuzhang if there is none."""
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        server = peer or own(Path(folder) / "data", options.port + 1)
        try:
            load = {"server": server.name, "entities": size, "entities_s": fill(server, size)}
            answers = probe(server, size)
            runs = []
            for case in CASES:
                if options.only and case.name not in options.only:
                    continue
                rows = rounds([bare, server], case, size, answers, options)
                print_case(case, size, rows)
                runs += rows
            memory = [{"server": one.name, "entities": size, "mb": one.memory_mb()} for one in (bare, server)]
        finally:
            server.stop()
            if peer is not None:
                empty(peer)
    print(f"{size:>9,}  memory: " + ", ".join(f"{one['server']} {one['mb']:.0f} MB" for one in memory if one["mb"]))
    database = [] if peer else [{"entities": size, **database_alone(size)}]
    return {"runs": runs, "memory": memory, "loads": [load], "database": database}


def database_alone(size: int) -> dict[str, Any]:
    """What SQLite alone makes of the rows of batches of 1,000, on the servers' core."""
    command = ["taskset", "-c", SERVER_CORE, sys.executable, "-m", "benchmarks.rows", str(size)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, cwd=ROOT, capture_output=True).stdout)
    for kind, one in found.items():
        print(
            f"{size:>9,}  rows of 1,000 {kind:<9} SQLite alone {one['entities_s']:>29,.0f} entities/s  {one['computing']:.0%} CPU"
        )
    return found


def empty(peer: Server) -> None:
    """Take what was measured away from a peer."""
    with httpx.Client(base_url=peer.address + API, timeout=600) as client:
        while found := client.get("/entities", params={"type": TYPE, "limit": 1000, "pick": "id"}).json():
            client.post("/entityOperations/delete", json=[one["id"] for one in found])


def print_case(case: Case, size: int, rows: list[dict[str, Any]]) -> None:
    """One line for each server."""
    for row in rows:
        wrote = f"{row['entities_s']:>10,.0f} entities/s" if row.get("entities_s") else " " * 21
        print(
            f"{size:>9,}  {case.title:<24} {row['server']:<14} {row['requests_s']:>9,.0f} req/s {wrote}"
            f"  p50 {row['p50_ms']:>7.2f} ms  p99 {row['p99_ms']:>7.2f} ms  {row['of_bare']:>6.1%} of bare"
            + (f"  {row['broken']:.0f} broken" if row["broken"] else ""),
            flush=True,
        )


def main() -> None:
    """Measure, print the table and store it."""
    options = arguments()
    bare = started(BARE, [sys.executable, "-m", "benchmarks.bare", str(options.port)], options.port, "/2")
    peers = [Server(*one.split("=", 1)) for one in options.peer]
    sizes = tuple(options.size) or (*SIZES, LARGE) if options.large else tuple(options.size) or SIZES
    found: dict[str, list[Any]] = {"runs": [], "memory": [], "loads": [], "database": []}
    try:
        # Peers come last, one after the other: what is left over of a request that was given up takes nobody else's time.
        peers_too = [(peer, size) for peer in peers for size in sizes if size <= options.peer_most]
        for peer, size in [*((None, size) for size in sizes), *peers_too]:
            for key, rows in stage(size, bare, peer, options).items():
                found[key] += rows
    finally:
        bare.stop()
    if not options.only and not options.size:
        machine = {"python": platform.python_version(), "cores": os.cpu_count()}
        how = {"rounds": options.rounds, "seconds": options.seconds}
        RESULT.write_text(json.dumps({"machine": machine, "how": how, **found}, indent=2) + "\n", "utf-8")


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="benchmarks.context", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--peer", action="append", default=[], metavar="NAME=URL", help="another broker; may be repeated"
    )
    parser.add_argument(
        "--peer-most", type=int, default=LARGE, metavar="N", help="no peer over more entities than this"
    )
    parser.add_argument("--large", action="store_true", help="1,000,000 entities too")
    parser.add_argument(
        "--only", action="append", choices=[case.name for case in CASES], help="this case; may be repeated"
    )
    parser.add_argument("--size", action="append", type=int, default=[], help="entities in the store; may be repeated")
    parser.add_argument("--seconds", type=float, default=3, help="of one round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--port", type=int, default=8790, help="the first of two free ports")
    parser.add_argument("--folder", help="where data folders are made; a real disk, as writes wait for it")
    return parser.parse_args()


if __name__ == "__main__":
    main()
