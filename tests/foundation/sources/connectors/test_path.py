"""A device that speaks a format of its own, over real MQTT to a real server, which is killed in the middle of it."""

import asyncio
import socket
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import aiomqtt
import httpx
import pytest

from brain.context.serving import Running

pytestmark = pytest.mark.services
PATIENCE_S = 60.0
WRONG = {"entity": "topic.pump", "type": "Pump", "attributes": ["current = current AMP"]}
MENDED = {**WRONG, "attributes": ["amps = current AMP"]}
WISH = {"kind": "mqtt", "title": {"zh": "泵", "en": "Pumps"}, "settings": {"topic": "plant/{pump}"}, "mapping": WRONG}


def free_port() -> int:
    """One that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


async def publish(port: int, topic: str, payload: bytes) -> None:
    """Send as a device, QoS 1; it returns when the message is acknowledged."""
    until = monotonic() + PATIENCE_S
    while True:
        try:
            async with aiomqtt.Client("127.0.0.1", port, identifier="pump") as device:
                await device.publish(topic, payload, qos=1)
            return
        except aiomqtt.MqttError:
            if monotonic() > until:
                raise
            await asyncio.sleep(0.05)


def until(client: httpx.Client, address: str, wanted: Any) -> Any:
    """What an address answers, once it is what is wanted."""
    end = monotonic() + PATIENCE_S
    while monotonic() < end:
        answer = client.get(address)
        if answer.status_code == 200 and wanted(answer.json()):
            return answer.json()
        sleep(0.05)
    raise AssertionError(answer.text)


def test_a_message_that_could_not_be_read_survives_a_kill_and_is_taken_after_the_mapping_was_mended(
    tmp_path: Path,
) -> None:
    port = free_port()
    with Running(tmp_path / "data", "", "--mqtt-port", str(port)) as running:
        with httpx.Client(base_url=running.address, timeout=60) as client:
            assert client.post("/api/sources/pumps", json=WISH).status_code == 201
        asyncio.run(publish(port, "plant/p-1", b'{"amps": 4.5}'))
        running.kill()

    with (
        Running(tmp_path / "data", "", "--mqtt-port", str(port)) as running,
        httpx.Client(base_url=running.address, timeout=60) as client,
    ):
        [letter] = client.get("/api/dead-letters", params={"source": "pumps"}).json()
        assert (letter["where"], letter["code"]) == ("plant/p-1", "unreadable-payload")
        assert client.post("/api/dead-letters/sources/pumps/replay").json() == {"taken": 0, "bad": 1}
        client.put("/api/sources/pumps", json={**WISH, "mapping": MENDED}).raise_for_status()
        assert client.post("/api/dead-letters/sources/pumps/replay").json() == {"taken": 1, "bad": 0}
        until(client, "/ngsi-ld/v1/entities/urn:ngsi-ld:Pump:p-1", lambda pump: pump["current"]["value"] == 4.5)
        asyncio.run(publish(port, "plant/p-1", b'{"amps": 5.5}'))
        until(client, "/ngsi-ld/v1/entities/urn:ngsi-ld:Pump:p-1", lambda pump: pump["current"]["value"] == 5.5)
        assert until(client, "/api/sources/pumps", lambda one: one["taken"] == 1)["refused"] == 0
