"""Who subscribed is told of what they asked for, over HTTP."""

from typing import Any

from fastapi.testclient import TestClient

from brain.context.subscriptions.receiving import Subscriber, free_port, subscriber

BUS = {
    "id": "urn:ngsi-ld:Bus:1",
    "type": "Bus",
    "speed": {"type": "Property", "value": 20},
    "line": {"type": "Property", "value": "K1"},
}


def subscription(uri: str, *, endpoint: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    asked = {"endpoint": {"uri": uri, **(endpoint or {})}} | members.pop("notification", {})
    return {
        "id": "urn:ngsi-ld:Subscription:1",
        "type": "Subscription",
        "entities": [{"type": "Bus"}],
        "notification": asked,
        **members,
    }


def made(api: TestClient, path: str, body: dict[str, Any], **headers: str) -> None:
    answer = api.post(path, json=body, headers=headers)
    assert answer.status_code == 201, answer.text


def set_speed(api: TestClient, value: int, **headers: str) -> None:
    answer = api.patch(
        "/entities/urn:ngsi-ld:Bus:1/attrs", json={"speed": {"type": "Property", "value": value}}, headers=headers
    )
    assert answer.status_code == 204, answer.text


def test_a_change_is_told_but_not_the_state_before_the_subscription(near: TestClient, listener: Subscriber) -> None:
    made(near, "/entities", BUS)
    made(near, "/subscriptions", subscription(listener.uri))
    set_speed(near, 30)
    headers, told = listener.next()
    assert headers["content-type"] == "application/json"
    assert told["type"] == "Notification"
    assert told["subscriptionId"] == "urn:ngsi-ld:Subscription:1"
    assert told["data"][0]["speed"]["value"] == 30
    assert listener.heard.empty()


def test_only_watched_attributes_and_matching_entities_are_told(near: TestClient, listener: Subscriber) -> None:
    made(near, "/entities", BUS)
    made(near, "/subscriptions", subscription(listener.uri, watchedAttributes=["speed"], q="speed>50"))
    set_speed(near, 40)
    near.patch("/entities/urn:ngsi-ld:Bus:1/attrs", json={"line": {"type": "Property", "value": "K2"}})
    set_speed(near, 60)
    assert listener.next()[1]["data"][0]["speed"]["value"] == 60
    assert listener.heard.empty()


def test_an_unchanged_value_is_no_change(near: TestClient, listener: Subscriber) -> None:
    made(near, "/entities", BUS)
    made(near, "/subscriptions", subscription(listener.uri))
    set_speed(near, 20)
    set_speed(near, 21)
    assert listener.next()[1]["data"][0]["speed"]["value"] == 21
    assert listener.heard.empty()


def test_a_deleted_entity_is_told_to_who_asked_for_that(near: TestClient, listener: Subscriber) -> None:
    made(near, "/entities", BUS)
    made(near, "/subscriptions", subscription(listener.uri, notificationTrigger=["entityDeleted"]))
    set_speed(near, 30)
    assert near.delete("/entities/urn:ngsi-ld:Bus:1").status_code == 204
    told = listener.next()[1]["data"][0]
    assert told["id"] == "urn:ngsi-ld:Bus:1"
    assert "deletedAt" in told
    assert listener.heard.empty()


def test_changes_are_shown_with_what_was_before(near: TestClient, listener: Subscriber) -> None:
    made(near, "/entities", BUS)
    made(near, "/subscriptions", subscription(listener.uri, notification={"showChanges": True}))
    set_speed(near, 30)
    assert listener.next()[1]["data"][0]["speed"] == {"type": "Property", "value": 30, "previousValue": 20}


def test_a_subscription_of_one_tenant_is_told_with_its_name_and_of_nothing_else(
    near: TestClient, listener: Subscriber
) -> None:
    tenant = {"NGSILD-Tenant": "north"}
    made(near, "/entities", BUS)
    made(near, "/entities", BUS, **tenant)
    made(near, "/subscriptions", subscription(listener.uri), **tenant)
    set_speed(near, 30)
    set_speed(near, 40, **tenant)
    headers, told = listener.next()
    assert headers["ngsild-tenant"] == "north"
    assert told["data"][0]["speed"]["value"] == 40
    assert listener.heard.empty()


def test_receiver_info_becomes_headers_and_ld_json_carries_its_context(near: TestClient, listener: Subscriber) -> None:
    endpoint = {"accept": "application/ld+json", "receiverInfo": [{"key": "X-Token", "value": "abc"}]}
    made(near, "/subscriptions", subscription(listener.uri, endpoint=endpoint))
    made(near, "/entities", BUS)
    headers, told = listener.next()
    assert (headers["x-token"], headers["content-type"]) == ("abc", "application/ld+json")
    assert "link" not in headers
    assert "@context" in told["data"][0]


def test_geojson_is_given_as_a_feature_collection(near: TestClient, listener: Subscriber) -> None:
    made(near, "/subscriptions", subscription(listener.uri, endpoint={"accept": "application/geo+json"}))
    made(near, "/entities", BUS)
    headers, told = listener.next()
    assert headers["content-type"] == "application/geo+json"
    assert told["data"]["type"] == "FeatureCollection"
    assert told["data"]["features"][0]["properties"]["speed"]["value"] == 20


def test_a_failed_notification_is_sent_again_with_the_same_id_and_the_failure_is_counted(near: TestClient) -> None:
    with subscriber(500) as listener:
        made(near, "/subscriptions", subscription(listener.uri))
        made(near, "/entities", BUS)
        first, second = listener.next()[1], listener.next()[1]
        assert first == second
        # The next notification goes out only after the last one was counted.
        set_speed(near, 30)
        listener.next()
        shown = near.get("/subscriptions/urn:ngsi-ld:Subscription:1").json()["notification"]
    assert shown["timesFailed"] == 1
    assert shown["timesSent"] in (1, 2)
    assert shown["status"] == "ok"
    assert {"lastNotification", "lastSuccess", "lastFailure"} <= shown.keys()


def test_throttled_changes_come_as_one_with_the_last_state(near: TestClient, listener: Subscriber) -> None:
    made(near, "/entities", BUS)
    made(near, "/subscriptions", subscription(listener.uri, throttling=1))
    set_speed(near, 30)
    assert listener.next()[1]["data"][0]["speed"]["value"] == 30
    for value in (31, 32, 33):
        set_speed(near, value)
    told = listener.next()[1]["data"]
    assert [one["speed"]["value"] for one in told] == [33]
    assert listener.heard.empty()


def test_a_periodic_subscription_is_told_again_without_any_change(near: TestClient, listener: Subscriber) -> None:
    made(near, "/entities", BUS)
    made(near, "/subscriptions", subscription(listener.uri, timeInterval=1))
    first, second = listener.next()[1], listener.next()[1]
    assert first["id"] != second["id"]
    assert first["data"] == second["data"]


def test_a_paused_subscription_is_told_nothing_until_it_goes_on(near: TestClient, listener: Subscriber) -> None:
    path = "/subscriptions/urn:ngsi-ld:Subscription:1"
    made(near, "/entities", BUS)
    made(near, "/subscriptions", subscription(listener.uri, isActive=False))
    assert near.get(path).json()["status"] == "paused"
    set_speed(near, 30)
    assert near.patch(path, json={"isActive": True}).status_code == 204
    set_speed(near, 40)
    assert listener.next()[1]["data"][0]["speed"]["value"] == 40
    assert listener.heard.empty()


def test_a_deleted_subscription_is_told_nothing_more(near: TestClient, listener: Subscriber) -> None:
    path = "/subscriptions/urn:ngsi-ld:Subscription:1"
    made(near, "/subscriptions", subscription(f"http://127.0.0.1:{free_port()}/gone"))
    assert near.delete(path).status_code == 204
    assert near.get(path).status_code == 404
    made(near, "/subscriptions", subscription(listener.uri))
    made(near, "/entities", BUS)
    listener.next()
    assert listener.heard.empty()


def test_the_same_id_twice_is_refused(near: TestClient) -> None:
    made(near, "/subscriptions", subscription("http://127.0.0.1:9/"))
    assert near.post("/subscriptions", json=subscription("http://127.0.0.1:9/")).status_code == 409


def test_a_subscriber_on_this_machine_is_refused_unless_the_operator_allows_it(api: TestClient) -> None:
    for uri in ("http://127.0.0.1:80/", "http://localhost/", "http://[::1]/", "mqtt://10.0.0.1/topic"):
        answer = api.post("/subscriptions", json=subscription(uri))
        assert answer.status_code == 400
        assert "inner network" in answer.json()["detail"]
    assert api.get("/subscriptions").json() == []


def test_who_subscribes_to_registrations_is_told_of_those_there_are_and_of_each_change(
    near: TestClient, listener: Subscriber
) -> None:
    registration = {
        "id": "urn:ngsi-ld:ContextSourceRegistration:1",
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "Bus"}]}],
        "endpoint": "http://127.0.0.1:9/",
    }
    made(near, "/csourceRegistrations", registration)
    made(near, "/csourceSubscriptions", subscription(listener.uri))
    path = f"/csourceRegistrations/{registration['id']}"
    reasons = [listener.next()[1]]
    assert near.patch(path, json={"contextSourceInfo": [{"key": "a", "value": "b"}]}).status_code == 204
    reasons.append(listener.next()[1])
    assert near.delete(path).status_code == 204
    reasons.append(listener.next()[1])
    assert [one["triggerReason"] for one in reasons] == ["newlyMatching", "updated", "noLongerMatching"]
    assert {one["type"] for one in reasons} == {"ContextSourceNotification"}


