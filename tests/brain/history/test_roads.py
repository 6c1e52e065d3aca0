"""The whole application as a department officer sees it: pages, files, SensorThings, SQL and the search hold back the same."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from fastapi.testclient import TestClient

from brain.context.classification.conftest import ROWS, link, value
from yuzhang.app import create_app
from yuzhang.brain.context.classification.actions import classify_all
from yuzhang.brain.context.classification.model import Row
from yuzhang.core.access import OPERATOR, Party
from yuzhang.core.settings import Settings

SECRET = ("urn:s:2", "urn:t:1", "Tunnel", "income", "carer", "depth", "Nanpu", "115.7", "4711")
"""Words that only stand in what the officer may not see."""
OFFICER = Party("d", frozenset({"department-officer", "domain-engineer"}), "official", region="360102", factors=2)
Ask = Callable[..., Any]


def seen_at(given: object) -> dict[str, Any]:
    return {**value(given), "observedAt": "2026-01-02T00:00:00Z"}


def place(lon: float) -> dict[str, Any]:
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, 28.7]}}


ENTITIES: list[dict[str, Any]] = [
    {
        "id": "urn:p:1", "type": "Person", "name": value("Mei"), "income": seen_at(4711), "carer": link("urn:t:1"),
        "home": place(115.71), "location": place(115.9),
    },
    {"id": "urn:s:1", "type": "Station", "name": value("Donghu"), "district": value("360102"), "level": seen_at(1)},
    {
        "id": "urn:s:2", "type": "Station", "name": value("Nanpu"), "district": value("360103"), "level": seen_at(4711),
        "location": place(115.72), "next": link("urn:s:1"),
    },
    {"id": "urn:t:1", "type": "Tunnel", "depth": seen_at(4711), "location": place(115.73), "near": link("urn:s:1")},
]  # fmt: skip


@pytest.fixture(scope="module")
def officer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client that is the operator while the city is made, and the officer from then on."""
    app = create_app(Settings(tmp_path_factory.mktemp("roads")))
    guard = app.state.entrance.guard
    who = [replace(OPERATOR, guard=guard)]
    app.state.gate.party = lambda _: who[0]
    with TestClient(app, base_url="http://localhost") as client:
        rows = [*ROWS, Row("", "Person", "home", 3)]
        assert client.portal is not None
        client.portal.call(classify_all, app.state.broker, OPERATOR, "", rows)
        assert client.post("/ngsi-ld/v1/entityOperations/create", json=ENTITIES).status_code == 201
        app.state.history.settle()
        who[0] = replace(OFFICER, guard=guard)
        yield client


@pytest.fixture
def get(officer: TestClient) -> Ask:
    """What the officer is answered, which never holds a word that it may not see, unless it is in the question."""

    def ask(path: str, *statuses: int, own: str = "") -> str:
        answer = officer.get(path)
        assert answer.status_code in (statuses or (200,)), answer.text
        for word in SECRET:
            assert word == own or word not in answer.text, (path, word)
        return answer.text

    return ask


@pytest.mark.parametrize(
    "path",
    ["/entities", "/entities?type=Station", "/entities?text=N", "/entities?q=level>0", "/entities/places", "/entities/extent", "/history",
     "/entities/places?type=Station", "/entities/extent?type=Station", "/history?type=Station", "/entity?id=urn:p:1",
     "/entity?id=urn:s:1"],
)  # fmt: skip
def test_pages_of_the_city_and_of_history_hold_nothing_that_is_not_seen(get: Ask, path: str) -> None:
    get(path)


def test_page_of_an_entity_that_is_not_seen_is_not_there(get: Ask) -> None:
    for hidden in ("urn:s:2", "urn:t:1", "urn:x:9"):
        get(f"/entity?id={hidden}", 404, own=hidden)
        assert get(f"/entities?text={hidden}", own=hidden)
    for text in ("Nanpu", "4711"):
        assert '"features":[]' in get(f"/entities/places?text={text}", own=text)
        assert get(f"/entities/extent?text={text}", own=text) == "null"


@pytest.mark.parametrize(
    "path",
    ["series", "series?q=n", "series?q=Nanpu", "series?attribute=income", "series?type=Tunnel", "last", "last?format=csv",
     "last?type=Tunnel"],
)  # fmt: skip
def test_series_and_newest_values_are_those_that_are_seen(get: Ask, path: str) -> None:
    get(f"/api/history/{path}")


