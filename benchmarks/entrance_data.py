"""What the entrance costs a request for data: one entity, and a query of 20, beside the same without policies and records.

    .venv/bin/python -m benchmarks.entrance_data

Two servers over copies of one folder run side by side and are asked in turns, in short slices, so that what else the machine does
touches both alike: one takes this machine for the operator and guards every request as a city's does (who asks, limits, policies, counted
records, what may be seen), the other neither asks nor keeps. Part of benchmarks/entrance.py, which stores the result.
"""

import asyncio
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import msgspec

from yuzhang.app import create_app
from yuzhang.core.settings import Settings
from yuzhang.web.gate import TrustingGate

SIDES = ("entrance", "without")
ENTITIES, CONNECTIONS, SLICES = 1000, 8, 9
ASKED = {
    "entity": ("/ngsi-ld/v1/entities/urn:ngsi-ld:Sensor:500", 1500),
    "query of 20": ("/ngsi-ld/v1/entities?type=Sensor&limit=20", 500),
}
"""What is asked for, and how often in one slice."""


async def serve(folder: Path, port: int, side: str) -> None:
    """One of the two servers, until it is ended."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server.embed import Server

    app = create_app(Settings(folder, port=port, trust="machine"))
    if side == "without":
        app.state.gate.party = TrustingGate("everyone").party
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_level=LogLevels.error)
    await server.serve()


async def asked(port: int, path: str, times: int) -> float:
    """Requests a second over CONNECTIONS connections that stay open."""
    request = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\naccept: application/json\r\n\r\n".encode()

    async def one(own: int) -> None:
        reading, writing = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        for _ in range(own):
            writing.write(request)
            head = (await reading.readuntil(b"\r\n\r\n")).lower()
            if not head.startswith(b"http/1.1 200"):
                raise SystemExit(f"it was refused: {head[:200]!r}")
            await reading.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
        writing.close()

    began = time.perf_counter()
    await asyncio.gather(*(one(times // CONNECTIONS) for _ in range(CONNECTIONS)))
    return times / (time.perf_counter() - began)


def measured() -> dict[str, dict[str, float]]:
    """Requests a second with and without the entrance, by what is asked, and the median of the ratio in each pair of slices."""
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / side for side in SIDES]
        with _server(folders[0], "without") as port:
            _fill(port)
        shutil.copytree(folders[0], folders[1])
        with _server(folders[0], SIDES[0]) as first, _server(folders[1], SIDES[1]) as second:
            return {what: _compared(first, second, path, times) for what, (path, times) in ASKED.items()}


def _compared(first: int, second: int, path: str, times: int) -> dict[str, float]:
    for port in (first, second):
        asyncio.run(asked(port, path, times))
    pairs = []
    for number in range(SLICES):
        found = {
            port: asyncio.run(asked(port, path, times)) for port in ((first, second) if number % 2 else (second, first))
        }
        pairs.append((found[first], found[second]))
    with_it, without = (statistics.median(one[side] for one in pairs) for side in (0, 1))
    ratio = statistics.median(one / other for one, other in pairs)
    return {"entrance_per_s": round(with_it), "without_per_s": round(without), "ratio": round(ratio, 3)}


def _fill(port: int) -> None:
    kept = [
        {
            "id": f"urn:ngsi-ld:Sensor:{number}",
            "type": "Sensor",
            "name": {"type": "Property", "value": f"Sample {number}"},
            "temperature": {
                "type": "Property",
                "value": number / 10,
                "unitCode": "CEL",
                "observedAt": "2026-01-02T03:04:05Z",
            },
            "location": {
                "type": "GeoProperty",
                "value": {"type": "Point", "coordinates": [115.9, 28.7 + number / 10_000]},
            },
        }
        for number in range(ENTITIES)
    ]
    address = f"http://127.0.0.1:{port}/ngsi-ld/v1/entityOperations/create"
    made = Request(address, msgspec.json.encode(kept), {"content-type": "application/json"})  # our own server
    urlopen(made).close()  # noqa: S310


@contextmanager
def _server(folder: Path, side: str) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.entrance_data", str(folder), str(port), side])
    try:
        for _ in range(300):
            try:
                urlopen(f"http://127.0.0.1:{port}/health").close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
    else:
        for what, found in measured().items():
            print(f"{what}: {found}")
