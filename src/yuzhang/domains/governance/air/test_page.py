"""The page of the air: what whoever is on duty, and a reader of the public service, is told."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from yuzhang.app import create_app
from yuzhang.core.access import OPERATOR, STRANGER, Party
from yuzhang.core.errors import NotAllowed
from yuzhang.core.moments import microseconds
from yuzhang.core.settings import Settings
from yuzhang.domains.governance.air import actions
from yuzhang.domains.governance.air.air import CLASSES, POLLUTANTS
from yuzhang.domains.governance.air.hours import FORECAST, HOUR_US
from yuzhang.domains.governance.air.model import Air, Judged, Point
from yuzhang.domains.governance.air.reached import warned
from yuzhang.foundation.log.model import Columns, Key

FIRST = date(2026, 12, 10)
APART = timedelta(days=60)
"""Each test has a time of its own, so that one application serves all of them."""
CLEAN = {"so2": 9.0, "no2": 20.0, "pm10": 40.0, "co": 0.6, "o3": 60.0, "pm25": 20.0}
NORTH, EAST, SOUTH, WEST, MADE_UP = (
    f"urn:ngsi-ld:AirQualityObserved:{one}" for one in ("north", "east", "south", "west", "sim:1")
)


class Town:
    """An application, and stations that send to it; it is half past twelve in China, on `day`."""

    def __init__(self, app: FastAPI, client: TestClient, day: date) -> None:
        self.app, self.client, self.day = app, client, day
        self.midnight = microseconds(datetime(day.year, day.month, day.day, tzinfo=UTC)) - 8 * HOUR_US
        self.noon = self.midnight + 12 * HOUR_US + HOUR_US // 2

    def send(self, entity: str, attribute: str, times: Sequence[int], values: Sequence[float], unit: str = "") -> None:
        """Observations of one attribute."""
        rest: list[str | None] | None = [f'{{"type":"Property","unitCode":"{unit}"}}'] * len(times) if unit else None
        columns = Columns(np.zeros(len(times), np.int32), np.array(times, np.int64), np.array(values, np.float64), rest)
        self.app.state.intake.observe_now(
            OPERATOR, "", [Key(entity, attribute)], columns, {entity: "AirQualityObserved"}
        )

    def hourly(self, entity: str, values: Mapping[str, float], start: int, hours: int) -> None:
        """The same means in each of some hours."""
        times = [start + HOUR_US * at + HOUR_US // 4 for at in range(hours)]
        for name, value in values.items():
            self.send(entity, name, times, [value] * hours)

    def air(self, caller: Party = OPERATOR) -> Air:
        """What is known at noon."""
        self.app.state.history.settle()
        return actions.air(self.app.state.history, caller, self.app.state.registry, self.noon, "en")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, TestClient, Iterator[int]]]:
    """An application without a station."""
    app = create_app(Settings(tmp_path_factory.mktemp("air") / "data", trust="machine", mqtt_port=None))
    with TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50000), headers={"accept": "text/html"}) as client:
        yield app, client, count()


@pytest.fixture
def town(begun: tuple[FastAPI, TestClient, Iterator[int]]) -> Town:
    """A town without a station in its last 30 days."""
    app, client, number = begun
    return Town(app, client, FIRST + next(number) * APART)


def test_duty_officer_sees_the_city_as_the_mean_of_its_real_stations_and_made_up_ones_apart(town: Town) -> None:
    town.hourly(NORTH, CLEAN | {"pm25": 60.0}, town.midnight, 13)
    town.hourly(EAST, CLEAN | {"pm25": 120.0}, town.midnight, 13)
    town.hourly(MADE_UP, CLEAN | {"pm25": 500.0}, town.midnight, 13)
    real, made_up = town.air().groups
    # (60 + 120) / 2 = 90 µg/m³: between 60 (100) and 115 (150) it is 128 of the table of 2026.
    assert real.now is not None
    assert real.now.judged is not None
    assert (real.now.judged.aqi, real.now.judged.title.zh, real.now.judged.primary) == (128, "轻度污染", ("pm25",))
    assert real.now.stations == 2
    assert [(one.id, one.now and one.now.aqi) for one in real.stations] == [(EAST, 158), (NORTH, 100)]
    assert made_up.simulated
    assert made_up.now is not None
    assert made_up.now.judged is not None
    assert made_up.now.judged.aqi == 500
    assert [one.id for one in made_up.stations] == [MADE_UP]


def test_a_day_needs_twenty_hours_and_until_then_it_is_so_far(town: Town) -> None:
    yesterday = town.midnight - 24 * HOUR_US
    town.hourly(NORTH, CLEAN, yesterday, 18)
    town.hourly(NORTH, CLEAN | {"pm25": 100.0}, town.midnight - 48 * HOUR_US, 24)
    town.hourly(NORTH, CLEAN, town.midnight, 12)
    real = town.air().groups[0]
    before, short, today = real.days[-3:]
    assert before.judged is not None
    assert (before.judged.aqi, before.judged.primary) == (137, ("pm25",))
    # 18 hours are too few, and the 13 means of 8 hours that ozone has of them too.
    assert (short.judged, short.missing) == (None, POLLUTANTS)
    assert today.judged is not None
    assert today.judged.aqi == 40
    measured = real.stations[0].measured["pm25"]
    assert (measured.hours, measured.valid) == (12, False)


def test_carbon_monoxide_in_micrograms_counts_as_milligrams_and_parts_per_billion_do_not_count_which_is_said(
    town: Town,
) -> None:
    hour = [town.noon - 600_000_000]
    town.send(WEST, "co", hour, [1200.0], "GQ")
    town.send(WEST, "pm25", hour, [0.05], "GP")
    town.send(WEST, "no2", hour, [30.0], "61")
    real = town.air().groups[0]
    station = real.stations[0]
    assert {name: one.hour for name, one in station.measured.items()} == {"co": 1.2, "pm25": 50.0}
    assert [(one.station, one.pollutant, one.unit, one.rows) for one in real.uncounted] == [(WEST, "no2", "61", 1)]


def test_a_unit_that_only_the_entity_says_counts_too(town: Town) -> None:
    body = {
        "id": SOUTH, "type": "AirQualityObserved",
        "name": {"type": "Property", "value": "南站"},
        "co": {"type": "Property", "value": 900, "unitCode": "GQ", "observedAt": f"{town.day}T03:00:00Z"},
    }  # fmt: skip
    answer = town.client.post("/ngsi-ld/v1/entities", json=body)
    assert answer.status_code == 201, answer.text
    town.send(SOUTH, "co", [town.noon - 600_000_000], [700.0])
    station = town.air().groups[0].stations[0]
    assert (station.name, station.measured["co"].hour) == ("南站", 0.7)


def test_a_station_that_fell_silent_is_shown_with_its_age_and_says_nothing_of_now(town: Town) -> None:
    town.hourly(NORTH, CLEAN, town.midnight, 13)
    town.hourly(EAST, CLEAN | {"pm25": 400.0}, town.midnight - 24 * HOUR_US, 24)
    real = town.air().groups[0]
    assert [(one.id, one.old) for one in real.stations] == [(NORTH, False), (EAST, True)]
    assert real.now is not None
    assert (real.now.stations, real.now.judged and real.now.judged.aqi) == (1, 40)


def test_two_days_of_smog_call_for_orange_and_the_forecast_for_red(town: Town) -> None:
    town.hourly(NORTH, CLEAN | {"pm25": 200.0}, town.midnight - 24 * HOUR_US, 37)
    told = [town.midnight + (24 + 12) * HOUR_US, town.midnight + (48 + 12) * HOUR_US]
    town.send(NORTH, FORECAST, told, [320.0, 210.0])
    found = town.air().groups[0].warned
    assert found.measured is not None
    assert (found.measured.level, list(found.days)) == ("orange", [town.day - timedelta(days=1), town.day])
    assert found.measured.rule.en == "daily AQI above 200 for 2 days or more in a row"
    assert "2024" in found.source.en
    assert found.forecast is not None
    assert (found.forecast.level, found.foretold[town.day + timedelta(days=1)]) == ("red", 320)


def point(day: int, aqi: int, primary: Any = ("pm25",)) -> Point:
    """A day of December 2026."""
    at = datetime(2026, 12, day, tzinfo=UTC) - timedelta(hours=8)
    return Point(at, Judged(aqi, 1, CLASSES[0][1], primary), {}, 1, ())


def test_smog_that_is_over_and_ozone_call_for_no_warning() -> None:
    over = [point(6, 260), point(7, 260), point(8, 60), point(9, 55), point(10, 50)]
    assert warned(over, {}, date(2026, 12, 10)).measured is None
    ozone = warned([point(9, 260, ("o3",)), point(10, 40)], {}, date(2026, 12, 10))
    assert (ozone.measured, ozone.ozone) == (None, (date(2026, 12, 9),))
    ending = warned([point(9, 260), point(10, 90)], {}, date(2026, 12, 10)).measured
    assert ending is not None
    assert ending.level == "yellow"


def test_reader_finds_number_word_pollutant_age_and_units_in_both_languages(town: Town) -> None:
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    for entity in (NORTH, MADE_UP):
        for name, value in (CLEAN | {"pm25": 130.0}).items():
            town.send(entity, name, [now - 60_000_000], [value])
    town.app.state.history.settle()
    english = town.client.get("/air?lang=en").text
    for said in (
        "Moderately polluted",
        "PM2.5",
        "1 minute old",
        "mg/m³",
        "µg/m³",
        "Simulated stations",
        "no forecast has come in",
    ):
        assert said in english, said
    chinese = town.client.get("/air?lang=zh").text
    for said in ("中度污染", "首要污染物", "1分钟前", "模拟监测站", "未达到任何级别"):
        assert said in chinese, said
    answer = town.client.get("/api/air").json()
    assert [one["simulated"] for one in answer["groups"]] == [False, True]
    assert [one["warning"] is None for one in answer["groups"]] == [False, True]
    assert answer["groups"][0]["now"]["judged"]["aqi"] == 172


def test_a_town_without_stations_has_one_group_and_no_index(town: Town) -> None:
    real = town.air().groups[0]
    assert (real.stations, real.now, real.today, real.warned.measured) == ((), None, None, None)


OPENED = """
@id("visitors-see-the-air")
@title_zh("任何人可以查看空气质量")
@title_en("Anybody sees the air")
@why("环境保护法 art. 54 (Environmental Protection Law): quality of the environment is published / 环境质量信息公开")
permit (principal, action == Action::"domains.governance.air.actions.air", resource);

@id("visitors-see-air-stations")
@title_zh("任何人可以查看空气监测站")
@title_en("Anybody sees air stations")
@why("环境保护法 art. 54 (Environmental Protection Law): quality of the environment is published / 环境质量信息公开")
permit (principal, action == Action::"brain.context.actions.retrieve", resource)
when { resource.kind == "AirQualityObserved" && !resource.personal };
"""


def test_a_stranger_sees_the_air_once_the_city_opens_it_by_a_policy(town: Town) -> None:
    town.hourly(NORTH, CLEAN, town.midnight, 13)
    stranger = Party(STRANGER.id, STRANGER.roles, guard=town.app.state.entrance.guard)
    with pytest.raises(NotAllowed):
        town.air(stranger)
    own = town.app.state.policies.folders[-1]
    own.mkdir(parents=True, exist_ok=True)
    (own / "air.cedar").write_text(OPENED, encoding="utf-8")
    town.app.state.policies.reload()
    assert town.air(stranger).groups[0].stations == ()  # what nobody classified as open is not shown
    answer = town.client.put("/api/classification", json={"types": {"AirQualityObserved": {"level": 1}}})
    assert answer.status_code == 204, answer.text
    assert [one.id for one in town.air(stranger).groups[0].stations] == [NORTH]
