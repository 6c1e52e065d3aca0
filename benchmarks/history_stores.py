"""Where the same rows are kept and asked for: a running Yuzhang, a bare DuckDB table, a PostgreSQL table.

Each takes parts of `history_rows`, says when they are durable, and answers the same questions.
"""

import io
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import duckdb
import httpx
import psycopg
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from benchmarks.crash import Server
from benchmarks.history_rows import BEGIN_S, DAYS, DISTRICTS, City, named
from benchmarks.mqtt import worked
from brain.context.postgres import Server as PostgresServer
from brain.context.postgres import programs
from yuzhang.core.lake import extension_path

ARROW = "application/vnd.apache.arrow.stream"
BEGIN = datetime.fromtimestamp(BEGIN_S, UTC)
FIVE_DAYS_IN = BEGIN + timedelta(days=5)
Question = Callable[[], int]
"""Asks, reads the whole answer, and returns how many rows or buckets it has."""


class Taking(Protocol):
    """Where rows can be put."""

    def made(self, part: pa.Table) -> Any:
        """Rows as they are handed in; what the sender does for it is not measured."""

    def put(self, what: Any) -> None:
        """Take rows; durable when it returns."""

    def close(self) -> None:
        """End it."""


class Store(Taking, Protocol):
    """Where they can also be asked for."""

    def settle(self) -> None:
        """Wait until all of it can be asked for, in the form in which it stays."""

    def size(self) -> int:
        """Bytes on the disk."""

    def questions(self) -> Mapping[str, Question]:
        """By name, the same in every store."""


