"""Rules in the terminal: checked with every fault, and tried on the history of a data folder."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from brain.rules.folder import DAYS, PUMPS, RULES, level, pack, send
from yuzhang.brain.context.accepting import Intake
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.history.room import History
from yuzhang.brain.rules.commands import app
from yuzhang.core.storage import Storage


async def observed(data: Path) -> None:
    """A data folder with an hour of levels in its history."""
    storage = Storage(data)
    broker = Broker(storage)
    history = History(broker, storage)
    await broker.start()
    await history.start()
    for minute in range(60):
        await send(Intake(broker), [(one, minute, level(minute, at)) for at, one in enumerate(PUMPS)])
    await history.settled()
    await history.stop()
    await broker.stop()
    storage.close()


def test_a_rule_is_tried_on_a_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en")
    pack(tmp_path / "packs")
    asyncio.run(observed(tmp_path / "data"))
    asking = [
        "dry-run",
        "governance/pumps:level-high",
        "--data",
        str(tmp_path / "data"),
        "--packs",
        str(tmp_path / "packs"),
    ]
    told = CliRunner().invoke(app, [*asking, "--from", DAYS["from"], "--to", DAYS["to"]], env={"COLUMNS": "200"})
    assert told.exit_code == 0, told.output
    assert "stands at 400 cm" in told.output
    assert "3 series, 180 observations, 16 events." in told.output


def test_checking_names_file_and_line_of_every_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en")
    pack(tmp_path, RULES.replace('"waterLevel"', '"waterLevl"').replace('"cm"', '"ell"'))
    told = CliRunner().invoke(app, ["check", "--packs", str(tmp_path)])
    assert told.exit_code != 0
    assert "rules.toml:7 rule.attribute" in told.output
    assert "rules.toml:8 rule.unit" in told.output
