"""What the devices say, on its way: packed by their gateways, some of which speak MQTT and the others HTTP, as in a city."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

import aiomqtt
import httpx
import msgspec

from yuzhang.simulator.fleet import Fleet, Readings, due, faults, gateway_entity, gateway_faults, readings

TOPIC = "observations/ndjson"
BY_HTTP = 3
"""Every third gateway."""
BUSY_S = 1.0
BEAT_US = 30_000_000
AWAY_S, LONGEST_AWAY_S = 2.0, 60.0
"""A gateway that could not send waits so long before it tries again, twice as long after each further time."""
PATIENCE_S = 10.0
log = logging.getLogger(__name__)
of_client = logging.getLogger(f"{__name__}.client")
of_client.setLevel(logging.CRITICAL)
"""A lost connection is counted as what failed to be sent, and need not fill the terminal."""
Credentials = Mapping[str, str]
"""The secret of each gateway, by its name."""


@dataclass(slots=True)
class Sent:
    """How far it got."""

    messages: int = 0
    values: int = 0
    failed: int = 0
    late_s: float = 0.0
    since: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Address:
    """Where to send: the address of the server, and where it speaks MQTT; no port for HTTP alone."""

    url: str
    mqtt_host: str = "127.0.0.1"
    mqtt_port: int | None = None


def packed(told: Readings, at_us: int) -> dict[str, list[bytes]]:
    """Lines of NDJSON for each gateway, one for each value. What formats say of them: docs/reference/formats.md."""
    lines: dict[str, list[bytes]] = defaultdict(list)
    encode = msgspec.json.encode
    units = {one.name: one.unit for one in told.group.kind.attributes}
    for place, row in enumerate(told.rows.tolist()):
        entity, to = told.group.entity(row), lines[told.group.gateway(row)]
        for name, values in told.values.items():
            to.append(
                encode({
                    "entity": entity,
                    "type": told.group.kind.type,
                    "attribute": name,
                    "time_us": at_us,
                    "value": float(values[place]),
                    "unitCode": units[name],
                })
            )  # fmt: skip
    return lines


def beat(gateway: str, at_us: int) -> bytes:
    """What a gateway says of itself: that it is there."""
    entity = gateway_entity(gateway)
    line = {"entity": entity, "type": "Gateway", "attribute": "batteryLevel", "time_us": at_us, "value": 1.0}
    return msgspec.json.encode(line | {"unitCode": "C62"})


class Sending:
    """Sends in turns of `tick_s`. A gateway that the server does not answer keeps nothing: as real ones of little memory, it lets go."""

    def __init__(self, of: Fleet, to: Address, credentials: Credentials, tick_s: float = 1.0) -> None:
        self._fleet, self._to, self._credentials, self._tick_s = of, to, credentials, tick_s
        self._clients: dict[str, tuple[aiomqtt.Client, AsyncExitStack]] = {}
        self._away: dict[str, tuple[float, float]] = {}
        """Until when each gateway that could not send waits, and how long it did."""
        self.sent = Sent()

    async def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Send until `until` says so, or the task is cancelled."""
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(httpx.AsyncClient(base_url=self._to.url, timeout=PATIENCE_S))
            before = _now() - int(self._tick_s * 1e6)
            while not until():
                now = _now()
                await asyncio.gather(
                    *[self._turn(stack, http, gateway, lines) for gateway, lines in self.messages(before, now)]
                )
                self.sent.late_s = (_now() - now) / 1e6
                before = now
                await asyncio.sleep(max(0.0, self._tick_s - self.sent.late_s))

    def messages(self, before: int, now: int) -> list[tuple[str, list[bytes]]]:
        """What each gateway that works has to send after `before` and not after `now`, as lines."""
        of_gateways: dict[str, list[bytes]] = defaultdict(list)
        for group in self._fleet.groups:
            rows = due(group, before, now)
            rows = rows[~faults(self._fleet, group, now)[rows]] if len(rows) else rows
            if len(rows):
                for gateway, lines in packed(readings(self._fleet, group, rows, now), now).items():
                    of_gateways[gateway] += lines
        for number, gateway in enumerate(self._credentials):
            phase = number * BEAT_US // max(1, len(self._credentials))
            if (now - phase) // BEAT_US > (before - phase) // BEAT_US:
                of_gateways[gateway].append(beat(gateway, now))
        down = gateway_faults(self._fleet, len(self._credentials), now)
        silent = {name for name, out in zip(self._credentials, down.tolist(), strict=True) if out}
        return [
            (name, lines) for name, lines in of_gateways.items() if name in self._credentials and name not in silent
        ]

    async def _turn(self, stack: AsyncExitStack, http: httpx.AsyncClient, gateway: str, lines: list[bytes]) -> None:
        until, wait = self._away.get(gateway, (0.0, AWAY_S / 2))
        if time.monotonic() < until:
            self.sent.failed += 1
            return
        content = b"\n".join(lines)
        by_http = self._to.mqtt_port is None or int(gateway.rpartition("-")[2]) % BY_HTTP == 0
        try:
            await (self._post(http, gateway, content) if by_http else self._publish(stack, gateway, content))
        except (aiomqtt.MqttError, httpx.HTTPError, OSError) as error:
            self.sent.failed += 1
            log.info("%s could not send: %s", gateway, error)
            wait = min(2 * wait, LONGEST_AWAY_S)
            self._away[gateway] = time.monotonic() + wait, wait
            await self._hang_up(gateway)
        else:
            self._away.pop(gateway, None)
            self.sent.messages += 1
            self.sent.values += len(lines)

    async def _post(self, http: httpx.AsyncClient, gateway: str, content: bytes) -> None:
        known = {
            "authorization": f"Device {gateway}:{self._credentials[gateway]}",
            "content-type": "application/x-ndjson",
        }
        answer = await http.post("/api/observations", content=content, headers=known)
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            await asyncio.sleep(BUSY_S)
        answer.raise_for_status()

    async def _publish(self, stack: AsyncExitStack, gateway: str, content: bytes) -> None:
        known = self._clients.get(gateway)
        if known is None:
            client = aiomqtt.Client(
                self._to.mqtt_host,
                self._to.mqtt_port or 1883,
                identifier=gateway,
                username=gateway,
                password=self._credentials[gateway],
                timeout=PATIENCE_S,
                logger=of_client,
            )
            own = await stack.enter_async_context(AsyncExitStack())
            self._clients[gateway] = known = await own.enter_async_context(client), own
        await known[0].publish(TOPIC, content, qos=1)

    async def _hang_up(self, gateway: str) -> None:
        """Leave nothing of a connection that failed."""
        known = self._clients.pop(gateway, None)
        if known is not None:
            with suppress(aiomqtt.MqttError, OSError):
                await known[1].aclose()


def _now() -> int:
    return time.time_ns() // 1000
