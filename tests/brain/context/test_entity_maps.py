"""Pages of one set of entities, while the entities change."""

import pytest
from fastapi.testclient import TestClient


@pytest.fixture
def wells(api: TestClient) -> TestClient:
    """Five wells."""
    entities = [
        {"id": f"urn:x:{number}", "type": "Well", "level": {"type": "Property", "value": number}} for number in range(5)
    ]
    assert api.post("/entityOperations/create", json=entities).status_code == 201
    return api


def test_pages_are_of_the_set_that_was_there_at_first(wells: TestClient) -> None:
    first = wells.get("/entities?type=Well&entityMap=true&limit=2&pick=id")
    assert first.status_code == 201
    named = {"ngsild-entitymap": first.headers["ngsild-entitymap"]}
    wells.post("/entities", json={"id": "urn:x:new", "type": "Well"})
    wells.delete("/entities/urn:x:3")
    second = wells.get("/entities?type=Well&limit=2&offset=2&pick=id&entityMap=true", headers=named)
    assert second.status_code == 200
    assert second.json() == [{"id": "urn:x:2"}, {"id": "urn:x:4"}]
    assert second.headers["ngsild-entitymap"] == named["ngsild-entitymap"]
    kept = wells.get(named["ngsild-entitymap"].removeprefix("/ngsi-ld/v1")).json()
    assert list(kept["entityMap"]) == ["urn:x:0", "urn:x:1", "urn:x:2", "urn:x:4"]
    counted = wells.get("/entities?type=Well&limit=1&count=true", headers=named)
    assert counted.headers["ngsild-results-count"] == "4"


def test_map_is_made_without_entities_changed_and_taken_away(wells: TestClient) -> None:
    made = wells.get("/entityMaps?type=Well&q=level>2&entityMapLifetime=P3650D")
    assert (made.status_code, made.json()["type"]) == (201, "EntityMap")
    assert made.json()["entityMap"] == {"urn:x:3": ["@none"], "urn:x:4": ["@none"]}
    path = made.headers["ngsild-entitymap"].removeprefix("/ngsi-ld/v1")
    changed = wells.patch(path, json={"expiresAt": "2999-01-01T00:00:00Z", "entityMap": {"urn:x:false": []}})
    assert changed.status_code == 204
    kept = wells.get(path).json()
    assert kept["expiresAt"] < "2999"
    assert "urn:x:false" not in kept["entityMap"]
    assert wells.patch(path, json={"expiresAt": "tomorrow"}).status_code == 400
    assert [wells.delete(path).status_code for _ in range(2)] == [204, 404]


def test_map_whose_time_is_over_cannot_be_used(wells: TestClient) -> None:
    made = wells.get("/entityMaps?type=Well")
    path = made.headers["ngsild-entitymap"].removeprefix("/ngsi-ld/v1")
    assert wells.patch(path, json={"expiresAt": "2000-01-01T00:00:00Z"}).status_code == 204
    assert wells.get(path).status_code == 404
    again = wells.get("/entities?type=Well", headers={"ngsild-entitymap": made.headers["ngsild-entitymap"]})
    assert again.status_code == 201
    assert again.headers["ngsild-entitymap"] != made.headers["ngsild-entitymap"]


def test_map_belongs_to_its_tenant(wells: TestClient) -> None:
    wells.post("/entities", json={"id": "urn:x:1", "type": "Well"}, headers={"ngsild-tenant": "other"})
    path = wells.get("/entityMaps?type=Well").headers["ngsild-entitymap"].removeprefix("/ngsi-ld/v1")
    assert wells.get(path, headers={"ngsild-tenant": "other"}).status_code == 404
    assert wells.delete(path, headers={"ngsild-tenant": "other"}).status_code == 404
    assert wells.get(path).status_code == 200


def test_one_entity_can_be_mapped_too(wells: TestClient) -> None:
    answer = wells.get("/entities/urn:x:1?entityMap=true")
    assert (answer.status_code, answer.json()["id"]) == (200, "urn:x:1")
    kept = wells.get(answer.headers["ngsild-entitymap"].removeprefix("/ngsi-ld/v1")).json()
    assert kept["entityMap"] == {"urn:x:1": ["@none"]}


def test_wrong_request_makes_no_map(wells: TestClient) -> None:
    for query in ("id=urn:x:1", "type=Well&entityMapLifetime=1hour", "type=Well&entityMapLifetime=P"):
        assert wells.get(f"/entityMaps?{query}").status_code == 400, query


def test_order_is_kept_over_pages(wells: TestClient) -> None:
    first = wells.get("/entities?type=Well&orderBy=level;desc&entityMap=true&limit=2&pick=id")
    named = {"ngsild-entitymap": first.headers["ngsild-entitymap"]}
    second = wells.get("/entities?type=Well&orderBy=level;desc&limit=2&offset=2&pick=id", headers=named)
    assert [one["id"] for one in first.json() + second.json()] == ["urn:x:4", "urn:x:3", "urn:x:2", "urn:x:1"]


def test_request_that_names_fewer_entities_leaves_the_others_in_the_map(wells: TestClient) -> None:
    made = wells.get("/entityMaps?type=Well")
    named = {"ngsild-entitymap": made.headers["ngsild-entitymap"]}
    assert wells.get("/entities?type=Well&id=urn:x:2,urn:x:4&pick=id", headers=named).json() == [
        {"id": "urn:x:2"},
        {"id": "urn:x:4"},
    ]
    kept = wells.get(named["ngsild-entitymap"].removeprefix("/ngsi-ld/v1")).json()
    assert len(kept["entityMap"]) == 5
