"""Writes: what somebody may not see, or change, is to them not there; hidden attributes stay as they were."""

import pytest

from brain.context.classification.conftest import City, value


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [
        ("PATCH", "/entities/urn:t:1", {"depth": value(1)}),
        ("PUT", "/entities/urn:t:1", {"id": "urn:t:1", "type": "Person", "name": value("x")}),
        ("POST", "/entities/urn:t:1/attrs", {"note": value("x")}),
        ("PATCH", "/entities/urn:t:1/attrs/depth", {"value": 1}),
        ("DELETE", "/entities/urn:t:1/attrs/depth", None),
        ("DELETE", "/entities/urn:t:1", None),
    ],
)
def test_change_of_what_is_not_seen_is_answered_like_one_of_nothing(
    city: City, method: str, path: str, data: object
) -> None:
    city.send("ann", method, path, 404, data)
    assert city.get("", "/entities/urn:t:1")["depth"]["value"] == 30


def test_hidden_attributes_survive_a_replacement_and_cannot_be_written(city: City) -> None:
    city.send("ann", "PUT", "/entities/urn:p:1", 204, {"id": "urn:p:1", "type": "Person", "name": value("Ming")})
    kept = city.get("", "/entities/urn:p:1?options=sysAttrs")
    assert (kept["name"]["value"], kept["income"]["value"], kept["phone"]["value"]) == ("Ming", 9, "138")
    assert kept["income"]["modifiedAt"] < kept["name"]["modifiedAt"]
    problem = city.send("ann", "PATCH", "/entities/urn:p:1", 403, {"income": value(1)})
    assert problem["type"].endswith("NotYourData")
    city.send("ann", "PATCH", "/entities/urn:p:1/attrs/income", 404, {"value": 1})
    city.send("ann", "DELETE", "/entities/urn:p:1/attrs/income", 404)
    city.send("ann", "DELETE", "/entities/urn:p:1", 403)
    assert city.get("", "/entities/urn:p:1")["income"]["value"] == 9


def test_nobody_makes_or_moves_an_entity_out_of_their_own_reach(city: City) -> None:
    station = {"id": "urn:s:9", "type": "Station", "district": value("360103")}
    city.send("li", "POST", "/entities", 403, station)
    city.send("li", "POST", "/entities", 201, {**station, "district": value("36010201")})
    city.send("li", "PATCH", "/entities/urn:s:9", 403, {"district": value("360103")})
    city.send("li", "PATCH", "/entities/urn:s:9", 204, {"level": value(7)})
    assert city.get("", "/entities/urn:s:9")["district"]["value"] == "36010201"


def test_batch_does_what_it_may_and_says_what_it_may_not(city: City) -> None:
    both = [
        {"id": "urn:s:1", "type": "Station", "level": value(8)},
        {"id": "urn:s:2", "type": "Station", "level": value(8)},
    ]
    result = city.send("li", "POST", "/entityOperations/update", 207, both)
    assert result["success"] == ["urn:s:1"]
    assert [one["entityId"] for one in result["errors"]] == ["urn:s:2"]
    city.send("li", "POST", "/entityOperations/upsert", 207, both)
    city.send("li", "POST", "/entityOperations/delete", 207, ["urn:s:1", "urn:s:2"])
    assert city.ids("", "/entities?type=Station") == ["urn:s:2", "urn:s:3"]
    assert city.get("", "/entities/urn:s:2")["level"]["value"] == 2


def test_purge_takes_away_nothing_that_is_not_seen(city: City) -> None:
    city.send("li", "DELETE", "/entities?type=Station,Tunnel&local=true", 204)
    assert city.ids("", "/entities?type=Station,Tunnel") == ["urn:s:2", "urn:t:1"]
