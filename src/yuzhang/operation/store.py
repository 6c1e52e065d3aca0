"""What operation reads of the databases: counts, sizes and places; no content."""

import sqlite3
from pathlib import Path
from typing import Any, Protocol

import duckdb
from sqlalchemy import Connection, func, select

from yuzhang.entrance.identity.tables import SESSION

PLACES = "SELECT reader, position FROM log_place WHERE until IS NULL"
LIVE_FILES = (
    "SELECT count(*), coalesce(sum(file_size_bytes), 0) FROM "
    "(SELECT file_size_bytes, end_snapshot FROM {0}.ducklake_data_file UNION ALL "
    "SELECT file_size_bytes, end_snapshot FROM {0}.ducklake_delete_file) WHERE end_snapshot IS NULL"
)
CATALOG = "__ducklake_metadata_lake"
SIZED = ("state.db", "state.db-wal", "audit.db", "audit.db-wal", "lake/catalog.sqlite")


class Reader(Protocol):
    """A connection of this thread that reads."""

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows."""


def tables_version(connection: Connection) -> str:
    """The number of the last step that the tables have taken."""
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


def can_write(connection: sqlite3.Connection) -> bool:
    """Whether a write could begin, or only waits for another one; nothing is changed."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    return True


def places(reader: Reader) -> dict[str, int]:
    """How far each reader of the log has come."""
    return {_text(name): int(position) for name, position in reader.all(PLACES)}


def lake_files(lake: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """How many files the lake's newest snapshot has, and their bytes."""
    found = lake.execute(LIVE_FILES.format(CATALOG)).fetchone()
    return (0, 0) if found is None else (int(found[0]), int(found[1]))


def sizes(folder: Path) -> dict[str, int]:
    """The bytes of the databases in the data folder, by file."""
    return {name: path.stat().st_size for name in SIZED if (path := folder / name).is_file()}


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def active_sessions(connection: Connection, now_s: int) -> int:
    """How many sessions are signed in; whose they are is not looked at."""
    lasting = (SESSION.c.ended_at.is_(None), SESSION.c.expires_at > now_s, SESSION.c.seen_at + SESSION.c.idle_s > now_s)
    return int(connection.execute(select(func.count()).select_from(SESSION).where(*lasting)).scalar() or 0)
