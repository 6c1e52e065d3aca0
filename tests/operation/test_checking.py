"""`yuzhang check` finds what is wrong with an installation's data, names it, and changes nothing."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from yuzhang.app import create_app
from yuzhang.cli import app as commands
from yuzhang.core.access import POLICIES, Party
from yuzhang.core.secrets import secrets_of
from yuzhang.core.settings import Settings


@pytest.fixture(scope="module")
def used(loaded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a plan, observations in the lake and records of the audit, made once; tests copy it."""
    folder = Path(shutil.copytree(loaded_folder, tmp_path_factory.mktemp("used") / "data"))
    app = create_app(Settings(folder, trust="machine"))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
        entity = {"id": "urn:x:1", "type": "X", "a": {"type": "Property", "value": 1}}
        assert client.post("/ngsi-ld/v1/entities", json=entity).status_code == 201
        app.state.history.settle()
    recorded(folder)
    return folder


def recorded(folder: Path) -> None:
    """Some records in the audit of a folder."""
    from yuzhang.entrance.audit.room import Auditor

    auditor = Auditor(folder, secrets_of(folder))
    for number in range(3):
        kept = auditor.note(Party(f"p{number}"), POLICIES["plan.registry.actions.undo"], "begun", f"plan=x{number}")
        assert kept is not None
        kept.result()
    auditor.stop()


@pytest.fixture
def data(used: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(used, tmp_path / "data"))


def check(data: Path) -> tuple[int, dict[str, Any]]:
    """The exit code and what is said, by part."""
    done = CliRunner().invoke(commands, ["check", "--data", str(data), "--json"])
    found = json.loads(done.stdout)
    return done.exit_code, {one["part"]: one for one in found}


def test_data_that_is_whole_is_found_whole_and_stays_as_it_is(data: Path) -> None:
    def hashes() -> dict[str, str]:
        return {
            str(path): sha256(path.read_bytes()).hexdigest()
            for path in data.rglob("*")
            if path.suffix in {".db", ".sqlite", ".parquet", ".key"}
        }

    before = hashes()
    code, found = check(data)
    assert (code, [name for name, one in found.items() if not one["sound"]]) == (0, []), found
    assert found["lake"]["looked_at"] >= 1
    assert found["registry"]["looked_at"] >= 1
    assert found["audit"]["looked_at"] >= 3
    assert hashes() == before


def test_file_of_the_lake_that_is_missing_cut_or_another_one_is_named(data: Path) -> None:
    files = sorted((data / "lake" / "data").rglob("*.parquet"))
    files[0].write_bytes(files[0].read_bytes()[:-20])
    code, found = check(data)
    assert code == 1
    assert files[0].name in found["lake"]["problems"][0]
    files[0].unlink()
    assert "missing" in check(data)[1]["lake"]["problems"][0]


def test_database_with_a_broken_page_is_named(data: Path) -> None:
    with (data / "lake" / "catalog.sqlite").open("r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096 * 4))
    code, found = check(data)
    assert code == 1
    assert "lake/catalog.sqlite" in found["databases"]["problems"][0]


def test_row_that_names_another_which_is_not_there_is_found(data: Path) -> None:
    with closing(sqlite3.connect(data / "state.db")) as state, state:
        state.execute("INSERT INTO plan_entry (plan, kind, key, since) VALUES ('nowhere', 'plan', '', 1)")
    assert "plan_entry names rows that plan_revision has not" in check(data)[1]["databases"]["problems"][0]


def test_entry_of_a_plan_that_cannot_be_read_is_named_with_its_revision(data: Path) -> None:
    with closing(sqlite3.connect(data / "state.db")) as state, state:
        state.execute("UPDATE plan_entry SET body = X'7B' WHERE rowid = (SELECT min(rowid) FROM plan_entry)")
    assert "revision 1" in check(data)[1]["registry"]["problems"][0]


def test_reader_of_the_log_beyond_its_end_and_damaged_records_are_found(data: Path) -> None:
    with closing(sqlite3.connect(data / "state.db")) as state, state:
        state.execute("UPDATE log_place SET position = 999999 WHERE reader = 'history'")
        state.execute("INSERT INTO log_damaged (position, checksum, payload) VALUES (1, 0, X'00')")
    problems = check(data)[1]["log"]["problems"]
    assert "history is at 999999" in problems[0]
    assert "1 records were damaged" in problems[1]


def test_record_of_the_audit_that_was_changed_is_named_by_its_number(data: Path) -> None:
    with closing(sqlite3.connect(data / "audit.db")) as audit, audit:
        names = [row[0] for row in audit.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in names:
            audit.execute(f"DROP TRIGGER {name}")
        table = next(
            name for (name,) in audit.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if "subject" in {row[1] for row in audit.execute(f"PRAGMA table_info({name})")}
        )  # fmt: skip
        audit.execute(f"UPDATE {table} SET subject = 'plan=forged' WHERE rowid = 2")
    code, found = check(data)
    assert code == 1
    assert "record 2" in found["audit"]["problems"][0]


def test_tables_of_a_newer_version_and_a_folder_that_is_none_are_said_plainly(data: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(data / "state.db")) as state, state:
        state.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "version 9999" in check(data)[1]["tables"]["problems"][0]
    done = CliRunner().invoke(commands, ["check", "--data", str(tmp_path / "nothing")])
    assert done.exit_code == 1
    assert not (tmp_path / "nothing").exists()


def test_backup_that_is_restored_passes_the_check_with_its_audit_and_key(data: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert run(commands, ["backup", str(tmp_path / "b.tar.zst"), "--data", str(data)]).exit_code == 0
    assert run(commands, ["restore", str(tmp_path / "b.tar.zst"), "--data", str(tmp_path / "r")]).exit_code == 0
    code, found = check(tmp_path / "r")
    assert (code, [one for one in found.values() if not one["sound"]]) == (0, [])
    assert found["audit"]["looked_at"] >= 3
    assert (tmp_path / "r" / "secret.key").read_bytes() == (data / "secret.key").read_bytes()
    assert run(commands, ["backup", str(tmp_path / "folder"), "--data", str(data)]).exit_code == 0
    for path in (tmp_path / "b.tar.zst", tmp_path / "r" / "secret.key", tmp_path / "folder" / "secret.key"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_backup_without_the_key_says_so_and_is_whole_when_the_key_is_put_back(data: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert run(commands, ["backup", str(tmp_path / "b"), "--data", str(data), "--without-secret"]).exit_code == 0
    assert not list((tmp_path / "b").rglob("secret.key"))
    assert run(commands, ["restore", str(tmp_path / "b"), "--data", str(tmp_path / "r")]).exit_code == 0
    code, found = check(tmp_path / "r")
    assert code == 1
    assert "secret.key is missing" in found["audit"]["problems"][0]
    assert not (tmp_path / "r" / "secret.key").exists()
    shutil.copy(data / "secret.key", tmp_path / "r" / "secret.key")
    assert check(tmp_path / "r")[0] == 0
