"""A subscription tells its owner of nothing that the owner may not see."""

from brain.context.classification.conftest import City, value
from brain.context.subscriptions.receiving import subscriber


def subscription(uri: str) -> dict[str, object]:
    return {
        "id": "urn:ngsi-ld:Subscription:1",
        "type": "Subscription",
        "entities": [{"type": "Person"}, {"type": "Station"}, {"type": "Tunnel"}],
        "notification": {"endpoint": {"uri": uri}},
        "notificationTrigger": ["entityCreated", "entityUpdated", "entityDeleted"],
    }


def test_owner_is_told_of_what_is_seen_and_of_nothing_else(city: City) -> None:
    with subscriber() as listener:
        city.send("li", "POST", "/subscriptions", 201, subscription(listener.uri))
        city.send("", "PATCH", "/entities/urn:t:1", 204, {"depth": value(31)})
        city.send("", "PATCH", "/entities/urn:p:1", 204, {"income": value(10)})
        city.send("", "PATCH", "/entities/urn:s:2", 204, {"level": value(5)})
        city.send("", "PATCH", "/entities/urn:p:1", 204, {"name": value("Lan"), "phone": value("139")})
        told = listener.next()[1]["data"]
        assert [set(one) for one in told] == [{"id", "type", "name"}]
        city.send("", "PATCH", "/entities/urn:s:2", 204, {"district": value("36010299")})
        assert listener.next()[1]["data"][0]["id"] == "urn:s:2"
        assert listener.heard.empty()


def test_whoever_changes_a_subscription_is_told_what_they_may_see(city: City) -> None:
    with subscriber() as listener:
        city.send("wu", "POST", "/subscriptions", 201, subscription(listener.uri))
        city.send("", "PATCH", "/entities/urn:p:1", 204, {"income": value(10)})
        assert "income" in listener.next()[1]["data"][0]
        city.send("ann", "PATCH", "/subscriptions/urn:ngsi-ld:Subscription:1", 204, {"throttling": 0.001})
        city.send("", "PATCH", "/entities/urn:p:1", 204, {"name": value("Lan"), "income": value(11)})
        assert set(listener.next()[1]["data"][0]) == {"id", "type", "name"}
