"""A source that has more than one answer holds is read page by page, up to a limit that is told of."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from brain.context.federation.sources import Source, pump, register
from yuzhang.brain.context.federation import querying


def pumps(count: int) -> list[dict[str, Any]]:
    return [pump(f"urn:ngsi-ld:Pump:{number}", power=number) for number in range(count)]


def test_source_is_read_as_far_as_the_page_of_the_client_reaches(api: TestClient, source: Source) -> None:
    register(api)
    source.held = pumps(2500)
    found = api.get("entities", params={"type": "Pump", "limit": 1000, "offset": 2000, "count": "true"})
    assert [one["id"] for one in found.json()] == [f"urn:ngsi-ld:Pump:{number}" for number in range(2000, 2500)]
    assert found.headers["ngsild-results-count"] == "2500"
    assert "ngsild-warning" not in found.headers
    paging = [(one.params.get("limit"), one.params.get("offset")) for one in source.addresses()]
    assert paging == [("1000", None), ("1000", "1000"), ("1000", "2000")]


def test_client_who_wants_little_costs_the_source_little(api: TestClient, source: Source) -> None:
    register(api)
    source.held = pumps(100)
    assert len(api.get("entities", params={"type": "Pump", "limit": 5}).json()) == 5
    assert [one.params["limit"] for one in source.addresses()] == ["6"]


def test_limit_that_cuts_is_told_of(api: TestClient, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(querying, "MOST_FROM_ONE", 30)
    monkeypatch.setattr(querying, "AT_ONCE", 10)
    register(api, contextSourceAlias="county")
    source.held = pumps(35)
    found = api.get("entities", params={"type": "Pump", "limit": 100})
    assert len(found.json()) == 30
    assert found.headers["ngsild-warning"] == '199 county "It has more: only the first 30 entities were looked at."'
    source.held = pumps(30)
    whole = api.get("entities", params={"type": "Pump", "limit": 100})
    assert len(whole.json()) == 30
    assert "ngsild-warning" not in whole.headers


def test_source_that_is_slow_is_not_read_for_ever(
    api: TestClient, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querying, "PAGING_S", -1.0)
    monkeypatch.setattr(querying, "AT_ONCE", 10)
    register(api)
    source.held = pumps(35)
    found = api.get("entities", params={"type": "Pump", "limit": 100})
    assert len(found.json()) == 10
    assert "only the first 10 entities" in found.headers["ngsild-warning"]


def test_source_that_gives_the_same_page_again_and_again_comes_to_an_end(
    api: TestClient, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querying, "MOST_FROM_ONE", 30)
    monkeypatch.setattr(querying, "AT_ONCE", 10)
    register(api)
    source.will("GET", "/entities", 200, pumps(10))
    found = api.get("entities", params={"type": "Pump", "limit": 100})
    assert len(found.json()) == 10
    assert len(source.asked) == 3


def test_conditions_on_split_entities_are_asked_of_all_that_a_source_has(
    api: TestClient, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querying, "AT_ONCE", 10)
    register(api)
    source.held = pumps(25)
    asked: dict[str, Any] = {"type": "Pump", "q": "power==24", "splitEntities": "true", "limit": 5}
    assert [one["id"] for one in api.get("entities", params=asked).json()] == ["urn:ngsi-ld:Pump:24"]


def test_condition_on_split_entities_may_ask_for_what_is_not_shown(api: TestClient, source: Source) -> None:
    assert api.post("entities", json=pump("urn:ngsi-ld:Pump:1", power=5)).status_code == 201
    information = [{"entities": [{"type": "Pump"}], "propertyNames": ["flow"]}]
    register(api, information=information)
    source.held = [pump("urn:ngsi-ld:Pump:1", flow=1)]
    asked = {"type": "Pump", "attrs": "power", "q": "flow==1", "splitEntities": "true"}
    (found,) = api.get("entities", params=asked).json()
    assert found.keys() == {"id", "type", "power"}


def test_many_ids_are_asked_for_in_several_addresses(api: TestClient, source: Source) -> None:
    register(api)
    source.held = pumps(120)
    ids = ",".join(one["id"] for one in source.held)
    assert len(api.get("entities", params={"type": "Pump", "id": ids, "limit": 200}).json()) == 120
    assert sorted(len(one.params["id"].split(",")) for one in source.addresses()) == [20, 50, 50]


def test_what_a_source_misses_of_its_own_sources_is_told_on(api: TestClient, source: Source) -> None:
    register(api)
    source.held = pumps(1)
    source.headers = [(b"ngsild-warning", b'199 town "No answer within 5 s."')]
    found = api.get("entities", params={"type": "Pump"})
    assert len(found.json()) == 1
    assert found.headers["ngsild-warning"] == '199 town "No answer within 5 s."'
