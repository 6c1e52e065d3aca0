"""PostgreSQL with PostGIS: the present of a city that runs on several machines."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.adapt import Loader
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError

from yuzhang.brain.context.store.engines import QUERY_SECONDS, Row, away, driver_of, too_long
from yuzhang.core.errors import TryAgain
from yuzhang.core.language import Title
from yuzhang.core.storage import NewerTables, bring_up_to_date, newest_tables

R = TypeVar("R")
CONNECT_SECONDS = 5
REST_SECONDS = 0.5
"""After a connection was refused, no other one is tried for this long: readers on the event loop must not queue for it."""


@lru_cache(maxsize=1024)
def _percent(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")


class _TextAsBytes(Loader):
    def load(self, data: Any) -> bytes:
        return bytes(data)


class PostgresReader:
    """A connection in autocommit; text comes as bytes, as SQLite's does. If the server went away, it connects again."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[Row] | None = None
        self._not_before = 0.0

    def connection(self) -> "psycopg.Connection[Row]":
        """The connection, made if there is none that works. Raises TryAgain if the server does not answer."""
        if self._connection is None or self._connection.closed:
            if monotonic() < self._not_before:
                raise away()
            try:
                made = psycopg.connect(self._url, autocommit=True, prepare_threshold=2, connect_timeout=CONNECT_SECONDS)
            except psycopg.OperationalError as err:
                self._not_before = monotonic() + REST_SECONDS
                raise away() from err
            made.adapters.register_loader("text", _TextAsBytes)
            made.execute("SET default_transaction_read_only = on")
            self._connection = made
        return self._connection

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows."""
        return self._asked(lambda: self.connection().execute(_percent(sql), parameters).fetchall())

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row, None if there is none."""
        return self._asked(lambda: self.connection().execute(_percent(sql), parameters).fetchone())

    def set(self, sql: str) -> None:
        """Change a setting of the connection."""
        self._asked(lambda: self.connection().execute(sql))

    def _asked(self, ask: Callable[[], R]) -> R:
        """What `ask` gives; it is asked twice if the connection broke meanwhile, for instance when the server was restarted."""
        try:
            return ask()
        except psycopg.OperationalError:
            if self._connection is not None and not self._connection.closed:
                raise
        try:
            return ask()
        except psycopg.OperationalError as err:
            raise away() from err

    def close(self) -> None:
        """Release the connection."""
        if self._connection is not None:
            self._connection.close()


class Postgres:
    """PostgreSQL with PostGIS, for several machines. One writer at a time, so that keys and counts need no retry."""

    box_condition = "key IN (SELECT key FROM context_box WHERE box && ST_MakeEnvelope(?, ?, ?, ?, 4326))"
    insert_box = "INSERT INTO context_box (key, box) VALUES (?, ST_MakeEnvelope(?, ?, ?, ?, 4326))"
    LOCK = 0x59757A68616E67

    def __init__(self, url: str) -> None:
        """`url` as libpq reads it: postgresql://user@host:port/database. Makes the tables that are missing.

        Raises NewerTables; TryAgain if the server does not answer, or lets this user not make them.
        """
        self._url = url
        # The ping finds connections of before a restart of the server while nothing is at stake yet.
        self.engine = create_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            hide_parameters=True,  # values in errors would come into the log
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_SECONDS},
        )
        self._own = threading.local()
        self._readers: list[PostgresReader] = []
        try:
            self._migrate()
        except NewerTables:
            self.engine.dispose()
            raise
        except DBAPIError as err:
            self.engine.dispose()
            raise TryAgain(
                Title(f"无法使用 PostgreSQL：{err.orig}", f"PostgreSQL cannot be used: {err.orig}"),
                fix=Title(
                    "请检查地址和权限；数据库需要 PostGIS 扩展。",
                    "Check the address and the user's rights; the database needs the extension postgis.",
                ),
            ) from err

    def _migrate(self) -> None:
        with self.engine.connect() as connection, connection.begin():
            # Two processes may start at once; who waited for the lock finds the tables made.
            self._lock(connection)
            if connection.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar() is not None:
                current = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
                if current == newest_tables():
                    return
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS postgis")
            bring_up_to_date(connection)

    def _lock(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({self.LOCK})")

    def reader(self) -> PostgresReader:
        """This thread's reader."""
        found: PostgresReader | None = getattr(self._own, "reader", None)
        if found is None:
            found = self._own.reader = PostgresReader(self._url)
            self._readers.append(found)
        return found

    def begin(self, connection: Connection) -> None:
        """Take the lock of writers, until the end of the transaction."""
        connection.begin()
        self._lock(connection)

    def many(self, connection: Connection, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row; the driver sends them in one pipeline."""
        with driver_of(connection).cursor() as cursor:
            cursor.executemany(_percent(sql), rows)

    def rows(self, connection: Connection, sql: str, parameters: Sequence[Any]) -> list[Row]:
        """What a statement gives."""
        cursor = driver_of(connection).execute(_percent(sql), parameters)
        return cursor.fetchall() if cursor.description else []

    @contextmanager
    def limited(self, seconds: float = QUERY_SECONDS) -> Iterator[None]:
        """Stop this thread's reader after `seconds`."""
        reader = self.reader()
        reader.set(f"SET statement_timeout = {max(1, int(seconds * 1000))}")
        try:
            yield
        except psycopg.errors.QueryCanceled as err:
            raise too_long(seconds) from err
        finally:
            with suppress(TryAgain):  # a new connection has no limit
                reader.set("SET statement_timeout = 0")

    def close(self) -> None:
        """Release all connections."""
        for one in self._readers:
            one.close()
        self._readers.clear()
        self._own = threading.local()
        self.engine.dispose()
