"""Whether the server can take requests: each part that it needs, looked at in turn."""

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from time import monotonic
from typing import Any

import duckdb
from sqlalchemy.exc import SQLAlchemyError

from yuzhang.brain.history.recorder import READER
from yuzhang.brain.history.room import History
from yuzhang.core.errors import YuzhangError
from yuzhang.core.storage import Storage, newest_tables
from yuzhang.operation import store

FRESH_S = 1.0
"""What was found holds so long: strangers may ask, and looking costs some milliseconds."""
PATIENCE_S = 5.0
BEHIND_S = 60.0
"""The recorder may be behind; if it makes no step for so long while something waits, it is stuck."""
FAULTS = (YuzhangError, SQLAlchemyError, OSError, duckdb.Error, sqlite3.Error)
log = logging.getLogger(__name__)


class Readiness:
    """Looks at the parts, in one thread at a time; `draining` once the server is to end."""

    def __init__(self, storage: Storage, history: History, least_free_bytes: int) -> None:
        self._storage, self._history = storage, history
        self._least_free = least_free_bytes
        self._thread = ThreadPoolExecutor(1, "readiness")
        self._looking: Future[tuple[str, ...]] | None = None
        self._found_at = 0.0
        self._place, self._since = -1, 0.0
        self.draining = False
        self._parts: dict[str, Callable[[], object]] = {
            "state": storage.check,
            "present": lambda: history.broker.database.reader().one("SELECT 1"),
            "tables": self._tables,
            "lake": self._lake,
            "log": history.broker.log.check_room,
            "recorder": self._recorder,
            "audit": self._audit,
            "disk": self._disk,
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The parts that are looked at."""
        return tuple(self._parts)

    def drain(self) -> None:
        """From now on the server is not ready: it is about to end."""
        self.draining = True

    def close(self) -> None:
        """Release the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def missing(self) -> tuple[str, ...]:
        """The parts that are not ready, by name; `answer` if looking takes longer than 5 s."""
        if self.draining:
            return ("draining",)
        looking = self._looking
        if looking is None or (looking.done() and monotonic() - self._found_at > FRESH_S):
            looking = self._looking = self._thread.submit(self.look)
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(looking)), PATIENCE_S)
        except TimeoutError:
            return ("answer",)

    def look(self) -> tuple[str, ...]:
        """Look now; for threads."""
        found = tuple(name for name, part in self._parts.items() if not self._is_ready(name, part))
        self._found_at = monotonic()
        return found

    def _is_ready(self, name: str, part: Callable[[], object]) -> bool:
        try:
            return part() is not False
        except FAULTS as error:
            log.warning("%s is not ready: %s", name, error)
            return False

    def _tables(self) -> bool:
        with self._storage.reading() as connection:
            return store.tables_version(connection) == newest_tables()

    def _lake(self) -> None:
        with self._storage.lake_reading() as lake:
            lake.execute("SELECT 1").fetchone()

    def _recorder(self) -> bool:
        broker = self._history.broker
        place, now = broker.log.place(READER), monotonic()
        if place >= broker.log.head() or place != self._place:
            self._place, self._since = place, now
        return now - self._since < BEHIND_S

    def _audit(self) -> bool:
        """Whether a record could be written; where there are no records yet, the disk is what counts."""
        path = self._storage.folder / "audit.db"
        if not path.exists():
            return True
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=1.0)) as connection:
            # Busy is ready: somebody writes. What cannot be written at all says so here.
            writable: Any = connection.execute("PRAGMA user_version").fetchone()
            return writable is not None and store.can_write(connection)

    def _disk(self) -> bool:
        return shutil.disk_usage(self._storage.folder).free >= self._least_free
