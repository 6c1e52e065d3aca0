"""Who does what only one process may do at a time: the lead, held by a lock on a file, or over several machines by one in PostgreSQL.

Whoever ends, even by a power cut, loses the lead with its file or its connection, and another process takes it.
"""

import fcntl
import os
import threading
from pathlib import Path
from typing import Any, Protocol
from zlib import crc32

import psycopg

KEEPALIVE = {
    "keepalives": 1,
    "keepalives_idle": 2,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 6_000,
    "connect_timeout": 5,
}
"""A server that cannot be reached is given up after some seconds, so that whoever asks `held` is not kept for minutes."""
SPACE = 0x595A
"""The first half of an advisory lock's key: locks of ours only."""


class Leading(Protocol):
    """A lead that one process at a time has. To be used by one thread."""

    def take(self) -> bool:
        """Try to take the lead; whether this process has it now. Never waits for another one to give it up."""

    def held(self) -> bool:
        """Whether this process still has the lead."""

    def release(self) -> None:
        """Give the lead up; nothing if it is not held."""


class FileLead:
    """The lead among the processes of one machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Try to take the lead. Raises OSError if the file cannot be made."""
        with self._lock:
            if self._file is not None:
                return True
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                return False
            except OSError:
                os.close(file)
                raise
            self._file = file
            return True

    def held(self) -> bool:
        """Whether the lock is held; the kernel takes it from nobody who lives."""
        return self._file is not None

    def release(self) -> None:
        """Give the lock up."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None


class PostgresLead:
    """The lead among all processes that use one PostgreSQL database: a session's advisory lock, lost with its connection."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._key = crc32(name.encode()) - 2**31
        self._connection: psycopg.Connection[Any] | None = None
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Try to take the lead; False also if the database does not answer."""
        if self.held():
            return True
        with self._lock:
            try:
                connection = psycopg.connect(self._url, autocommit=True, **KEEPALIVE)  # type: ignore[arg-type]  # a dict of keywords
            except psycopg.OperationalError:
                return False
            try:
                row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (SPACE, self._key)).fetchone()
            except psycopg.OperationalError:
                row = None
            if row is None or not row[0]:
                connection.close()
                return False
            self._connection = connection
            return True

    def held(self) -> bool:
        """Whether the connection that holds the lock still answers."""
        with self._lock:
            if self._connection is None:
                return False
            try:
                self._connection.execute("SELECT 1")
            except psycopg.OperationalError:
                self._connection.close()
                self._connection = None
            return self._connection is not None

    def release(self) -> None:
        """Give the lock up, with its connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
