"""One device's connection: its bytes become messages, which are acknowledged once they are durable. Everything that a device can do wrong
ends here, with a reason where its version can say one.
"""

import asyncio
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING
from uuid import uuid4

from yuzhang.core.errors import InputRefused
from yuzhang.foundation.log.model import Microseconds
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.sources.mqtt import packets
from yuzhang.foundation.sources.mqtt.packets import MOST_PACKET_BYTES, Code, Hello, Malformed
from yuzhang.foundation.sources.mqtt.topics import Said

if TYPE_CHECKING:
    from yuzhang.foundation.sources.mqtt.listener import Listener

WITH_WILL = b"\x04"
"""The reason of a DISCONNECT that has the will published all the same (5.0, 3.14.2.1)."""
MOST_HELLO_BYTES = 64 * 2**10
SMALL_BYTES = 4 * 2**10
"""So much of a packet that is not all there yet may lie with any connection; for more the listener has to have room."""


@dataclass(slots=True, eq=False)
class Arrived:
    """A message on its way: `number` of QoS 1, b"" of QoS 0; `said` by its topic; `size`: bytes that it takes in memory, about."""

    connection: "Connection | None"
    number: bytes
    topic: str
    said: Said | InputRefused
    payload: bytes
    at: Microseconds
    device: Device | None
    size: int = 0


