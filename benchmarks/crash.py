"""What is left when the server is killed at random, under load, again and again.

    .venv/bin/python -m benchmarks.crash [--rounds 1000] [--seed 1] [--out benchmarks/results/crash.json]

Each round starts the server over the same data folder, a new one every 100 rounds, has clients send observations (columns over HTTP,
NGSI-LD batches, MQTT), and kills it with SIGKILL after a random time; one round in five kills it while it still starts. A client that
got no answer sends the same again after the next start. Then every acknowledged observation must be in history once, none twice, with
its value, and the present must show the newest. Writes benchmarks/results/crash.json.
"""

import argparse
import csv
import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

RESULT = Path(__file__).parent / "results" / "crash.json"
BATCH = 20
LOAD_S = (0.02, 1.2)
START_S = 1.5
STARTS_KILLED = 5
ROUNDS_A_FOLDER = 100
"""Everything that was ever sent is looked at after each kill, which takes longer each time."""
PATIENCE_S = 60.0
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class Lost(AssertionError):
    """Something that was acknowledged is not there, or is there twice, or is another value."""


class Server:
    """A server process over a data folder, for the length of a `with`; killed at its end."""

    def __init__(self, folder: Path, *, mqtt: bool) -> None:
        self._command = [
            str(Path(sys.executable).parent / "yuzhang"),
            "serve",
            "--trust",
            "machine",
            "--data",
            str(folder),
            "--port",
            "0",
        ]
        self._command += ["--mqtt-port", "0"] if mqtt else ["--no-mqtt"]
        self._lines = 2 if mqtt else 1
        self._log = folder.parent / "server.log"

    def __enter__(self) -> "Server":
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        return self

    def ready(self) -> None:
        """Wait until it answers. Raises Lost if it ends, or does not within PATIENCE_S."""
        assert self.process.stdout is not None  # it is a pipe
        said = "".join(self.process.stdout.readline() for _ in range(self._lines))
        found = re.findall(r"[a-z]+://[^\s]+", said)
        if len(found) < self._lines:
            raise Lost(f"the server did not start: {self._log.read_text(errors='replace')[-2000:]}")
        self.address = found[0].rstrip("/")
        self.mqtt = found[1].rpartition(":")[2] if self._lines == 2 else ""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if httpx.get(f"{self.address}/health", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.01)
        raise Lost(f"the server does not answer: {self._log.read_text(errors='replace')[-2000:]}")

    def kill(self) -> None:
        """As if the power had gone."""
        self.process.kill()
        self.process.wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()


@dataclass
class Writer:
    """One client: sends numbered values of one entity; remembers which are acknowledged, and what had no answer."""

    way: str
    entity: str
    send: Callable[[Server, "Writer", range], None]
    acknowledged: int = 0
    pending: range | None = None
    fault: BaseException | None = None

    def run(self, server: Server, stop: threading.Event) -> None:
        """Send, first what had no answer, until the server is gone or `stop` is set."""
        try:
            while not stop.is_set():
                numbers = self.pending or range(self.acknowledged, self.acknowledged + BATCH)
                self.pending = numbers
                self.send(server, self, numbers)
                self.acknowledged, self.pending = numbers.stop, None
        except (httpx.TransportError, OSError, ConnectionError):
            return  # killed: no answer
        except (Lost, ValueError, KeyError) as error:  # told by whoever waits for the thread
            self.fault = error


