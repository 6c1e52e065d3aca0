"""What a check reads of the databases; each is opened read-only."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 10.0
FILES = """SELECT s.path, t.path, f.path, f.file_size_bytes, f.record_count FROM
    (SELECT table_id, path, file_size_bytes, record_count, path_is_relative FROM ducklake_data_file
     UNION ALL SELECT table_id, path, file_size_bytes, delete_count, path_is_relative FROM ducklake_delete_file) f
    JOIN ducklake_table t ON t.table_id = f.table_id JOIN ducklake_schema s ON s.schema_id = t.schema_id
    WHERE f.path_is_relative AND t.path_is_relative ORDER BY 1, 2, 3"""


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A file that the lake's catalog names, with the bytes and rows that it says."""

    path: str
    size: int
    rows: int


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A database, to be read as of one moment. Raises sqlite3.Error."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=PATIENCE_S)) as connection:
        connection.execute("PRAGMA query_only = ON")
        yield connection


def faults(connection: sqlite3.Connection) -> list[str]:
    """What SQLite finds wrong with the database's own structure."""
    return [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]


def loose_rows(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Tables with rows that name a row which is not there, and the table where it should be."""
    found = connection.execute('SELECT DISTINCT "table", parent FROM pragma_foreign_key_check')
    return [(str(table), str(parent)) for table, parent in found]


def tables_version(connection: sqlite3.Connection) -> str:
    """The number of the tables; empty if there are none."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return ""
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else ""


def lake_files(connection: sqlite3.Connection) -> list[LakeFile]:
    """The files that the catalog names, also those of older snapshots that are kept."""
    rows = connection.execute(FILES).fetchall()
    return [
        LakeFile(f"{schema}{table}{file}", int(size or 0), int(count or 0)) for schema, table, file, size, count in rows
    ]


def log_places(connection: sqlite3.Connection) -> tuple[int, int, dict[str, int], int]:
    """The log's highest position that was ever given, the highest that is there, its readers' places, and how many records are damaged."""
    given = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log_record'").fetchone()
    there = connection.execute("SELECT max(position) FROM log_record").fetchone()[0]
    places = dict(connection.execute("SELECT reader, position FROM log_place WHERE until IS NULL").fetchall())
    damaged = connection.execute("SELECT count(*) FROM log_damaged").fetchone()[0]
    return int(given[0]) if given else 0, int(there or 0), {str(k): int(v) for k, v in places.items()}, int(damaged)


def plans(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Every revision of every plan."""
    return [
        (str(plan), int(number))
        for plan, number in connection.execute("SELECT plan, revision FROM plan_revision ORDER BY 1, 2")
    ]


def entries(connection: sqlite3.Connection, plan: str, revision: int) -> dict[tuple[str, str], bytes]:
    """The entries of a plan as they stood at a revision."""
    rows = connection.execute(
        "SELECT kind, key, body FROM plan_entry WHERE plan = ? AND since <= ? AND (until IS NULL OR until > ?) AND body IS NOT NULL",
        (plan, revision, revision),
    )
    return {(str(kind), str(key)): bytes(body) for kind, key, body in rows}
