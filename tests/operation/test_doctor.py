"""`yuzhang doctor` says whether a machine is fit, and what to do where it is not."""

import json
import os
import resource
import shutil
import socket
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from yuzhang.cli import app as commands
from yuzhang.core.language import Title
from yuzhang.operation.doctor import folder, machine, parts
from yuzhang.operation.doctor.examining import findings


def doctor(data: Path, *options: str, **environment: str) -> tuple[int, str]:
    """The exit code and what is said."""
    done = CliRunner().invoke(commands, ["doctor", "--data", str(data), *options], env=environment)
    return done.exit_code, done.stdout


def test_machine_that_runs_these_tests_has_no_fault_and_every_line_says_so_in_both_languages(tmp_path: Path) -> None:
    ports = ("--port", "18700", "--mqtt-port", "11883")
    code, english = doctor(tmp_path / "data", *ports, LANG="en_GB.UTF-8")
    assert code == 0, english
    assert "[ok] Python: 3." in english
    chinese = doctor(tmp_path / "data", *ports, LANG="zh_CN.UTF-8")[1]
    assert "[正常] Python：3." in chinese
    assert english.count("\n") == chinese.count("\n")
    assert not (tmp_path / "data").exists()


def test_what_is_wrong_is_told_with_what_to_do_and_the_exit_code_says_it(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("00" * 32)
    (tmp_path / "secret.key").chmod(0o644)
    code, said = doctor(tmp_path, LANG="en_GB.UTF-8")
    assert code == 1
    assert f"chmod 600 {tmp_path / 'secret.key'}" in said.replace("\n", "")


def test_json_has_each_thing_with_its_verdict(tmp_path: Path) -> None:
    found: list[dict[str, Any]] = json.loads(doctor(tmp_path, "--json")[1])
    assert {one["verdict"] for one in found} <= {"ok", "warn", "fault"}
    assert {"Python", "disk", "secret key", "clock and zone", "open files"} <= {one["about"] for one in found}


def test_port_that_somebody_has_is_told(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert machine.port("127.0.0.1", other.getsockname()[1], Title("", "")).verdict == "warn"


def test_scripts_that_are_not_installed_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "htmx.min.js").write_text("")
    found = machine.scripts(tmp_path)
    assert found.verdict == "fault"
    assert "echarts" in found.found.en
    assert "htmx" not in found.found.en


@pytest.mark.parametrize(
    ("hard", "verdict"), [(512, "fault"), (2048, "warn"), (8192, "ok"), (resource.RLIM_INFINITY, "ok")]
)
def test_limit_of_open_files_is_judged(hard: int, verdict: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (hard, hard))
    assert machine.open_files().verdict == verdict


def test_clock_of_the_last_century_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "EARLIEST", datetime(2999, 1, 1).astimezone())
    assert machine.clock().verdict == "fault"


@pytest.mark.parametrize(("free", "verdict"), [(10, "fault"), (2 * 2**30, "warn"), (9 * 2**30, "ok")])
def test_room_on_the_disk_is_judged(free: int, verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))
    assert folder.disk(tmp_path).verdict == verdict


def test_network_disk_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "_file_system", lambda _: "nfs4")
    assert folder.disk(tmp_path).verdict == "fault"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert folder.folder(tmp_path / "data").verdict == "fault"
    tmp_path.chmod(0o700)


def test_folder_that_others_may_read_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert folder.folder(tmp_path).verdict == "warn"
    tmp_path.chmod(0o700)
    assert folder.folder(tmp_path).verdict == "ok"


def test_servers_of_a_city_that_do_not_answer_are_faults_and_no_password_is_shown(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    environment = {
        "YUZHANG_PROFILE": "city",
        "YUZHANG_CONTEXT_DATABASE": f"postgresql://u:hidden-word@127.0.0.1:{free}/a",
        "YUZHANG_LAKE_CATALOG": f"postgresql://u:hidden-word@127.0.0.1:{free}/b",
        "YUZHANG_LAKE_FILES": "s3://b/p",
        "YUZHANG_BUS": f"nats://127.0.0.1:{free}",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "hidden-word",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free}",
    }
    found = list(findings(tmp_path, "127.0.0.1", free, free, environment))
    away = [one for one in found if one.verdict == "fault" and one.fix]
    assert len([one for one in away if "answer" in one.found.en or str(free) in one.found.en]) >= 4
    assert "hidden-word" not in str(found)


def test_server_of_a_city_that_listens_is_ok() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert parts.listening(Title("", ""), f"nats://127.0.0.1:{other.getsockname()[1]}").verdict == "ok"


def test_profile_that_lacks_a_part_is_a_fault_that_names_it(tmp_path: Path) -> None:
    found = list(findings(tmp_path, "127.0.0.1", 18700, 11883, {"YUZHANG_PROFILE": "city", "YUZHANG_LOG": "xml"}))
    faults = [one.found.en for one in found if one.verdict == "fault"]
    assert any("YUZHANG_CONTEXT_DATABASE" in one for one in faults)
    assert any("YUZHANG_LOG" in one for one in faults)
