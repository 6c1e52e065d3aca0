"""Devices of MQTT 5 are told why; whoever is silent, or comes again under the same name, is sent away; TLS, where it is asked for."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiomqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from foundation.sources.mqtt.test_devices import Taking, free_port, port_of
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.foundation.registry.actions import add, revoke
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.sources.model import Door
from yuzhang.foundation.sources.mqtt import listener
from yuzhang.foundation.sources.mqtt.room import Mqtt

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def text(value: str) -> bytes:
    """A text with its length."""
    return len(value.encode()).to_bytes(2) + value.encode()


def packet(first: int, body: bytes) -> bytes:
    """A short packet."""
    return bytes((first, len(body))) + body


async def received(reader: asyncio.StreamReader) -> bytes:
    """The next short packet."""
    head = await reader.readexactly(2)
    return head + await reader.readexactly(head[1])


@asynccontextmanager
async def greeted(
    port: int, client: str, name: str = "", secret: str = "", keep_alive_s: int = 0
) -> AsyncIterator[Ends]:
    """A device of MQTT 5 that was let in."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    flags = 0xC2 if name else 0x02
    body = text("MQTT") + bytes((5, flags)) + keep_alive_s.to_bytes(2) + b"\0" + text(client)
    writer.write(packet(0x10, body + (text(name) + text(secret) if name else b"")))
    try:
        assert (await received(reader))[:4] == b"\x20\x17\0\0"
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def publish(topic: str, payload: bytes, qos: int = 1) -> bytes:
    """A message of MQTT 5 with the number 7."""
    return packet(0x30 | qos << 1, text(topic) + b"\0\7\0" + payload)


@pytest.fixture
def taking() -> Taking:
    """A door of the test's own."""
    return Taking()


@pytest.fixture
def mqtt(taking: Taking) -> Mqtt:
    """MQTT that is not started."""
    return Mqtt("127.0.0.1", free_port(), Door(taking), anonymous=True)


def test_a_device_of_mqtt_5_is_told_why_a_message_was_not_taken(storage: Storage, taking: Taking) -> None:
    registry = Registry(storage)
    credential = add(registry, OPERATOR, Device("p-1", kind="PumpStation", entity="urn:x:p-1")).credential
    assert credential is not None
    mqtt = Mqtt("127.0.0.1", free_port(), Door(taking), registry)

    async def story() -> list[bytes]:
        await mqtt.start()
        told: list[bytes] = []
        port = port_of(await mqtt.state())
        async with greeted(port, "a", "p-1", credential.secret) as (reader, writer):
            await say(reader, writer, told)
        await mqtt.stop()
        return told

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, told: list[bytes]) -> None:
        for topic, payload in (
            ("entities/urn:x:p-1/level", b"1"),
            ("entities/urn:x:p-2/level", b"2"),
            ("nonsense", b"3"),
            ("entities/urn:x:p-1", b"{no"),
        ):
            writer.write(publish(topic, payload))
            told.append((await received(reader))[4:])
        writer.write(publish("entities/urn:x:p-1/level", b"5", qos=2))
        told.append(await reader.read())

    assert asyncio.run(story()) == [b"", b"\x87", b"\x90", b"\x99", b"\xe0\x01\x9b"]
    assert taking.values == [1.0]


def test_who_comes_again_under_the_same_client_id_takes_the_place_of_the_one_before(mqtt: Mqtt, taking: Taking) -> None:
    async def story() -> tuple[bytes, int]:
        await mqtt.start()
        port = port_of(await mqtt.state())
        async with greeted(port, "same") as (first, _), greeted(port, "same") as (reader, writer):
            farewell = await first.read()
            writer.write(publish("entities/urn:x:1/level", b"1"))
            assert await reader.readexactly(4) == b"\x40\x02\0\7"
            left = (await mqtt.state()).connections
        await mqtt.stop()
        return farewell, left

    assert asyncio.run(story()) == (b"\xe0\x01\x8e", 1)
    assert taking.values == [1.0]


