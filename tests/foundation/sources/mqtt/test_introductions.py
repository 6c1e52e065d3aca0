"""A device introduces itself: it is told what is spoken here, gets a name if it has none, and hears why it may not come in."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import aiomqtt
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from foundation.sources.mqtt.test_devices import PATIENCE_S, Taking, accepted, free_port, port_of, until
from foundation.sources.mqtt.test_reasons import packet, publish, received, text
from yuzhang.foundation.sources.model import Door
from yuzhang.foundation.sources.mqtt.room import Mqtt

TOPIC = "entities/urn:x:1/online"


@pytest.fixture
def taking() -> Taking:
    """A door of the test's own."""
    return Taking()


@pytest.fixture
def mqtt(taking: Taking) -> Iterator[Mqtt]:
    """MQTT that runs."""
    made = Mqtt("127.0.0.1", free_port(), Door(taking), anonymous=True)
    asyncio.run(made.start())
    yield made
    asyncio.run(made.stop())


@dataclass
class Welcome:
    """What a real client library read in CONNACK."""

    reason: str = ""
    told: dict[str, object] = field(default_factory=dict)


def introduced(mqtt: Mqtt, client: paho.Client, properties: Properties | None = None, *, lost: bool = False) -> Welcome:
    """Connect, and say farewell, or be lost."""
    welcome, answered = Welcome(), threading.Event()

    def told(
        _client: paho.Client, _data: object, _flags: object, reason: ReasonCode, properties: Properties | None
    ) -> None:
        welcome.reason = str(reason)
        welcome.told = {} if properties is None else properties.json()  # type: ignore[no-untyped-call]  # paho's
        answered.set()

    client.on_connect = told
    port = port_of(asyncio.run(mqtt.state()))
    client.connect("127.0.0.1", port, properties=properties)
    client.loop_start()
    assert answered.wait(PATIENCE_S)
    if lost:
        client.loop_stop()
        there = client.socket()
        assert there is not None
        there.close()
    else:
        client.disconnect()
        client.loop_stop()
    return welcome


def device(client_id: str, version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5) -> paho.Client:
    """A device that comes once."""
    return paho.Client(CallbackAPIVersion.VERSION2, client_id, protocol=version, reconnect_on_failure=False)


def properties_of(packet_type: int) -> Properties:
    """Those of a kind of packet, none of them set."""
    return Properties(packet_type)  # type: ignore[no-untyped-call]  # paho's


def of_connect(**more: int) -> Properties:
    """Properties of CONNECT."""
    made = properties_of(PacketTypes.CONNECT)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def test_a_device_of_mqtt_5_is_told_what_is_not_spoken_here(mqtt: Mqtt) -> None:
    welcome = introduced(mqtt, device("a"), of_connect(SessionExpiryInterval=7_200))
    assert welcome == Welcome(
        "Success",
        {
            "SessionExpiryInterval": 0,
            "MaximumQoS": 1,
            "RetainAvailable": 0,
            "MaximumPacketSize": 8 * 2**20,
            "WildcardSubscriptionAvailable": 0,
            "SubscriptionIdentifierAvailable": 0,
            "SharedSubscriptionAvailable": 0,
        },
    )


def test_a_device_of_mqtt_5_without_a_client_id_is_given_one_that_nobody_else_has(mqtt: Mqtt) -> None:
    given = [introduced(mqtt, device("")).told.get("AssignedClientIdentifier") for _ in range(2)]
    assert all(given)
    assert len(set(given)) == 2


def test_who_comes_again_under_the_client_id_that_it_was_given_takes_its_own_place(mqtt: Mqtt) -> None:
    async def story() -> bytes:
        port = port_of(await mqtt.state())
        first, one = await asyncio.open_connection("127.0.0.1", port)
        one.write(packet(0x10, text("MQTT") + b"\5\2\0\0\0" + text("")))
        told = await received(first)
        given = told[told.index(b"\x12") + 3 :].decode()
        again, two = await asyncio.open_connection("127.0.0.1", port)
        two.write(packet(0x10, text("MQTT") + b"\5\0\0\0\0" + text(given)))
        await received(again)
        farewell = await first.read()
        one.close()
        two.close()
        return farewell

    assert asyncio.run(story()) == b"\xe0\1\x8e"


