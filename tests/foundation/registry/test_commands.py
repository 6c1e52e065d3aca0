"""Devices in the terminal."""

import re
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import YuzhangError
from yuzhang.core.storage import Storage
from yuzhang.foundation.registry.commands import app
from yuzhang.foundation.registry.errors import UnfitSheet
from yuzhang.foundation.registry.model import Registration
from yuzhang.foundation.registry.provisioning import asking
from yuzhang.foundation.registry.room import Registry


def run(folder: Path, *words: str) -> str:
    """What a command prints."""
    found = CliRunner().invoke(app, [*words, "--data", str(folder)], env={"LANG": "en_US.UTF-8", "COLUMNS": "200"})
    if isinstance(found.exception, YuzhangError):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found.output


def registry(folder: Path) -> Registry:
    """The registry as another process sees it."""
    return Registry(Storage(folder))


def test_an_operator_adds_lists_and_revokes_a_device(tmp_path: Path) -> None:
    said = run(tmp_path, "add", "pump-1", "PumpStation", "--lon", "115.9", "--lat", "28.7", "--expected", "60")
    secret = re.search(r"dev_\S{43}", said)
    assert secret
    assert "pump-1" in run(tmp_path, "list", "--search", "pump")
    opened = registry(tmp_path)
    assert opened.authenticate("pump-1", secret[0]) is not None
    run(tmp_path, "revoke", "pump-1")
    opened.look()
    assert opened.authenticate("pump-1", secret[0]) is None
    opened.storage.close()


def test_an_operator_imports_a_table_and_only_they_can_read_the_credentials(tmp_path: Path) -> None:
    table = tmp_path / "devices.csv"
    table.write_text("id,kind\na,Pump\nb,Pump\n")
    secrets = tmp_path / "secrets.csv"
    assert "2 devices" in run(tmp_path / "data", "import", str(table), "--credentials", str(secrets))
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    device, secret = secrets.read_text().splitlines()[1].split(",")
    opened = registry(tmp_path / "data")
    assert opened.authenticate(device, secret) is not None
    opened.storage.close()
    with pytest.raises(UnfitSheet):
        run(tmp_path / "data", "import", str(table))


def test_an_operator_approves_a_device_that_waits(tmp_path: Path) -> None:
    opened = registry(tmp_path)
    asking.ask(opened, OPERATOR, Registration("gauge-1", "RainGauge", peer="10.0.0.9"), "c" * 43)
    assert "10.0.0.9" in run(tmp_path, "list", "--waiting")
    run(tmp_path, "approve", "gauge-1")
    assert asking.fetch(opened, OPERATOR, "gauge-1", "c" * 43) is not None
    opened.storage.close()
