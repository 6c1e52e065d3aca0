"""Devices speak MQTT to a real `yuzhang serve`: what was acknowledged is kept, once, whatever dies."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

import aiomqtt
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from brain.context.serving import Running
from foundation.sources.test_sending import filed
from foundation.sources.written import Seen, as_csv
from yuzhang import cli
from yuzhang.app import create_app
from yuzhang.core.access import OPERATOR, STRANGER, Party
from yuzhang.core.errors import Conflict, NotAllowed
from yuzhang.core.settings import Settings, UnsafeAddress
from yuzhang.foundation.log.errors import LogBusy
from yuzhang.foundation.log.model import Columns, Key
from yuzhang.foundation.sources.model import Door
from yuzhang.foundation.sources.mqtt import listener
from yuzhang.foundation.sources.mqtt.actions import health
from yuzhang.foundation.sources.mqtt.model import Health
from yuzhang.foundation.sources.mqtt.room import Mqtt

DEVICE = "urn:ngsi-ld:Device:1.2"
START = 1_767_225_600
PATIENCE_S = 60.0
Sent = tuple[str, bytes, int]


def free_port() -> int:
    """One that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


async def send(port: int, messages: Sequence[Sent]) -> None:
    """Send as one device, once the broker lets it in; QoS 1 returns when each is acknowledged."""
    until = monotonic() + PATIENCE_S
    while True:
        try:
            async with aiomqtt.Client("127.0.0.1", port, identifier="device-1") as device:
                for topic, payload, qos in messages:
                    await device.publish(topic, payload, qos=qos)
            return
        except aiomqtt.MqttError:
            if monotonic() > until:
                raise
            await asyncio.sleep(0.05)


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    """Wait until `look` says so."""
    end = monotonic() + PATIENCE_S
    while not await look():
        assert monotonic() < end, "it does not come"
        await asyncio.sleep(0.02)


class Taking:
    """A door that keeps what it is given in a list, and is busy while it is told to be."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self.times: list[int] = []
        self.busy = False
        self.tried = 0

    async def observe(
        self, caller: Party, tenant: str, keys: Sequence[Key], columns: Columns, types: Mapping[str, str]
    ) -> int:
        """Not used here."""
        raise NotImplementedError

    def observe_now(
        self, _caller: Party, _tenant: str, _keys: Sequence[Key], columns: Columns, _types: Mapping[str, str], /
    ) -> int:
        """Take a batch."""
        self.tried += 1
        if self.busy:
            raise LogBusy.at(2**29)
        self.values += columns.value.tolist()
        self.times += columns.time.tolist()
        return len(columns)


@pytest.fixture
def taking() -> Taking:
    """A door of the test's own."""
    return Taking()


@pytest.fixture
def mqtt(taking: Taking) -> Mqtt:
    """MQTT that is not started."""
    return Mqtt("127.0.0.1", free_port(), Door(taking), anonymous=True)


def port_of(state: Health) -> int:
    """Where it listens."""
    return int(state.address.rpartition(":")[2])


def reading(value: object, qos: int = 1, **more: object) -> Sent:
    """One reading of the device."""
    return f"entities/{DEVICE}/level", json.dumps({"value": value, **more}).encode(), qos


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[TestClient, int]]:
    """An application that speaks MQTT, and on which port."""
    port = free_port()
    app = create_app(Settings(tmp_path / "data", mqtt_port=port, trust="machine"))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000)) as client:

        async def listening() -> bool:
            return state_of(client).running

        asyncio.run(until(listening))  # what is sent with QoS 0 before is lost, as QoS 0 may be
        yield client, port


def state_of(client: TestClient) -> Health:
    """How MQTT goes, as the operator sees it."""
    mqtt = client.app.state.mqtt  # type: ignore[attr-defined]  # it is an application

    async def asked() -> Health:
        return await health(mqtt, OPERATOR)

    assert client.portal is not None
    return client.portal.call(asked)


def test_readings_and_batches_of_devices_are_in_the_present_and_in_history(served: tuple[TestClient, int]) -> None:
    client, port = served
    rows = [Seen("urn:ngsi-ld:Meter:1", "power", START * 1_000_000 + n, float(n), type="Meter") for n in range(5)]

    asyncio.run(
        send(
            port,
            [
                reading(21.5, type="Device", unitCode="CEL", observedAt="2026-01-01T00:00:01Z"),
                (f"entities/{DEVICE}/state", b"on", 1),
                (f"entities/{DEVICE}/state", b"off", 0),
                ("observations/csv", as_csv(rows), 1),
                ("tenants/river/entities/urn:x:1/depth", b'{"value": 2, "type": "Gauge"}', 1),
            ],
        )
    )

    async def taken() -> bool:
        return state_of(client).accepted == 9

    asyncio.run(until(taken))
    values = sorted(value for _, value in filed(client.app.state.history) if value is not None)  # type: ignore[attr-defined]
    assert values == [0.0, 1.0, 2.0, 3.0, 4.0, 21.5]
    there = client.get(f"/ngsi-ld/v1/entities/{DEVICE}").json()
    assert there["level"] == {
        "type": "Property",
        "value": 21.5,
        "unitCode": "CEL",
        "observedAt": "2026-01-01T00:00:01.000Z",
    }
    assert there["state"]["value"] == "off"
    river = client.get("/ngsi-ld/v1/entities/urn:x:1", headers={"NGSILD-Tenant": "river"}).json()
    assert river["depth"]["value"] == 2


