"""One attempt to bring a notification to its endpoint, over HTTP (clause 6.3.8) or MQTT (clause 7)."""

import asyncio
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aiomqtt
import httpx
import msgspec

from yuzhang.brain.context.reaching import Unreachable, checked_client, checked_host
from yuzhang.brain.context.subscriptions.model import Delivery, Endpoint

MQTT_PORTS = {"mqtt": 1883, "mqtts": 8883}
LONGEST_REASON = 300
LONGEST_ANSWER = 1 << 16
"""Bytes of a subscriber's answer that are read."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Why an attempt failed; `final` if another one cannot help."""

    reason: str
    final: bool = False


class Sending:
    """Brings messages to endpoints."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._client: httpx.AsyncClient | None = None

    def start(self) -> None:
        """Open what is kept open between messages."""
        self._client = checked_client(private=self._delivery.private_addresses, connections=self._delivery.at_once)

    async def stop(self) -> None:
        """Release the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def send(self, endpoint: Endpoint, headers: dict[str, str], body: bytes) -> Failed | None:
        """One attempt; None if the message arrived."""
        timeout = min(endpoint.timeout_s or self._delivery.timeout_s, self._delivery.timeout_s)
        if endpoint.is_mqtt:
            return await self._publish(endpoint, headers, body, timeout)
        return await self._post(endpoint, headers, body, timeout)

    async def _post(self, endpoint: Endpoint, headers: dict[str, str], body: bytes, timeout: float) -> Failed | None:
        assert self._client is not None  # noqa: S101  # `start` opened it
        status, taken = 0, 0
        try:
            # The limit is one for the whole attempt: httpx's own begins anew with every part of an answer.
            async with (
                asyncio.timeout(timeout),
                self._client.stream("POST", endpoint.uri, content=body, headers=headers, timeout=timeout) as answer,
            ):
                status = answer.status_code
                # What it says is of no interest, but a connection whose answer was read can be used again.
                async for part in answer.aiter_raw():
                    taken += len(part)
                    if taken > LONGEST_ANSWER:
                        break
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as err:
            if not status:
                return Failed((str(err) or type(err).__name__)[:LONGEST_REASON])
        return None if httpx.codes.is_success(status) else Failed(f"it answered {status}")

    async def _publish(self, endpoint: Endpoint, headers: dict[str, str], body: bytes, timeout: float) -> Failed | None:
        """The message is an object with `metadata`, the headers, and `body`. Source: clause 7.2."""
        parts = urlsplit(endpoint.uri)
        settings = dict(endpoint.notifier)
        port = parts.port or MQTT_PORTS[parts.scheme]
        message = msgspec.json.encode({"metadata": headers, "body": msgspec.Raw(body)})
        version = aiomqtt.ProtocolVersion.V5 if settings.get("MQTT-Version", "mqtt5.0") == "mqtt5.0" else None
        try:
            address = await checked_host(parts.hostname or "", port, private=self._delivery.private_addresses)
            async with aiomqtt.Client(
                # With TLS the certificate is checked against the name.
                parts.hostname or "" if parts.scheme == "mqtts" else address,
                port,
                username=unquote(parts.username) if parts.username else None,
                password=unquote(parts.password) if parts.password else None,
                protocol=version or aiomqtt.ProtocolVersion.V311,
                tls_params=aiomqtt.TLSParameters() if parts.scheme == "mqtts" else None,
                timeout=timeout,
            ) as client:
                await client.publish(unquote(parts.path[1:]), message, qos=int(settings.get("MQTT-QoS", "0")))
        except (aiomqtt.MqttError, Unreachable, OSError) as err:
            return Failed((str(err) or type(err).__name__)[:LONGEST_REASON])
        return None
