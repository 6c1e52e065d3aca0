"""Cases in the terminal."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from brain.cases.stories import DUTY, WORKER, Clock, Event, do, happen, pack, reported, room
from yuzhang.brain.cases.commands import app
from yuzhang.core.storage import Storage

WIDE = {"COLUMNS": "250", "LANG": "en_GB.UTF-8"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a case that is closed, one that waits, and a simulated one."""
    storage = Storage(tmp_path / "data")
    cases = room(storage, [pack(tmp_path / "data" / "packs")], Clock())
    case = do(cases, DUTY, reported(cases), "accepted")
    case = do(cases, WORKER, case, "not-fixed", note="no way")
    case = do(cases, DUTY, case, "pass")
    do(cases, DUTY, do(cases, DUTY, case, "not-reached", note="no answer"))
    reported(cases)
    happen(cases, Event("e1", simulated=True))
    storage.close()
    return tmp_path / "data"


def test_open_cases_are_listed_and_simulated_ones_said_to_be_so(data: Path) -> None:
    answer = CliRunner().invoke(app, ["list", "--data", str(data)], env=WIDE)
    assert answer.exit_code == 0, answer.output
    assert "Waterlogging" in answer.output
    assert answer.output.count("202611") >= 2
    assert "simulated" in answer.output
    assert "not-fixed" not in answer.output
    answer = CliRunner().invoke(app, ["list", "--status", "closed", "--most", "1", "--data", str(data)], env=WIDE)
    assert "not-fixed" in answer.output


def test_rates_of_units_are_told(data: Path) -> None:
    answer = CliRunner().invoke(app, ["statistics", "--days", "3660", "--data", str(data)], env=WIDE)
    assert answer.exit_code == 0, answer.output
    assert "drainage-east" in answer.output
    assert "100%" in answer.output