def test_a_device_that_takes_the_client_id_of_another_one_sends_nobody_away(storage: Storage, taking: Taking) -> None:
    registry = Registry(storage)
    secrets = {}
    for name in ("p-1", "p-2"):
        credential = add(registry, OPERATOR, Device(name, kind="PumpStation", entity=f"urn:x:{name}")).credential
        assert credential is not None
        secrets[name] = credential.secret
    mqtt = Mqtt("127.0.0.1", free_port(), Door(taking), registry)

    async def story() -> None:
        await mqtt.start()
        port = port_of(await mqtt.state())
        async with (
            greeted(port, "p-1", "p-1", secrets["p-1"]) as (reader, writer),
            greeted(port, "p-1", "p-2", secrets["p-2"]),
        ):
            writer.write(publish("entities/urn:x:p-1/level", b"1"))
            assert await reader.readexactly(4) == b"\x40\x02\0\7"
            assert (await mqtt.state()).connections == 2
        await mqtt.stop()

    asyncio.run(story())
    assert taking.values == [1.0]


def test_a_device_that_is_revoked_leaves_no_last_will(storage: Storage, taking: Taking) -> None:
    registry = Registry(storage)
    credential = add(registry, OPERATOR, Device("p-1", kind="PumpStation", entity="urn:x:p-1")).credential
    assert credential is not None
    mqtt = Mqtt("127.0.0.1", free_port(), Door(taking), registry)
    will = b"\0" + text("entities/urn:x:p-1/level") + text("99")

    async def story() -> None:
        await mqtt.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(await mqtt.state()))
        body = text("MQTT") + b"\x05\xc6\0\0\0" + text("a") + will + text("p-1") + text(credential.secret)
        writer.write(packet(0x10, body))
        await received(reader)
        revoke(registry, OPERATOR, "p-1")
        assert await reader.read() == b"\xe0\x01\x87"
        writer.close()
        await mqtt.stop()

    asyncio.run(story())
    assert taking.values == []


def test_a_device_that_is_silent_for_longer_than_it_said_is_sent_away(
    mqtt: Mqtt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "LOOK_S", 0.02)
    monkeypatch.setattr(listener, "SILENT", 0.1)

    async def story() -> tuple[bytes, bytes]:
        await mqtt.start()
        port = port_of(await mqtt.state())
        async with greeted(port, "steady") as (steady, answer), greeted(port, "silent", keep_alive_s=1) as (silent, _):
            farewell = await silent.read()
            answer.write(b"\xc0\x00")
            pong = await steady.readexactly(2)
        await mqtt.stop()
        return farewell, pong

    assert asyncio.run(story()) == (b"\xe0\x01\x8d", b"\xd0\x00")


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 for a day, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    to, secret = folder / "certificate.pem", folder / "key.pem"
    to.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, plain, serialization.NoEncryption()))
    return to, secret


def test_with_a_certificate_devices_speak_tls_and_nobody_speaks_in_clear(tmp_path: Path, taking: Taking) -> None:
    to, secret = certificate(tmp_path)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(to, secret)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    theirs.check_hostname = False
    theirs.load_verify_locations(to)
    mqtt = Mqtt("127.0.0.1", free_port(), Door(taking), anonymous=True, tls=ours)

    async def story() -> None:
        await mqtt.start()
        port = port_of(await mqtt.state())
        async with aiomqtt.Client("127.0.0.1", port, identifier="t", tls_context=theirs) as device:
            await device.publish("entities/urn:x:1/level", b"1", qos=1)
        with pytest.raises(aiomqtt.MqttError):
            async with aiomqtt.Client("127.0.0.1", port, identifier="clear", timeout=2):
                pass
        await mqtt.stop()

    asyncio.run(story())
    assert taking.values == [1.0]
