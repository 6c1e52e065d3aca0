"""How much one request may ask for: depth, size, pages, time, parts. Each limit says what it is."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from yuzhang.brain.context.http.asking import MAX_IDS
from yuzhang.brain.context.http.message import MAX_JSON_DEPTH
from yuzhang.brain.context.http.parameters import MAX_LIMIT
from yuzhang.brain.context.http.query_payload import MAX_SELECTORS
from yuzhang.brain.context.reading import MAX_ATTRIBUTES
from yuzhang.brain.context.store import entities
from yuzhang.web.bounds import MAX_BODY_BYTES

JSON = {"content-type": "application/json"}


def nested(levels: int) -> dict[str, Any]:
    """An entity with a value of so many levels."""
    value: Any = 1
    for _ in range(levels):
        value = {"in": value}
    return {"id": "urn:x:1", "type": "Well", "deep": {"type": "Property", "value": value}}


def refused(answer: Any, status: int, word: str) -> None:
    """It is refused, and says why."""
    assert answer.status_code == status, answer.text
    assert word in json.dumps(answer.json())


def test_payload_nested_too_deeply_is_refused_and_a_less_deep_one_taken(api: TestClient) -> None:
    refused(api.post("/entities", json=nested(MAX_JSON_DEPTH)), 400, "nested deeper")
    assert api.get("/entities/urn:x:1").status_code == 404
    assert api.post("/entities", json=nested(MAX_JSON_DEPTH - 4)).status_code == 201


def test_depth_is_not_taken_for_brackets_in_a_text(api: TestClient) -> None:
    one = {"id": "urn:x:1", "type": "Well", "text": {"type": "Property", "value": "[{" * 500 + "}" * 90}}
    assert api.post("/entities", json=one).status_code == 201


def test_payload_nested_beyond_what_can_be_read_at_all_is_refused(api: TestClient) -> None:
    refused(api.post("/entities", content=b"[" * 100_000 + b"]" * 100_000, headers=JSON), 400, "nested")


def test_payload_that_is_too_large_is_refused_whether_it_says_so_or_not(api: TestClient) -> None:
    text = "x" * MAX_BODY_BYTES
    one = {"id": "urn:x:1", "type": "Well", "text": {"type": "Property", "value": text}}
    refused(api.post("/entities", json=one), 413, "MiB")
    refused(
        api.post("/entities", content=b"{}", headers=JSON | {"content-length": str(MAX_BODY_BYTES + 1)}), 413, "MiB"
    )


@pytest.mark.parametrize("number", [-(2**63) - 1, 2**64])
def test_whole_number_that_no_64_bits_hold_is_refused_and_the_largest_ones_are_taken(
    api: TestClient, number: int
) -> None:
    one = {"id": "urn:x:1", "type": "Well", "depth": {"type": "Property", "value": {"of": [number]}}}
    refused(api.post("/entities", json=one), 400, "64 bits")
    assert api.get("/entities/urn:x:1").status_code == 404
    one["depth"] = {"type": "Property", "value": {"of": [-(2**63), 2**64 - 1]}}
    assert api.post("/entities", json=one).status_code == 201


def test_entity_with_too_many_attributes_is_refused(api: TestClient) -> None:
    one = {"id": "urn:x:1", "type": "Well"} | {f"a{number}": number for number in range(MAX_ATTRIBUTES + 1)}
    refused(api.post("/entities", json=one), 400, str(MAX_ATTRIBUTES))


def test_page_that_is_too_large_is_refused_and_the_largest_one_given(api: TestClient) -> None:
    assert api.get("/entities", params={"type": "Well", "limit": MAX_LIMIT}).status_code == 200
    refused(api.get("/entities", params={"type": "Well", "limit": MAX_LIMIT + 1}), 400, str(MAX_LIMIT))
    refused(api.get("/entities", params={"type": "Well", "offset": 10**12}), 400, "offset")


def test_query_that_takes_too_long_is_stopped_and_others_go_on(
    api: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = {"id": "urn:x:1", "type": "Well", "level": {"type": "Property", "value": 1}}
    assert api.post("/entities", json=one).status_code == 201
    with monkeypatch.context() as patched:
        patched.setattr(entities, "QUERY_SECONDS", 0.0)
        refused(api.get("/entities", params={"type": "Well", "q": 'level~="1"|level>0'}), 403, "TooComplexQuery")
    assert len(api.get("/entities", params={"type": "Well", "q": "level>0"}).json()) == 1


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"q": "(" * 60 + "a" + ")" * 60}, "q"),
        ({"q": ";".join(["a>1"] * 300)}, "q"),
        ({"q": "a~=" + "x" * 600}, "a~="),
        ({"idPattern": "x" * 600}, "idPattern"),
        ({"q": "a>1" * 4000}, "q"),
    ],
    ids=["depth", "terms", "pattern", "id-pattern", "length"],
)
def test_query_that_says_too_much_is_refused(api: TestClient, params: dict[str, str], word: str) -> None:
    answer = api.get("/entities", params={"type": "Well"} | params)
    assert answer.status_code in (400, 403)
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"entities": [{"type": "Well", "id": [f"urn:x:{number}" for number in range(MAX_IDS + 1)]}]}, "ids"),
        ({"entities": [{"type": "Well"}] * (MAX_SELECTORS + 1)}, "EntitySelectors"),
        ({"entities": [{"type": "Well"}], "datasetId": [f"urn:x:{number}" for number in range(1001)]}, "datasetId"),
    ],
    ids=["ids", "selectors", "datasets"],
)
def test_payload_that_asks_for_too_much_is_refused(api: TestClient, query: dict[str, Any], word: str) -> None:
    refused(api.post("/entityOperations/query", json={"type": "Query"} | query), 403, word)


def test_as_many_ids_are_looked_up_as_may_be(api: TestClient) -> None:
    assert api.post("/entities", json={"id": "urn:x:1", "type": "Well"}).status_code == 201
    ids = [f"urn:x:{number}" for number in range(MAX_IDS)]
    answer = api.post("/entityOperations/query", json={"type": "Query", "entities": [{"type": "Well", "id": ids}]})
    assert [one["id"] for one in answer.json()] == ["urn:x:1"]


def test_address_with_too_many_parts_or_parameters_is_refused(api: TestClient) -> None:
    assert api.get("/entities" + "/x" * 30).status_code == 404
    answer = api.get("/entities?" + "&".join(f"limit={number}" for number in range(300)))
    assert answer.status_code == 400
