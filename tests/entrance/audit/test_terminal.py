"""Commands are remembered under the name of the system's user, and the audit's own commands say what is wrong, and where."""

import os
import pwd
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from entrance.audit.records import SECRETS, auditor, by_force, filled, rows
from yuzhang.core import terminal
from yuzhang.core.access import OPERATOR, ROLES
from yuzhang.core.errors import YuzhangError
from yuzhang.core.secrets import SECRET_VARIABLE, SUITE_VARIABLE
from yuzhang.entrance.audit import actions
from yuzhang.entrance.audit.commands import app
from yuzhang.entrance.audit.terminal import recorded, user_name


@pytest.fixture(autouse=True)
def _known_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET_VARIABLE, SECRETS.master.hex())
    monkeypatch.delenv(SUITE_VARIABLE, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")


def test_every_change_at_the_terminal_is_recorded_under_the_users_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "RECORDERS", [recorded])
    monkeypatch.setenv("USER", "somebody-else")
    other = auditor(tmp_path / "other")
    with terminal.opened(tmp_path), terminal.opened(tmp_path):
        for _ in range(3):
            actions.overview(other, OPERATOR)
            actions.remove_old(other, OPERATOR, 180)
    assert OPERATOR.guard is ROLES
    name = f"terminal:{pwd.getpwuid(os.getuid()).pw_name}"
    assert user_name() == name.partition(":")[2]
    found = rows(tmp_path)
    assert [(row[1], row[2].rpartition(".")[2], row[3], row[4]) for row in found] == [
        (name, "remove_old", "begun", 1),
        (name, "remove_old", "begun", 1),
        (name, "remove_old", "begun", 1),
        (name, "overview", "read", 3),
    ]


def test_operator_is_nobodys_when_a_command_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "RECORDERS", [recorded])
    with pytest.raises(ZeroDivisionError), terminal.opened(tmp_path):
        raise ZeroDivisionError
    assert OPERATOR.guard is ROLES


def said(*arguments: str | Path, code: int = 0) -> str:
    """What a command says."""
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        assert isinstance(done.exception, YuzhangError), done.exception
        assert code == 2
        return done.exception.line("en")
    assert done.exit_code == code, done.output
    return re.sub(r"\s+", " ", done.output)


def test_verify_names_the_record_and_ends_with_code_1(tmp_path: Path) -> None:
    filled(tmp_path, 30).close()
    assert "whole: 30 records" in said("verify", "--data", tmp_path, "--progress")
    with by_force(tmp_path / "audit.db") as connection:
        connection.execute("UPDATE record SET subject = 'x' WHERE number = 17")
    assert "record 17" in said("verify", "--data", tmp_path, code=1)


def test_witness_keeps_what_verify_compares(tmp_path: Path) -> None:
    data, kept = tmp_path / "data", tmp_path / "witness.json"
    filled(data, 30).close()
    said("witness", "--data", data, "--out", kept)
    assert "whole" in said("verify", "--data", data, "--witness", kept)
    with by_force(data / "audit.db") as connection:
        connection.execute("DELETE FROM record WHERE number > 20")
        connection.execute("DELETE FROM statement WHERE number > 20")
    assert "record 21" in said("verify", "--data", data, "--witness", kept, code=1)


def test_export_is_verified_without_the_data_folder(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "out.jsonl"
    filled(data, 30).close()
    said("export", "--data", data, "--since", "2023-11-14", "--out", file)
    key = Path(f"{file}.pem")
    assert key.read_bytes() == said_key(data)
    away = tmp_path / "nothing"
    assert "whole: 31 records" in said("verify", "--data", away, "--export", file, "--key", key)
    assert not away.exists()
    file.write_bytes(file.read_bytes().replace(b"nc-9 ", b"nc-8 "))
    assert "record 9" in said("verify", "--data", away, "--export", file, "--key", key, code=1)
    assert "its last line" in said("verify", "--export", cut(file), "--key", key, code=2)


def said_key(data: Path) -> bytes:
    done = CliRunner().invoke(app, ["key", "--data", str(data)])
    return done.stdout_bytes


def cut(file: Path) -> Path:
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    return file


def test_search_and_tidy_at_the_terminal(tmp_path: Path) -> None:
    filled(tmp_path, 30).close()
    assert "nc-17" in said("search", "nc-17", "--data", tmp_path)
    assert "--before" in said("search", "--data", tmp_path, "--limit", "2")
    assert "180" in said("tidy", "--data", tmp_path, "--keep-days", "90", code=2)
    assert "30 records" in said("tidy", "--data", tmp_path, "--keep-days", "180")
    assert "whole" in said("verify", "--data", tmp_path)
    assert rows(tmp_path)[0][0] == 31


@pytest.mark.parametrize("arguments", [("--since", "yesterday"), ("--out", "/nowhere/x.jsonl")])
def test_export_says_what_does_not_fit(tmp_path: Path, arguments: tuple[str, str]) -> None:
    filled(tmp_path, 3).close()
    assert arguments[1] in said("export", "--data", tmp_path, *arguments, code=2)