def moment(number: int) -> str:
    """When value `number` was observed."""
    return (BEGINNING + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ok(answer: httpx.Response, *codes: int) -> None:
    if answer.status_code == 429:
        raise ConnectionError("busy")
    if answer.status_code not in codes:
        raise Lost(f"{answer.status_code}: {answer.text[:500]}")


def by_columns(server: Server, writer: Writer, numbers: range) -> None:
    """As CSV."""
    lines = [f"{writer.entity},level,{moment(one)},{one}" for one in numbers]
    content = "entity,attribute,time,value\n" + "\n".join(lines)
    headers = {"content-type": "text/csv"}
    _ok(httpx.post(f"{server.address}/api/observations?type=Gauge", content=content, headers=headers, timeout=60), 201)


def by_batch(server: Server, writer: Writer, numbers: range) -> None:
    """As NGSI-LD batches, one observation each."""
    with httpx.Client(base_url=server.address, timeout=60) as client:
        for one in numbers:
            level = {"type": "Property", "value": one, "observedAt": moment(one)}
            body = [{"id": writer.entity, "type": "Gauge", "level": level}]
            _ok(client.post("/ngsi-ld/v1/entityOperations/upsert?options=update", json=body), 201, 204)


def by_mqtt(server: Server, writer: Writer, numbers: range) -> None:
    """As MQTT messages of QoS 1, one observation each."""
    client = paho.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
    client.connect("127.0.0.1", int(server.mqtt), keepalive=30)
    client.loop_start()
    try:
        sent = []
        for one in numbers:
            body = json.dumps({"value": one, "observedAt": moment(one), "type": "Gauge"})
            sent.append(client.publish(f"entities/{writer.entity}/level", body, qos=1))
        until = time.monotonic() + PATIENCE_S
        while not _published(sent):
            if (not client.is_connected() and server.process.poll() is not None) or time.monotonic() > until:
                raise ConnectionError("no answer")
            time.sleep(0.002)
    finally:
        client.loop_stop()
        client.disconnect()


def _published(sent: list[paho.MQTTMessageInfo]) -> bool:
    try:
        return all(one.is_published() for one in sent)
    except (RuntimeError, ValueError) as error:  # it was not even sent
        raise ConnectionError(str(error)) from error


WAYS: dict[str, Callable[[Server, Writer, range], None]] = {"columns": by_columns, "batch": by_batch, "mqtt": by_mqtt}


@dataclass
class Tally:
    """What happened so far."""

    rounds: int = 0
    killed_starting: int = 0
    acknowledged: dict[str, int] = field(default_factory=dict)
    slowest_start_s: float = 0.0

    def add(self, other: "Tally") -> None:
        """What happened in another data folder too."""
        self.rounds += other.rounds
        self.killed_starting += other.killed_starting
        self.slowest_start_s = max(self.slowest_start_s, other.slowest_start_s)
        for way, count in other.acknowledged.items():
            self.acknowledged[way] = self.acknowledged.get(way, 0) + count


class Trial:
    """Rounds over one data folder."""

    def __init__(self, folder: Path, seed: int, ways: Iterable[str] = WAYS, writers: int = 2) -> None:
        self._folder = folder / "data"
        self._random = random.Random(seed)
        self.writers = [
            Writer(way, f"urn:ngsi-ld:Gauge:{way}-{number}", WAYS[way]) for way in ways for number in range(writers)
        ]
        self._mqtt = "mqtt" in ways
        self.tally = Tally()

    def round(self) -> None:
        """Start, look whether all is there, send, kill. Raises Lost."""
        with Server(self._folder, mqtt=self._mqtt) as server:
            if self.tally.rounds % STARTS_KILLED == STARTS_KILLED - 1:
                time.sleep(self._random.uniform(0, START_S))
                server.kill()
                self.tally.killed_starting += 1
            else:
                self._start(server)
                self._load(server, self._random.uniform(*LOAD_S))
        self.tally.rounds += 1

    def end(self) -> None:
        """Start once more, send what had no answer, and look at everything. Raises Lost."""
        with Server(self._folder, mqtt=self._mqtt) as server:
            self._start(server)
            for one in self.writers:
                if one.pending is not None:
                    one.send(server, one, one.pending)
                    one.acknowledged, one.pending = one.pending.stop, None
            self._look(server)
        for one in self.writers:
            self.tally.acknowledged[one.way] = self.tally.acknowledged.get(one.way, 0) + one.acknowledged

    def _start(self, server: Server) -> None:
        begun = time.monotonic()
        server.ready()
        self.tally.slowest_start_s = max(self.tally.slowest_start_s, time.monotonic() - begun)
        self._look(server)

    def _load(self, server: Server, seconds: float) -> None:
        stop = threading.Event()
        threads = [threading.Thread(target=one.run, args=(server, stop)) for one in self.writers]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        server.kill()
        stop.set()
        for thread in threads:
            thread.join()
        faults = [one.fault for one in self.writers if one.fault is not None]
        if faults:
            raise faults[0]

    def _look(self, server: Server) -> None:
        """Compare what was acknowledged with what is there; what waits in the log, or at the broker, is waited for."""
        for one in self.writers:
            until = time.monotonic() + PATIENCE_S
            while len(found := _rows(server, one.entity)) < one.acknowledged:
                if time.monotonic() > until:
                    raise Lost(f"{one.entity}: {one.acknowledged} acknowledged, {len(found)} in history")
                time.sleep(0.02)
            _compare(one, found)
            _present(server, one, until)


def _rows(server: Server, entity: str) -> list[tuple[str, float]]:
    parameters = {"entity": entity, "attribute": "level", "format": "csv"}
    answer = httpx.get(f"{server.address}/api/history/rows", params=parameters, timeout=60)
    if answer.status_code in (404, 422):
        return []
    return [(row["time"], float(row["value"])) for row in csv.DictReader(answer.text.splitlines())]


def _compare(writer: Writer, found: list[tuple[str, float]]) -> None:
    values = [int(value) for _, value in found]
    if len({time for time, _ in found}) != len(found) or len(set(values)) != len(values):
        raise Lost(f"{writer.entity}: something is there twice")
    for at, value in found:
        if at[:19].replace("T", " ") != moment(int(value))[:19].replace("T", " "):
            raise Lost(f"{writer.entity}: {value} lies at {at}")
    missing = set(range(writer.acknowledged)) - set(values)
    if missing:
        raise Lost(f"{writer.entity}: {len(missing)} acknowledged are missing, {min(missing)} is the first")
    sent = writer.pending.stop if writer.pending else writer.acknowledged
    if values and max(values) >= sent:
        raise Lost(f"{writer.entity}: {max(values)} was never sent")


def _present(server: Server, writer: Writer, until: float) -> None:
    while writer.acknowledged:
        answer = httpx.get(f"{server.address}/ngsi-ld/v1/entities/{writer.entity}", timeout=60)
        shown = answer.json()["level"]["value"] if answer.status_code == 200 else -1
        if shown >= writer.acknowledged - 1:
            return
        if time.monotonic() > until:
            raise Lost(f"{writer.entity}: the present shows {shown}, {writer.acknowledged - 1} was acknowledged")
        time.sleep(0.02)


def report(tally: Tally, seconds: float) -> dict[str, Any]:
    """The run as it is kept."""
    return {
        "rounds": tally.rounds,
        "killed_while_starting": tally.killed_starting,
        "acknowledged": tally.acknowledged,
        "lost": 0,
        "doubled": 0,
        "slowest_start_s": round(tally.slowest_start_s, 1),
        "seconds": round(seconds),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
    }


def main() -> None:
    """Run, print the count, keep the result."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=1000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--out", type=Path, default=RESULT)
    asked.add_argument("--minutes", type=float, default=1e6, help="end earlier, after so long")
    options = asked.parse_args()
    begun, tally = time.monotonic(), Tally()
    while tally.rounds < options.rounds and time.monotonic() - begun < options.minutes * 60:
        with tempfile.TemporaryDirectory(prefix="crash") as folder:
            trial = Trial(Path(folder), options.seed + tally.rounds)
            for _ in range(min(ROUNDS_A_FOLDER, options.rounds - tally.rounds)):
                trial.round()
            trial.end()
        tally.add(trial.tally)
        print(tally.rounds, sum(tally.acknowledged.values()), flush=True)
    found = report(tally, time.monotonic() - begun)
    options.out.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
