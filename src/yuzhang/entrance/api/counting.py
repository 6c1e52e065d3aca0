"""How often each key asked today: counted in memory, written down together every few seconds.

A crash loses what was counted since; a key's day begins at 00:00 UTC.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Lock, Thread

from yuzhang.core.errors import YuzhangError
from yuzhang.core.storage import Storage
from yuzhang.entrance.api import store

EVERY_S = 5.0
DAY_S = 86_400
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Day:
    """One key's day: `written` as the database has it, the rest since then."""

    day: int
    written: int
    requests: int = 0
    refused: int = 0


class Counting:
    """Counts of all keys that asked; there are no more of them than keys that were made."""

    def __init__(self, storage: Storage, now: Callable[[], datetime]) -> None:
        self._storage, self._now = storage, now
        self._days: dict[tuple[str, int], _Day] = {}
        self._lock, self._ending = Lock(), Event()
        self._writer: Thread | None = None

    def take(self, key: str, daily: int | None) -> bool:
        """Count one request; False, and counted as refused, if the day's number is used up."""
        found = self._day(key)
        with self._lock:
            if daily is not None and found.written + found.requests >= daily:
                found.refused += 1
                return False
            found.requests += 1
            return True

    def refuse(self, key: str) -> None:
        """Count one request that came too fast."""
        found = self._day(key)
        with self._lock:
            found.refused += 1

    def write(self) -> None:
        """Write down what was counted. Raises TryAgain if it cannot be written; it is kept then."""
        with self._lock:
            taken = [(name, one, one.requests, one.refused) for (name, _), one in self._days.items()]
        taken = [each for each in taken if each[2] or each[3]]
        if taken:
            with self._storage.writing() as connection:
                totals = [store.add_usage(connection, name, one.day, asked, no) for name, one, asked, no in taken]
                for name, *_ in taken:
                    store.note_used(connection, name, self._now())
            with self._lock:
                for (_, one, asked, no), total in zip(taken, totals, strict=True):
                    one.requests, one.refused, one.written = one.requests - asked, one.refused - no, total
        self._drop_past()

    def start(self) -> None:
        """Begin to write every few seconds."""
        self._writer = Thread(target=self._write_on, name="api-usage", daemon=True)
        self._writer.start()

    def stop(self) -> None:
        """Write the last, and end."""
        self._ending.set()
        if self._writer is not None:
            self._writer.join()
        self._try()

    def _day(self, key: str) -> _Day:
        day = int(self._now().timestamp()) // DAY_S
        found = self._days.get((key, day))
        if found is None:
            with self._storage.reading() as connection:
                written = store.asked_on(connection, key, day)
            with self._lock:
                found = self._days.setdefault((key, day), _Day(day, written))
        return found

    def _drop_past(self) -> None:
        today = int(self._now().timestamp()) // DAY_S
        with self._lock:
            for name, one in list(self._days.items()):
                if one.day < today and not one.requests and not one.refused:
                    del self._days[name]

    def _write_on(self) -> None:
        while not self._ending.wait(EVERY_S):
            self._try()

    def _try(self) -> None:
        try:
            self.write()
        except YuzhangError as error:  # the next turn tries again
            log.warning("what keys asked was not written down: %s", error)
