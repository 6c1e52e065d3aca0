"""A made-up city sends beside the server: on with one switch, off with the same one, and never longer than the server lives."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from yuzhang.simulator.fleet import BEHIND_A_GATEWAY
from yuzhang.simulator.sending import BY_HTTP

YUZHANG = str(Path(sys.executable).parent / "yuzhang")


@contextmanager
def served(folder: Path, devices: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The server with so many simulated devices beside it, and its address."""
    command = [YUZHANG, "serve", "--data", str(folder), "--port", "0", "--mqtt-port", "0", "--trust", "machine"]
    running = subprocess.Popen(
        [*command, "--simulate", str(devices)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"LANG": "en_GB.UTF-8"},
    )
    try:
        assert running.stdout is not None
        found = next(found for line in running.stdout if (found := re.search(r"http://[\d.]+:\d+", line)))
        until(lambda: reached(found[0]))
        yield running, found[0]
    finally:
        running.kill()
        running.wait()
        assert running.stdout is not None
        running.stdout.close()


def reached(address: str) -> bool:
    """Whether it answers."""
    try:
        return httpx.get(f"{address}/health").is_success
    except httpx.TransportError:
        return False


def until(holds: Callable[[], object]) -> None:
    """Waits for it for as long as a slow machine may take."""
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come")


def devices_at(address: str) -> list[dict[str, Any]]:
    """The simulated devices that are in use."""
    answer = httpx.get(f"{address}/api/devices", params={"status": "active", "limit": 100})
    return [one for one in answer.raise_for_status().json()["devices"] if one["simulated"]]


def entities_at(address: str) -> list[str]:
    """Things that have been heard of."""
    query = {"type": "PumpStation,RainGauge,WaterloggingPoint,Streetlight,BridgeSensor", "limit": "1000"}
    return [one["id"] for one in httpx.get(f"{address}/ngsi-ld/v1/entities", params=query).json()]


def ways_at(address: str) -> set[str]:
    """How what was heard of came in: every third gateway speaks HTTP."""
    gateways = {int(one.rpartition(":")[2]) // BEHIND_A_GATEWAY for one in entities_at(address)}
    return {"HTTP" if one % BY_HTTP == 0 else "MQTT" for one in gateways}


def children(process: int) -> list[int]:
    """The processes that this one started."""
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@pytest.mark.services
def test_devices_send_by_mqtt_and_http_while_the_server_lives_and_are_put_away_when_it_is_started_without_them(
    city_folder: Path,
) -> None:
    with served(city_folder, 4 * BEHIND_A_GATEWAY) as (running, address):
        until(lambda: ways_at(address) == {"HTTP", "MQTT"})
        assert all(":sim:" in one for one in entities_at(address))
        assert devices_at(address)
        (sender,) = children(running.pid)
        running.kill()
        running.wait()
        until(lambda: not Path(f"/proc/{sender}").exists())
    with served(city_folder, 0) as (running, address):
        assert children(running.pid) == []
        assert devices_at(address) == []
