"""Linked entities come along from wherever they are, within bounds."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from brain.context.federation.sources import PUMP, Source, pump, register
from yuzhang.brain.context.federation import linked

WELL = "urn:ngsi-ld:Well:1"


def pointing(entity: str, kind: str, *targets: str, **more: Any) -> dict[str, Any]:
    relationship = {"type": "Relationship", "object": list(targets) if len(targets) > 1 else targets[0], **more}
    return {"id": entity, "type": kind, "of": relationship}


@pytest.fixture
def well(api: TestClient) -> TestClient:
    """A well that is kept here, of a pump that is not."""
    assert api.post("entities", json=pointing(WELL, "Well", PUMP)).status_code == 201
    register(api)
    return api


def test_entity_that_a_source_holds_is_put_into_the_link(well: TestClient, source: Source) -> None:
    source.held = [pump(power=7)]
    one = well.get(f"entities/{WELL}", params={"join": "inline"})
    assert one.json()["of"]["entity"]["power"]["value"] == 7
    many = well.get("entities", params={"type": "Well", "join": "flat"})
    assert [found["id"] for found in many.json()] == [WELL, PUMP]
    assert "ngsild-warning" not in many.headers


def test_links_lead_from_one_source_to_the_next(well: TestClient, source: Source) -> None:
    district = "urn:ngsi-ld:District:1"
    register(well, id="urn:ngsi-ld:R:districts", information=[{"entities": [{"type": "District"}]}])
    source.held = [pointing(PUMP, "Pump", district), {"id": district, "type": "District"}]
    found = well.get(f"entities/{WELL}", params={"join": "inline", "joinLevel": 2}).json()
    assert found["of"]["entity"]["of"]["entity"]["id"] == district
    nearer = well.get(f"entities/{WELL}", params={"join": "inline"}).json()
    assert "entity" not in nearer["of"]["entity"]["of"]


def test_only_who_has_the_type_that_the_link_names_is_asked(api: TestClient, source: Source) -> None:
    for name in ("Pump", "Gate"):
        information = [{"entities": [{"type": name}]}]
        register(
            api, id=f"urn:ngsi-ld:R:{name}", information=information, contextSourceInfo=[{"key": "who", "value": name}]
        )
    source.held = [pump(power=7)]
    assert api.post("entities", json=pointing(WELL, "Well", PUMP, objectType="Pump")).status_code == 201
    source.asked.clear()
    assert "entity" in api.get(f"entities/{WELL}", params={"join": "inline", "type": "Well"}).json()["of"]
    assert [headers["who"] for _, _, headers, _ in source.asked] == ["Pump"]


def test_piece_that_is_here_and_piece_that_is_there_are_one_linked_entity(well: TestClient, source: Source) -> None:
    assert well.post("entities", json=pump(flow=1)).status_code == 201
    source.held = [pump(power=7)]
    assert {"flow", "power"} <= well.get(f"entities/{WELL}", params={"join": "inline"}).json()["of"]["entity"].keys()


def test_nobody_else_is_asked_if_this_broker_alone_is_wanted(well: TestClient, source: Source) -> None:
    source.held = [pump(power=7)]
    found = well.get(f"entities/{WELL}", params={"join": "inline", "local": "true"}).json()
    assert "entity" not in found["of"]
    assert source.asked == []


def test_more_links_than_others_are_asked_for_are_told_of(
    api: TestClient, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linked, "MOST_LINKED", 2)
    here, *there = (f"urn:ngsi-ld:Pump:{number}" for number in range(4))
    for body in (pointing(WELL, "Well", *there, here), pump(here, power=1)):
        assert api.post("entities", json=body).status_code == 201
    register(api)
    source.held = [pump(one, power=1) for one in there]
    found = api.get("entities", params={"type": "Well", "join": "flat"})
    assert {one["id"] for one in found.json()} == {WELL, here, *there[:2]}
    assert "only 2 were looked for" in found.headers["ngsild-warning"]


def test_links_are_not_waited_for_longer_than_agreed(
    well: TestClient, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linked, "LINKING_S", 0.0)
    source.held = [pump(power=7)]
    found = well.get("entities", params={"type": "Well", "join": "inline"})
    assert "entity" not in found.json()[0]["of"]
    assert found.headers["ngsild-warning"].startswith("199 ")


def test_source_that_is_away_costs_its_links_only(well: TestClient, source: Source) -> None:
    source.will("GET", "/entities", 0)
    found = well.get("entities", params={"type": "Well", "join": "inline"})
    assert [one["id"] for one in found.json()] == [WELL]
    assert found.headers["ngsild-warning"].startswith("199 ")
