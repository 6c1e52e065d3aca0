"""Devices of the benchmark `live`, in a process of their own: raw sockets and ready bytes, so that the sender is not what is measured.

Reads orders as JSON from standard input, one a line, and answers each with one line of JSON. First {"port", "secrets": {name: [secret,
[entity, …]]}}; then {"do": "send", "seconds", "rate"} (`rate` 0: as fast as it is acknowledged; `once`: until every thing sent), {"do":
"flood", "seconds"} for senders that wait for no acknowledgement, or {"do": "packed", "seconds"} for many observations in a message.
"""

import gc
import json
import select
import socket
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

ALARM_EVERY = 101
"""One of so many messages breaks the rule, and the next one of its thing ends the alarm; a prime, so that all things have their turn."""
IN_FLIGHT = 8_192
PACKED_ROWS, PACKED_IN_FLIGHT = 1_000, 4
CONNECTING = 256
PATIENCE_S = 180.0
BUFFER = 64 * 2**10
"""Bytes that lie with the kernel for one sender that waits for nothing."""
FLOODING = 100
LOW, STEP = 10.0, 1e-6
"""The battery level of a message that breaks the rule; how many there were before stands in its decimals."""


def length(count: int) -> bytes:
    """A remaining length as MQTT 3.1.1, clause 2.2.3, writes it."""
    out = bytearray()
    while True:
        count, part = divmod(count, 128)
        out.append(part | (128 if count else 0))
        if not count:
            return bytes(out)


def text(value: str) -> bytes:
    """A text with its length."""
    return len(value.encode()).to_bytes(2) + value.encode()


def reading(level: bytes, count: int) -> bytes:
    """The smart meter of ThingsBoard's published tests: three points, a number, a flag and a number."""
    return b'{"pulseCounter": %d, "leakage": false, "batteryLevel": %s}' % (1_000_000 + count % 1_000_000, level)


PLAIN = b"81"
MARKED = b"%.6f" % LOW
SIZES = {len(PLAIN): len(reading(PLAIN, 0)), len(MARKED): len(reading(MARKED, 0))}


@dataclass(slots=True)
class Thing:
    """What is measured: its PUBLISH up to the packet's number, by the length of a level, and whether it said last that its battery is low."""

    heads: dict[int, bytes]
    low: bool = False


@dataclass(slots=True)
class Sender:
    """A connection, and when each message was sent that is not acknowledged."""

    socket: socket.socket
    things: list[Thing]
    entities: list[str]
    sent: deque[float] = field(default_factory=deque)
    number: int = 0
    turn: int = 0
    part: int = 0
    left: bytes = b""


def thing(entity: str) -> Thing:
    """A thing and what its messages begin with."""
    topic = text(f"entities/{entity}")
    return Thing({level: b"\x32" + length(len(topic) + 2 + size) + topic for level, size in SIZES.items()})


