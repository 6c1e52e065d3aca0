"""An installation for the benchmark `live`: its rules and devices, and the processes that serve and send."""

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.registry.provisioning.made_up import enrol
from yuzhang.foundation.registry.room import Registry

THING, OTHER = "SmartMeter", "StreetLamp"
POINTS = {"pulseCounter": "C62", "batteryLevel": "P1"}
FILES_BESIDE = 1_500
LOOK_S = 0.1
MIB = 2**20
Secrets = dict[str, tuple[str, list[str]]]
"""By each connection its secret and the things that it speaks for."""


def rule(name: str, type_: str, attribute: str, below: float, unit: str) -> str:
    """A threshold with a hysteresis."""
    return (
        f'[[rule]]\nid = "{name}"\ntitle = {{ zh = "{name}", en = "{name}" }}\ntype = "{type_}"\n'
        f'attribute = "{attribute}"\nunit = "{unit}"\nbelow = {below}\nclear = {below + 10}\nseverity = 2\n'
    )


def model(type_: str, units: dict[str, str]) -> str:
    """What there is to be observed of a type: attributes by their units."""
    known: dict[str, Any] = {"id": {"type": "string"}, "type": {"const": type_}}
    for one, unit in units.items():
        title = {"zh": one, "en": one}
        known[one] = {"type": "number", "description": f"Property. {one}", "x-title": title, "x-ngsi": {"units": unit}}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:benchmark:{type_}"}
    rest = {"$schemaVersion": "1", "title": type_, "x-title": {"zh": type_, "en": type_}, "description": type_}
    return json.dumps(head | rest | {"type": "object", "required": ["id", "type"], "properties": known})


def write_pack(data: Path, rules: int, concerning: int) -> None:
    """`rules` rules, of which so many watch what the devices send; of the others every second one is on another type."""
    folder = data / "packs" / "governance" / "benchmark"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "models").mkdir(parents=True)
    (folder / "pack.toml").write_text('title = { zh = "测量", en = "Benchmark" }\n')
    others = [(f"other{at}", (THING, OTHER)[at % 2]) for at in range(rules - concerning)]
    for type_, points in ((THING, POINTS), (OTHER, {"none": "C62"})):
        of_type = {name: "P1" for name, of in others if of == type_}
        (folder / "models" / f"{type_}.json").write_text(model(type_, points | of_type))
    # The first is the alarm; what else concerns the messages is evaluated and not broken.
    watching = [rule(f"battery-{at}", THING, "batteryLevel", 20 if not at else -at, "%") for at in range(concerning)]
    (folder / "rules.toml").write_text("\n".join([*watching, *[rule(name, of, name, 20, "%") for name, of in others]]))


def enrolled(data: Path, devices: int, each: int = 1) -> Secrets:
    """Enter so many things and the devices that send for them, `each` things a device."""
    things = [f"urn:ngsi-ld:{THING}:sim:{at}" for at in range(devices)]
    some = [
        Device(f"sender-{at}", kind=THING, entity=things[at], writes=tuple(things[at + 1 : at + each]), simulated=True)
        for at in range(0, devices, each)
    ]
    behind = [
        Device(f"thing-{at}", kind=THING, entity=things[at], gateway=f"sender-{at - at % each}", simulated=True)
        for at in range(devices)
        if at % each
    ]
    data.mkdir(parents=True)
    storage = Storage(data)
    secrets = enrol(Registry(storage), OPERATOR, [*some, *behind], {one.id for one in some})
    storage.close()
    return {one.id: (secrets[one.id], [one.entity, *one.writes]) for one in some}


def most_connections() -> int:
    """So many a process of this machine may hold, beside its other files."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1] - FILES_BESIDE


class Child:
    """A process that answers orders, a line of JSON each."""

    def __init__(self, *command: str) -> None:
        self.name = " ".join(command)
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def tell(self, **order: object) -> None:
        """Order something."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def said(self) -> dict[str, Any]:
        """What it answers."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended")
        found: dict[str, Any] = json.loads(line)
        return found

    def asked(self, **order: object) -> dict[str, Any]:
        """Both."""
        self.tell(**order)
        return self.said()

    def worked(self) -> float:
        """Seconds of a core since its start, user and system."""
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> float:
        """MiB of memory."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MIB


@contextmanager
def child(*command: str) -> Iterator[Child]:
    """A process, ended at the end."""
    made = Child(*command)
    try:
        yield made
    finally:
        assert made.process.stdin is not None
        made.process.stdin.close()
        try:
            made.process.wait(60)
        except subprocess.TimeoutExpired:
            made.process.kill()
            made.process.wait()


@contextmanager
def serving(data: Path, secrets: Secrets) -> Iterator[tuple[Child, Child, float]]:
    """The application and its devices, all connected; and the MiB that the application took before they were."""
    port = free_port()
    with child("benchmarks.live_served", str(data), str(port)) as server:
        faults = server.said()["faults"]
        if faults:
            raise SystemExit("\n".join(faults))
        server.asked()
        before = server.resident()
        with child("benchmarks.live_load") as load:
            load.asked(port=port, secrets=secrets)
            yield server, load, before


def free_port() -> int:
    """One that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def watched(server: Child) -> Iterator[list[float]]:
    """MiB of a process, looked at again and again meanwhile."""
    seen, over = [server.resident()], threading.Event()

    def look() -> None:
        while not over.wait(LOOK_S):
            seen.append(server.resident())

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()
