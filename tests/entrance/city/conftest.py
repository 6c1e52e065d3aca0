"""A real server with the screen of the city, and a browser before it."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

START_S = 60


@dataclass
class Served:
    """A server, and what it is told of."""

    address: str
    folder: Path
    process: "subprocess.Popen[bytes]"

    def client(self) -> httpx.Client:
        """Somebody at the same machine."""
        return httpx.Client(base_url=self.address, trust_env=False, timeout=20)

    def says(self, layer: str, things: list[dict[str, Any]]) -> None:
        """Let events or cases be these."""
        file = self.folder / "things.json"
        said = json.loads(file.read_text()) if file.exists() else {}
        written = file.with_suffix(".new")
        written.write_text(json.dumps(said | {layer: things}))
        written.replace(file)  # the server may read it at this moment

    def announce(self, kind: str, id_: str) -> None:
        """Announce one of them."""
        with self.client() as asking:
            assert asking.post("/told", params={"kind": kind, "id_": id_}).status_code == 200

    def observe(self, entity: str, value: float, lon: float = 115.9, lat: float = 28.7) -> None:
        """Let an entity of the city's present have a value."""
        body = {
            "id": entity,
            "type": "PumpStation",
            "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}},
            "level": {"type": "Property", "value": value},
        }
        with self.client() as asking:
            answer = asking.post("/ngsi-ld/v1/entityOperations/upsert", json=[body])
            assert answer.status_code in (201, 204), answer.text

    def done(self) -> list[dict[str, Any]]:
        """What was done in the field."""
        file = self.folder / "done.json"
        return json.loads(file.read_text()) if file.exists() else []


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A server of the test's own."""
    (tmp_path / "data").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    program = Path(__file__).with_name("served.py")
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, program, tmp_path, str(port)], stdout=log, stderr=log)
    made = Served(f"http://127.0.0.1:{port}", tmp_path, process)
    try:
        _wait(made, tmp_path / "log")
        yield made
    finally:
        process.terminate()
        process.wait(20)


def _wait(made: Served, log: Path) -> None:
    end = monotonic() + START_S
    with made.client() as asking:
        while monotonic() < end and made.process.poll() is None:
            try:
                if asking.get("/health").status_code == 200:
                    return
            except httpx.TransportError:
                sleep(0.05)
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')}")


def event(id_: str = "e1", **more: Any) -> dict[str, Any]:
    """An open event as the room of events has it."""
    return {
        "id": id_, "zh": "泵站水位过高", "en": "Pump station level too high", "lon": 115.9, "lat": 28.7, "kind": "level",
        "severity": 3, "status": "open", "at": 1_795_730_000_000_000, "unit": "u1", "entity": "urn:ngsi-ld:PumpStation:1",
    } | more  # fmt: skip


@pytest.fixture
def faults() -> list[str]:
    """What went wrong behind the pages of a test."""
    return []
