"""An entity map over several brokers: it says who holds what, and the pages that follow ask only these."""

from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from brain.context.federation.sources import API, Source, pump, register
from yuzhang.brain.context.entity_maps.model import HERE

COUNTY = "urn:ngsi-ld:ContextSourceRegistration:county"
READING = {"operations": ["retrieveOps", "queryBatch"]}


def names(answer: Any) -> list[str]:
    return [one["id"].rpartition(":")[2] for one in answer.json()]


def kept(api: TestClient, header: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(header.removeprefix(API)).json()
    return found


@pytest.fixture
def pumps(api: TestClient, source: Source) -> TestClient:
    """Two pumps here; one of them and three more at a source that makes no maps."""
    for number in (1, 2):
        assert api.post("entities", json=pump(f"urn:ngsi-ld:Pump:{number}", power=number)).status_code == 201
    register(api, **READING)
    source.held = [pump(f"urn:ngsi-ld:Pump:{number}", flow=number) for number in (2, 3, 4, 5)]
    return api


def test_map_says_who_holds_what(pumps: TestClient) -> None:
    made = pumps.get("entityMaps", params={"type": "Pump"}).json()
    assert {one.rpartition(":")[2]: where for one, where in made["entityMap"].items()} == {
        "1": [HERE],
        "2": [HERE, COUNTY],
        "3": [COUNTY],
        "4": [COUNTY],
        "5": [COUNTY],
    }
    assert made["linkedMaps"] == {}


def test_pages_are_of_one_set_though_sources_change(pumps: TestClient, source: Source) -> None:
    first = pumps.get("entities", params={"type": "Pump", "entityMap": "true", "limit": 2, "count": "true"})
    assert (first.status_code, names(first), first.headers["ngsild-results-count"]) == (201, ["1", "2"], "5")
    assert first.json()[1].keys() >= {"power", "flow"}
    named = {"ngsild-entitymap": first.headers["ngsild-entitymap"]}
    source.held = [one for one in source.held if one["id"][-1] != "3"]
    source.held.insert(0, pump("urn:ngsi-ld:Pump:new", flow=1))
    second = pumps.get("entities", params={"type": "Pump", "limit": 2, "offset": 2}, headers=named)
    assert (second.status_code, names(second)) == (200, ["4", "5"])
    assert len(kept(pumps, named["ngsild-entitymap"])["entityMap"]) == 4


def test_only_who_holds_an_entity_is_asked_for_it(pumps: TestClient, source: Source) -> None:
    register(pumps, id="urn:ngsi-ld:R:town", endpoint="http://town.example", **READING)
    first = pumps.get("entityMaps", params={"type": "Pump", "id": "urn:ngsi-ld:Pump:1"})
    named = {"ngsild-entitymap": first.headers["ngsild-entitymap"]}
    source.asked.clear()
    assert names(pumps.get("entities", params={"type": "Pump"}, headers=named)) == ["1"]
    assert pumps.get("entities/urn:ngsi-ld:Pump:1", headers=named).status_code == 200
    assert source.asked == []


def test_source_that_is_away_loses_nothing_from_the_map(pumps: TestClient, source: Source) -> None:
    made = pumps.get("entityMaps", params={"type": "Pump"})
    named = {"ngsild-entitymap": made.headers["ngsild-entitymap"]}
    source.will("GET", "/entities", 0)
    found = pumps.get("entities", params={"type": "Pump"}, headers=named)
    assert names(found) == ["1", "2"]
    assert found.headers["ngsild-warning"].startswith("199 ")
    assert len(kept(pumps, named["ngsild-entitymap"])["entityMap"]) == 5


def test_source_with_maps_of_its_own_is_asked_through_them(api: TestClient, source: Source) -> None:
    register(api)
    theirs = {"id": "urn:ngsi-ld:EntityMap:7", "type": "EntityMap", "entityMap": {"urn:ngsi-ld:Pump:1": [HERE]}}
    source.will("GET", "/entityMaps", 201, theirs)
    source.held = [pump("urn:ngsi-ld:Pump:1", flow=1)]
    asked = {"type": "Pump", "q": "flow>0", "entityMap": "true", "entityMapLifetime": "PT5M"}
    first = api.get("entities", params=asked)
    assert (first.status_code, names(first)) == (201, ["1"])
    made = kept(api, first.headers["ngsild-entitymap"])
    assert made["entityMap"] == {"urn:ngsi-ld:Pump:1": [COUNTY]}
    assert made["linkedMaps"] == {COUNTY: "urn:ngsi-ld:EntityMap:7"}
    (_, mapped, _, _), (_, read, headers, _) = source.asked
    assert dict(httpx.URL(mapped).params) == {"type": "Pump", "q": "flow>0", "entityMapLifetime": "PT5M"}
    assert httpx.URL(read).params["id"] == "urn:ngsi-ld:Pump:1"
    assert headers["ngsild-entitymap"] == f"{API}/entityMaps/urn:ngsi-ld:EntityMap:7"


def test_map_of_one_entity_names_its_holders(pumps: TestClient, source: Source) -> None:
    source.will("GET", "/entities/urn:ngsi-ld:Pump:2", 200, source.held[0])
    answer = pumps.get("entities/urn:ngsi-ld:Pump:2", params={"entityMap": "true"})
    assert kept(pumps, answer.headers["ngsild-entitymap"])["entityMap"] == {"urn:ngsi-ld:Pump:2": [HERE, COUNTY]}


def test_entities_of_a_registration_that_is_gone_leave_the_map(pumps: TestClient, source: Source) -> None:
    made = pumps.get("entityMaps", params={"type": "Pump"})
    named = {"ngsild-entitymap": made.headers["ngsild-entitymap"]}
    assert pumps.delete(f"csourceRegistrations/{COUNTY}").status_code == 204
    assert names(pumps.get("entities", params={"type": "Pump"}, headers=named)) == ["1", "2"]
    assert len(kept(pumps, named["ngsild-entitymap"])["entityMap"]) == 2


def test_map_of_split_entities_holds_candidates_that_the_pages_sort_out(pumps: TestClient) -> None:
    asked: dict[str, Any] = {"type": "Pump", "q": "power==2;flow==2", "splitEntities": "true", "limit": 3}
    first = pumps.get("entities", params=asked | {"entityMap": "true"})
    assert names(first) == ["2"]
    assert len(kept(pumps, first.headers["ngsild-entitymap"])["entityMap"]) == 1
