"""An indicator that the city computes itself: from what its own stations observed, never from simulated ones, and once."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from yuzhang.app import create_app
from yuzhang.brain.history.sql.model import Question
from yuzhang.cli import app as commands
from yuzhang.core.access import OPERATOR
from yuzhang.core.settings import Settings
from yuzhang.foundation.log.model import Columns, Key
from yuzhang.plan.figures import computing
from yuzhang.plan.figures.actions import figure_history
from yuzhang.plan.figures.computing import Reckoning, compute_figures
from yuzhang.plan.figures.errors import FiguresRefused

REGION, SERIES, PACK = "南昌市", "PM2.5年均浓度", "governance/air"
YEAR_HOURS = 366 * 24
START = 1_704_038_400_000_000
"""2024-01-01 00:00 in China."""
REAL, MADE_UP = (f"urn:ngsi-ld:AirQualityObserved:{one}" for one in ("1", "sim:1"))


@pytest.fixture(scope="module")
def client(loaded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A year of a station that says 30, and of a simulated one that says 300."""
    folder = Path(shutil.copytree(loaded_folder, tmp_path_factory.mktemp("computing") / "data"))
    app = create_app(Settings(folder, trust="machine"))
    with TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50000)) as made:
        for entity, value in ((REAL, 30.0), (MADE_UP, 300.0)):
            hours = START + 3_600_000_000 * np.arange(YEAR_HOURS)
            columns = Columns(np.zeros(YEAR_HOURS, np.int32), hours, np.full(YEAR_HOURS, value))
            types = {entity: "AirQualityObserved"}
            app.state.intake.observe_now(OPERATOR, "", [Key(entity, "pm25")], columns, types)
        app.state.history.settle()
        yield made


@pytest.fixture
def observed(client: TestClient) -> FastAPI:
    """The application that runs."""
    assert isinstance(client.app, FastAPI)
    return client.app


@pytest.fixture
def reckoning(observed: FastAPI) -> Reckoning:
    """All that computing needs."""
    return Reckoning(observed.state.storage, observed.state.sql)


def test_a_dry_run_says_what_would_come_and_keeps_nothing(reckoning: Reckoning) -> None:
    before = figure_history(reckoning.storage, OPERATOR, REGION, SERIES)
    computed = compute_figures(reckoning, OPERATOR, REGION, pack=PACK, dry_run=True)
    assert {one.indicator.series: one.periods for one in computed} == {SERIES: 1, "空气质量优良天数比例": 0}
    assert figure_history(reckoning.storage, OPERATOR, REGION, SERIES) == before


def test_a_real_station_behind_many_simulated_ones_is_counted_too(
    reckoning: Reckoning, observed: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = "urn:ngsi-ld:AirQualityObserved:2"
    columns = Columns(np.zeros(1, np.int32), np.array([START]), np.array([1.0]))
    observed.state.intake.observe_now(OPERATOR, "", [Key(last, "no2")], columns, {last: "AirQualityObserved"})
    observed.state.history.settle()
    monkeypatch.setattr(computing, "SERIES_AT_ONCE", 1)
    real = np.frombuffer(computing._real(reckoning.workers), np.int32).tolist()
    query = Question("SELECT series FROM series WHERE entity NOT LIKE '%:sim:%' ORDER BY 1", views=["series"])
    assert len(real) == 2
    assert json.loads(reckoning.workers.ask(query).content)["rows"] == [[one] for one in real]


def test_an_indicator_of_more_periods_than_are_taken_in_at_once_is_refused_by_name_and_never_cut(
    reckoning: Reckoning, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "governance" / "long"
    own.mkdir(parents=True)
    (own / "pack.toml").write_text('title = { zh = "长", en = "Long" }\n')
    said = f"-- indicator: {SERIES}\n-- zh: 年均\n-- en: Mean\n-- unit: 微克/立方米\n-- source: test\n"
    years = "SELECT '2022' AS period, 31.0 AS value UNION ALL SELECT '2023' AS period, 32.0 AS value"
    (own / "indicators.sql").write_text(f"{said}{years};\n")
    monkeypatch.setattr(computing, "MOST_PERIODS", 1)
    before = figure_history(reckoning.storage, OPERATOR, REGION, SERIES)
    with pytest.raises(FiguresRefused, match="more than 1 periods") as refused:
        compute_figures(replace(reckoning, folders=(tmp_path,)), OPERATOR, REGION, pack="governance/long")
    assert refused.value.where == f"governance/long: {SERIES}"
    assert figure_history(reckoning.storage, OPERATOR, REGION, SERIES) == before


def test_the_mean_of_a_year_is_of_real_stations_only_and_computed_again_nothing_is_added(reckoning: Reckoning) -> None:
    compute_figures(reckoning, OPERATOR, REGION, pack=PACK)
    again = compute_figures(reckoning, OPERATOR, REGION, pack=PACK)
    assert all(one.result is None for one in again)
    figures = [one for one in figure_history(reckoning.storage, OPERATOR, REGION, SERIES) if "计算" in one.source_title]
    assert [(str(one.period), one.value, one.unit) for one in figures] == [("2024", 30.0, "微克/立方米")]
    assert "governance/air" in figures[0].source_title
    assert figures[0].quote.startswith("snapshot ")


def test_an_officer_computes_at_the_page_and_at_the_terminal(client: TestClient, observed: FastAPI) -> None:
    own = {"origin": "http://127.0.0.1"}
    answer = client.post("/plan/nanchang-14/figures/compute", headers=own, follow_redirects=True)
    assert answer.status_code == 200
    assert "由城市观测计算" in answer.text
    data = str(observed.state.storage.folder)
    told = CliRunner().invoke(commands, ["figures", "compute", REGION, "--data", data, "--pack", PACK])
    assert told.exit_code == 0, told.output
    assert "PM2.5" in told.output