def test_files_hold_no_rows_beyond_that(officer: TestClient, get: Ask) -> None:
    get("/api/history/rows?type=Station&format=csv")
    get("/api/history/rows?entity=urn:s:2", 404, 422, own="urn:s:2")
    get("/api/history/rows?attribute=income", 404, 422, own="income")
    numbers = ",".join(map(str, range(1, 20)))
    get(f"/api/history/rows?series={numbers}", 404, 422)
    get("/api/history/points?series=1,2,3,4,5,6,7,8", 404, 422)
    parquet = officer.get("/api/history/rows?type=Station&format=parquet").content
    assert set(pq.read_table(BytesIO(parquet))["entity"].to_pylist()) == {"urn:s:1"}
    arrow = pa.ipc.open_stream(officer.get("/api/history/last?format=arrow").content).read_all()
    assert set(arrow["entity"].to_pylist()) == {"urn:p:1", "urn:s:1"}
    assert set(arrow["attribute"].to_pylist()) == {"name", "district", "level", "location"}


@pytest.mark.parametrize(
    "path",
    [
        "Things?$expand=Datastreams($expand=Observations,ObservedProperty,Sensor),Locations,HistoricalLocations&$count=true",
        "Observations?$expand=Datastream,FeatureOfInterest&$count=true&$orderby=phenomenonTime desc",
        "Observations?$filter=result gt 4000&$count=true",
        "Things?$filter=Datastreams/ObservedProperty/name eq 'level'&$count=true",
        "Things?$filter=substringof('Nan',name)&$count=true",
        "ObservedProperties?$count=true&$expand=Datastreams",
        "Sensors?$count=true",
        "Locations?$count=true",
        "HistoricalLocations?$count=true",
        "FeaturesOfInterest?$count=true&$expand=Observations",
        "Datastreams?$orderby=name&$expand=Thing($expand=Locations)",
    ],
)
def test_sensorthings_leads_over_no_link_to_what_is_not_seen(get: Ask, path: str) -> None:
    get(f"/sensorthings/v1.1/{path}")


@pytest.mark.parametrize(
    "path",
    ["?type=Person,Station,Tunnel&{}&count=true", "?type=Station&{}&q=level>1&count=true", "?type=Person&{}&attrs=income",
     "?type=Station&{}&options=temporalValues", "?type=Person&{}&lastN=1&options=sysAttrs",
     "?type=Person,Station&{}&options=aggregatedValues&aggrMethods=max,sum&aggrPeriodDuration=PT0S",
     "?type=Station&{}&georel=near;maxDistance==90000&geometry=Point&coordinates=[115.7,28.7]"],
)  # fmt: skip
def test_temporal_api_tells_in_no_form_of_it(get: Ask, path: str) -> None:
    times = "timerel=after&timeAt=0001-01-01T00:00:00Z&timeproperty=modifiedAt"
    get(f"/ngsi-ld/v1/temporal/entities{path.format(times)}")


@pytest.mark.parametrize(
    "query",
    ["SELECT * FROM series", "SELECT * FROM observations", "SELECT count(*), max(value) FROM observations",
     "SELECT CAST(text AS INTEGER) FROM observations", "SELECT error(text) FROM observations WHERE entity LIKE '%s:2'",
     "EXPLAIN SELECT * FROM observations", "EXPLAIN ANALYZE SELECT * FROM observations", "SUMMARIZE observations",
     "SELECT * FROM memory.main.seen", "SELECT * FROM lake.observations", "SELECT * FROM present.context_entity",
     "SELECT * FROM duckdb_views()", "SELECT * FROM (DESCRIBE observations)", "FROM observations SELECT max(text)",
     "SELECT (SELECT max(value) FROM observations o WHERE o.series = n.n) FROM range(20) n(n)"],
)  # fmt: skip
def test_sql_tells_in_no_row_and_no_error_of_it(officer: TestClient, query: str) -> None:
    answer = officer.post("/api/sql", json={"query": query})
    assert answer.status_code < 500, answer.text
    for word in SECRET:
        assert word in query or word not in answer.text, answer.text


@pytest.mark.parametrize("text", ["Nanpu", "Tunnel", "income", "4711", "urn:s:2", "urn:t:1", "depth"])
def test_search_finds_nothing_of_it(get: Ask, text: str) -> None:
    for path in ("/search", "/search/suggestions"):
        get(f"{path}?q={text}", own=text)


def test_officer_sees_what_is_its_own(officer: TestClient, get: Ask) -> None:
    assert "Donghu" in get("/entities?type=Station")
    assert "urn:s:1" in get("/api/history/series")
    assert "Mei" in get("/entity?id=urn:p:1")
    found = officer.post("/api/sql", json={"query": "SELECT DISTINCT entity FROM observations ORDER BY 1"})
    assert [row[0] for row in found.json()["rows"]] == ["urn:p:1", "urn:s:1"]
