"""How many messages a core takes over MQTT, and how long it is from a message to the event that a rule opens.

    .venv/bin/python -m benchmarks.live [--small]

Message and alarm are those of ThingsBoard's published tests: a smart meter's three points, and a battery that is low. The whole application
runs in one process (benchmarks/live_served.py): each message is durable before PUBACK, and goes into the present, history, network and
rules. The devices are another process (benchmarks/live_load.py) on the same machine. Of N rules one concerns the messages, the others are
on other attributes and types. A core is a second of the server's processor time, user and system, until all that was accepted is followed
everywhere. A process that may open fewer files than there are devices has gateways with ten things each. About ten minutes; needs two
quiet cores. Writes benchmarks/results/live.json and docs/explanation/from-message-to-event.md, in both languages; --small writes neither.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import live_page
from benchmarks.live_bare import SYNCED_BYTES, syncs
from benchmarks.live_installation import (
    Child,
    Secrets,
    child,
    enrolled,
    free_port,
    most_connections,
    serving,
    watched,
    write_pack,
)

RESULT = Path(__file__).parent / "results" / "live.json"
BEHIND_A_GATEWAY = 10
PACKED_THINGS = 1_000
SYNC_S = 2.0
SETTLING_S = 3.0


@dataclass(frozen=True)
class Extent:
    """How much is measured. `even`: messages a second that are sent evenly, as in ThingsBoard's scenario B."""

    devices: tuple[int, ...] = (1_000, 10_000, 100_000)
    rules: tuple[int, ...] = (10, 100, 1_000)
    concerning: int = 100
    idle: int = 18_000
    seconds: float = 6.0
    overload_s: float = 15.0
    even: int = 5_000


SMALL = Extent(devices=(500,), rules=(10, 100), concerning=10, idle=500, seconds=2.0, overload_s=3.0, even=2_000)


