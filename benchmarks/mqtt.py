"""Devices that send over MQTT to a running Yuzhang, for benchmarks of the whole way in."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

PORT, HTTP = 18723, 18724
SECONDS, IDLE_S = 5.0, 10.0
DEVICES, IN_FLIGHT, IDLE_DEVICES = 16, 32, 100
PACKED = "".join(f"urn:ngsi-ld:Meter:{n},power,2026-01-01T00:00:00Z,{n}.5,Meter\n" for n in range(1_000))
PACKED_MESSAGE = f"entity,attribute,time,value,type\n{PACKED}".encode()


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