def iso(moment: datetime) -> str:
    """As NGSI-LD writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Yuzhang:
    """A server, asked over HTTP."""

    def __init__(self, folder: Path, city: City) -> None:
        self._folder, self._city = folder / "data", city
        self._stack = ExitStack()
        self._server = self._stack.enter_context(Server(self._folder, mqtt=False))
        self._server.ready()
        self._client = self._stack.enter_context(httpx.Client(base_url=self._server.address, timeout=600))
        self._last = 0, 0

    def made(self, part: pa.Table) -> bytes:
        """An Arrow stream."""
        self._last = part["number"][-1].as_py(), part["time"][-1].value
        return as_arrow(named(self._city, part))

    def put(self, what: bytes) -> None:
        """Send it; once more after the time that a 429 names."""
        while (
            answer := self._client.post("/api/observations", content=what, headers={"content-type": ARROW})
        ).status_code == 429:
            time.sleep(float(answer.headers["retry-after"]))
        assert answer.status_code == 201, answer.text

    def filed(self) -> None:
        """Wait until history has the last row that was made."""
        number, time_us = self._last
        stamp = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)).strftime("%Y-%m-%dT%H:%M:%S")
        of = {"entity": self._city.entity(number), "attribute": "level"}
        while True:
            found = self._client.get("/api/history/series", params=of).json()["series"]
            if found and found[0]["last_time"].startswith(stamp):
                return
            time.sleep(0.02)

    def settle(self) -> None:
        """Wait until the small files are large ones; it merges by itself."""
        self.filed()
        files, since = -1, time.monotonic()
        while time.monotonic() - since < 40:
            there = len(list(self._folder.rglob("*.parquet")))
            if there != files:
                files, since = there, time.monotonic()
            time.sleep(1)

    def size(self) -> int:
        """The files of the lake that hold its present rows; those that were merged into them go after some days."""
        with sqlite3.connect(self._folder / "lake" / "catalog.sqlite") as catalog:
            sql = "SELECT sum(file_size_bytes) FROM ducklake_data_file WHERE end_snapshot IS NULL"
            return int(catalog.execute(sql).fetchone()[0])

    def folder_size(self) -> int:
        """Everything of the data folder: also the log, the present, and merged files that older snapshots need."""
        return sum(one.stat().st_size for one in self._folder.rglob("*") if one.is_file())

    def memory_mib(self) -> int:
        """The most that the server had."""
        status = Path(f"/proc/{self._server.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) // 1024

    def worked(self) -> float:
        """Seconds of a core so far."""
        return worked(self._server.process)

    def questions(self) -> Mapping[str, Question]:
        """Over the ways that the documents name."""
        number = self._client.get("/api/history/series", params={"entity": self._city.entity(3)}).json()["series"][0][
            "number"
        ]
        return {
            "last value of all": lambda: len(self._arrow("/api/history/last", {"format": "arrow"})),
            "2,000 values of one": lambda: len(
                self._arrow(
                    "/api/history/rows",
                    {
                        "series": number,
                        "from": iso(FIVE_DAYS_IN),
                        "to": iso(FIVE_DAYS_IN + timedelta(seconds=60_000)),
                        "format": "arrow",
                    },
                )
            ),
            "a day in minutes": lambda: self._buckets("PT1M", timedelta(days=1)),
            "10,000 values in 5 minutes": lambda: self._buckets("PT5M", timedelta(seconds=300_000)),
            "a month of a district in hours": lambda: len(
                self._sql(
                    "SELECT date_trunc('hour', time) AS hour, avg(value) AS mean FROM observations "
                    "WHERE entity LIKE 'urn:ngsi-ld:Meter:d7-%' GROUP BY hour ORDER BY hour"
                )
            ),
        }

    def _arrow(self, path: str, params: Mapping[str, Any]) -> pa.Table:
        answer = self._client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return pa.ipc.open_stream(answer.content).read_all()

    def _buckets(self, step: str, span: timedelta) -> int:
        params = {
            "format": "aggregatedValues",
            "aggrMethods": "avg,min,max",
            "aggrPeriodDuration": step,
            "timerel": "between",
            "timeAt": iso(FIVE_DAYS_IN),
            "endTimeAt": iso(FIVE_DAYS_IN + span),
            "attrs": "level",
        }
        answer = self._client.get(f"/ngsi-ld/v1/temporal/entities/{self._city.entity(3)}", params=params)
        assert answer.status_code == 200, answer.text
        return len(answer.json()["level"]["avg"])

    def _sql(self, query: str) -> pa.Table:
        answer = self._client.post("/api/sql", json={"query": query, "format": "arrow"})
        assert answer.status_code == 200, answer.text
        return pa.ipc.open_stream(answer.content).read_all()

    def close(self) -> None:
        """End the server."""
        self._stack.close()


SQL = {
    "2,000 values of one": (
        "SELECT time, value FROM rows WHERE number = 3 AND time >= {from_} AND time < {from_} + INTERVAL '60000 seconds' ORDER BY time"
    ),
    "a day in minutes": (
        "SELECT date_trunc('minute', time) AS t, avg(value), min(value), max(value) FROM rows "
        "WHERE number = 3 AND time >= {from_} AND time < {from_} + INTERVAL '1 day' GROUP BY t ORDER BY t"
    ),
    "10,000 values in 5 minutes": (
        "SELECT {five} AS t, avg(value), min(value), max(value) FROM rows "
        "WHERE number = 3 AND time >= {from_} AND time < {from_} + INTERVAL '300000 seconds' GROUP BY t ORDER BY t"
    ),
    "a month of a district in hours": (
        f"SELECT date_trunc('hour', time) AS t, avg(value) FROM rows WHERE number % {DISTRICTS} = 7 GROUP BY t ORDER BY t"  # noqa: S608
    ),
}
FROM = f"TIMESTAMP '{FIVE_DAYS_IN:%Y-%m-%d %H:%M:%S}'"


class BareAsSent:
    """One table of DuckDB in a file, on one core, with the columns as a client sends them: the limit of whoever takes them in."""

    def __init__(self, folder: Path, city: City) -> None:
        self._city = city
        self._con = duckdb.connect(str(folder / "sent.duckdb"), config={"threads": 1})
        self._con.execute(
            "CREATE TABLE sent (entity VARCHAR, attribute VARCHAR, time TIMESTAMP, value DOUBLE, type VARCHAR)"
        )

    def made(self, part: pa.Table) -> bytes:
        """An Arrow stream."""
        return as_arrow(named(self._city, part))

    def put(self, what: bytes) -> None:
        """One transaction."""
        self._con.register("part", pa.ipc.open_stream(what).read_all())
        self._con.execute("INSERT INTO sent SELECT * FROM part")

    def close(self) -> None:
        """Close it."""
        self._con.close()


class Bare:
    """One table of DuckDB in a file, in this process, with numbers for names: what the engine can do without anything around it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "bare.duckdb"
        self._con = duckdb.connect(str(self._file))
        self._con.execute("CREATE TABLE rows (number INTEGER, time TIMESTAMP, value DOUBLE)")

    def made(self, part: pa.Table) -> pa.Table:
        """As it is."""
        return part

    def put(self, what: pa.Table) -> None:
        """One transaction."""
        self._con.register("part", what)
        self._con.execute("INSERT INTO rows SELECT number, time, value FROM part")

    def settle(self) -> None:
        """Have it write everything into its one file."""
        self._con.execute("CHECKPOINT")

    def size(self) -> int:
        """Its file."""
        return self._file.stat().st_size

    def questions(self) -> Mapping[str, Question]:
        """In SQL."""
        sql = {
            "last value of all": "SELECT number, max(time), arg_max(value, time) FROM rows GROUP BY number",
            **{
                name: one.format(from_=FROM, five="time_bucket(INTERVAL '5 minutes', time)")
                for name, one in SQL.items()
            },
        }
        return {name: self._asking(one) for name, one in sql.items()}

    def _asking(self, sql: str) -> Question:
        return lambda: len(self._con.execute(sql).to_arrow_table())

    def close(self) -> None:
        """Close it."""
        self._con.close()


