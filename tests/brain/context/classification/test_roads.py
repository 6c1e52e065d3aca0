"""Roads to data that are less walked: snapshots, columns of observations, registrations, forms and places of a map, linked conditions."""

from dataclasses import replace
from time import sleep
from typing import Any

import numpy as np
import pytest

from brain.context.classification.conftest import PARTIES, ROWS, City, link, value
from brain.context.subscriptions.receiving import subscriber
from yuzhang.brain.context.accepting import Intake
from yuzhang.brain.context.classification.actions import classify_all
from yuzhang.brain.context.classification.errors import NotYourData
from yuzhang.brain.context.classification.model import Row
from yuzhang.core.access import OPERATOR
from yuzhang.entrance.policy.room import Decider
from yuzhang.foundation.log.model import Columns, Key

PLACE = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [115.9, 28.7]}}


def one_row() -> Columns:
    return Columns(np.zeros(1, np.int32), np.array([60_000_000]), np.array([7.0]))


def snapshot_of_everything(city: City) -> str:
    """A snapshot that who sees everything made of everything; its id."""
    query = {"type": "Query", "entities": [{"type": "Person"}, {"type": "Station"}, {"type": "Tunnel"}]}
    snapshot = {"id": "urn:snap:1", "type": "Snapshot", "snapshotQueries": [query]}
    city.send("", "POST", "/snapshots", 201, snapshot)
    for _ in range(1000):
        if city.get("", "/snapshots/urn:snap:1")["snapshotStatus"] == "success":
            break
        sleep(0.01)
    return "urn:snap:1"


def test_snapshot_of_somebody_who_sees_more_shows_no_more(city: City) -> None:
    headers = {"ngsild-snapshot": snapshot_of_everything(city)}

    def ids(who: str, path: str) -> list[str]:
        answer = city.client.get(path, headers={"x-party": who, **headers})
        return [one["id"] for one in answer.json()]

    assert len(ids("", "/entities?type=Person,Station,Tunnel")) == 6
    assert ids("ann", "/entities?type=Person,Station,Tunnel") == ["urn:p:1", "urn:p:2"]
    assert ids("li", "/entities?type=Station,Tunnel") == ["urn:s:1", "urn:s:3"]
    assert ids("ann", "/entities?type=Person&q=income>1") == []
    types = city.client.get("/types", headers={"x-party": "ann", **headers}).json()
    assert types["typeList"] == ["Person"]
    assert city.client.get("/entities/urn:t:1", headers={"x-party": "ann", **headers}).status_code == 404


def test_rows_of_series_are_taken_from_who_may_change_them_only(city: City) -> None:
    intake, li = Intake(city.broker), replace(PARTIES["li"], guard=city.guard)
    assert intake.observe_now(li, "", [Key("urn:s:1", "level")], one_row(), {}) == 1
    assert intake.observe_now(li, "", [Key("urn:s:9", "level")], one_row(), {"urn:s:9": "Station"}) == 1
    for entity, attribute in (
        ("urn:t:1", "depth"),
        ("urn:s:2", "level"),
        ("urn:p:1", "income"),
        ("urn:s:1", "district"),
        ("urn:t:9", "depth"),
    ):
        with pytest.raises(NotYourData) as told:
            intake.observe_now(li, "", [Key(entity, attribute)], one_row(), {"urn:t:9": "Tunnel"})
        assert entity not in told.value.detail.en
        assert intake.observe_now(OPERATOR, "", [Key(entity, attribute)], one_row(), {"urn:t:9": "Tunnel"}) == 1


def test_registration_that_stands_against_an_entity_names_only_one_that_is_seen(city: City) -> None:
    def refused(who: str, entity: str, type_name: str) -> str:
        information = [{"entities": [{"id": entity, "type": type_name}]}]
        document = {
            "type": "ContextSourceRegistration",
            "mode": "redirect",
            "information": information,
            "endpoint": "http://127.0.0.1:9",
        }
        return str(city.send(who, "POST", "/csourceRegistrations", 409, document)["detail"])

    assert "urn:t:1" not in refused("ann", "urn:t:1", "Tunnel")
    assert "urn:t:1" in refused("wu", "urn:t:1", "Tunnel")
    assert "urn:p:1" in refused("ann", "urn:p:1", "Person")


def test_subscriptions_with_their_receivers_are_read_by_who_may_make_them() -> None:
    decider = Decider()
    for name in ("subscription_of", "subscriptions_of"):
        may = decider.roles_that_may(f"brain.context.subscriptions.actions.{name}")
        assert {"role:department-officer", "role:duty-officer", "kind:official", "kind:citizen"}.isdisjoint(may)
        assert "role:data-officer" in may


