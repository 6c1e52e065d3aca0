"""Keeps dead letters cheaply: they gather in memory for half a second, then go into the database together.

Whoever forgets a message for good calls `flush` first, so that no crash loses a letter.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable
from sys import getsizeof
from threading import Event, Lock, Thread
from time import time_ns

from sqlalchemy import Connection

from yuzhang.core.errors import YuzhangError
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage
from yuzhang.foundation.sources.dead import store
from yuzhang.foundation.sources.dead.model import LONGEST_PLACE, Lost, Redeliver

MOST_LETTERS = 10_000
"""Of one source; the oldest give way."""
MOST_BYTES = 256 * 2**20
"""Of all sources together; the oldest of the source with the most bytes give way."""
WAITING_LETTERS, WAITING_BYTES = 10_000, 32 * 2**20
"""In memory, with the texts."""
GATHER_S = 0.5
log = logging.getLogger(__name__)


def _now_us() -> int:
    return time_ns() // 1000


def _size(one: Lost) -> int:
    return sum(map(getsizeof, (one.place, one.payload, one.detail.zh, one.detail.en)))


class DeadLetters:
    """Messages that could not be read. May be used from any thread."""

    def __init__(
        self,
        storage: Storage,
        most_letters: int = MOST_LETTERS,
        most_bytes: int = MOST_BYTES,
        now_us: Callable[[], int] = _now_us,
    ) -> None:
        self.storage = storage
        self._most_letters, self._most_bytes, self._now_us = most_letters, most_bytes, now_us
        self._ways: dict[str, Redeliver] = {}
        self._waiting: deque[Lost] = deque()
        self._waiting_bytes = 0
        self._lost: Counter[str] = Counter()
        self._lock, self._writing = Lock(), Lock()
        self._woken, self._ending = Event(), Event()
        self._thread: Thread | None = None

    def keep(
        self,
        source: str,
        where: str,
        payload: bytes,
        code: str,
        detail: Title,
        arrived_us: int | None = None,
        sender: str = "",
    ) -> None:
        """Keep a message that could not be read; `sender`: the device that sent it. Never waits, except where very many came since the last
        half second."""
        came = self._now_us() if arrived_us is None else arrived_us
        # A topic may have 64 KiB; more of it than is kept need not wait in memory.
        lost = Lost(source, where[:LONGEST_PLACE], bytes(payload), code, detail, came, sender)
        with self._lock:
            self._waiting.append(lost)
            self._waiting_bytes += _size(lost)
            full = len(self._waiting) >= WAITING_LETTERS or self._waiting_bytes >= WAITING_BYTES
        if full or self._thread is None:
            try:
                self.flush()
            except YuzhangError as error:  # whoever must not lose a letter calls `flush` itself
                log.warning("dead letters wait: %s", error)
        else:
            self._woken.set()

    def flush(self) -> None:
        """Make durable what was kept so far. Raises TryAgain; then it waits on."""
        with self._writing:
            with self._lock:
                some = list(self._waiting)
            if not some:
                return
            lost, self._lost = self._lost, Counter()
            try:
                with self.storage.writing() as connection:
                    self.add(connection, some)
                    store.lose(connection, lost)
            except YuzhangError:
                self._lost = lost
                self._give_up_oldest()
                raise
            with self._lock:
                for _ in some:
                    self._waiting_bytes -= _size(self._waiting.popleft())

    def _give_up_oldest(self) -> None:
        """Memory is bounded too: where nothing can be written for long, the oldest give way here already, and are counted."""
        with self._lock:
            while len(self._waiting) > 2 * WAITING_LETTERS or self._waiting_bytes > 2 * WAITING_BYTES:
                gone = self._waiting.popleft()
                self._waiting_bytes -= _size(gone)
                self._lost[gone.source] += 1

    def add(self, connection: Connection, lost: list[Lost]) -> None:
        """Keep messages in a transaction of the caller's."""
        if lost:
            store.add(connection, lost)
            store.bound(connection, self._most_letters, self._most_bytes)

    def register(self, source: str, redeliver: Redeliver) -> None:
        """From now on letters of `source` are replayed by `redeliver`."""
        self._ways[source] = redeliver

    def unregister(self, source: str) -> None:
        """Letters of `source` cannot be replayed any more."""
        self._ways.pop(source, None)

    def way(self, source: str) -> Redeliver | None:
        """What delivers letters of `source` again, if anything does."""
        return self._ways.get(source)

    def start(self) -> None:
        """Begin to write what gathers."""
        self._ending.clear()
        self._thread = Thread(target=self._run, name="dead-letters", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end."""
        if self._thread is not None:
            self._ending.set()
            self._woken.set()
            self._thread.join()
            self._thread = None
        self.flush()

    def _run(self) -> None:
        while not self._ending.is_set():
            self._woken.wait()
            self._woken.clear()
            self._ending.wait(GATHER_S)
            try:
                self.flush()
            except YuzhangError as error:  # the disk is full or busy: they wait, and the log says why
                log.warning("dead letters wait: %s", error)
                self._woken.set()