class Connection(asyncio.Protocol):
    """Made by the listener for each device that connects."""

    __slots__ = (
        "_left",
        "_listener",
        "_need",
        "began",
        "deaf_since",
        "device",
        "heard",
        "hello",
        "peer",
        "queued",
        "reserved",
        "reserved_at",
        "transport",
    )

    def __init__(self, listener: "Listener") -> None:
        self._listener = listener
        self._left = bytearray()
        self._need = 0
        self.deaf_since: float | None = None
        self.reserved = self.queued = 0
        self.reserved_at = 0.0
        self.transport: asyncio.Transport | None = None
        self.hello: Hello | None = None
        self.device: Device | None = None
        self.began = self.heard = monotonic()
        self.peer = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # TCP
        self.transport = transport
        named = transport.get_extra_info("peername")
        self.peer = str(named[0]) if named else ""
        self._listener.came(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone. Whoever did not say farewell leaves a will."""
        said = self.hello
        self.transport = None
        self._listener.left(self)
        if said is not None and said.will is not None:
            self._take(said.will.topic, said.will.payload, b"")

    @property
    def client(self) -> tuple[str, str]:
        """Whose connection it is, and the client id that it said: devices that say the same one are two all the same."""
        device, said = self.device, self.hello
        return "" if device is None else device.id, "" if said is None else said.client

    def pause_writing(self) -> None:
        """It does not read what it is answered: then it is not heard either."""
        self.deaf_since = monotonic()
        self.pause()

    def resume_writing(self) -> None:
        """It reads again."""
        self.deaf_since = None
        self.resume()

    def pause(self) -> None:
        """Read no more of it for now; TCP slows it down."""
        if self.transport is not None:
            self.transport.pause_reading()

    def resume(self) -> None:
        """Read on, if nothing else stands against it."""
        if self.transport is not None and not (self.deaf_since or self.queued or self._listener.full):
            self.heard = monotonic()
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Bytes came: take all whole packets among them."""
        self.heard = monotonic()
        if self._left:
            self._left += data
            if len(self._left) < self._need:
                return
            data = bytes(self._left)
        if self.reserved:
            self._listener.release(self)
        self._need = 0
        try:
            went = self._packets(data)
        except Malformed:
            self.end(Code.MALFORMED)
            return
        self._left = bytearray(data[went:])
        if self._need > SMALL_BYTES:
            self._listener.reserve(self, self._need)

    def _packets(self, data: bytes) -> int:
        """Take whole packets; how far they go. Raises Malformed."""
        at, end = 0, len(data)
        while end - at >= 2 and self.transport is not None and not self.transport.is_closing():
            first, length, begin = data[at], data[at + 1], at + 2
            if length & packets.MORE:
                found = _length(data, at + 1)
                if found is None:
                    return at
                length, begin = found
            if length > (MOST_HELLO_BYTES if self.hello is None else MOST_PACKET_BYTES):
                self.end(Code.TOO_LARGE)
                return end
            stop = begin + length
            if stop > end:
                self._need = stop - at
                return at
            if first >> 4 == packets.PUBLISH:
                self._publish(first, data, begin, stop)
            else:
                self._other(first, data[begin:stop])
            at = stop
        return at

    def _publish(self, first: int, data: bytes, begin: int, stop: int) -> None:
        if self.hello is None:
            raise Malformed("it did not introduce itself")
        qos = first >> 1 & 3
        at = begin + 2
        topic_end = at + (data[begin] << 8 | data[begin + 1]) if stop - begin >= 2 else stop + 1
        topic, at, number = data[at:topic_end], topic_end, b""
        if qos:
            number, at = data[at : at + 2], at + 2
        if self.hello.version == packets.V5 and at < stop:
            found = _length(data, at)
            at = stop + 1 if found is None else found[0] + found[1]
        if at > stop or not topic:
            raise Malformed("it ends too early")
        if qos > 1:
            self.end(Code.NO_QOS_2)
            return
        self._take(topic, data[at:stop], number)

    def _take(self, topic: bytes, payload: bytes, number: bytes) -> None:
        text, said, beside = self._listener.said(topic)
        moment, size = self._listener.moment(), beside + len(payload)
        self._listener.take(Arrived(self, number, text, said, payload, moment, self.device, size))

    def _other(self, first: int, body: bytes) -> None:
        kind = first >> 4
        if (self.hello is None) != (kind == packets.CONNECT):
            raise Malformed("CONNECT comes first, and once")
        if kind == packets.CONNECT:
            self._introduced(packets.hello(body))
        elif kind == packets.PINGREQ:
            self.write(packets.PINGRESP)
        elif kind in (packets.SUBSCRIBE, packets.UNSUBSCRIBE):
            assert self.hello is not None  # noqa: S101  # looked at above
            subscribing, version = kind == packets.SUBSCRIBE, self.hello.version
            number, count = packets.asked(body, version, options=subscribing)
            self.write(packets.refused(version, number, count, subscribing=subscribing))
        elif kind == packets.DISCONNECT:
            if body[:1] != WITH_WILL:
                self.forget_will()
            self.close()
        else:
            raise Malformed(f"a device sends no packet of type {kind}")

    def _introduced(self, said: Hello) -> None:
        code, assigned = packets.fault(said), ""
        if code is Code.SUCCESS:
            code, self.device = self._listener.known(said, self.peer)
        if said.version == packets.V5 and not said.client:
            assigned = uuid4().hex
            said = replace(said, client=assigned)
        self.write(packets.connected(said.version, code, assigned))
        if code is not Code.SUCCESS:
            self.close()
            return
        self.hello = said
        self._listener.introduced(self)

    def write(self, some: bytes) -> None:
        """Answer, if the device is still there."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(some)

    def end(self, code: Code) -> None:
        """End the connection, with the reason where the version can say one."""
        if self.hello is not None and self.hello.version == packets.V5:
            self.write(packets.farewell(code))
        self.close()

    def forget_will(self) -> None:
        """It ends in peace, or we do."""
        if self.hello is not None:
            self.hello = replace(self.hello, will=None)

    @property
    def closing(self) -> bool:
        """Whether its end began, and it is still there."""
        return self.transport is not None and self.transport.is_closing()

    def close(self) -> None:
        """End the connection, once what was written is away."""
        if self.transport is not None and not self.closing:  # TLS of Python 3.11 cannot abort what was closed twice
            self.transport.close()

    def abort(self) -> None:
        """End the connection now, whatever waits to be written."""
        if self.transport is not None:
            self.transport.abort()


def _length(data: bytes, at: int) -> tuple[int, int] | None:
    """A length that begins at `at`, and where it ends; None if its end is not there yet. Raises Malformed."""
    found = 0
    for place in range(packets.LONGEST_LENGTH):
        if at + place >= len(data):
            return None
        one = data[at + place]
        found |= (one & 0x7F) << 7 * place
        if not one & packets.MORE:
            return found, at + place + 1
    raise Malformed("a length is too long")