class Postgres:
    """One table of a PostgreSQL of its own that writes durably, with its key."""

    KEY = "ALTER TABLE rows ADD PRIMARY KEY (number, time)"

    def __init__(self, *, keyed: bool) -> None:
        found = programs()
        assert found is not None, "PostgreSQL is not installed"
        self._server = PostgresServer(found, durable=True)
        self._keyed = keyed
        self._con = psycopg.connect(self._server.url(), autocommit=True)
        self._con.execute("CREATE TABLE rows (number INTEGER, time TIMESTAMP, value DOUBLE PRECISION)")
        if keyed:
            self._con.execute(self.KEY)
        # DuckDB writes PostgreSQL's binary COPY faster than any Python does.
        self._copying = duckdb.connect()
        self._copying.execute(f"LOAD '{extension_path('postgres_scanner')}'")
        self._copying.execute(f"ATTACH '{self._server.url()}' AS pg (TYPE postgres)")

    def made(self, part: pa.Table) -> pa.Table:
        """As it is."""
        return part

    def put(self, what: pa.Table) -> None:
        """One COPY."""
        self._copying.register("part", what)
        self._copying.execute("INSERT INTO pg.rows SELECT number, time, value FROM part")

    def settle(self) -> None:
        """Its key, if it has none yet, and its statistics."""
        if not self._keyed:
            self._con.execute("SET maintenance_work_mem = '1GB'")
            self._con.execute(self.KEY)
        self._con.execute("VACUUM ANALYZE rows")

    def size(self) -> int:
        """The table and its key."""
        found = self._con.execute("SELECT pg_total_relation_size('rows')").fetchone()
        assert found is not None
        return int(found[0])

    def questions(self) -> Mapping[str, Question]:
        """In SQL; the last values by one step down the key for each meter, since it has no faster way."""
        sql = {
            "last value of all": "WITH RECURSIVE meters AS (SELECT min(number) AS number FROM rows UNION ALL "
            "SELECT (SELECT min(number) FROM rows WHERE number > meters.number) FROM meters WHERE number IS NOT NULL) "
            "SELECT m.number, l.time, l.value FROM meters m, LATERAL (SELECT time, value FROM rows r "
            "WHERE r.number = m.number ORDER BY time DESC LIMIT 1) l WHERE m.number IS NOT NULL",
            **{
                name: one.format(from_=FROM, five="date_bin(INTERVAL '5 minutes', time, TIMESTAMP '2000-01-01')")
                for name, one in SQL.items()
            },
        }
        return {name: self._asking(one) for name, one in sql.items()}

    def _asking(self, sql: str) -> Question:
        return lambda: len(self._con.execute(sql).fetchall())

    def close(self) -> None:
        """End it and take its files away."""
        self._copying.close()
        self._con.close()
        self._server.drop()


def as_arrow(table: pa.Table) -> bytes:
    """An Arrow stream."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writing:
        writing.write_table(table)
    return sink.getvalue()


def expected() -> dict[str, int]:
    """How many rows or buckets each answer must have, but for the last values, of which there is one a meter."""
    return {
        "2,000 values of one": 2_000,
        "a day in minutes": 1_440,
        "10,000 values in 5 minutes": 1_000,
        "a month of a district in hours": DAYS * 24,
    }
