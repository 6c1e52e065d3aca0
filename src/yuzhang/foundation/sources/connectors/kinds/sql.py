"""Polling of a database by one SELECT that only reads: SQLite files and PostgreSQL."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from time import monotonic
from typing import Any
from urllib.parse import quote

import msgspec
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from yuzhang.core.language import Title
from yuzhang.foundation.sources.connectors.clock import moment_of
from yuzhang.foundation.sources.connectors.kinds.fetching import away
from yuzhang.foundation.sources.connectors.mapped import encode
from yuzhang.foundation.sources.connectors.mapping import Mapping
from yuzhang.foundation.sources.connectors.model import Fetched, Kind
from yuzhang.foundation.sources.connectors.reaching import Reach
from yuzhang.foundation.sources.connectors.settings import setting, unfit
from yuzhang.foundation.sources.payloads.plain import Row, json_rows

MOST_ROWS = 10_000
"""Of one run; what is left is read at once after it."""
TIMEOUT_MS = 30_000
STEPS = 100_000
"""Of SQLite's machine, between two looks at the clock."""
SELECT = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
DATED = re.compile(r"\d{4}-\d\d-\d\d")
"""How a text begins that is a time; a number may be one of a row, and is a time only where the mapping says so."""


@dataclass(frozen=True, kw_only=True)
class SqlSettings:
    """A query of a database."""

    url: str = setting(
        "数据库地址（不含密码）",
        "Address of the database, without its password",
        hint=("postgresql://用户@主机/库；sqlite:///文件名", "postgresql://user@host/database; sqlite:///file"),
    )
    secret: str = setting("密码", "Password", "", secret=True)
    query: str = setting(
        "查询",
        "Query",
        lines=True,
        hint=("一条 SELECT；:since 为上次读到的位置，并按它排序", "One SELECT; :since is how far it was read; order by that column"),
    )  # fmt: skip
    column: str = setting(
        "位置列（行号或时间）",
        "Column of the place (row number or time)",
        "",
        hint=("空则每次全部读取", "empty to read all each time"),
    )
    start: str = setting("起始位置", "Place to begin from", "0")


class Sql:
    """Polls a database."""

    def __init__(self, settings: SqlSettings, mapping: Mapping) -> None:
        self._settings, self._mapping = settings, mapping
        if not SELECT.match(settings.query) or ";" in settings.query.rstrip().rstrip(";"):
            raise unfit("query", "应为一条 SELECT。", "It is one SELECT.")
        if settings.column and ":since" not in settings.query:
            raise unfit("query", "有位置列时须用到 :since。", "With a column of the place it uses :since.")
        self._url = _url(settings)

    def fetch(self, reach: Reach, cursor: str, now_us: int) -> Fetched:
        """The rows behind the cursor, in the order of the query. One whose time is still to come does not move it on."""
        engine = self._engine(reach)
        try:
            with engine.connect() as connection:
                return self._fetched(connection, cursor, now_us)
        except DBAPIError as error:
            said = " ".join(str(error.orig).split())[:300]
            raise away(f"数据库：{said}", f"The database says: {said}", self._url.render_as_string()) from error
        except SQLAlchemyError as error:
            said = " ".join(str(error).split())[:300]
            raise unfit("query", said, said) from error
        finally:
            engine.dispose()

    def _fetched(self, connection: Connection, cursor: str, now_us: int) -> Fetched:
        _only_reading(connection)
        since: Any = msgspec.json.decode(cursor) if cursor else _start(self._settings.start)
        given = {"since": since} if ":since" in self._settings.query else {}
        query = self._settings.query.strip().rstrip(";")
        streamed = {"stream_results": True, "max_row_buffer": 1000}
        found = connection.execute(text(query), given, execution_options=streamed).mappings()
        rows: list[Row] = [dict(row) for row in found.fetchmany(MOST_ROWS)]
        column = self._settings.column
        if not column:
            return Fetched(rows, "")
        if rows and column not in rows[-1]:
            raise unfit("column", f"查询结果中没有列 {column}。", f"The query brings no column {column}.")
        full = len(rows) == MOST_ROWS
        if full:  # those of the same place go together: `> :since` would leave out the ones behind the last
            rows += (dict(row) for row in takewhile(lambda row: row[column] == rows[-1][column], found))
        passed = [row for row in rows if not self._to_come(row[column], now_us)]
        last = encode(passed[-1][column]).decode() if passed else cursor
        # Those that are to come are read again with the next run; without a time of their own they would be new each time, and wait.
        ready = rows if self._mapping.time else passed
        return Fetched(ready, last, more=full and last != cursor, mark=f"since {cursor}")

    def _to_come(self, value: Any, now_us: int) -> bool:
        """Whether a place is a time, and behind now."""
        mapping = self._mapping
        timed = self._settings.column == mapping.time
        if not (timed or isinstance(value, date) or (isinstance(value, str) and DATED.match(value))):
            return False
        try:
            return moment_of(value, mapping.zone, mapping.time_format if timed else "") > now_us
        except (ValueError, OverflowError):
            return False

    def read(self, body: bytes) -> list[Row]:
        """Rows as JSON."""
        return json_rows(body)

    def _engine(self, reach: Reach) -> Engine:
        url = self._url
        if url.get_backend_name() == "sqlite":
            path = reach.path(url.database or "")
            return create_engine(f"sqlite:///file:{quote(str(path))}?mode=ro&uri=true", connect_args={"timeout": 5})
        address = reach.host(url.host or "localhost", url.port or 5432)
        options = f"-c default_transaction_read_only=on -c statement_timeout={TIMEOUT_MS}"
        return create_engine(url, connect_args={"hostaddr": address, "connect_timeout": 10, "options": options})


def _url(settings: SqlSettings) -> URL:
    try:
        url = make_url(settings.url)
    except ArgumentError as error:
        raise unfit("url", "不是数据库地址。", "It is no address of a database.") from error
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database and not url.query:
        return url
    # What stands in the query could name another host than the one that is checked.
    if backend == "postgresql" and url.host and not url.query and not url.password:
        return url.set(drivername="postgresql+psycopg", password=settings.secret or None)
    raise unfit(
        "url",
        "应为 postgresql://用户@主机/库 或 sqlite:///文件名。",
        "It is postgresql://user@host/database, its password apart, or sqlite:///file.",
    )


def _only_reading(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only=ON")
        until = monotonic() + TIMEOUT_MS / 1000
        raw: Any = connection.connection.dbapi_connection
        raw.set_progress_handler(lambda: monotonic() > until, STEPS)
    else:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _start(told: str) -> Any:
    return int(told) if told.lstrip("-").isdigit() else told


SQL = Kind(
    "sql",
    Title("SQL 轮询", "SQL, polled"),
    Title(
        "定时执行一条只读 SELECT（SQLite、PostgreSQL）。",
        "Asks a database one SELECT that only reads (SQLite, PostgreSQL).",
    ),
    SqlSettings,
    poller=Sql,
)
