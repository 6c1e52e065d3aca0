"""What a device may do on its connection, and what ends it: bytes that are no MQTT, a will, a wrong secret."""

import asyncio
from contextlib import suppress

import aiomqtt
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from foundation.sources.mqtt.test_devices import (
    DEVICE,
    Taking,
    accepted,
    free_port,
    mqtt,
    port_of,
    served,
    taking,
    until,
)
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.foundation.registry import model as registered
from yuzhang.foundation.registry.actions import add, revoke
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.sources.dead.actions import letters
from yuzhang.foundation.sources.dead.room import DeadLetters
from yuzhang.foundation.sources.model import Door
from yuzhang.foundation.sources.mqtt.room import Mqtt

__all__ = ["mqtt", "served", "taking"]


@given(junk=st.binary(min_size=1, max_size=200), greeted=st.booleans())
def test_bytes_that_are_no_mqtt_end_their_own_connection_and_no_other(junk: bytes, greeted: bool) -> None:
    async def story() -> list[float]:
        taking = Taking()
        mqtt = Mqtt("127.0.0.1", free_port(), Door(taking), anonymous=True)
        await mqtt.start()
        port = port_of(await mqtt.state())
        async with aiomqtt.Client("127.0.0.1", port, identifier="good") as device:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            if greeted:
                writer.write(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01x")
            writer.write(junk)
            writer.write_eof()
            with suppress(OSError):
                await reader.read()
            writer.close()
            await device.publish(f"entities/{DEVICE}/level", b"1", qos=1)
        await mqtt.stop()
        return taking.values

    assert 1.0 in asyncio.run(story())


def test_readings_that_come_in_one_piece_each_have_a_moment_of_their_own_and_none_takes_the_place_of_another(
    mqtt: Mqtt, taking: Taking
) -> None:
    count = 2_000

    async def story() -> None:
        await mqtt.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(await mqtt.state()))
        writer.write(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01x")
        await reader.readexactly(4)
        topic = f"entities/{DEVICE}/level".encode()
        body = len(topic).to_bytes(2) + topic
        writer.write(b"".join(b"\x30" + bytes((len(body) + 1,)) + body + b"%d" % (one % 10) for one in range(count)))
        await until(accepted(mqtt, count))
        writer.close()
        await mqtt.stop()

    asyncio.run(story())
    assert len(set(taking.times)) == count
    assert [value for _, value in sorted(zip(taking.times, taking.values, strict=True))] == [
        float(one % 10) for one in range(count)
    ]


def test_the_will_of_a_device_that_is_lost_is_taken_and_of_one_that_says_farewell_is_not(
    mqtt: Mqtt, taking: Taking
) -> None:
    async def story() -> None:
        await mqtt.start()
        port = port_of(await mqtt.state())
        for lost in (True, False):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            topic, payload = b"entities/urn:x:1/online", b"0"
            body = b"\x00\x04MQTT\x04\x06\x00\x00\x00\x01w"
            body += len(topic).to_bytes(2) + topic + len(payload).to_bytes(2) + payload
            writer.write(b"\x10" + bytes((len(body),)) + body)
            await reader.readexactly(4)
            if not lost:
                writer.write(b"\xe0\x00")
                await reader.read()
            writer.close()
            await until(accepted(mqtt, 1))
        await mqtt.stop()

    asyncio.run(story())
    assert taking.values == [0.0]


def test_a_device_proves_who_it_is_and_writes_only_what_is_its_own(storage: Storage, taking: Taking) -> None:
    registry = Registry(storage)
    secrets = {}
    for name in ("p-1", "p-2"):
        added = add(registry, OPERATOR, registered.Device(name, kind="PumpStation", entity=f"urn:x:{name}"))
        assert added.credential is not None
        secrets[name] = added.credential.secret
    dead = DeadLetters(storage)
    mqtt = Mqtt("127.0.0.1", free_port(), Door(taking), registry, dead)

    async def story() -> None:
        await mqtt.start()
        port = port_of(await mqtt.state())
        for name, secret in ((None, None), ("p-1", "wrong"), ("p-9", secrets["p-1"])):
            with pytest.raises(aiomqtt.MqttError):
                async with aiomqtt.Client("127.0.0.1", port, username=name, password=secret, timeout=2):
                    pass
        async with aiomqtt.Client("127.0.0.1", port, username="p-1", password=secrets["p-1"]) as device:
            await device.publish("entities/urn:x:p-1/level", b"1", qos=1)
            await device.publish("entities/urn:x:p-2/level", b"2", qos=1)
            revoke(registry, OPERATOR, "p-1")  # which ends what is connected, too
            with pytest.raises(aiomqtt.MqttError):
                await device.publish("entities/urn:x:p-1/level", b"3", qos=1, timeout=2)
        with pytest.raises(aiomqtt.MqttError):
            async with aiomqtt.Client("127.0.0.1", port, username="p-1", password=secrets["p-1"], timeout=2):
                pass
        await mqtt.stop()

    asyncio.run(story())
    assert taking.values == [1.0]
    assert [(one.code, one.place, one.sender) for one in letters(dead, OPERATOR)] == [
        ("not-its-own", "entities/urn:x:p-2/level", "p-1")
    ]


def test_a_gateway_need_not_say_what_the_devices_behind_it_are(served: tuple[TestClient, int]) -> None:
    client, port = served
    registry = client.app.state.registry  # type: ignore[attr-defined]
    gateway = registered.Device("g-1", kind="Gateway", entity="urn:x:g-1", writes=("urn:x:p-1",))
    added = add(registry, OPERATOR, gateway)
    add(registry, OPERATOR, registered.Device("p-1", kind="PumpStation", entity="urn:x:p-1", gateway="g-1"))
    assert added.credential is not None
    secret = added.credential.secret

    async def story() -> None:
        async with aiomqtt.Client("127.0.0.1", port, username="g-1", password=secret) as device:
            await device.publish("entities/urn:x:p-1", b'{"level": 1.5, "flow": 2}', qos=1)

    asyncio.run(story())

    async def there() -> bool:
        return client.get("/ngsi-ld/v1/entities/urn:x:p-1").status_code == 200

    asyncio.run(until(there))
    pump = client.get("/ngsi-ld/v1/entities/urn:x:p-1").json()
    assert (pump["type"], pump["level"]["value"], pump["flow"]["value"]) == ("PumpStation", 1.5, 2)
