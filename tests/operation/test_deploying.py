"""The unit of systemd and the container file fit the program that they run."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from yuzhang.cli import app as commands

ROOT = Path(__file__).parents[2]
UNIT = (ROOT / "deploy" / "yuzhang.service").read_text(encoding="utf-8")
CONTAINER = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
HARDENED = {
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "DynamicUser": "yes",
    "StateDirectory": "yuzhang", "StateDirectoryMode": "0700", "UMask": "0077", "CapabilityBoundingSet": "",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
}  # fmt: skip


def instructions() -> list[tuple[str, str]]:
    """The container file's instructions, with their lines joined."""
    joined = re.sub(r"\\\n\s*", "", "\n".join(line for line in CONTAINER.splitlines() if not line.startswith("#")))
    return [(line.split()[0], line.partition(" ")[2]) for line in joined.splitlines() if line.strip()]


def options() -> set[str]:
    """The options of `yuzhang serve`."""
    command = typer.main.get_command(commands)
    return {name for one in command.commands["serve"].params for name in one.opts}  # type: ignore[attr-defined]  # a group


def test_unit_is_hardened_and_its_command_has_only_options_that_there_are() -> None:
    told = dict(line.split("=", 1) for line in UNIT.splitlines() if "=" in line and not line.startswith("#"))
    assert HARDENED.items() <= told.items()
    words = shlex.split(told["ExecStart"])
    assert words[1] == "serve"
    assert {word for word in words if word.startswith("--")} <= options()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_finds_no_fault_in_the_unit_and_little_exposure(tmp_path: Path) -> None:
    there = UNIT.replace("/opt/yuzhang/.venv/bin/yuzhang", "/bin/true")
    (tmp_path / "yuzhang.service").write_text(there)
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / "yuzhang.service")], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    asked = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(tmp_path / "yuzhang.service")]
    assert subprocess.run(asked, capture_output=True, text=True, check=False).returncode == 0


def test_container_copies_only_what_is_there_and_what_its_ignore_file_lets_through() -> None:
    passed = {line[1:] for line in (ROOT / ".containerignore").read_text().splitlines() if line.startswith("!")}
    for name, rest in instructions():
        if name == "COPY" and not rest.startswith("--from"):
            *sources, _ = rest.split()
            for source in sources:
                assert (ROOT / source).exists(), source
                assert source in passed, source
    assert not {"data", ".git", ".venv", "tests"} & passed


def test_container_is_set_up_by_the_repositorys_own_command_and_runs_as_nobody_special() -> None:
    steps = instructions()
    runs = [rest for name, rest in steps if name == "RUN"]
    assert any(rest.startswith("tools/set-up base") for rest in runs)
    for rest in runs:
        assert subprocess.run(["bash", "-n", "-c", rest], check=False).returncode == 0
    names = [name for name, _ in steps]
    assert ("USER", "yuzhang") in steps
    assert names.index("USER") > max(index for index, name in enumerate(names) if name == "RUN")
    assert "HEALTHCHECK" in names
    assert ("STOPSIGNAL", "SIGTERM") in steps


def test_container_holds_no_secret_and_begins_only_behind_tls() -> None:
    told = " ".join(rest for name, rest in instructions() if name in {"ENV", "ARG"})
    assert not re.search(r"(?i)secret|token|password|_KEY", told)
    command = json.loads(next(rest for name, rest in instructions() if name == "CMD"))
    assert "--insecure" not in command
    assert "--trust" not in command
    assert {word for word in command if word.startswith("--")} <= options()