def test_who_subscribes_to_registrations_sees_of_each_only_what_was_asked_for(
    near: TestClient, listener: Subscriber
) -> None:
    registration = {
        "id": "urn:ngsi-ld:ContextSourceRegistration:1",
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "Bus"}]}, {"entities": [{"type": "Tram"}]}],
        "endpoint": "http://127.0.0.1:9/",
    }
    made(near, "/csourceSubscriptions", subscription(listener.uri))
    made(near, "/csourceRegistrations", registration)
    assert listener.next()[1]["data"][0]["information"] == [{"entities": [{"type": "Bus"}]}]
    assert near.get(f"/csourceRegistrations/{registration['id']}").json()["information"] == registration["information"]


def test_who_changes_a_subscription_to_registrations_is_told_all_of_them_anew(
    near: TestClient, listener: Subscriber
) -> None:
    registration = {
        "id": "urn:ngsi-ld:ContextSourceRegistration:1",
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "Bus"}]}],
        "endpoint": "http://127.0.0.1:9/",
    }
    made(near, "/csourceSubscriptions", subscription(listener.uri))
    made(near, "/csourceRegistrations", registration)
    assert listener.next()[1]["triggerReason"] == "newlyMatching"
    path = "/csourceSubscriptions/urn:ngsi-ld:Subscription:1"
    assert near.patch(path, json={"description": "again"}).status_code == 204
    assert [one["id"] for one in listener.next()[1]["data"]] == [registration["id"]]


