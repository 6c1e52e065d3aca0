"""Which broker a default install speaks MQTT with: nats-server as a child process, or amqtt in our own process; and how fast the way in is.

    YUZHANG_AMQTT_PYTHON=/folder/bin/python .venv/bin/python -m benchmarks.mqtt

The Python named has amqtt (`pip install amqtt`); without it only the broker that was chosen is measured. Writes benchmarks/results/mqtt.json.
"""

import asyncio
import json
import os
import platform
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from yuzhang.foundation.sources.mqtt.child import KEY_VARIABLE, configuration, program
from yuzhang.foundation.sources.mqtt.stream import Stream

RESULT = Path(__file__).parent / "results" / "mqtt.json"
AMQTT = os.environ.get("YUZHANG_AMQTT_PYTHON", "")
PORT, HTTP = 18723, 18724
SECONDS, IDLE_S = 5.0, 10.0
DEVICES, IN_FLIGHT, IDLE_DEVICES = 16, 32, 100
PACKED = "".join(f"urn:ngsi-ld:Meter:{n},power,2026-01-01T00:00:00Z,{n}.5,Meter\n" for n in range(1_000))
PACKED_MESSAGE = f"entity,attribute,time,value,type\n{PACKED}".encode()
KEY = "kbenchmark"


def length(count: int) -> bytes:
    """A remaining length as MQTT 3.1.1, clause 2.2.3, writes it."""
    out = bytearray()
    while True:
        count, part = divmod(count, 128)
        out.append(part | (128 if count else 0))
        if not count:
            return bytes(out)


def publish(topic: str, payload: bytes, number: int) -> bytes:
    """A PUBLISH of QoS 1."""
    name = topic.encode()
    body = len(name).to_bytes(2, "big") + name + number.to_bytes(2, "big") + payload
    return b"\x32" + length(len(body)) + body


