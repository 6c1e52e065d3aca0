"""The relay: takes what operations appended to the table `log_record` to the stream, in order, and deletes it there.

One of all nodes does it. It may be killed anywhere: what it took and did not delete is known to the stream by its name when it
comes again.
"""

import logging
import threading
from collections.abc import Callable
from time import monotonic

from yuzhang.core.errors import YuzhangError
from yuzhang.core.leading import Leading
from yuzhang.foundation.log.bus import Bus, Message
from yuzhang.foundation.log.embedded import Reader, Write
from yuzhang.foundation.log.parts import by_record, parts_of

NEXT = "SELECT position, bytes FROM log_record ORDER BY position LIMIT 500"
ROWS = "SELECT position, checksum, payload FROM log_record WHERE position <= ? ORDER BY position"
LEFT = "SELECT 1 FROM log_record WHERE position <= ? LIMIT 1"
BYTES_AT_ONCE = 16 * 2**20
MOST_AT_ONCE = 900
"""Messages of one batch; a stream takes 1,000."""
LOOK_S, AGAIN_S = 0.2, 1.0
log = logging.getLogger(__name__)


class Relay:
    """A thread of its own; `told` is called with the stream's newest place."""

    def __init__(
        self, bus: Bus, reader: Callable[[], Reader], write: Write, lead: Leading, told: Callable[[int], None]
    ):
        self._bus = bus
        self._reader = reader
        self._write = write
        self._lead = lead
        self._told = told
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._woken = threading.Event()
        self._moved = threading.Condition()
        self.leading = False

    def start(self) -> None:
        """Begin."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="log-relay", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, and let another node relay."""
        if self._thread is not None:
            self._ending.set()
            self._woken.set()
            self._thread.join()
            self._thread = None
            self._lead.release()
            self.leading = False

    def wake(self) -> None:
        """Something was appended."""
        self._woken.set()

    def wait(self, position: int, seconds: float) -> bool:
        """Wait until everything up to `position` of the table is on the stream; False if it is not after `seconds`."""
        until = monotonic() + seconds
        while self._reader().all(LEFT, (position,)):
            if monotonic() > until:
                return False
            self.wake()
            with self._moved:
                self._moved.wait(0.02)
        return True

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self.leading = self._lead.held() or self._lead.take()
                if not self.leading:
                    self._ending.wait(AGAIN_S)
                elif not self._take():
                    self._woken.wait(LOOK_S)
                    self._woken.clear()
            except (YuzhangError, OSError) as error:  # it waits in the table; the next second may be better
                log.warning("what was written could not be taken to the bus, and is tried again: %s", error)
                self._ending.wait(AGAIN_S)

    def _take(self) -> bool:
        """Take some; whether there was any."""
        last, size = 0, 0
        for position, more in self._reader().all(NEXT):
            if last and size + more > BYTES_AT_ONCE:
                break
            last, size = position, size + more
        if not last:
            return False
        room = self._bus.ask(self._bus.room())
        waiting: list[Message] = []
        for position, checksum, payload in self._reader().all(ROWS, (last,)):
            # By its checksum too: a database that was restored gives positions again.
            parts = parts_of(f"outbox-{position}-{checksum:08x}", bytes(payload), checksum, room)
            if waiting and len(waiting) + len(parts) > MOST_AT_ONCE:
                self._put(waiting)
                waiting = []
            waiting += parts
        self._put(waiting)
        self._write(lambda transaction: transaction.many("DELETE FROM log_record WHERE position <= ?", [(last,)]))
        with self._moved:
            self._moved.notify_all()
        return True

    def _put(self, waiting: list[Message]) -> None:
        """Put records on the stream at once; if some are there already, one after the other."""
        place = self._bus.ask(self._bus.put(waiting))
        if place == 0 and len(waiting) > 1:
            for record in by_record(waiting):
                place = max(place, self._bus.ask(self._bus.put(record)))
        self._told(place)