def test_registrations_are_told_only_if_their_interval_and_properties_are_asked_for(
    near: TestClient, listener: Subscriber
) -> None:
    asked = {"timerel": "after", "timeAt": "2021-01-01T00:00:00Z"}
    made(near, "/csourceSubscriptions", subscription(listener.uri, temporalQ=asked, csf='region=="north"'))
    for number, (end, region) in enumerate([("2020-06-01", "north"), ("2022-06-01", "south"), ("2022-06-01", "north")]):
        registration = {
            "id": f"urn:ngsi-ld:ContextSourceRegistration:{number}",
            "type": "ContextSourceRegistration",
            "information": [{"entities": [{"type": "Bus"}]}],
            "observationInterval": {"startAt": "2020-01-01T00:00:00Z", "endAt": f"{end}T00:00:00Z"},
            "region": region,
            "endpoint": "http://127.0.0.1:9/",
        }
        made(near, "/csourceRegistrations", registration)
    assert listener.next()[1]["data"][0]["id"] == "urn:ngsi-ld:ContextSourceRegistration:2"
    assert listener.heard.empty()


def test_a_subscription_that_changes_its_types_is_told_of_the_new_ones_only(
    near: TestClient, listener: Subscriber
) -> None:
    path = "/subscriptions/urn:ngsi-ld:Subscription:1"
    made(near, "/subscriptions", subscription(listener.uri))
    for selectors in ([{"type": "Tram"}, {"type": "Bus"}], [{"type": "*"}], [{"type": "Tram"}]):
        assert near.patch(path, json={"entities": selectors}).status_code == 204
    made(near, "/entities", BUS)
    made(near, "/entities", BUS | {"id": "urn:ngsi-ld:Tram:1", "type": ["Tram", "Vehicle"]})
    assert [one["id"] for one in listener.next()[1]["data"]] == ["urn:ngsi-ld:Tram:1"]
    assert listener.heard.empty()