def test_bad_messages_are_counted_with_the_reason_and_hold_up_nobody(served: tuple[TestClient, int]) -> None:
    client, port = served
    bad: list[Sent] = [("nonsense", b"1", 1), ("observations/csv", b"a,b\n1,2\n", 1), ("entities/urn:x:9/a", b"1", 1)]
    good = [reading(n, type="Device") for n in range(3)]

    asyncio.run(send(port, [bad[0], good[0], bad[1], good[1], bad[2], good[2], *[bad[0]] * 20]))

    async def taken() -> bool:
        there = state_of(client)
        return (there.accepted, there.refused, there.waiting) == (3, 23, 0)

    asyncio.run(until(taken))
    there = state_of(client)
    assert len(there.refusals) == 20
    assert {one.code for one in there.refusals} >= {"unknown-topic"}
    assert all(one.detail.zh and one.detail.en for one in there.refusals)
    assert there.running


def test_a_stranger_does_not_see_how_mqtt_goes(mqtt: Mqtt) -> None:
    with pytest.raises(NotAllowed):
        asyncio.run(health(mqtt, STRANGER))


def test_devices_can_send_but_not_listen_and_qos_2_is_refused(mqtt: Mqtt, taking: Taking) -> None:
    async def story() -> None:
        await mqtt.start()
        port = port_of(await mqtt.state())
        await send(port, [reading(1)])
        with pytest.raises(aiomqtt.MqttError):
            async with aiomqtt.Client("127.0.0.1", port, identifier="b", timeout=2) as device:
                await device.publish("entities/urn:x:1/a", b"2", qos=2)
        async with aiomqtt.Client("127.0.0.1", port, identifier="c") as device:
            granted = await device.subscribe("#", qos=1)
        assert [one.is_failure for one in granted if not isinstance(one, int)] == [True]
        await until(accepted(mqtt, 1))
        await mqtt.stop()

    asyncio.run(story())
    assert taking.values == [1.0]


def accepted(mqtt: Mqtt, rows: int) -> Callable[[], Awaitable[bool]]:
    """Whether so many observations were taken."""

    async def look() -> bool:
        return (await mqtt.state()).accepted >= rows

    return look


def test_while_the_log_is_full_nothing_is_acknowledged_and_nothing_is_lost(
    mqtt: Mqtt, taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LogBusy, "retry_after_s", 0.05)

    async def story() -> tuple[bool, int]:
        taking.busy = True
        await mqtt.start()
        sending = asyncio.create_task(send(port_of(await mqtt.state()), [reading(n) for n in range(3)]))

        async def refused() -> bool:
            return taking.tried > 2

        await until(refused)
        acknowledged, accepted = sending.done(), (await mqtt.state()).accepted
        taking.busy = False
        await sending
        await mqtt.stop()
        return acknowledged, accepted

    assert asyncio.run(story()) == (False, 0)
    assert taking.values == [0.0, 1.0, 2.0]


def test_what_is_not_durable_at_the_end_was_not_acknowledged(
    mqtt: Mqtt, taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LogBusy, "retry_after_s", 0.05)

    async def story() -> bool:
        taking.busy = True
        await mqtt.start()
        async with aiomqtt.Client("127.0.0.1", port_of(await mqtt.state()), identifier="d", timeout=2) as device:
            with pytest.raises(aiomqtt.MqttError):
                await asyncio.gather(device.publish("entities/urn:x:1/a", b"2", qos=1), mqtt.stop())
        return True

    with suppress(aiomqtt.MqttError):  # the connection is gone
        asyncio.run(story())
    assert taking.values == []


