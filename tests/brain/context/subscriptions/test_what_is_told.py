"""Of what a subscriber is told, and how it looks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from brain.context.subscriptions.receiving import Subscriber
from brain.context.subscriptions.running import until
from brain.context.subscriptions.test_notifications import BUS, made, set_speed, subscription

PATH = "/subscriptions/urn:ngsi-ld:Subscription:1"
ATTRS = "/entities/urn:ngsi-ld:Bus:1/attrs"


def move(api: TestClient, longitude: float) -> None:
    """Put the bus somewhere."""
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [longitude, 28.0]}}
    assert api.post(ATTRS, json={"location": place}).status_code == 204


def test_only_what_lies_near_enough_is_told(near: TestClient, listener: Subscriber) -> None:
    made(near, "/entities", BUS)
    asked = {"georel": "near;maxDistance==2000", "geometry": "Point", "coordinates": [115.0, 28.0]}
    made(near, "/subscriptions", subscription(listener.uri, geoQ=asked))
    for longitude in (116.0, 115.001, 114.0):
        move(near, longitude)
    assert listener.next()[1]["data"][0]["location"]["value"]["coordinates"][0] == 115.001
    assert listener.heard.empty()


@pytest.mark.parametrize(
    ("shape", "speed"),
    [
        ("normalized", {"type": "Property", "value": 20}),
        ("concise", 20),
        ("keyValues", 20),
        ("simplified", 20),
    ],
)
def test_each_format_is_given(near: TestClient, listener: Subscriber, shape: str, speed: Any) -> None:
    made(near, "/subscriptions", subscription(listener.uri, notification={"format": shape, "attributes": ["speed"]}))
    made(near, "/entities", BUS)
    assert listener.next()[1]["data"] == [{"id": BUS["id"], "type": "Bus", "speed": speed}]


def test_system_attributes_are_given_if_they_are_asked_for(near: TestClient, listener: Subscriber) -> None:
    made(near, "/subscriptions", subscription(listener.uri, notification={"sysAttrs": True}))
    made(near, "/entities", BUS)
    told = listener.next()[1]["data"][0]
    assert {"createdAt", "modifiedAt"} <= told.keys()
    assert {"createdAt", "modifiedAt"} <= told["speed"].keys()


@pytest.mark.parametrize(
    ("triggers", "told"),
    [
        (["entityCreated"], [{"speed", "line"}]),
        (["attributeCreated"], [{"speed", "line"}, {"speed", "line", "driver"}]),
        (["attributeUpdated"], [{"speed", "line", "driver"}]),
        (["attributeDeleted"], [{"speed", "line", "driver"}]),
        (["entityUpdated"], [{"speed", "line", "driver"}] * 3),
        (["entityDeleted"], [set()]),
    ],
)
def test_each_trigger_tells_of_its_own_changes(
    near: TestClient, listener: Subscriber, triggers: list[str], told: list[set[str]]
) -> None:
    made(near, "/subscriptions", subscription(listener.uri, notificationTrigger=triggers))
    made(near, "/entities", BUS)
    assert near.post(ATTRS, json={"driver": {"type": "Property", "value": "Li"}}).status_code == 204
    set_speed(near, 30)
    assert near.delete(f"{ATTRS}/driver").status_code == 204
    assert near.delete(f"/entities/{BUS['id']}").status_code == 204
    found = [listener.next()[1]["data"][0] for _ in told]
    if triggers == ["entityUpdated"]:
        # The making and the deleting of an attribute are updates too.
        found.extend(listener.next()[1]["data"][0] for _ in range(2))
        assert "driver" in found[1]
        return
    assert [one.keys() - {"id", "type", "deletedAt"} for one in found] == told
    assert listener.heard.empty()


def test_an_expired_subscription_is_told_nothing_and_says_so(near: TestClient, listener: Subscriber) -> None:
    made(near, "/entities", BUS)
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    made(near, "/subscriptions", subscription(listener.uri, expiresAt=soon))
    until(lambda: near.get(PATH).json()["status"], lambda status: status == "expired")
    set_speed(near, 30)
    lasting = subscription(listener.uri) | {"id": "urn:ngsi-ld:Subscription:2"}
    made(near, "/subscriptions", lasting)
    set_speed(near, 40)
    assert listener.next()[1]["subscriptionId"] == "urn:ngsi-ld:Subscription:2"
    assert listener.heard.empty()


def test_a_subscription_that_has_expired_already_is_refused(near: TestClient) -> None:
    answer = near.post("/subscriptions", json=subscription("http://127.0.0.1:9/", expiresAt="2020-01-01T00:00:00Z"))
    assert answer.status_code == 400
    assert near.get(PATH).status_code == 404


def test_throttled_changes_of_several_entities_come_together(near: TestClient, listener: Subscriber) -> None:
    other = BUS | {"id": "urn:ngsi-ld:Bus:2"}
    made(near, "/subscriptions", subscription(listener.uri, throttling=1))
    made(near, "/entities", BUS)
    listener.next()
    made(near, "/entities", other)
    set_speed(near, 30)
    set_speed(near, 31)
    told = listener.next()[1]["data"]
    assert [(one["id"], one["speed"]["value"]) for one in told] == [(other["id"], 20), (BUS["id"], 31)]
    assert listener.heard.empty()


def test_a_periodic_subscription_tells_only_of_what_fits(near: TestClient, listener: Subscriber) -> None:
    made(near, "/entities", BUS)
    made(near, "/entities", BUS | {"id": "urn:ngsi-ld:Bus:2", "speed": {"type": "Property", "value": 80}})
    made(near, "/subscriptions", subscription(listener.uri, timeInterval=1, q="speed>50"))
    assert [one["id"] for one in listener.next()[1]["data"]] == ["urn:ngsi-ld:Bus:2"]


def test_a_changed_subscription_is_told_by_its_new_words_and_a_wrong_change_leaves_it_as_it_was(
    near: TestClient, listener: Subscriber
) -> None:
    made(near, "/entities", BUS)
    made(near, "/subscriptions", subscription(listener.uri, q="speed>50"))
    before = near.get(PATH).json()
    refused: list[dict[str, Any]] = [{"q": "speed>"}, {"throttling": -1}, {"timeInterval": "often"}]
    for wrong in (*refused, {"notification": {"endpoint": {}}}):
        assert near.patch(PATH, json=wrong).status_code == 400
    assert near.get(PATH).json() == before
    assert near.patch(PATH, json={"q": "speed<25", "watchedAttributes": ["speed"]}).status_code == 204
    set_speed(near, 60)
    set_speed(near, 22)
    assert listener.next()[1]["data"][0]["speed"]["value"] == 22
    assert listener.heard.empty()


def test_a_subscription_stays_as_it_was_made_across_listing_and_paging(near: TestClient) -> None:
    for number in range(3):
        made(near, "/subscriptions", subscription("http://127.0.0.1:9/") | {"id": f"urn:ngsi-ld:Subscription:{number}"})
    page = near.get("/subscriptions", params={"limit": 1, "offset": 1, "count": "true"})
    assert [one["id"] for one in page.json()] == [PATH.rpartition("/")[2]]
    assert page.headers["ngsild-results-count"] == "3"