@pytest.mark.parametrize(
    ("flags", "client", "answer"),
    [(0x00, "", 0x02), (0x02, "", 0x00), (0x00, "a", 0x00)],
    ids=["a session of nobody", "no session", "a name"],
)
def test_a_device_of_3_1_1_that_wants_its_session_again_has_to_say_whose(
    mqtt: Mqtt, taking: Taking, flags: int, client: str, answer: int
) -> None:
    async def story() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(await mqtt.state()))
        writer.write(packet(0x10, text("MQTT") + bytes((4, flags, 0, 0)) + text(client)))
        writer.write(packet(0x32, text(TOPIC) + b"\0\7" + b"1"))
        told = await received(reader)
        rest = b"" if answer else await reader.readexactly(4)
        writer.write(b"\xe0\0")
        with suppress(ConnectionError):  # what it sent after it was refused was not read
            assert await reader.read() == b""
        writer.close()
        return told + rest

    assert asyncio.run(story()) == bytes((0x20, 2, 0, answer)) + (b"" if answer else b"\x40\2\0\7")
    assert taking.values == ([] if answer else [1.0])


@pytest.mark.parametrize(
    ("qos", "retained", "reason"), [(2, False, "QoS not supported"), (1, True, "Retain not supported")]
)
def test_a_will_that_mqtt_5_cannot_have_here_is_refused_with_the_reason_and_nothing_of_it_is_taken(
    mqtt: Mqtt, taking: Taking, qos: int, retained: bool, reason: str
) -> None:
    client = device("w")
    client.will_set(TOPIC, b"0", qos, retained)

    welcome = introduced(mqtt, client)
    second = device("w")
    second.will_set(TOPIC, b"5", 1)
    introduced(mqtt, second, lost=True)
    asyncio.run(until(accepted(mqtt, 1)))

    assert welcome == Welcome(reason)
    assert taking.values == [5.0]


def test_a_device_of_3_1_1_that_has_no_word_for_it_is_let_in_with_any_will(mqtt: Mqtt, taking: Taking) -> None:
    client = device("w", MQTTProtocolVersion.MQTTv311)
    client.will_set(TOPIC, b"0", 2, retain=True)
    assert introduced(mqtt, client, lost=True).reason == "Success"
    asyncio.run(until(accepted(mqtt, 1)))
    assert taking.values == [0.0]


def test_a_will_with_a_delay_is_taken_at_once_as_the_session_ends_with_the_connection(
    mqtt: Mqtt, taking: Taking
) -> None:
    client, delay = device("w"), properties_of(PacketTypes.WILLMESSAGE)
    delay.WillDelayInterval = 3_600
    client.will_set(TOPIC, b"0", 1, properties=delay)
    told = introduced(mqtt, client, of_connect(SessionExpiryInterval=7_200), lost=True).told
    asyncio.run(until(accepted(mqtt, 1)))
    assert told["SessionExpiryInterval"] == 0
    assert taking.values == [0.0]


def test_a_reading_that_is_to_be_retained_is_a_reading(mqtt: Mqtt, taking: Taking) -> None:
    async def story() -> None:
        port = port_of(await mqtt.state())
        for version in (aiomqtt.ProtocolVersion.V5, aiomqtt.ProtocolVersion.V311):
            async with aiomqtt.Client("127.0.0.1", port, identifier="r", protocol=version) as client:
                await client.publish("entities/urn:x:1/level", b"1", qos=1, retain=True)

    asyncio.run(story())
    assert taking.values == [1.0, 1.0]


def test_a_device_that_subscribes_all_the_same_is_told_no_and_its_readings_count(mqtt: Mqtt, taking: Taking) -> None:
    async def story() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(await mqtt.state()))
        writer.write(packet(0x10, text("MQTT") + b"\5\2\0\0\0" + text("a")))
        await received(reader)
        writer.write(packet(0x82, b"\0\1\0" + text("commands/#") + b"\1"))
        writer.write(publish("entities/urn:x:1/level", b"1"))
        told = await received(reader) + await received(reader)
        writer.close()
        return told

    assert asyncio.run(story()) == b"\x90\4\0\1\0\x87" + b"\x40\2\0\7"
    assert taking.values == [1.0]
