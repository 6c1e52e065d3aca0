"""The server tidies by itself; the commands ask before data go."""

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from brain.history.keeping.conftest import Kept, us
from yuzhang.brain.history.commands import app
from yuzhang.brain.history.keeping import actions, catalog, keeper
from yuzhang.core.access import OPERATOR

PATIENCE_S = 30


@pytest.mark.parametrize("first_s", [0.0, 1000.0])
def test_the_process_that_records_merges_while_it_does(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, first_s: float
) -> None:
    monkeypatch.setattr(keeper, "MERGE_S", 0.01)
    monkeypatch.setattr(keeper, "FIRST_S", first_s)
    kept.file("urn:x:a", "Gauge", [us(2026, 1, 1)], [1.0])
    other = kept.history.broker.lead(actions.TIDYING)
    assert other.take(), "at first somebody else tidies"
    working = keeper.Keeper(kept.history)
    working.start()
    kept.file("urn:x:a", "Gauge", [us(2026, 1, 2)], [2.0])
    other.release()

    until = datetime.now(UTC) + timedelta(seconds=PATIENCE_S)
    while _files(kept) != 1:
        assert datetime.now(UTC) < until
        kept.history.settle()
    working.stop()

    assert kept.rows("urn:x:a") == [(us(2026, 1, 1), 1.0), (us(2026, 1, 2), 2.0)]


def _files(kept: Kept) -> int:
    with kept.history.lake() as lake:
        return len(catalog.data_files(lake, "observations"))


def test_a_policy_by_which_data_go_is_shown_and_asked_for_before_it_is_set(kept: Kept) -> None:
    actions.set_policy(kept.history, OPERATOR, ["Air"], None)
    kept.file("urn:x:a", "Air", [us(2020, 1, 5)], [1.0])
    actions.tidy(kept.history, OPERATOR)
    command = ["policy", "set", "--type", "Air", "--keep-days", "30", "--data", str(kept.history.storage.folder)]
    runner = CliRunner(env={"LANG": "en_US.UTF-8", "LC_ALL": "", "COLUMNS": "200"})

    shown = runner.invoke(app, [*command, "--dry-run"])
    assert "1 months are dropped or thinned: 1 rows in 1 files" in shown.output
    assert actions.kept_policies(kept.history, OPERATOR)[1].keep_days is None
    assert runner.invoke(app, command, input="n\n").exit_code == 1
    assert actions.kept_policies(kept.history, OPERATOR)[1].keep_days is None
    assert runner.invoke(app, command, input="y\n").exit_code == 0
    assert actions.kept_policies(kept.history, OPERATOR)[1].keep_days == 30

    listed = runner.invoke(app, ["policy", "list", "--data", str(kept.history.storage.folder)])
    assert "30 days" in listed.output
    assert "1 months went, 1 rows" in runner.invoke(app, ["tidy", "--data", str(kept.history.storage.folder)]).output
    assert kept.rows("urn:x:a") == []