def test_senders_are_slowed_down_when_more_waits_than_may_and_all_of_it_arrives(
    mqtt: Mqtt, taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MOST_WAITING_BYTES", 100_000)
    monkeypatch.setattr(LogBusy, "retry_after_s", 0.05)

    async def story() -> int:
        taking.busy = True
        await mqtt.start()
        port = port_of(await mqtt.state())
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01x")
        await reader.readexactly(4)
        topic = f"entities/{DEVICE}/level".encode()
        body = len(topic).to_bytes(2) + topic + b"7"
        writer.write((b"\x30" + bytes((len(body),)) + body) * 50_000)

        async def tried() -> bool:
            return taking.tried > 5

        await until(tried)
        waiting = (await mqtt.state()).waiting
        taking.busy = False
        await until(accepted(mqtt, 50_000))
        writer.close()
        await mqtt.stop()
        return waiting

    assert asyncio.run(story()) < 50_000
    assert len(taking.values) == 50_000


def test_large_messages_wait_for_room_and_all_of_them_arrive(
    mqtt: Mqtt, taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MOST_PARTIAL_BYTES", 1_000_000)
    rows = "".join(f"urn:x:1,level,2026-01-01T00:00:00Z,{n}\n" for n in range(20_000))
    payload = f"entity,attribute,time,value\n{rows}".encode()

    async def story() -> None:
        await mqtt.start()
        port = port_of(await mqtt.state())

        async def one(number: int) -> None:
            async with aiomqtt.Client("127.0.0.1", port, identifier=f"large-{number}") as device:
                await device.publish("observations/csv", payload, qos=1, timeout=PATIENCE_S)

        await asyncio.gather(*(one(number) for number in range(5)))
        await mqtt.stop()

    asyncio.run(story())
    assert len(taking.values) == 5 * 20_000


def test_a_message_above_8_mib_ends_the_connection_and_is_not_taken(mqtt: Mqtt, taking: Taking) -> None:
    async def story() -> bytes:
        await mqtt.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(await mqtt.state()))
        writer.write(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01x")
        await reader.readexactly(4)
        writer.write(b"\x32\x81\x80\x80\x04" + bytes(1_000))
        ended = await reader.read()
        writer.close()
        await mqtt.stop()
        return ended

    assert asyncio.run(story()) == b""
    assert taking.values == []


class Device:
    """Sends one reading after the other and remembers which were acknowledged."""

    def __init__(self, number: int) -> None:
        self.entity = f"urn:ngsi-ld:Device:{number}"
        self.first = number * 10**6
        self.acknowledged: set[int] = set()

    async def run(self, port: int) -> None:
        """Until the broker is gone."""
        try:
            async with aiomqtt.Client("127.0.0.1", port, identifier=self.entity) as device:
                for n in range(1_000_000):
                    stamp = f"2026-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z"
                    told = {"value": self.first + n, "observedAt": stamp, "type": "Device"}
                    await device.publish(f"entities/{self.entity}/level", json.dumps(told).encode(), qos=1)
                    self.acknowledged.add(self.first + n)
        except aiomqtt.MqttError:
            return


@pytest.mark.parametrize("enough", [pytest.param(1, marks=pytest.mark.slow), 400])
def test_after_kill_9_under_load_every_acknowledged_message_is_there_once(tmp_path: Path, enough: int) -> None:
    port = free_port()
    devices = [Device(n) for n in range(4)]

    async def load(server: Running) -> None:
        await send(port, [])
        running = [asyncio.create_task(one.run(port)) for one in devices]

        async def sent() -> bool:
            return sum(len(one.acknowledged) for one in devices) >= enough

        await until(sent)
        server.kill()
        await asyncio.gather(*running)

    with Running(tmp_path / "data", "", "--mqtt-port", str(port)) as server:
        asyncio.run(load(server))
    app = create_app(Settings(tmp_path / "data", mqtt_port=port, trust="machine"))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000)) as client:

        async def taken() -> bool:
            there = state_of(client)
            return there.running and there.waiting == 0

        asyncio.run(until(taken))
        filed_rows = filed(app.state.history)
        present = {one.entity: client.get(f"/ngsi-ld/v1/entities/{one.entity}").status_code for one in devices}

    values = [int(value) for _, value in filed_rows]
    assert len(values) == len(set(values))
    assert set(values) >= set().union(*(one.acknowledged for one in devices))
    assert all(present[one.entity] == 200 for one in devices if one.acknowledged)


def test_a_port_that_is_taken_and_an_open_address_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [
            "serve",
            "--trust",
            "machine",
            "--data",
            str(tmp_path),
            "--port",
            "0",
            "--mqtt-port",
            str(taken.getsockname()[1]),
        ]
        refused = CliRunner().invoke(cli.app, command)
    opened = CliRunner().invoke(cli.app, [*command[:5], "--mqtt-port", "0", "--host", "0.0.0.0"])  # noqa: S104

    assert isinstance(refused.exception, Conflict)
    assert refused.exception.where == "--mqtt-port"
    assert isinstance(opened.exception, UnsafeAddress)