def test_hidden_place_is_on_no_map_and_in_no_order_or_condition(city: City) -> None:
    city.send("", "PATCH", "/entities/urn:p:1", 204, {"home": PLACE})
    assert city.client.portal is not None
    city.client.portal.call(classify_all, city.broker, OPERATOR, "", [*ROWS, Row("", "Person", "home", 3)])
    near = "georel=near;maxDistance==1000&geometry=Point&coordinates=[115.9,28.7]&geoproperty=home"
    assert city.ids("", f"/entities?type=Person&{near}") == ["urn:p:1"]
    assert city.ids("ann", f"/entities?type=Person&{near}") == []
    order = "orderBy=dist-asc&orderFrom=[115.9,28.7]"
    shown = city.client.get(
        "/entities?type=Person&geometryProperty=home", headers={"x-party": "ann", "accept": "application/geo+json"}
    )
    assert "115.9" not in shown.text
    assert "115.9" not in city.client.get(f"/entities?type=Person&{order}", headers={"x-party": "ann"}).text


@pytest.mark.parametrize(
    "asked",
    [
        "attrs=income",
        "pick=id,income",
        "omit=name",
        "format=concise",
        "options=concise,sysAttrs",
        "format=simplified",
        "lang=zh",
        "join=inline&joinLevel=2",
        "join=flat&joinLevel=2",
        "orderBy=-income",
        "datasetId=@none",
    ],
)
def test_no_form_of_an_answer_has_a_hidden_attribute_or_what_it_leads_to(city: City, asked: str) -> None:
    city.send("", "PATCH", "/entities/urn:p:1", 204, {"carer": link("urn:t:1")})
    for path in (f"/entities?type=Person&{asked}", f"/entities?id=urn:p:1&{asked}", f"/entities/urn:p:1?{asked}"):
        answer = city.client.get(path, headers={"x-party": "ann"})
        assert answer.status_code in (200, 400, 404)
        for word in ("income", "carer", "depth", "138"):
            assert f'"{word}' not in answer.text


def test_query_in_a_payload_is_held_back_like_one_in_an_address(city: City) -> None:
    def ids(who: str, **query: Any) -> tuple[list[str], str]:
        answer = city.client.post(
            "/entityOperations/query?count=true", headers={"x-party": who}, json={"type": "Query", **query}
        )
        return [one["id"] for one in answer.json()], answer.headers["ngsild-results-count"]

    people = [{"type": "Person"}]
    assert ids("ann", entities=people, q="income>1") == ([], "0")
    assert ids("ann", entities=[{"type": "Tunnel"}, {"type": "Station"}]) == ([], "0")
    assert ids("ann", entities=people, attrs=["income"]) == ([], "0")
    assert ids("wu", entities=people, q="income>6")[0] == ["urn:p:1"]


def test_condition_of_a_subscription_tells_nothing_of_a_hidden_attribute(city: City) -> None:
    with subscriber() as listener:
        members: list[dict[str, Any]] = [{"q": "income>1"}, {"watchedAttributes": ["income"]}]
        for number, member in enumerate(members):
            city.send(
                "ann",
                "POST",
                "/subscriptions",
                201,
                {
                    "id": f"urn:ngsi-ld:Subscription:{number}",
                    "type": "Subscription",
                    "entities": [{"type": "Person"}],
                    "notification": {"endpoint": {"uri": listener.uri}},
                    "notificationTrigger": ["entityCreated", "entityUpdated", "entityDeleted", "attributeDeleted"],
                    **member,
                },
            )
        city.send("ann", "POST", "/subscriptions", 201, {
            "id": "urn:ngsi-ld:Subscription:all", "type": "Subscription", "entities": [{"type": "Person"}],
            "notification": {"endpoint": {"uri": listener.uri}},
        })  # fmt: skip
        city.send("", "PATCH", "/entities/urn:p:1", 204, {"income": value(10), "name": value("Mei Li")})
        city.send("", "DELETE", "/entities/urn:p:2/attrs/income", 204)
        city.send("", "PATCH", "/entities/urn:p:1", 204, {"name": value("Mei")})
        told = [listener.next()[1] for _ in range(2)]
        assert {one["subscriptionId"] for one in told} == {"urn:ngsi-ld:Subscription:all"}
        assert all(set(one["data"][0]) == {"id", "type", "name"} for one in told)
        assert listener.heard.empty()
