"""The two databases that can keep the present, behind one small interface: SQLite in the data folder, or PostgreSQL.

Statements on the hot path are written once, with `?` for parameters and what both databases understand, and go straight to the
driver: SQLAlchemy's own execution costs 40 to 60 µs a statement, as much as all the rest of answering one entity.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, Protocol
from urllib.parse import quote

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from yuzhang.brain.context.errors import TooComplexQuery, said
from yuzhang.core.errors import TryAgain
from yuzhang.core.language import Title
from yuzhang.core.storage import BUSY_TIMEOUT_MS, Storage, disk_full_if

Row = tuple[Any, ...]
QUERY_SECONDS = 10.0
STEPS_BETWEEN_LOOKS = 20_000


class Reader(Protocol):
    """A connection that reads; each statement sees one consistent state. To be used by the thread that asked for it."""

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows."""

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row, None if there is none."""


class Database(Protocol):
    """What the store needs of a database."""

    box_condition: str
    """A condition on `key`; parameters: west, south, east, north."""
    insert_box: str
    """Enters a box; parameters: key, west, south, east, north."""
    engine: Engine

    def reader(self) -> Reader:
        """This thread's reader."""

    def begin(self, connection: Connection) -> None:
        """Begin a write transaction that no other one runs beside."""

    def many(self, connection: Connection, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row."""

    def rows(self, connection: Connection, sql: str, parameters: Sequence[Any]) -> list[Row]:
        """What a statement gives inside a write transaction."""

    @contextmanager
    def limited(self, seconds: float = QUERY_SECONDS) -> Iterator[None]:
        """Stop this thread's reader after `seconds`: raises TooComplexQuery."""

    def close(self) -> None:
        """Release all connections."""


class SqliteReader:
    """A read-only connection; text comes as the bytes that are stored."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(
            f"file:{quote(path)}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
            timeout=BUSY_TIMEOUT_MS / 1000,
        )
        self._connection.text_factory = bytes
        self._connection.execute("PRAGMA mmap_size=1073741824")
        self._connection.execute("PRAGMA cache_size=-65536")
        self._run = self._connection.cursor().execute

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows."""
        return self._run(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row, None if there is none."""
        rows = self._run(sql, parameters).fetchall()  # to the end, so that no statement holds the log's old pages
        return rows[0] if rows else None

    def limit(self, deadline: float | None) -> None:
        """Interrupt what runs at `deadline` (monotonic seconds); None takes the limit away."""
        if deadline is None:
            self._connection.set_progress_handler(None, 0)
        else:
            self._connection.set_progress_handler(lambda: int(monotonic() > deadline), STEPS_BETWEEN_LOOKS)

    def close(self) -> None:
        """Release the file."""
        self._connection.close()


class Sqlite:
    """SQLite in WAL mode, in the same file as all other state: writers never block readers."""

    box_condition = "key IN (SELECT key FROM context_box WHERE east >= ? AND north >= ? AND west <= ? AND south <= ?)"
    insert_box = "INSERT INTO context_box (key, west, south, east, north) VALUES (?, ?, ?, ?, ?)"

    def __init__(self, storage: Storage) -> None:
        self.engine = storage.engine
        self._path = str(storage.folder / "state.db")
        self._own = threading.local()
        self._readers: list[SqliteReader] = []

    def reader(self) -> SqliteReader:
        """This thread's reader."""
        found: SqliteReader | None = getattr(self._own, "reader", None)
        if found is None:
            found = self._own.reader = SqliteReader(self._path)
            self._readers.append(found)
        return found

    def begin(self, connection: Connection) -> None:
        """Take the write lock."""
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def many(self, connection: Connection, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row."""
        driver_of(connection).executemany(sql, rows)

    def rows(self, connection: Connection, sql: str, parameters: Sequence[Any]) -> list[Row]:
        """What a statement gives."""
        found: list[Row] = driver_of(connection).execute(sql, parameters).fetchall()
        return found

    @contextmanager
    def limited(self, seconds: float = QUERY_SECONDS) -> Iterator[None]:
        """Stop this thread's reader after `seconds`."""
        reader = self.reader()
        reader.limit(monotonic() + seconds)
        try:
            yield
        except sqlite3.OperationalError as err:
            if "interrupted" in str(err):
                raise too_long(seconds) from err
            raise
        finally:
            reader.limit(None)

    def close(self) -> None:
        """Release the readers' files; the storage closes its own."""
        for one in self._readers:
            one.close()
        self._readers.clear()
        self._own = threading.local()


def driver_of(connection: Connection) -> Any:
    return connection.connection.driver_connection


def too_long(seconds: float) -> TooComplexQuery:
    """The error of a query that was stopped."""
    return TooComplexQuery(
        said(f"The query was stopped after {seconds:g} s. Narrow it down by type, id, place, or a declared attribute.")
    )


def away() -> TryAgain:
    """The error of a database that does not answer."""
    return TryAgain(
        Title("数据库没有应答。", "The database does not answer."),
        fix=Title(
            "请稍候再试；管理员请检查数据库服务。",
            "Wait a moment and try again; operators: look at the database server.",
        ),
    )


def explained(error: BaseException) -> TryAgain | None:
    """What an error of a database says to whoever asked; None if it is none, or a mistake in a statement of ours."""
    if full := disk_full_if(error):
        return full
    original = error.orig if isinstance(error, DBAPIError) else error
    room = type(original).__module__.partition(".")[0]
    if room in {"sqlite3", "psycopg"} and any(one.__name__ == "OperationalError" for one in type(original).__mro__):
        return away()
    return None
