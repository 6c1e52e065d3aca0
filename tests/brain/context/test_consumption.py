"""Entities asked for over HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

WELLS = 5


@pytest.fixture
def filled(api: TestClient) -> TestClient:
    """Five wells in a city, and the city."""
    entities: list[dict[str, Any]] = [
        {
            "id": f"urn:x:well:{number}",
            "type": "Well",
            "level": {"type": "Property", "value": number, "observedAt": "2026-01-01T00:00:00Z"},
            "in": {"type": "Relationship", "object": "urn:x:city"},
            "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [115.9, 28.0 + number]}},
        }
        for number in range(WELLS)
    ]
    entities.append({"id": "urn:x:city", "type": "City", "name": {"type": "Property", "value": "Riverside"}})
    entities[-1]["in"] = {"type": "Relationship", "object": "urn:x:country"}
    entities.append({"id": "urn:x:country", "type": "Country", "name": {"type": "Property", "value": "C"}})
    answer = api.post("/entityOperations/create", json=entities)
    assert answer.status_code == 201, answer.text
    return api


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()]


def test_entity_comes_back_as_it_was_given(filled: TestClient) -> None:
    answer = filled.get("/entities/urn:x:well:2")
    assert answer.json()["level"] == {"type": "Property", "value": 2, "observedAt": "2026-01-01T00:00:00Z"}
    assert answer.headers["content-type"] == "application/json"
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in answer.headers["link"]
    assert filled.head("/entities/urn:x:well:2").content == b""


def test_context_stands_in_the_body_of_json_ld(filled: TestClient) -> None:
    answer = filled.get("/entities?type=Well&limit=2", headers={"accept": "application/ld+json"})
    assert all("@context" in one for one in answer.json())


def test_unknown_entity_wrong_id_and_unknown_tenant_are_told_apart(filled: TestClient) -> None:
    answers = [
        filled.get("/entities/urn:x:nobody"),
        filled.get("/entities/nobody"),
        filled.get("/entities/urn:x:city", headers={"ngsild-tenant": "elsewhere"}),
        filled.get("/entities/urn:x:city?type=Well"),
    ]
    assert [one.status_code for one in answers] == [404, 400, 404, 404]
    kinds = [one.json()["type"].rpartition("/")[2] for one in answers]
    assert kinds == ["ResourceNotFound", "BadRequestData", "NonexistentTenant", "ResourceNotFound"]


def test_pages_lead_forward_and_back_and_the_whole_is_counted(filled: TestClient) -> None:
    first = filled.get("/entities?type=Well&limit=2&count=true&pick=id")
    assert ids(first) == ["urn:x:well:0", "urn:x:well:1"]
    assert first.headers["ngsild-results-count"] == "5"
    assert '</ngsi-ld/v1/entities?count=true&limit=2&offset=2&pick=id&type=Well>;rel="next"' in first.headers["link"]
    last = filled.get("/entities?type=Well&limit=2&offset=4")
    assert 'rel="prev"' in last.headers["link"]
    assert 'rel="next"' not in last.headers["link"]
    none = filled.get("/entities?type=Well&limit=0&count=true")
    assert (none.json(), none.headers["ngsild-results-count"]) == ([], "5")


WRONG = [
    ("id=urn:x:city", "BadRequestData"),  # too wide
    ("q=createdAt>%222020-01-01T00:00:00Z%22", "BadRequestData"),
    ("type=Well&limit=-1", "BadRequestData"),
    ("type=Well&limit=100000", "BadRequestData"),
    ("type=Well&limit=0", "BadRequestData"),
    ("type=Well&type=City", "BadRequestData"),
    ("type=Well&id=nobody", "BadRequestData"),
    ("type=Well&attrs=id", "BadRequestData"),
    ("type=Well&attrs=level&pick=level", "BadRequestData"),
    ("type=Well&pick=level&omit=level", "BadRequestData"),
    ("type=Well&pick=in{name}", "BadRequestData"),  # nothing is joined
    ("type=Well&pick=in{in{name}}&join=inline", "BadRequestData"),  # farther than joinLevel
    ("type=Well&join=sideways", "BadRequestData"),
    ("type=Well&join=inline&joinLevel=0", "BadRequestData"),
    ("type=Well&geometryProperty=location", "BadRequestData"),
    ("type=*&local=false", "BadRequestData"),
    ("type=Well&idPattern=(", "BadRequestData"),
    ("type=Well&georel=near", "BadRequestData"),
    ("type=Well&format=xml", "InvalidRequest"),
    ("type=Well&options=keyValues,xml", "InvalidRequest"),
    ("type=Well&colour=red", "InvalidRequest"),
]


def test_wrong_queries_are_refused(filled: TestClient) -> None:
    told = [(query, filled.get(f"/entities?{query}")) for query, _ in WRONG]
    found = [(query, answer.json()["type"].rpartition("/")[2], answer.status_code) for query, answer in told]
    assert found == [(query, kind, 400) for query, kind in WRONG]


def test_nothing_acceptable_is_406(filled: TestClient) -> None:
    assert filled.get("/entities/urn:x:city", headers={"accept": "text/html"}).status_code == 406


def test_every_type_is_found_by_a_star(filled: TestClient) -> None:
    assert len(ids(filled.get("/entities?type=*"))) == WELLS + 2


def test_order_turns_the_answer_round(filled: TestClient) -> None:
    whole = filled.get("/entities?type=Well&orderBy=level;desc&limit=1000&offset=10000&count=true")
    assert (whole.json(), whole.headers["ngsild-results-count"]) == ([], "5")
    found = ids(filled.get("/entities?type=Well&orderBy=level;desc&limit=2&offset=1"))
    assert found == ["urn:x:well:3", "urn:x:well:2"]


def test_linked_entities_come_into_their_relationships(filled: TestClient) -> None:
    answer = filled.get("/entities/urn:x:well:1?join=inline&joinLevel=2&pick=id,in{name,in{id}}").json()
    assert answer == {
        "id": "urn:x:well:1",
        "in": {
            "type": "Relationship",
            "object": "urn:x:city",
            "entity": {
                "name": {"type": "Property", "value": "Riverside"},
                "in": {"type": "Relationship", "object": "urn:x:country", "entity": {"id": "urn:x:country"}},
            },
        },
    }
    simple = filled.get("/entities/urn:x:well:1?join=inline&options=keyValues&pick=in").json()
    assert simple["in"] == {"id": "urn:x:city", "type": "City", "name": "Riverside", "in": "urn:x:country"}


def test_linked_entities_come_beside_each_once(filled: TestClient) -> None:
    found = ids(filled.get("/entities?type=Well&limit=2&join=flat&joinLevel=2"))
    assert found == ["urn:x:well:0", "urn:x:well:1", "urn:x:city", "urn:x:country"]
    kept_out = ids(filled.get("/entities?type=Well&limit=1&join=flat&containedBy=urn:x:city"))
    assert kept_out == ["urn:x:well:0"]


def test_circle_of_links_ends(api: TestClient) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        entity = {"id": f"urn:x:{one}", "type": "T", "to": {"type": "Relationship", "object": f"urn:x:{other}"}}
        assert api.post("/entities", json=entity).status_code == 201
    shown = api.get("/entities/urn:x:a?join=inline&joinLevel=10").json()
    assert "entity" not in shown["to"]["entity"]["to"]


def test_geojson_holds_its_context_or_links_to_it(filled: TestClient) -> None:
    geo = {"accept": "application/geo+json"}
    collection = filled.get("/entities?type=Well", headers=geo).json()
    assert (collection["type"], len(collection["features"])) == ("FeatureCollection", WELLS)
    assert "@context" in collection
    linked = filled.get("/entities/urn:x:well:1", headers=geo | {"prefer": "body=json"})
    assert "@context" not in linked.json()
    assert "json-ld#context" in linked.headers["link"]


def test_query_by_payload_takes_several_selectors(filled: TestClient) -> None:
    query = {
        "type": "Query",
        "entities": [{"type": "Well", "id": "urn:x:well:3"}, {"type": "City"}, {"type": "Well", "idPattern": "[23]$"}],
        "pick": ["id"],
    }
    assert ids(filled.post("/entityOperations/query", json=query)) == ["urn:x:well:2", "urn:x:well:3", "urn:x:city"]
    counted = filled.post("/entityOperations/query?count=true&limit=1&offset=1", json=query)
    assert (ids(counted), counted.headers["ngsild-results-count"]) == (["urn:x:well:3"], "3")


WRONG_PARTS: list[dict[str, Any]] = [
    {"entities": []},
    {"entities": [{"id": "urn:x:1"}]},
    {"entities": [{"type": "Well", "id": 5}]},
    {"attrs": []},
    {"q": 42},
    {"joinLevel": 0, "join": "inline"},
    {"temporalQ": {"timerel": "before"}},
    {"geoQ": "near"},
    {"type": "Entity"},
]


def test_wrong_payloads_of_a_query_are_refused(filled: TestClient) -> None:
    whole = {"type": "Query", "entities": [{"type": "Well"}]}
    answers = [filled.post("/entityOperations/query", json=whole | part) for part in WRONG_PARTS]
    found = [(answer.status_code, answer.json()["type"].rpartition("/")[2]) for answer in answers]
    assert found == [(400, "BadRequestData")] * len(WRONG_PARTS)


def test_reader_of_an_older_version_is_told_that_something_was_changed(api: TestClient) -> None:
    entity = {"id": "urn:x:1", "type": "T", "use": {"type": "VocabProperty", "vocab": "drinking"}}
    api.post("/entities", json=entity)
    answer = api.get("/entities/urn:x:1", headers={"prefer": "ngsi-ld=1.5"})
    assert (answer.status_code, answer.headers["preference-applied"]) == (203, "ngsi-ld=1.5")
    assert answer.json()["use"] == {"type": "Property", "value": "drinking"}
    assert api.get("/entities/urn:x:1", headers={"prefer": "ngsi-ld=1.9"}).status_code == 200


def test_nothing_left_to_show_is_not_found(filled: TestClient) -> None:
    assert filled.get("/entities/urn:x:city?pick=colour").status_code == 404
    assert filled.get("/entities/urn:x:city?attrs=colour").status_code == 404
    assert ids(filled.get("/entities?type=City&attrs=colour")) == []
