"""What one device can take of the server's memory is bounded, whatever it sends, and whatever it does not read."""

import asyncio
import socket
import threading
from collections.abc import Sequence

import pytest

from foundation.sources.mqtt.test_devices import Taking, free_port, port_of, until
from foundation.sources.mqtt.test_reasons import packet, received, text
from yuzhang.foundation.sources.model import Door
from yuzhang.foundation.sources.mqtt import listener
from yuzhang.foundation.sources.mqtt.connection import Arrived, Connection
from yuzhang.foundation.sources.mqtt.listener import Listener, Refused
from yuzhang.foundation.sources.mqtt.packets import Code
from yuzhang.foundation.sources.mqtt.room import Mqtt

GREETING = packet(0x10, text("MQTT") + b"\4\2\0\0" + text("x"))


class Slow:
    """Takes messages once it may."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.took: list[int] = []

    def take(self, messages: Sequence[Arrived]) -> Refused:
        """Messages that came together."""
        self.may.wait()
        self.took.append(len(messages))
        return []


def test_long_topics_take_of_the_room_for_what_waits_and_all_of_their_messages_arrive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listener, "MOST_WAITING_BYTES", 2_000_000)
    slow, count, port = Slow(), 300, free_port()
    served = Listener(slow.take, lambda _said, _peer: (Code.SUCCESS, None), 10)
    served.start("127.0.0.1", port)

    async def story() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GREETING)
        await received(reader)
        for n in range(count):
            body = text(f"entities/{n:060000}/level") + b"1"
            length = len(body)
            writer.write(bytes((0x30, length & 0x7F | 0x80, length >> 7 & 0x7F | 0x80, length >> 14)) + body)

        async def full() -> bool:
            return served.full

        await until(full)
        slow.may.set()

        async def arrived() -> bool:
            return sum(slow.took) == count

        await until(arrived)
        writer.close()

    try:
        asyncio.run(story())
    finally:
        slow.may.set()
        served.stop()
    assert max(slow.took) < 60
    assert not served.full


@pytest.mark.parametrize("keep_alive_s", [0, 1])
def test_who_asks_and_never_reads_an_answer_is_cut_off_and_its_memory_is_free(
    monkeypatch: pytest.MonkeyPatch, keep_alive_s: int
) -> None:
    monkeypatch.setattr(listener, "LOOK_S", 0.02)
    if not keep_alive_s:
        monkeypatch.setattr(listener, "SLOW_S", 0.05)
    made = Connection.connection_made

    def narrow(self: Connection, transport: asyncio.Transport) -> None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        made(self, transport)

    monkeypatch.setattr(Connection, "connection_made", narrow)
    mqtt = Mqtt("127.0.0.1", free_port(), Door(Taking()), anonymous=True)

    async def story() -> None:
        await mqtt.start()
        with socket.socket() as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            peer.connect(("127.0.0.1", port_of(await mqtt.state())))
            peer.sendall(packet(0x10, text("MQTT") + b"\4\2" + keep_alive_s.to_bytes(2) + text("deaf")))
            assert peer.recv(4) == b"\x20\2\0\0"
            peer.setblocking(False)

            async def gone() -> bool:
                try:
                    peer.send(b"\xc0\0" * 20_000)
                except BlockingIOError:
                    pass
                except ConnectionError:
                    return (await mqtt.state()).connections == 0
                return False

            await until(gone)
        await mqtt.stop()

    asyncio.run(story())
