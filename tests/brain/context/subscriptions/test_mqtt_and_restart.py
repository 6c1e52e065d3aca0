"""Notifications over a real MQTT broker, and across the violent end of the server."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from fastapi.testclient import TestClient

from brain.context.serving import Running
from brain.context.subscriptions.receiving import WAIT_S, free_port, mqtt_broker, subscriber
from brain.context.subscriptions.test_notifications import BUS, made, subscription

pytestmark = pytest.mark.services


async def hear(port: int, ready: asyncio.Event) -> dict[str, Any]:
    for _ in range(200):
        try:
            async with (
                asyncio.timeout(WAIT_S),
                aiomqtt.Client(
                    "127.0.0.1",
                    port,
                    username="reader",
                    password="se:cret",  # noqa: S106  # of the test broker
                    protocol=aiomqtt.ProtocolVersion.V311,
                ) as client,
            ):
                await client.subscribe("city/buses", qos=1)
                ready.set()
                async for message in client.messages:
                    found: dict[str, Any] = json.loads(bytes(message.payload))
                    return found
        except aiomqtt.MqttError:  # it starts
            await asyncio.sleep(0.05)
    raise AssertionError("the MQTT broker does not answer")


def test_mqtt_subscriber_gets_the_body_with_its_metadata(near: TestClient, tmp_path: Path) -> None:
    async def story(port: int) -> dict[str, Any]:
        ready = asyncio.Event()
        hearing = asyncio.create_task(hear(port, ready))
        await asyncio.wait_for(ready.wait(), WAIT_S)
        endpoint = {
            "receiverInfo": [{"key": "X-Token", "value": "abc"}],
            "notifierInfo": [{"key": "MQTT-Version", "value": "mqtt3.1.1"}, {"key": "MQTT-QoS", "value": "1"}],
        }
        uri = f"mqtt://reader:se%3Acret@127.0.0.1:{port}/city/buses"
        await asyncio.to_thread(made, near, "/subscriptions", subscription(uri, endpoint=endpoint))
        await asyncio.to_thread(made, near, "/entities", BUS)
        return await hearing

    with mqtt_broker(tmp_path) as port:
        told = asyncio.run(story(port))
    assert told["metadata"]["Content-Type"] == "application/json"
    assert told["metadata"]["X-Token"] == "abc"
    assert told["body"]["data"][0]["id"] == BUS["id"]


def test_what_was_acknowledged_is_told_after_the_server_was_killed(tmp_path: Path) -> None:
    port = free_port()
    with Running(tmp_path / "data", "", "--allow-private-addresses") as server:
        answer = server.client.post("/subscriptions", json=subscription(f"http://127.0.0.1:{port}/notify"))
        assert answer.status_code == 201, answer.text
        # Nobody listens yet, so that it cannot be delivered before the end.
        assert server.client.post("/entities", json=BUS).status_code == 201
        server.kill()
    with subscriber(port=port) as listener, Running(tmp_path / "data", "", "--allow-private-addresses"):
        told = listener.next()[1]
    assert told["data"][0]["id"] == BUS["id"]
