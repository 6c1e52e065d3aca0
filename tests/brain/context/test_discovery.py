"""Which types and attributes there are."""

import pytest
from fastapi.testclient import TestClient


@pytest.fixture
def filled(api: TestClient) -> TestClient:
    """Two wells, one of them a monument too, and a city."""
    entities = [
        {"id": "urn:x:1", "type": "Well", "level": {"type": "Property", "value": 1}},
        {"id": "urn:x:2", "type": ["Well", "Monument"], "level": {"type": "Relationship", "object": "urn:x:1"}},
        {"id": "urn:x:3", "type": "City", "name": {"type": "Property", "value": "C"}},
    ]
    assert api.post("/entityOperations/create", json=entities).status_code == 201
    return api


def test_types_are_listed_and_counted(filled: TestClient) -> None:
    answer = filled.get("/types?count=true")
    assert answer.json()["typeList"] == ["City", "Monument", "Well"]
    assert answer.headers["ngsild-results-count"] == "3"
    details = filled.get("/types?details=true").json()
    assert {one["typeName"]: one["attributeNames"] for one in details} == {
        "City": ["name"],
        "Monument": ["level"],
        "Well": ["level"],
    }


def test_type_tells_its_attributes(filled: TestClient) -> None:
    found = filled.get("/types/Well").json()
    assert (found["type"], found["entityCount"]) == ("EntityTypeInfo", 2)
    assert found["attributeDetails"][0]["attributeTypes"] == ["Property", "Relationship"]
    assert filled.get("/types/Bridge").status_code == 404


def test_attributes_tell_their_types(filled: TestClient) -> None:
    assert filled.get("/attributes").json()["attributeList"] == ["level", "name"]
    found = filled.get("/attributes/level").json()
    assert (found["typeNames"], found["attributeTypes"]) == (["Monument", "Well"], ["Property", "Relationship"])
    assert filled.get("/attributes/colour").status_code == 404
    assert filled.get("/attributes/type").status_code == 404


def test_what_is_deleted_is_not_found_any_more(filled: TestClient) -> None:
    filled.delete("/entities/urn:x:3")
    assert filled.get("/types").json()["typeList"] == ["Monument", "Well"]
    assert filled.get("/attributes").json()["attributeList"] == ["level"]


def test_unknown_parameter_is_refused(filled: TestClient) -> None:
    answer = filled.get("/types?limit=5")
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (400, "InvalidRequest")
