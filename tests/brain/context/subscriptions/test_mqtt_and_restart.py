"""Notifications over a real MQTT broker, and across the violent end of the server."""

import asyncio
import json
import socket
import subprocess
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from fastapi.testclient import TestClient

from brain.context.serving import Running
from brain.context.subscriptions.receiving import WAIT_S, free_port, mqtt_broker, subscriber
from brain.context.subscriptions.test_notifications import BUS, made, subscription
from yuzhang.brain.context.subscriptions.model import Delivery, Endpoint
from yuzhang.brain.context.subscriptions.sending import Failed, Sending

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


async def publish(uri: str) -> Failed | None:
    """One attempt to bring a message to an MQTT broker, again while that only starts."""
    sending = Sending(Delivery(private_addresses=True, timeout_s=WAIT_S))
    endpoint = Endpoint(uri, notifier=(("MQTT-Version", "mqtt3.1.1"),))
    for _ in range(200):
        found = await sending.send(endpoint, {}, b"{}")
        if found is None or "Connect call failed" not in found.reason:
            return found
        await asyncio.sleep(0.05)
    return found


def named(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Has `city.example` have these addresses."""
    known = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        names = addresses if host == "city.example" else [host]
        return [one for name in names for one in known(name, *rest, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def test_if_one_address_of_an_mqtt_broker_does_not_answer_the_next_one_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody listens at the first address of the same machine.
    named(monkeypatch, "127.0.0.9", "127.0.0.1")
    with mqtt_broker(tmp_path) as port:
        assert asyncio.run(publish(f"mqtt://reader:se%3Acret@city.example:{port}/city/buses")) is None


def test_certificate_of_an_mqtt_broker_is_checked_against_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper, key = tmp_path / "paper.pem", tmp_path / "key.pem"
    kind = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=city.example"
    more = ["-addext", "subjectAltName=DNS:city.example", "-keyout", str(key), "-out", str(paper)]
    subprocess.run(["openssl", "req", *kind.split(), *more], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(paper))
    named(monkeypatch, "127.0.0.1")
    with mqtt_broker(tmp_path, f', tls {{ cert_file: "{paper}", key_file: "{key}" }}') as port:
        assert asyncio.run(publish(f"mqtts://reader:se%3Acret@city.example:{port}/city/buses")) is None
        # The same server, under a name that it has no certificate for.
        refused = asyncio.run(publish(f"mqtts://reader:se%3Acret@localhost:{port}/city/buses"))
    assert refused is not None
    assert "certificate" in refused.reason.lower()


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
