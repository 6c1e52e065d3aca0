"""Everything that the sensing profile names is there, wherever one comes from: what a suite for the standard would walk through.

Source: OGC 18-088, clauses 8 and 9 (the requirements datamodel, resource-path and request-data).
"""

from typing import Any
from urllib.parse import urlsplit

import pytest

from brain.history.sensorthings.conftest import Sensed
from yuzhang.brain.history.sensorthings.model import CONFORMANCE, KINDS

MANDATORY = {
    "Things": ("name", "description"),
    "Locations": ("name", "description", "encodingType", "location"),
    "HistoricalLocations": ("time",),
    "Datastreams": ("name", "description", "unitOfMeasurement", "observationType"),
    "Sensors": ("name", "description", "encodingType", "metadata"),
    "ObservedProperties": ("name", "definition", "description"),
    "Observations": ("phenomenonTime", "result", "resultTime"),
    "FeaturesOfInterest": ("name", "description", "encodingType", "feature"),
}


def path_of(address: str) -> str:
    """What of an address stands after the service's root, as it stands there."""
    return urlsplit(address).path.partition("/sensorthings/v1.1/")[2]


def test_the_first_page_names_the_sets_and_claims_no_more_than_is_there(sensed: Sensed) -> None:
    found = sensed.client.get("/sensorthings/v1.1").json()
    assert {one["name"] for one in found["value"]} == set(KINDS)
    for one in found["value"]:
        assert sensed.client.get(one["url"]).status_code == 200
    assert found["serverSettings"]["conformance"] == list(CONFORMANCE)
    assert not [one for one in CONFORMANCE if "create-update-delete" in one or "mqtt" in one or "batch" in one]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_entity_has_its_properties_links_and_single_values(sensed: Sensed, kind: str) -> None:
    every = sensed.get(kind)["value"]
    assert every
    for one in every:
        assert sensed.get(path_of(one["@iot.selfLink"])) == one
        for name in MANDATORY[kind]:
            assert name in one
        for link in KINDS[kind].links:
            assert sensed.client.get(one[f"{link}@iot.navigationLink"]).status_code == 200
    first = path_of(every[0]["@iot.selfLink"])
    for name in MANDATORY[kind]:
        assert sensed.get(f"{first}/{name}") == {name: every[0][name]}
        answer = sensed.client.get(f"/sensorthings/v1.1/{first}/{name}/$value")
        assert answer.headers["content-type"].startswith("text/plain")
        assert ("{" in answer.text[:1]) == isinstance(every[0][name], dict)


@pytest.mark.parametrize("kind", KINDS)
def test_four_steps_lead_from_every_set_along_every_link(sensed: Sensed, kind: str) -> None:
    def walk(path: str, name: str, many: bool, left: int) -> None:
        answer = sensed.client.get(f"/sensorthings/v1.1/{path}")
        assert answer.status_code == 200, (path, answer.text)
        found = answer.json()
        references = sensed.get(f"{path}/$ref")
        for one in references["value"] if many else [references]:
            assert list(one) == ["@iot.selfLink"]
        if many:
            assert sensed.client.get(f"/sensorthings/v1.1/{path}/$count").text == str(len(found["value"]))
            if not found["value"]:
                return
            found = found["value"][0]
            written = path_of(found["@iot.selfLink"])
            path += written[written.index("(") :]
        if left:
            for link, way in KINDS[name].links.items():
                walk(f"{path}/{link}", way.kind, way.many, left - 1)

    walk(kind, kind, True, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_found_under_an_id_that_was_never_given(sensed: Sensed, kind: str) -> None:
    for key in ("9223372036854775807", "'urn:x:none'", "'9-1'", "'1-1'", "''", "'é%'", "-1"):
        answer = sensed.client.get(f"/sensorthings/v1.1/{kind}({key})")
        assert (answer.status_code, answer.json()["code"]) == (404, "sensorthings-not-found"), key
        assert answer.json()["detail"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_works_with_every_property_of_every_kind(sensed: Sensed, kind: str) -> None:
    every = sensed.get(kind)["value"]
    size = len(every)
    for name in ("id", *MANDATORY[kind]):
        plain = name != "id" and all(isinstance(one[name], str) for one in every)
        selected = sensed.get(kind, select=name)["value"]
        shown = "@iot.id" if name == "id" else name
        assert selected == [{shown: one[shown]} for one in every]
        if plain:
            up, down = sensed.values(kind, name, orderby=name), sensed.values(kind, name, orderby=f"{name} desc")
            assert up == sorted(up)
            assert down == sorted(down, reverse=True)
            value = every[0][name].replace("'", "''")
            for sign, rows in (
                ("eq", [one for one in every if one[name] == every[0][name]]),
                ("ne", [one for one in every if one[name] != every[0][name]]),
                ("ge", [one for one in every if one[name] >= every[0][name]]),
            ):
                text = f"{name} {sign} " + (value if name in KINDS[kind].times else f"'{value}'")
                assert sensed.get(kind, filter=text)["value"] == rows, text
    assert sensed.get(kind, count="true")["@iot.count"] == size
    assert sensed.get(kind, top=0, count="true") == {"@iot.count": size, "value": []}
    assert sensed.get(kind, skip=1)["value"] == every[1:]
    assert len(sensed.get(kind, top=1)["value"]) == 1
    assert collected(sensed, f"{kind}?$top=2") == every
    assert collected(sensed, f"{kind}?$top=2&$orderby=id") == sorted(every, key=lambda one: one["@iot.id"])


def collected(sensed: Sensed, path: str) -> list[Any]:
    """All pages of a collection, one after the other."""
    found: list[Any] = []
    address = f"/sensorthings/v1.1/{path}"
    while address:
        page = sensed.client.get(address).json()
        assert page["value"] or not found
        found += page["value"]
        address = page.get("@iot.nextLink", "")
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_expanded_is_what_the_link_leads_to(sensed: Sensed, kind: str) -> None:
    for link, way in KINDS[kind].links.items():
        for one in sensed.get(kind, expand=link)["value"]:
            behind = sensed.get(f"{path_of(one['@iot.selfLink'])}/{link}")
            assert one[link] == (behind["value"] if way.many else behind)
            assert f"{link}@iot.navigationLink" not in one
        for inner in KINDS[way.kind].links:
            for one in sensed.get(kind, expand=f"{link}/{inner}")["value"]:
                for below in one[link] if way.many else [one[link]]:
                    assert inner in below
