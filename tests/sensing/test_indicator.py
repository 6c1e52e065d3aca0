"""What the city's own devices observed moves an indicator of the plan; what is simulated does not."""

import io
from datetime import UTC, datetime, timedelta

import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # it brings no types
import pytest
from playwright.sync_api import Page, expect

from sensing.conftest import Opened, Served
from sensing.sending import registered
from web.views import HOME

pytestmark = pytest.mark.browser
KIND = "AirQualityObserved"
MADE_UP = f"urn:ngsi-ld:{KIND}:sim:1"
BEGIN, DAYS, BAD_DAYS = datetime(2024, 12, 31, 16, tzinfo=UTC), 365, 20
"""2025 by the clock of the city: the plan's last year, of which nothing is published yet."""
GOOD = {"pm10": 50.0, "so2": 8.0, "no2": 20.0, "o3": 90.0, "co": 0.6}
TRIES = 30


def year(entity: str, good: float, bad: float) -> bytes:
    """A year of hours of a station as a table: the first days with `bad` PM2.5, all others with `good`."""
    rows = []
    for hour in range(DAYS * 24):
        at = BEGIN + timedelta(hours=hour)
        values = {**GOOD, "pm25": bad if hour < BAD_DAYS * 24 else good}
        rows += [{"entity": entity, "attribute": name, "time": at, "value": value} for name, value in values.items()]
    made = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), made)
    return made.getvalue()


def computed(page: Page) -> None:
    """The planner has the figures computed at the page, until history has what was sent."""
    for _ in range(TRIES):
        page.goto(f"{HOME}/figures")
        page.get_by_role("button", name="由观测计算").click()
        page.wait_for_load_state()
        page.goto(f"{HOME}/indicators/air?kind=final")
        if page.get_by_text("94.5").count():
            return
        page.wait_for_timeout(1_000)
    raise AssertionError("no figure came")


def test_a_year_of_a_citys_own_station_moves_the_indicator_of_good_air_and_a_simulated_one_does_not(
    served: Served, opened: Opened
) -> None:
    engineer, planner = opened("engineer", "zh"), opened("planner", "zh")
    planner.goto(f"{HOME}/indicators/air?kind=final")
    expect(planner.locator("h1 + p .status")).to_have_class("status on_track")
    made_up = registered(engineer, "air-made-up", KIND, entity=MADE_UP)
    made_up.send(served.mqtt, [("observations/parquet", year(MADE_UP, 140.0, 140.0))])
    station = registered(engineer, "air-1", KIND, name="一号站", lon="115.9", lat="28.7")
    station.send(served.mqtt, [("observations/parquet", year(station.entity, 30.0, 100.0))])
    computed(planner)
    expect(planner.locator("h1 + p .status")).to_have_class("status kept")
    row = planner.get_by_role("row").filter(has_text="94.5")
    expect(row).to_contain_text("由城市观测计算")
    expect(row).to_contain_text("governance/air")
