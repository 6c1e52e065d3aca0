"""One attempt to bring a notification to its endpoint, over HTTP (clause 6.3.8) or MQTT (clause 7)."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import aiomqtt
import httpx
import msgspec

from yuzhang.brain.context.reaching import MAX_ADDRESSES, Unreachable, checked_client, checked_hosts
from yuzhang.brain.context.subscriptions.model import Delivery, Endpoint

MQTT_PORTS = {"mqtt": 1883, "mqtts": 8883}
LONGEST_REASON = 300
REFUSALS = frozenset({400, 413, 415, 422, 431})
"""Statuses that speak of the content of a message; all others (a wrong address, no rights, an overload) may be mended."""
LONGEST_ANSWER = 1 << 16
"""Bytes of a subscriber's answer that are read."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Why an attempt failed; `refused` if the subscriber got the message and does not want this one."""

    reason: str
    refused: bool = False


class Sending:
    """Brings messages to endpoints."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._client: httpx.AsyncClient | None = None
        self._answered: dict[tuple[str | None, int], str] = {}

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
        return None if httpx.codes.is_success(status) else Failed(f"it answered {status}", refused=status in REFUSALS)

    async def _publish(self, endpoint: Endpoint, headers: dict[str, str], body: bytes, timeout: float) -> Failed | None:
        """The message is an object with `metadata`, the headers, and `body`. Source: clause 7.2."""
        parts = urlsplit(endpoint.uri)
        settings = dict(endpoint.notifier)
        port = parts.port or MQTT_PORTS[parts.scheme]
        message = msgspec.json.encode({"metadata": headers, "body": msgspec.Raw(body)})
        version = aiomqtt.ProtocolVersion.V5 if settings.get("MQTT-Version", "mqtt5.0") == "mqtt5.0" else None
        try:
            async with aiomqtt.Client(
                await self._answering(parts.hostname or "", port, timeout),
                port,
                username=unquote(parts.username) if parts.username else None,
                password=unquote(parts.password) if parts.password else None,
                protocol=version or aiomqtt.ProtocolVersion.V311,
                tls_context=NamedTls(parts.hostname or "") if parts.scheme == "mqtts" else None,
                timeout=timeout,
            ) as client:
                await client.publish(unquote(parts.path[1:]), message, qos=int(settings.get("MQTT-QoS", "0")))
        except (aiomqtt.MqttError, Unreachable, OSError) as err:
            self._answered.pop((parts.hostname, port), None)
            return Failed((str(err) or type(err).__name__)[:LONGEST_REASON])
        return None

    async def _answering(self, host: str, port: int, timeout: float) -> str:
        """The address of a name that answers: the one that did last time, or the first that does now. Raises OSError, Unreachable.

        The MQTT client would try one only, in one of the few threads that everything else needs too.
        """
        addresses = (await checked_hosts(host, port, private=self._delivery.private_addresses))[:MAX_ADDRESSES]
        if (known := self._answered.get((host, port))) in addresses:
            return known
        failed: OSError = TimeoutError("no address answered")
        for address in addresses:
            try:
                async with asyncio.timeout(timeout / len(addresses)):
                    _, writer = await asyncio.open_connection(address, port)
                writer.close()
            except OSError as err:
                failed = err
                continue
            self._answered[host, port] = address
            return address
        raise failed


class NamedTls(ssl.SSLContext):
    """TLS as a client that checks the certificate against a name, whatever address of it is connected to."""

    def __new__(cls, name: str) -> "NamedTls":
        """With the authorities that this machine trusts."""
        made = super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
        made.load_default_certs()
        made.name = name
        return made

    name: str

    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:
        """As ever, but for the name. The socket is closed if the other side is not who it should be: the MQTT client leaves it."""
        made = super().wrap_socket(*args, **(options | {"server_hostname": self.name}))
        try:
            made.do_handshake()
        except BaseException:
            made.close()
            raise
        return made
