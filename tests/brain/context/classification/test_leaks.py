"""What a party may not see leaves no trace in any answer: not in what is found, not in counts, orders, links or maps."""

from dataclasses import replace

import pytest

from brain.context.classification.conftest import ENTITIES, PARTIES, City
from yuzhang.brain.context import actions
from yuzhang.core.access import OPERATOR


def test_entity_that_may_not_be_seen_is_answered_exactly_like_one_that_is_not_there(city: City) -> None:
    hidden = city.get("ann", "/entities/urn:t:1", 404)
    missing = city.get("ann", "/entities/urn:t:9", 404)
    assert hidden == {**missing, "detail": missing["detail"].replace("urn:t:9", "urn:t:1")}
    assert city.get("", "/entities/urn:t:1")["depth"]["value"] == 30


def test_query_counts_and_shows_only_what_is_seen(city: City) -> None:
    assert city.ids("ann", "/entities?type=Person,Station,Tunnel") == ["urn:p:1", "urn:p:2"]
    assert city.ids("li", "/entities?type=Person,Station,Tunnel") == ["urn:p:1", "urn:p:2", "urn:s:1", "urn:s:3"]
    assert city.ids("wu", "/entities?type=Station") == ["urn:s:1", "urn:s:2", "urn:s:3"]
    assert city.ids("ann", "/entities?type=Station") == []
    assert city.ids("ann", "/entities?idPattern=urn:[st]:&type=*") == []
    assert city.ids("ann", "/entities?id=urn:s:1,urn:p:2&type=*") == ["urn:p:2"]


@pytest.mark.parametrize(
    "q", ["income>1", "income==9", 'income|name=="nobody"', "income!=3", "carer", 'carer=="urn:p:2"']
)
def test_condition_on_a_hidden_attribute_finds_nothing(city: City, q: str) -> None:
    assert city.ids("ann", f"/entities?type=Person&q={q}") == []
    assert city.ids("wu", f"/entities?type=Person&q={q}") != []


def test_negated_condition_on_a_hidden_attribute_takes_it_for_absent(city: City) -> None:
    assert city.ids("ann", "/entities?type=Person&q=!carer") == ["urn:p:1", "urn:p:2"]
    assert city.ids("ann", "/entities?type=Person&attrs=income") == []


def test_order_by_a_hidden_attribute_tells_nothing_of_it(city: City) -> None:
    assert city.ids("", "/entities?type=Person&orderBy=income") == ["urn:p:2", "urn:p:1"]
    assert city.ids("ann", "/entities?type=Person&orderBy=income") == ["urn:p:1", "urn:p:2"]


def test_hidden_attribute_is_in_no_form_of_an_answer(city: City) -> None:
    for path in ("/entities/urn:p:1", "/entities/urn:p:1?format=simplified", "/entities/urn:p:1?options=sysAttrs"):
        assert set(city.get("ann", path)) - {"createdAt", "modifiedAt"} == {"id", "type", "name"}
    assert city.get("ann", "/entities/urn:p:1?attrs=income", 404)
    found = city.client.get(
        "/entities?type=Person", headers={"x-party": "ann", "accept": "application/geo+json"}
    ).json()
    assert "income" not in str(found)


def test_links_lead_to_nothing_that_is_not_seen(city: City) -> None:
    assert [one["id"] for one in city.get("ann", "/entities?type=Person&join=flat&joinLevel=1")] == [
        "urn:p:1",
        "urn:p:2",
    ]
    assert "entity" not in city.get("ann", "/entities/urn:p:2?join=inline&joinLevel=1")["lives"]
    assert city.ids("ann", "/entities?type=Person&q=lives{Tunnel:depth}>1&join=inline&joinLevel=1") == []
    assert city.ids("", "/entities?type=Person&q=lives{Tunnel:depth}>1&join=inline&joinLevel=1") == ["urn:p:2"]


def test_types_attributes_and_neighbours_are_those_that_are_seen(city: City) -> None:
    assert city.get("ann", "/types")["typeList"] == ["Person"]
    assert city.get("ann", "/attributes")["attributeList"] == ["lives", "name"]
    city.get("ann", "/types/Tunnel", 404)
    city.get("ann", "/attributes/income", 404)
    assert city.get("li", "/types/Station")["entityCount"] == 2
    li = replace(PARTIES["li"], guard=city.guard)
    assert actions.neighbours(city.broker, li, "", "urn:s:1") == []
    assert {one for _, one in actions.neighbours(city.broker, OPERATOR, "", "urn:s:1")} == {"urn:s:2", "urn:t:1"}


def test_entity_map_of_somebody_who_sees_more_shows_no_more(city: City) -> None:
    made = city.client.get("/entityMaps?type=Person,Station,Tunnel&local=true", headers={"x-party": "wu"})
    where = made.headers["location"].removeprefix("/ngsi-ld/v1")
    assert len(city.get("wu", where)["entityMap"]) == len(ENTITIES)
    assert set(city.get("ann", where)["entityMap"]) == {"urn:p:1", "urn:p:2"}
    headers = {"x-party": "ann", "ngsild-entitymap": where}
    found = city.client.get("/entities?type=Person,Station,Tunnel&q=income>1", headers=headers)
    assert found.json() == []
    assert len(city.get("wu", where)["entityMap"]) == len(ENTITIES)


def test_region_that_comes_with_a_change_counts_at_once(city: City) -> None:
    assert city.ids("li", "/entities?type=Station") == ["urn:s:1", "urn:s:3"]
    city.send("", "PATCH", "/entities/urn:s:2/attrs/district", 204, {"type": "Property", "value": "360102"})
    city.send("", "PATCH", "/entities/urn:s:1/attrs/district", 204, {"type": "Property", "value": "360199"})
    assert city.ids("li", "/entities?type=Station") == ["urn:s:2", "urn:s:3"]
    city.get("li", "/entities/urn:s:1", 404)


def test_personal_data_needs_a_purpose_and_every_read_of_it_is_remembered(city: City) -> None:
    assert "phone" not in city.get("ann", "/entities/urn:p:1")
    assert city.guard.noted == [] or not any(personal for *_, personal in city.guard.noted)
    assert city.get("bea", "/entities/urn:p:1")["phone"]["value"] == "138"
    city.get("bea", "/entities/urn:p:2")
    assert [(who, subject) for who, _, _, subject, personal in city.guard.noted if personal] == [
        ("bea", "entity=urn:p:1")
    ]
    assert city.ids("bea", "/entities?type=Person&q=phone") == ["urn:p:1"]
    assert [subject for *_, subject, personal in city.guard.noted if personal] == ["entity=urn:p:1"] * 2