class Fleet:
    """All connections of one process."""

    def __init__(self, port: int, secrets: dict[str, tuple[str, list[str]]]) -> None:
        self.poll = select.epoll()
        self.senders: dict[int, Sender] = {}
        self.count = self.owed = 0
        self.marks: list[float] = []
        """When each message was sent that breaks the rule."""
        waiting: list[Sender] = []
        for name, (secret, entities) in secrets.items():
            one = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            body = text("MQTT") + b"\x04\xc2\x00\x00" + text(name) + text(name) + text(secret)
            one.sendall(b"\x10" + length(len(body)) + body)
            waiting.append(Sender(one, [thing(entity) for entity in entities], entities))
            if len(waiting) == CONNECTING:
                self._welcome(waiting)
        self._welcome(waiting)
        self.order = list(self.senders.values())

    def _welcome(self, waiting: list[Sender]) -> None:
        for one in waiting:
            if one.socket.recv(4) != b"\x20\x02\x00\x00":
                raise SystemExit("refused")
            one.socket.setblocking(False)
            self.senders[one.socket.fileno()] = one
            self.poll.register(one.socket, select.EPOLLIN)
        waiting.clear()

    def send(self, seconds: float, rate: int, *, once: bool = False) -> dict[str, Any]:
        """Send for so long, then wait until all of it is acknowledged."""
        delays: list[float] = []
        sent = acknowledged = place = most = 0
        things = sum(len(one.things) for one in self.order)
        began, worked = time.monotonic(), time.process_time()
        until = began + seconds
        each = max(1, IN_FLIGHT // len(self.order))
        while True:
            now = time.monotonic()
            is_over = sent >= things if once else now >= until
            open_ = sent - acknowledged
            due = 0 if is_over else int((now - began) * rate) - sent if rate else IN_FLIGHT - open_
            for _ in range(min(due, len(self.order) * each)):
                one = self.order[place % len(self.order)]
                place += 1
                if len(one.sent) < each or rate:
                    self._one(one)
                    sent += 1
            most = max(most, sent - acknowledged)
            acknowledged += self._hear(0.0005 if rate else 0.005, delays)
            if is_over and acknowledged == sent:
                break
            if now >= until + PATIENCE_S:
                raise SystemExit(f"{sent - acknowledged} messages are not acknowledged")
        spent = time.monotonic() - began
        return {
            "acknowledged": acknowledged,
            "seconds": spent,
            "most_in_flight": most,
            "loader_cores": round((time.process_time() - worked) / spent, 2),
            **told(delays),
        }

    def _one(self, one: Sender) -> None:
        packet = self._next(one)
        if one.socket.send(packet) != len(packet):
            raise SystemExit("a connection takes no more")
        one.sent.append(time.monotonic())

    def _next(self, one: Sender) -> bytes:
        """The next message of a connection."""
        of = one.things[one.turn % len(one.things)]
        one.turn += 1
        self.count += 1
        self.owed += self.count % ALARM_EVERY == 0
        level, of.low = PLAIN, bool(self.owed) and not of.low
        if of.low:
            self.owed -= 1
            level = b"%.6f" % (LOW + STEP * len(self.marks))
            self.marks.append(time.monotonic())
        one.number = one.number % 65_000 + 1
        return of.heads[len(level)] + one.number.to_bytes(2) + reading(level, self.count)

    def _hear(self, patience_s: float, delays: list[float] | None) -> int:
        """Take what is acknowledged; how many."""
        heard = 0
        for number, _ in self.poll.poll(patience_s):
            one = self.senders[number]
            got = len(one.socket.recv(65_536))
            if not got:
                raise SystemExit("a connection ended")
            whole, one.part = divmod(got + one.part, 4)
            heard += whole
            if delays is not None:
                now = time.monotonic()
                delays += [now - one.sent.popleft() for _ in range(whole)]
        return heard

    def flood(self, seconds: float) -> dict[str, Any]:
        """Some connections write for so long as fast as TCP takes it, whatever is acknowledged; then what was written is waited for."""
        some = self.order[:FLOODING]
        for one in some:
            one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        began = time.monotonic()
        sent = heard = turned_away = tried = at_end = 0
        while (now := time.monotonic()) < began + seconds:
            for one in some:
                tried += 1
                if not one.left:
                    one.left = b"".join(self._next(one) for _ in range(32))
                    sent += 32
                try:
                    one.left = one.left[one.socket.send(one.left) :]
                except BlockingIOError:
                    turned_away += 1
            heard += self._hear(0, None)
            at_end = heard
        spent = now - began
        while heard < sent:
            for one in some:
                with suppress(BlockingIOError):
                    one.left = one.left[one.socket.send(one.left) :]
            heard += self._hear(0.01, None)
            if time.monotonic() > began + seconds + PATIENCE_S:
                raise SystemExit(f"{sent - heard} messages are not acknowledged")
        return {
            "connections": len(some),
            "written": sent,
            "acknowledged": heard,
            "seconds": time.monotonic() - began,
            "acknowledged_per_s_meanwhile": round(at_end / spent),
            "writes_that_tcp_turned_away": round(turned_away / tried, 3),
        }

    def packed(self, seconds: float) -> dict[str, Any]:
        """Messages of many observations, from one sender, of things that are its own."""
        one, topic = self.order[0], text("observations/csv")
        sent = acknowledged = 0
        began, worked = time.monotonic(), time.process_time()
        while (now := time.monotonic()) < began + seconds or acknowledged < sent:
            while now < began + seconds and sent - acknowledged < PACKED_IN_FLIGHT:
                stamp = time.time_ns() // 1000
                rows = "".join(
                    f"{one.entities[at % len(one.entities)]},pulseCounter,{stamp + at},{at}\n"
                    for at in range(PACKED_ROWS)
                )
                payload = topic + (sent % 65_000 + 1).to_bytes(2) + b"entity,attribute,time_us,value\n" + rows.encode()
                one.socket.setblocking(True)
                one.socket.sendall(b"\x32" + length(len(payload)) + payload)
                one.socket.setblocking(False)
                sent += 1
            acknowledged += self._hear(0.01, None)
        spent = time.monotonic() - began
        share = round((time.process_time() - worked) / spent, 2)
        return {
            "acknowledged": acknowledged,
            "rows": acknowledged * PACKED_ROWS,
            "seconds": spent,
            "loader_cores": share,
        }


def told(delays: list[float]) -> dict[str, float]:
    """The middle and the end of delays, in milliseconds."""
    delays.sort()
    return {
        "p50_ms": round(delays[len(delays) // 2] * 1000, 1),
        "p99_ms": round(delays[len(delays) * 99 // 100] * 1000, 1),
    }


def main() -> None:
    """Do what is ordered until nothing more is."""
    said = json.loads(sys.stdin.readline())
    fleet = Fleet(said["port"], said["secrets"])
    print(json.dumps({"connections": len(fleet.senders)}), flush=True)
    gc.freeze()
    gc.disable()
    for line in sys.stdin:
        order = json.loads(line)
        before = len(fleet.marks)
        if order["do"] == "flood":
            answer = fleet.flood(order["seconds"])
        elif order["do"] == "packed":
            answer = fleet.packed(order["seconds"])
        else:
            answer = fleet.send(order["seconds"], order["rate"], once=order.get("once", False))
        print(json.dumps(answer | {"first_mark": before, "marks": fleet.marks[before:]}), flush=True)


if __name__ == "__main__":
    main()
