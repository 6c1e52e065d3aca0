"""The log of a city on several machines: a stream of NATS JetStream, whose places are the log's positions.

Observations go straight to it and are accepted with its answer. What an operation did to the present is appended to the table
`log_record` in the operation's own transaction, and a relay takes it from there to the stream. How far readers have come is kept
in the database of the present, as with the embedded log. Every record carries its checksum; one that is larger than a message may
be goes in several, which lie in neighbouring places or not at all.
"""

import logging
import threading
from collections.abc import Callable
from time import monotonic, sleep
from uuid import uuid4

from yuzhang.core.leading import Leading
from yuzhang.foundation.log.bus import Bus
from yuzhang.foundation.log.embedded import MOST_WAITING, SET_ASIDE, EmbeddedLog, Reader, Write, filed
from yuzhang.foundation.log.errors import BusAway, LogBusy
from yuzhang.foundation.log.model import Entry
from yuzhang.foundation.log.parts import Reading, parts_of
from yuzhang.foundation.log.relay import Relay

LOOK_S = 0.5
"""How often a reader asks the stream whether it grew, should no word of it have come."""
OUTBOX_S = 10.0
TAIL_S = 2.0
log = logging.getLogger(__name__)


class StreamLog:
    """The log as its readers see it, with what `EmbeddedLog` has; `put` and `put_soon` accept observations."""

    def __init__(self, url: str, reader: Callable[[], Reader], write: Write, lead: Leading) -> None:
        """`lead` is that of the one relay of all nodes."""
        self.bus = Bus(url, MOST_WAITING)
        self._reader = reader
        self._write = write
        self._table = EmbeddedLog(reader, write)
        self._news = threading.Condition()
        self._head = 0
        self._woken = 0
        self._waiting = 0
        self._trimmed = 0
        self.relay = Relay(self.bus, reader, write, lead, self._reached)
        self.bus.on("head", lambda word: self._reached(int(word), tell=False))
        self.bus.on("outbox", lambda _: self.relay.wake())

    def start(self) -> None:
        """Make the stream if it is not there, and begin to relay. Raises BusAway, BusUnfit."""
        self.open()
        self.relay.start()

    def open(self) -> None:
        """Make the stream if it is not there: after what was filed already, should the bus have lost it."""
        kept = self._reader().all("SELECT max(position) FROM log_place")[0][0]
        self.bus.ask(self.bus.open(int(kept or 0) + 1))

    def close(self) -> None:
        """End the relay, whose work another node goes on with, and release the connection. After the last reader has stopped."""
        self.relay.stop()
        self.bus.close()

    def grew(self) -> None:
        """Something was committed, or a reader shall look up: wake the relay, wherever it is, and the readers of this process."""
        with self._news:
            self._woken += 1
            self._news.notify_all()
        self.relay.wake()
        if not self.relay.leading:
            self.bus.tell("outbox")

    def _reached(self, head: int, *, tell: bool = True) -> None:
        with self._news:
            self._head = max(self._head, head)
            self._news.notify_all()
        if tell and head:
            self.bus.tell("head", str(head).encode())

    def put(self, row: tuple[int, int, int, bytes]) -> None:
        """Accept a record as `row_of` made it; durable when this returns. Raises LogBusy, BusAway."""
        self._reached(self.bus.ask(self._putting(row)))

    async def put_soon(self, row: tuple[int, int, int, bytes]) -> None:
        """The same for an event loop."""
        self._reached(await self.bus.asked(self._putting(row)))

    async def _putting(self, row: tuple[int, int, int, bytes]) -> int:
        name = uuid4().hex
        return await self.bus.put(parts_of(name, row[3], row[2], await self.bus.room()))

    def wait(self, after: int, seconds: float, ending: threading.Event | None = None) -> bool:
        """Wait until there is a record after position `after`, `seconds` at most; whether there is one."""
        until = monotonic() + seconds
        with self._news:
            woken = self._woken
            if ending is not None and ending.is_set():
                return False
        while True:
            with self._news:
                if self._head <= after and self._woken == woken:
                    self._news.wait(min(max(until - monotonic(), 0), LOOK_S))
                if self._head > after:
                    return True
                ended = self._woken != woken
            self._look()
            if self._head > after:
                return True
            if ended or monotonic() >= until:
                return False

    def _look(self) -> None:
        """Learn how far the stream goes and how much is in it."""
        _, last, size = self.bus.ask(self.bus.state())
        self._waiting = size
        self._reached(last, tell=False)

    def read(self, after: int, most_bytes: int) -> tuple[list[Entry], int]:
        """Records after position `after` in order, about `most_bytes` of them but at least one, and the position read up to.

        A damaged record is set aside in the table `log_damaged`, is told by a warning of the caller, and is not among them; so are
        places that should hold one and are empty.
        """
        reading = Reading(after)
        patience = monotonic() + TAIL_S
        while True:
            some = self.bus.ask(self.bus.get(reading.place, most_bytes))
            for message in some:
                reading.take(message)
            if not reading.parts:
                break
            if not some:  # the rest of a record is not there yet, or never will be
                if monotonic() > patience:
                    reading.give_up()
                    break
                sleep(0.05)
        if reading.damaged:
            self._write(lambda transaction: transaction.many(SET_ASIDE, reading.damaged))
        for error in reading.errors:
            log.error("%s", error)
        return reading.entries, reading.place

    def place(self, reader: str) -> int:
        """How far `reader` has come; 0 at its beginning."""
        return self._table.place(reader)

    def head(self) -> int:
        """The newest position, once all that was appended in a transaction before is on the stream. Raises BusAway if it does not get there."""
        newest = self._reader().all("SELECT max(position) FROM log_record")[0][0]
        if newest is not None and not self.relay.wait(int(newest), OUTBOX_S):
            raise BusAway.at(self.bus.address.servers)
        return self.bus.ask(self.bus.state())[1]

    def trim(self) -> None:
        """Forget what every reader is past."""
        position = self._write(filed)
        if position and position > self._trimmed:
            self.bus.ask(self.bus.purge(position + 1))
            self._trimmed = position
        self._look()

    def hold(self, name: str, position: int, seconds: float) -> None:
        """Keep what comes after `position` for `seconds`, whoever has filed it."""
        self._table.hold(name, position, seconds)

    def release(self, name: str) -> None:
        """End a `hold`."""
        self._table.release(name)

    def waiting_bytes(self) -> int:
        """How much is not filed yet, as last seen: the stream itself refuses what it has no room for."""
        return self._waiting

    def check_room(self) -> None:
        """Raises LogBusy if more waits than may."""
        if self._waiting > MOST_WAITING * 0.95:
            raise LogBusy.at(self._waiting)
