"""The pack "air": its index against the standard's table, its warnings, and its figures against the same index, from what stations sent."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from yuzhang.app import create_app
from yuzhang.brain.rules.reading import read as read_rules
from yuzhang.core.access import OPERATOR
from yuzhang.core.packs import read_pack
from yuzhang.core.packs.indicators import read_indicators
from yuzhang.core.settings import Settings
from yuzhang.domains.governance.air.air import DAILY, INDEX, POLLUTANTS, TABLE, Period, Pollutant, daily, hourly, iaqi
from yuzhang.domains.governance.air.heavy import levels_on, warning
from yuzhang.domains.governance.air.judging import days_of
from yuzhang.foundation.log.model import Columns, Key
from yuzhang.operation.packs.checking import folder_checked
from yuzhang.operation.packs.trying import observed, tried

FOLDER = Path(__file__).parent
DAYS = 330
HOUR = 3_600_000_000
BEFORE, SINCE = date(2026, 2, 28), date(2026, 3, 1)


@pytest.mark.parametrize(("pollutant", "period"), sorted(TABLE))
def test_index_is_that_of_the_table_at_each_of_its_concentrations(pollutant: Pollutant, period: Period) -> None:
    points = np.array(TABLE[pollutant, period], dtype=float)
    assert iaqi(pollutant, period, points, BEFORE).tolist() == list(INDEX[: len(points)])


def test_from_march_2026_on_particles_are_judged_by_the_stricter_edition_and_all_else_as_before() -> None:
    assert iaqi("pm25", "day", np.array([60.0, 75.0]), BEFORE).tolist() == [82, 100]
    assert iaqi("pm25", "day", np.array([60.0, 75.0]), SINCE).tolist() == [100, 114]
    assert iaqi("pm10", "day", np.array([120.0, 150.0]), SINCE).tolist() == [100, 112]
    for pollutant, period in sorted(TABLE):
        if pollutant not in ("pm10", "pm25"):
            points = np.array(TABLE[pollutant, period], dtype=float)
            assert iaqi(pollutant, period, points, SINCE).tolist() == list(INDEX[: len(points)])


def test_a_value_above_a_column_that_ends_early_has_no_index_before_2026_and_the_last_one_since() -> None:
    for pollutant, period, last in (("so2", "hour", 200), ("o3", "8h", 300)):
        assert np.isnan(iaqi(pollutant, period, np.array([801.0]), BEFORE)).all()  # type: ignore[arg-type]  # they are such
        assert iaqi(pollutant, period, np.array([801.0]), SINCE).tolist() == [last]  # type: ignore[arg-type]


def test_missing_and_negative_values_have_no_index_and_the_rest_counts() -> None:
    found = daily({"pm25": np.array([np.nan, 35.0, -1.0]), "no2": np.array([40.0, np.nan, np.nan])}, SINCE)
    assert found.aqi[:2].tolist() == [50, 50]
    assert np.isnan(found.aqi[2])
    assert not found.complete().any()


def test_an_hour_looks_gases_up_in_the_hours_columns() -> None:
    assert hourly({"o3": np.array([160.0])}, SINCE).aqi.tolist() == [50]
    assert daily({"o3": np.array([160.0])}, SINCE).aqi.tolist() == [100]


@pytest.mark.parametrize(
    ("days", "in_2020", "in_2026"),
    [
        ([160, 160, 90], None, "yellow"),
        ([160, 160, 160], None, "orange"),
        ([210, 90, 90], None, "yellow"),
        ([210, 210, 90], "yellow", "orange"),
        ([210, 210, 210], "orange", "orange"),
        ([210, 310, 210], "orange", "red"),
        ([210, 310, 310, 210], "red", "red"),
        ([90, 500, 90], "red", "yellow"),
        ([100, 150, 150], None, None),
    ],
)
def test_warning_is_of_the_guideline_that_held(days: list[float], in_2020: str | None, in_2026: str | None) -> None:
    for day, expected in ((date(2020, 1, 1), in_2020), (date(2026, 12, 1), in_2026)):
        found = warning(days, levels_on(day))
        assert (found.level if found else None) == expected


@pytest.fixture(scope="module")
def sent() -> dict[Pollutant, Any]:
    """What two stations measured in each hour of 330 days of 2025: station, day, hour. Made up by a seed, for this test."""
    chance = np.random.default_rng(633)
    middle = {"pm25": 45.0, "pm10": 90.0, "so2": 9.0, "no2": 30.0, "o3": 90.0, "co": 0.8}
    return {
        name: np.round(
            middle[name]
            * np.exp(0.45 * chance.standard_normal((1, DAYS, 1)) + 0.2 * chance.standard_normal((2, DAYS, 24))),
            3,
        )
        for name in POLLUTANTS
    }


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """An application over nothing."""
    return create_app(Settings(tmp_path_factory.mktemp("air") / "data", trust="machine"))


@pytest.fixture(scope="module")
def client(app: FastAPI, sent: dict[Pollutant, Any]) -> Iterator[TestClient]:
    """An application that has those values, and those of a simulated station in the middle of the worst smog.

    The second station tells CO in µg/m³ and PM2.5 in mg/m³; a third one counts in parts per million, which no standard does.
    """
    # The first day begins at midnight in China.
    start = int(datetime(2024, 12, 31, 16, tzinfo=UTC).timestamp() * 1_000_000)
    times = start + HOUR * np.arange(DAYS * 24)
    with TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50000)) as made:
        for name, values in sent.items():
            for number in range(4):
                entity = f"urn:ngsi-ld:AirQualityObserved:{'sim:1' if number == 2 else number}"
                column = values[number].ravel() if number < 2 else np.full(DAYS * 24, 900.0)
                unit, times_ = {(1, "co"): ("GQ", 1000.0), (1, "pm25"): ("GP", 0.001)}.get((number, name), ("", 1.0))
                unit = "59" if number == 3 else unit
                rest: list[str | None] | None = (
                    [f'{{"type":"Property","unitCode":"{unit}"}}'] * len(times) if unit else None
                )
                columns = Columns(np.zeros(len(times), np.int32), times, column * times_, rest)
                app.state.intake.observe_now(OPERATOR, "", [Key(entity, name)], columns, {entity: "AirQualityObserved"})
        app.state.history.settle()
        yield made


def test_figures_of_the_plan_are_those_of_the_index_in_any_unit_of_mass_and_simulated_stations_do_not_count(
    client: TestClient, sent: dict[Pollutant, Any]
) -> None:
    indicators, faults = read_indicators(read_pack(FOLDER)[0])
    assert not faults
    good, fine = indicators
    assert (good.series, fine.series) == ("空气质量优良天数比例", "PM2.5年均浓度")
    answers = [client.post("/api/sql", json={"query": one.query}).raise_for_status().json() for one in indicators]
    means = {name: values.mean(axis=2).mean(axis=0) for name, values in sent.items()}
    windows = np.stack([sent["o3"][:, :, hour : hour + 8].mean(axis=2) for hour in range(17)])
    means["o3"] = windows.max(axis=0).mean(axis=0)
    assert set(means) == set(DAILY)
    index = daily(means, date(2025, 6, 1))
    expected = round(100 * float((index.aqi <= 100).mean()), 1)
    assert 20 < expected < 100  # so the test says something
    assert answers[0]["rows"] == [["2025", expected, DAYS]]
    assert answers[1]["rows"] == [["2025", pytest.approx(float(means["pm25"].mean()), abs=0.051), DAYS]]


def test_a_day_whose_ozone_broke_the_limit_counts_though_hours_of_it_are_missing(client: TestClient) -> None:
    hours = np.full((1, len(POLLUTANTS), 48), 10.0)
    ozone = hours[0, POLLUTANTS.index("o3")]
    ozone[:14], ozone[24:38] = np.nan, np.nan
    ozone[38:] = 200.0
    assert days_of(hours).valid[0, POLLUTANTS.index("o3")].tolist() == [False, True]
    good = read_indicators(read_pack(FOLDER)[0])[0][0].query
    # Of each day four means are left: those days stay that are bad by them.
    late = good.replace("hour(hour) >= 7", "hour(hour) >= 20").replace("count(*) >= 324", "count(*) >= 1")
    assert late.count(">= 20 GROUP BY") == late.count("count(*) >= 1\n") == 1
    ((_, share, days),) = client.post("/api/sql", json={"query": late}).json()["rows"]
    assert (share, 0 < days < DAYS) == (0.0, True)


def test_a_year_with_too_few_days_has_no_figure_yet(client: TestClient) -> None:
    for one in read_indicators(read_pack(FOLDER)[0])[0]:
        early = one.query.replace("time + INTERVAL 8 HOUR", "time + INTERVAL 8 HOUR - INTERVAL 180 DAY")
        assert client.post("/api/sql", json={"query": early}).json()["rows"] == []


def test_an_evening_of_smog_opens_an_event_that_heavy_pollution_is_there_and_names_its_matter() -> None:
    rules, faults = read_rules(read_pack(FOLDER)[0])
    assert not faults
    happened = list(tried(rules, observed(FOLDER / "sample" / "day.csv")))
    assert [(one.rule.name, one.opens, one.rule.severity, one.rule.matter) for one in happened] == [
        ("pm25-severe-hour", True, 4, "heavy-pollution")
    ]


def test_bounds_of_the_rules_are_concentrations_of_the_standard() -> None:
    bounds = {one.name: one.condition.low for one in read_rules(read_pack(FOLDER)[0])[0]}
    for edition in (BEFORE, SINCE):
        assert iaqi("pm25", "day", np.array([bounds["pm25-heavy"], bounds["pm25-severe-hour"]]), edition).tolist() == [
            200,
            300,
        ]
        assert iaqi("pm10", "day", np.array([bounds["pm10-heavy"]]), edition).tolist() == [200]
        assert iaqi("o3", "8h", np.array([bounds["ozone-light"]]), edition).tolist() == [100]


def test_the_pack_is_in_order() -> None:
    assert [one.said("en") for one in folder_checked(FOLDER)[0].faults] == []
