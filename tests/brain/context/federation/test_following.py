"""Subscriptions at other brokers: what is asked of them, and what is made of what they tell. Clauses 5.8.1.4 and 5.8.6."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from brain.context.conftest import Run
from brain.context.federation.sources import PUMP, Source, pump, register
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.federation.actions import hear
from yuzhang.brain.context.jsonld import CORE
from yuzhang.core.access import STRANGER
from yuzhang.core.errors import NotAllowed

NAME = "urn:ngsi-ld:Subscription:pumps"


def subscription(**members: Any) -> dict[str, Any]:
    return {
        "id": NAME,
        "type": "Subscription",
        "entities": [{"type": "Pump"}],
        "q": "power>5",
        "notification": {"endpoint": {"uri": "http://subscriber.example/"}},
    } | members


def subscribed(api: TestClient, broker: Broker, run: Run, source: Source, **members: Any) -> dict[str, Any]:
    """What the context source is asked for when somebody subscribes here."""
    source.will("POST", "/subscriptions", 201)
    assert api.post("subscriptions", json=subscription(**members)).status_code == 201
    run(broker.federation.following.settled)
    body: dict[str, Any] = source.asked[-1][3]
    return body


def waiting(broker: Broker) -> list[bytes]:
    with broker.reading() as connection:
        return [bytes(row[0]) for row in connection.exec_driver_sql("SELECT body FROM context_outbox ORDER BY key")]


def test_source_is_subscribed_to_for_what_it_is_registered_for(
    api: TestClient, broker: Broker, run: Run, source: Source
) -> None:
    register(
        api, information=[{"entities": [{"type": "Pump", "id": "urn:ngsi-ld:Pump:1"}], "propertyNames": ["power"]}]
    )
    body = subscribed(api, broker, run, source)
    assert body["entities"] == [{"type": "Pump", "id": ["urn:ngsi-ld:Pump:1"]}]
    assert body["watchedAttributes"] == ["power"]
    assert body["q"] == "power>5"
    assert body["id"] != NAME
    assert "subscriber.example" not in str(body)
    assert body["notification"]["endpoint"]["uri"].endswith(f"/ngsi-ld/v1/remoteNotifications/{body['id']}")


def test_what_a_source_tells_goes_to_the_subscriber_under_his_own_subscription(
    api: TestClient, broker: Broker, run: Run, source: Source
) -> None:
    register(api)
    remote = subscribed(api, broker, run, source)["id"]
    told = {"type": "Notification", "subscriptionId": remote, "data": [pump(power=9)]}
    # The other broker names the tenant that it has the subscription for.
    assert api.post(f"remoteNotifications/{remote}", json=told, headers={"NGSILD-Tenant": "there"}).status_code == 200
    (letter,) = waiting(broker)
    assert NAME.encode() in letter
    assert remote.encode() not in letter


def test_parts_of_an_entity_are_put_together_before_the_conditions_are_asked(
    api: TestClient, broker: Broker, run: Run, source: Source
) -> None:
    register(api)
    body = subscribed(api, broker, run, source, q='power>5;colour=="red"', splitEntities=True)
    assert "q" not in body
    assert api.post("entities", json=pump(colour="red"), params={"local": "true"}).status_code == 201
    for power in (1, 9):
        told = {"type": "Notification", "subscriptionId": body["id"], "data": [pump(power=power)]}
        assert api.post(f"remoteNotifications/{body['id']}", json=told).status_code == 200
    (letter,) = waiting(broker)
    assert b"red" in letter


def test_parts_of_an_entity_at_all_other_sources_are_put_together_too_but_not_at_the_one_that_told(
    api: TestClient, broker: Broker, run: Run, source: Source
) -> None:
    register(api)
    body = subscribed(api, broker, run, source, q='power>5;colour=="red"', splitEntities=True)
    other = "urn:ngsi-ld:ContextSourceRegistration:town"
    register(api, id=other, endpoint="http://town.example")
    run(broker.federation.following.settled)
    source.will("GET", f"/entities/{PUMP}", 200, pump(colour="red"))
    before = len(source.asked)
    told = {"type": "Notification", "subscriptionId": body["id"], "data": [pump(power=9)]}
    assert api.post(f"remoteNotifications/{body['id']}", json=told).status_code == 200
    (letter,) = waiting(broker)
    assert b"red" in letter
    asked = [headers["host"] for method, _, headers, _ in source.asked[before:] if method == "GET"]
    assert asked == ["town.example"]


def test_subscription_for_this_broker_alone_is_made_nowhere_else(
    api: TestClient, broker: Broker, run: Run, source: Source
) -> None:
    register(api)
    assert api.post("subscriptions", json=subscription(localOnly=True)).status_code == 201
    run(broker.federation.following.settled)
    assert source.asked == []


def test_end_of_a_subscription_or_a_registration_ends_what_was_made_for_it(
    api: TestClient, broker: Broker, run: Run, source: Source
) -> None:
    register(api)
    remote = subscribed(api, broker, run, source)["id"]
    run(broker.federation.following.start)  # as after a restart
    assert api.delete(f"subscriptions/{NAME}").status_code == 204
    run(broker.federation.following.settled)
    assert source.asked[-1][:2] == ("DELETE", f"/ngsi-ld/v1/subscriptions/{remote}")
    assert api.post(f"remoteNotifications/{remote}", json={"type": "Notification", "data": []}).status_code == 404

    second = subscribed(api, broker, run, source)["id"]
    assert api.delete("csourceRegistrations/urn:ngsi-ld:ContextSourceRegistration:county").status_code == 204
    run(broker.federation.following.settled)
    assert source.asked[-1][:2] == ("DELETE", f"/ngsi-ld/v1/subscriptions/{second}")
    assert broker.federation.following.remotes == {}


def test_source_that_refuses_leaves_nothing_behind(api: TestClient, broker: Broker, run: Run, source: Source) -> None:
    register(api)
    source.will("POST", "/subscriptions", 500)
    assert api.post("subscriptions", json=subscription()).status_code == 201
    run(broker.federation.following.settled)
    assert broker.federation.following.remotes == {}


def test_stranger_cannot_tell_of_changes(broker: Broker) -> None:
    with pytest.raises(NotAllowed):
        _ = hear(broker, STRANGER, "urn:a:b", [], CORE)