def phase(server: Child, load: Child, **order: object) -> dict[str, Any]:
    """One load, what it cost until all of it was followed, and how long each event took from its message."""
    worked = server.worked()
    sent = load.asked(do="send", **order)
    meanwhile = server.worked() - worked
    told = server.asked()
    spent = server.worked() - worked
    count = sent["acknowledged"]
    stored = {int(number): at for number, at in told["stored"].items()}
    marks = dict(enumerate(sent["marks"], sent["first_mark"]))
    missing = marks.keys() - stored.keys()
    if told["refused"] or missing:
        raise SystemExit(f"{told['refused']} messages were refused, {len(missing)} of {len(marks)} alarms are missing")
    delays = sorted((stored[number] - at) * 1000 for number, at in marks.items())
    return {
        "messages": count,
        "messages_per_s": round(count / sent["seconds"]),
        "messages_per_core_s": round(count / spent),
        "core_us_per_message": round(1e6 * spent / count, 1),
        "cores_meanwhile": round(meanwhile / sent["seconds"], 2),
        "loader_cores": sent["loader_cores"],
        "puback_p50_ms": sent["p50_ms"],
        "puback_p99_ms": sent["p99_ms"],
        "events": len(delays),
        "event_p50_ms": round(statistics.median(delays), 1),
        "event_p99_ms": round(delays[len(delays) * 99 // 100], 1),
        "rules_behind_s": told["rules_behind_s"],
        "all_behind_s": told["all_behind_s"],
        "memory_mib": round(server.resident()),
    }


def measured(data: Path, secrets: Secrets, extent: Extent, rules: int, concerning: int) -> dict[str, Any]:
    """One installation with so many devices and rules: as fast as it acknowledges, then evenly."""
    write_pack(data, rules, concerning)
    with serving(data, secrets) as (server, load, _):
        make_known(server, load)
        found = {
            "devices": sum(len(one) for _, one in secrets.values()),
            "connections": len(secrets),
            "rules": rules,
            "rules_concerning": concerning,
            "fast": phase(server, load, seconds=extent.seconds, rate=0),
            "even": phase(server, load, seconds=extent.seconds, rate=extent.even),
        }
    return shown(found)


def make_known(server: Child, load: Child) -> None:
    """Every thing sends once, and the city knows it."""
    load.asked(do="send", seconds=0, rate=0, once=True)
    server.asked()


def overloaded(data: Path, secrets: Secrets, extent: Extent) -> dict[str, Any]:
    """Senders that wait for no PUBACK: how much is taken, whether anything is lost, and the memory of the server meanwhile."""
    write_pack(data, 10, 1)
    with serving(data, secrets) as (server, load, _):
        make_known(server, load)
        with watched(server) as seen:
            told = load.asked(do="flood", seconds=extent.overload_s)
            server.asked()
        half = max(seen[: len(seen) // 2])
        memory = {"before_mib": round(seen[0]), "most_of_first_half_mib": round(half), "most_mib": round(max(seen))}
    del told["marks"], told["first_mark"]
    return shown(told | {"lost": told["written"] - told["acknowledged"]} | memory)


def packed(data: Path, extent: Extent) -> dict[str, Any]:
    """One gateway that sends 1,000 observations in a message."""
    secrets = enrolled(data, PACKED_THINGS, PACKED_THINGS)
    write_pack(data, 10, 1)
    with serving(data, secrets) as (server, load, _):
        make_known(server, load)
        worked = server.worked()
        told = load.asked(do="packed", seconds=extent.seconds)
        behind = server.asked()["all_behind_s"]
        spent = server.worked() - worked
    rows = told["rows"]
    rates = {"rows_per_s": round(rows / told["seconds"]), "rows_per_core_s": round(rows / spent)}
    return shown({"rows": rows, **rates, "all_behind_s": behind, "loader_cores": told["loader_cores"]})


def idle(data: Path, extent: Extent) -> dict[str, Any]:
    """Devices that are connected and say nothing: what each costs."""
    count = min(extent.idle, most_connections())
    with serving(data, enrolled(data, count)) as (server, _, before):
        time.sleep(SETTLING_S)
        memory, worked = server.resident(), server.worked()
        time.sleep(SETTLING_S)
        cores = (server.worked() - worked) / SETTLING_S
    each = (memory - before) * 1024 / count
    known = {"connections": count, "before_mib": round(before), "with_them_mib": round(memory)}
    return shown(known | {"kib_per_connection": round(each, 1), "cores_while_silent": round(cores, 3)})


def limits(folder: Path, secrets: Secrets, extent: Extent) -> dict[str, Any]:
    """What the machine can do: sockets and JSON alone with the same devices, and a disk that syncs."""
    port = free_port()
    with child("benchmarks.live_bare", str(port)) as server:
        server.said()
        with child("benchmarks.live_load") as load:
            load.asked(port=port, secrets=secrets)
            worked = server.worked()
            sent = load.asked(do="send", seconds=extent.seconds, rate=0)
            spent = server.worked() - worked
    count = sent["acknowledged"]
    return shown({
        "bare_messages_per_s": round(count / sent["seconds"]),
        "bare_messages_per_core_s": round(count / spent),
        "bare_loader_cores": sent["loader_cores"],
        "syncs_per_s": round(syncs(folder, SYNC_S)),
        "synced_bytes": SYNCED_BYTES,
    })  # fmt: skip


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """The same, told in the terminal meanwhile."""
    print(json.dumps(found), flush=True)
    return found


def everything(folder: Path, extent: Extent) -> dict[str, Any]:
    """All of it, one after the other."""
    runs: list[dict[str, Any]] = []
    overload: dict[str, Any] = {}
    bare: dict[str, Any] = {}
    for devices in extent.devices:
        data = folder / str(devices)
        secrets = enrolled(data, devices, 1 if devices <= most_connections() else BEHIND_A_GATEWAY)
        if not bare:
            bare = limits(folder, secrets, extent)
        runs += [measured(data, secrets, extent, rules, 1) for rules in extent.rules]
        if not overload:
            runs.append(measured(data, secrets, extent, extent.concerning, extent.concerning))
            overload = overloaded(data, secrets, extent)
        shutil.rmtree(data)
    return {
        "limits": bare,
        "runs": runs,
        "packed": packed(folder / "packed", extent),
        "idle": idle(folder / "idle", extent),
        "overload": overload,
    }


def main() -> None:
    """Measure all, and write it down."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--small", action="store_true", help="a try in a minute, which writes nothing")
    small = asked.parse_args().small
    extent = SMALL if small else Extent()
    load_before, began = os.getloadavg()[0], time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = everything(Path(folder), extent)
    result = {
        "at": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "python": platform.python_version(),
        "load_before": round(load_before, 1),
        "seconds": round(time.monotonic() - began),
        "even_messages_per_s": extent.even,
        **found,
    }
    if small:
        sys.stdout.write(live_page.page(result, "en") + live_page.page(result, "zh"))
        return
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    live_page.write(result)


if __name__ == "__main__":
    main()