@asynccontextmanager
async def connected(name: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A device whose CONNECT was answered. Raises OSError while nobody listens."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    body = b"\x00\x04MQTT\x04\x02\x00\x00" + len(name).to_bytes(2, "big") + name.encode()
    writer.write(b"\x10" + length(len(body)) + body)
    if (await reader.readexactly(4))[3] != 0:
        raise OSError("refused")
    try:
        yield reader, writer
    finally:
        writer.close()


@dataclass
class Load:
    """Devices that send as fast as they are answered."""

    message: Callable[[int, int], tuple[str, bytes]]
    in_flight: int
    sent: int = 0
    acknowledged: int = 0

    async def device(self, which: int, until: float) -> None:
        """One of them; it stops when the broker is gone."""
        with suppress(OSError, asyncio.IncompleteReadError):
            async with connected(f"device-{which}") as (reader, writer):
                count = open_ = 0
                while open_ or time.monotonic() < until:
                    while open_ < self.in_flight and time.monotonic() < until:
                        writer.write(publish(*self.message(which, count), count % 65_000 + 1))
                        count, open_, self.sent = count + 1, open_ + 1, self.sent + 1
                    await reader.readexactly(4)
                    open_, self.acknowledged = open_ - 1, self.acknowledged + 1

    async def run(self, devices: int, seconds: float) -> float:
        """Messages a second that were acknowledged."""
        began = time.monotonic()
        await asyncio.gather(*(self.device(one, began + seconds) for one in range(devices)))
        return self.acknowledged / (time.monotonic() - began)


def reading(which: int, count: int) -> tuple[str, bytes]:
    """One value of one attribute."""
    return f"entities/urn:ngsi-ld:Device:{which}/level", f'{{"value":{count},"type":"Device"}}'.encode()


def packed(_which: int, _count: int) -> tuple[str, bytes]:
    """1,000 observations as CSV."""
    return "observations/csv", PACKED_MESSAGE


class Nats:
    """nats-server, as Yuzhang starts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.prepared = False

    async def start(self) -> subprocess.Popen[bytes]:
        """A process that speaks MQTT in a moment."""
        if not self.prepared:
            process = self._run(0)
            stream = await self._opened(process)
            await stream.close()
            stop(process)
            self.prepared = True
        return self._run(PORT)

    def _run(self, port: int) -> subprocess.Popen[bytes]:
        settings = self.folder / "nats.conf"
        settings.write_text(configuration(self.folder, "127.0.0.1", port))
        environment = {**os.environ, KEY_VARIABLE: KEY}
        return subprocess.Popen([program(), "-c", str(settings)], stderr=subprocess.DEVNULL, env=environment)

    async def _opened(self, process: subprocess.Popen[bytes]) -> Stream:
        there = self.folder / f"nats-server_{process.pid}.ports"
        while True:
            with suppress(OSError, ValueError):
                address = json.loads(there.read_text())["nats"][0]
                return await Stream.opened(address, KEY, asyncio.Event())
            await asyncio.sleep(0.01)

    async def kept(self, process: subprocess.Popen[bytes]) -> int:
        """How many messages lie in it."""
        stream = await self._opened(process)
        try:
            return await stream.waiting(0)
        finally:
            await stream.close()


class Amqtt:
    """amqtt in the process that keeps what comes."""

    def __init__(self, folder: Path, puback: str) -> None:
        self.database, self.puback = folder / "kept.sqlite", puback

    async def start(self) -> subprocess.Popen[bytes]:
        """A process that speaks MQTT in a moment."""
        script = str(Path(__file__).with_name("mqtt_amqtt.py"))
        command = [AMQTT, script, str(PORT), str(self.database), self.puback]
        return subprocess.Popen(command, stderr=subprocess.DEVNULL)

    async def kept(self, _process: subprocess.Popen[bytes]) -> int:
        """How many messages lie in its database."""
        with sqlite3.connect(self.database) as database:
            return int(database.execute("SELECT count(*) FROM kept").fetchone()[0])


def stop(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """End a process."""
    process.send_signal(how)
    process.wait()


async def answering() -> float:
    """Seconds until a device is let in."""
    began = time.monotonic()
    while time.monotonic() - began < 60:
        with suppress(OSError, asyncio.IncompleteReadError):
            async with connected("first"):
                return time.monotonic() - began
        await asyncio.sleep(0.005)
    raise TimeoutError("nobody answers")


def resident(process: subprocess.Popen[bytes]) -> float:
    """MiB of memory."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return round(int(status.partition("VmRSS:")[2].split()[0]) / 1024, 1)


def worked(process: subprocess.Popen[Any]) -> float:
    """Seconds of a core since its start."""
    parts = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


async def measured(broker: Nats | Amqtt) -> dict[str, float]:
    """Everything about one broker."""
    found: dict[str, float] = {}
    process = await broker.start()
    found["start, s"] = round(await answering(), 3)
    found["memory at start, MiB"] = resident(process)
    async with _crowd(IDLE_DEVICES):
        before = worked(process)
        await asyncio.sleep(IDLE_S)
        found[f"idle with {IDLE_DEVICES} devices, ms of a core a second"] = round(
            (worked(process) - before) * 1000 / IDLE_S, 2
        )
    found["one device, one at a time, messages/s"] = round(await Load(reading, 1).run(1, SECONDS))
    found[f"{DEVICES} devices, {IN_FLIGHT} in flight, messages/s"] = round(
        await Load(reading, IN_FLIGHT).run(DEVICES, SECONDS)
    )
    found["1,000 records a message, messages/s"] = round(await Load(packed, 4).run(DEVICES, SECONDS))
    found["memory after load, MiB"] = resident(process)
    stop(process)
    process = await broker.start()
    await answering()
    there = await broker.kept(process)
    load = Load(reading, IN_FLIGHT)
    running = asyncio.create_task(load.run(DEVICES, 60))
    await asyncio.sleep(2)
    stop(process, signal.SIGKILL)
    await running
    process = await broker.start()
    await answering()
    kept = await broker.kept(process) - there
    found["kill -9: acknowledged"] = load.acknowledged
    found["kill -9: of these lost"] = max(0, load.acknowledged - kept)
    stop(process)
    return found


@asynccontextmanager
async def _crowd(count: int) -> AsyncIterator[None]:
    crowd = [connected(f"idle-{one}") for one in range(count)]
    for one in crowd:
        await one.__aenter__()
    yield
    for one in crowd:
        await one.__aexit__(None, None, None)


async def whole_way(folder: Path) -> dict[str, float]:
    """Through a running Yuzhang: acknowledged a second, and in the present a second, which comes after our log."""
    command = [
        str(Path(sys.executable).parent / "yuzhang"),
        "serve",
        "--trust",
        "machine",
        "--data",
        str(folder),
        "--port",
        str(HTTP),
    ]
    server = subprocess.Popen(
        [*command, "--mqtt-port", str(PORT)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    found: dict[str, float] = {}
    try:
        await answering()
        for name, message, flight, rows in (("single readings", reading, IN_FLIGHT, 1), ("packed", packed, 4, 1_000)):
            if rows > 1:
                message = _dated
            load, began = Load(message, flight), time.monotonic()
            found[f"{name}: acknowledged, rows/s"] = round(await load.run(DEVICES, SECONDS) * rows)
            await asyncio.to_thread(_until_present, message, load.acknowledged)
            found[f"{name}: in the present, rows/s"] = round(load.acknowledged * rows / (time.monotonic() - began))
    finally:
        stop(server)
    return found


def _dated(which: int, count: int) -> tuple[str, bytes]:
    """1,000 observations, each at a time of its own."""
    stamp = 1_767_225_600_000 + count * 1_000
    rows = "".join(f"urn:ngsi-ld:Meter:{which},power,{stamp + n},{n}.5,Meter\n" for n in range(1_000))
    return "observations/csv", f"entity,attribute,time_ms,value,type\n{rows}".encode()


def _until_present(_message: Any, _count: int) -> None:
    """Wait until what was sent last is in the present: a reading that is sent now comes after all others."""
    mark = f"m{time.time_ns()}"

    async def send() -> None:
        async with connected("last") as (reader, writer):
            writer.write(publish(f"entities/urn:ngsi-ld:Mark:1/{mark}", b'{"value":1,"type":"Mark"}', 1))
            await reader.readexactly(4)

    asyncio.run(send())
    until = time.monotonic() + 600
    with httpx.Client(base_url=f"http://127.0.0.1:{HTTP}/ngsi-ld/v1") as client:
        while time.monotonic() < until:
            if mark in client.get("/entities/urn:ngsi-ld:Mark:1").text:
                return
            time.sleep(0.02)
    raise TimeoutError("it does not come")


async def run() -> None:
    """Measure, print and store."""
    brokers: dict[str, Callable[[Path], Nats | Amqtt]] = {"nats-server, synced always": Nats}
    if AMQTT:
        brokers["amqtt, PUBACK before it is kept (as it is)"] = lambda folder: Amqtt(folder, "before")
        brokers["amqtt, PUBACK after it is kept (changed)"] = lambda folder: Amqtt(folder, "after")
    found: dict[str, Any] = {}
    for name, make in brokers.items():
        with tempfile.TemporaryDirectory() as folder:
            found[name] = await measured(make(Path(folder)))
        print(name, json.dumps(found[name], indent=1))
    with tempfile.TemporaryDirectory() as folder:
        way = await whole_way(Path(folder))
    print(way)
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    result = {"date": time.strftime("%Y-%m-%d"), "machine": machine, "brokers": found, "through Yuzhang": way}
    RESULT.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    asyncio.run(run())
