"""A data folder of every released version goes on with this one, loses nothing, and is old or new whenever the power goes."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

from brain.context.postgres import Server, server_or_skip
from operation.released_versions import VERSIONS, data_of, rows_of, version_of
from yuzhang.brain.context.store.postgres import Postgres
from yuzhang.core.storage import MIGRATIONS, NewerTables, Storage, newest_tables

DIES = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from yuzhang.core import storage
dies_at, seen = int(sys.argv[2]), 0
def before(connection, cursor, statement, *rest):
    global seen
    if statement.lstrip().upper().startswith(("CREATE", "ALTER", "INSERT", "UPDATE", "DROP")):
        seen += 1
        if seen == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
made = storage.create_engine
def watched(*given, **named):
    engine = made(*given, **named)
    event.listen(engine, "before_cursor_execute", before)
    return engine
storage.create_engine = watched
storage.Storage(Path(sys.argv[1])).close()
print(seen)
"""


def kept(before: dict[str, list[tuple[object, ...]]], after: dict[str, list[tuple[object, ...]]]) -> bool:
    """Whether every row is there as it was; tables may have new columns, at their end."""
    for name, rows in before.items():
        width = len(rows[0]) if rows else 0
        if [row[:width] for row in after[name]] != rows:
            return False
    return True


@pytest.mark.parametrize("version", VERSIONS)
def test_data_of_a_released_version_is_opened_and_every_row_is_kept(version: str, tmp_path: Path) -> None:
    folder = data_of(version, tmp_path / "data")
    before = rows_of(folder / "state.db")
    assert any(before.values())
    Storage(folder).close()
    assert version_of(folder / "state.db") == newest_tables()
    assert kept(before, rows_of(folder / "state.db"))
    with closing(sqlite3.connect(folder / "state.db")) as state:
        assert state.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_every_version_that_was_released_is_tried() -> None:
    steps = sorted(path.stem[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert steps[:3] == VERSIONS[:3] == ["0001", "0002", "0003"]


def test_data_of_a_newer_version_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    Storage(tmp_path / "data").close()
    state = tmp_path / "data" / "state.db"
    with closing(sqlite3.connect(state)) as opened, opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    before = rows_of(state)
    with pytest.raises(NewerTables, match="9999") as refused:
        Storage(tmp_path / "data")
    assert newest_tables() in refused.value.detail.en
    assert (rows_of(state), version_of(state)) == (before, "9999")


def dies(folder: Path, at: int) -> subprocess.CompletedProcess[str]:
    """A process that opens the folder and kills itself before the change number `at`."""
    return subprocess.run(
        [sys.executable, "-c", DIES, str(folder), str(at)], capture_output=True, text=True, check=False
    )


def test_power_cut_while_tables_are_brought_up_to_date_leaves_the_old_and_the_next_start_the_new(
    tmp_path: Path,
) -> None:
    old = data_of("0003", tmp_path / "old")
    before = rows_of(old / "state.db")
    whole = dies(Path(shutil.copytree(old, tmp_path / "whole")), 10**6)
    changes = int(whole.stdout)
    assert changes > 3
    for at in (1, 2, changes // 2, changes):
        folder = Path(shutil.copytree(old, tmp_path / f"cut-{at}"))
        assert dies(folder, at).returncode == -signal.SIGKILL
        assert version_of(folder / "state.db") == "0003"
        assert rows_of(folder / "state.db") == before
        Storage(folder).close()
        assert version_of(folder / "state.db") == newest_tables()
        assert kept(before, rows_of(folder / "state.db"))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL server of these tests."""
    made = server_or_skip()
    yield made
    made.drop()


def older(url: str) -> None:
    """Tables of version 0003 and a document in them."""
    from alembic.command import upgrade
    from alembic.config import Config

    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS postgis")
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        upgrade(config, "0003")
        connection.exec_driver_sql("INSERT INTO context_name (name, text) VALUES (77, 'urn:kept')")
    engine.dispose()


@pytest.mark.services
def test_present_in_postgresql_goes_on_with_its_rows_and_a_newer_one_is_refused(server: Server) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE older")
    url = server.url("older")
    older(url)
    Postgres(url).close()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (newest_tables(),)
        assert connection.execute("SELECT text FROM context_name WHERE name = 77").fetchone() == ("urn:kept",)
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerTables, match="9999"):
        Postgres(url)
