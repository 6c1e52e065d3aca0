"""Two brokers over one database: what one of them is told, the other one follows without a restart."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient

from brain.context.subscriptions.receiving import Subscriber
from brain.context.subscriptions.running import QUICK, Start, until
from brain.context.subscriptions.test_delivery import PATH, outcome, told_speed
from brain.context.subscriptions.test_notifications import BUS, made, set_speed, subscription

REGISTRATION = {
    "id": "urn:ngsi-ld:ContextSourceRegistration:1",
    "type": "ContextSourceRegistration",
    "information": [{"entities": [{"type": "Tram"}]}],
    "endpoint": "http://127.0.0.1:9/",
}
SOURCE = f"/csourceRegistrations/{REGISTRATION['id']}"
Pair = tuple[TestClient, TestClient]


@pytest.fixture
def pair(start: Start) -> Iterator[Pair]:
    """A server, and somebody at a terminal beside it."""
    with ExitStack() as both:
        _, server = both.enter_context(start(QUICK))
        _, terminal = both.enter_context(start(QUICK, serving=False))
        yield server, terminal


def status(api: TestClient, path: str, wanted: int) -> None:
    until(lambda: api.get(path).status_code, lambda found: found == wanted)


def test_a_subscription_made_beside_the_server_is_told_of_what_the_server_is_asked_to_write(
    pair: Pair, listener: Subscriber
) -> None:
    server, terminal = pair
    made(terminal, "/subscriptions", subscription(listener.uri))
    status(server, PATH, 200)
    made(server, "/entities", BUS)
    assert told_speed(listener) == 20


def test_what_is_written_beside_the_server_is_told_by_the_server(pair: Pair, listener: Subscriber) -> None:
    server, terminal = pair
    made(server, "/subscriptions", subscription(listener.uri))
    status(terminal, PATH, 200)
    made(terminal, "/entities", BUS)
    set_speed(terminal, 30)
    assert [told_speed(listener), told_speed(listener)] == [20, 30]
    assert until(lambda: outcome(server), lambda one: one.get("timesSent") == 2)["status"] == "ok"
    assert listener.heard.empty()


def test_a_subscription_changed_and_deleted_beside_the_server_is_followed(pair: Pair, listener: Subscriber) -> None:
    server, terminal = pair
    made(server, "/subscriptions", subscription(listener.uri))
    status(terminal, PATH, 200)
    assert terminal.patch(PATH, json={"q": "speed>50"}).status_code == 204
    until(lambda: server.get(PATH).json(), lambda found: found.get("q") == "speed>50")
    made(server, "/entities", BUS)
    set_speed(server, 60)
    assert told_speed(listener) == 60
    assert terminal.delete(PATH).status_code == 204
    status(server, PATH, 404)
    set_speed(server, 70)
    other = subscription(listener.uri) | {"id": "urn:ngsi-ld:Subscription:2"}
    made(server, "/subscriptions", other)
    set_speed(server, 80)
    assert told_speed(listener) == 80
    assert listener.heard.empty()


def test_who_subscribes_to_registrations_beside_the_server_is_told_of_those_there_are_once(
    pair: Pair, listener: Subscriber
) -> None:
    server, terminal = pair
    made(server, "/csourceRegistrations", REGISTRATION)
    made(terminal, "/csourceSubscriptions", subscription(listener.uri) | {"entities": [{"type": "Tram"}]})
    assert listener.next()[1]["triggerReason"] == "newlyMatching"
    status(terminal, SOURCE, 200)
    assert server.delete(SOURCE).status_code == 204
    assert listener.next()[1]["triggerReason"] == "noLongerMatching"


def test_the_same_id_at_both_processes_at_once_is_refused_by_one_of_them(pair: Pair, listener: Subscriber) -> None:
    server, terminal = pair
    made(server, "/csourceRegistrations", REGISTRATION)
    assert terminal.post("/csourceRegistrations", json=REGISTRATION).status_code == 409
    made(terminal, "/subscriptions", subscription(listener.uri))
    assert server.post("/subscriptions", json=subscription(listener.uri)).status_code == 409


def test_a_registration_made_changed_and_removed_by_another_process_is_followed(pair: Pair) -> None:
    server, terminal = pair
    made(terminal, "/csourceRegistrations", REGISTRATION)
    status(server, SOURCE, 200)
    assert server.post("/csourceRegistrations", json=REGISTRATION).status_code == 409
    assert terminal.patch(SOURCE, json={"description": "trams"}).status_code == 204
    until(lambda: server.get(SOURCE).json(), lambda found: found.get("description") == "trams")
    assert server.delete(SOURCE).status_code == 204
    status(terminal, SOURCE, 404)
