"""Notifications on their way: across restarts, to subscribers that fail, are slow, talk without end, or lie inside."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from threading import Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient

from brain.context.subscriptions.receiving import WAIT_S, Subscriber, free_port, subscriber
from brain.context.subscriptions.running import QUICK, Start, until
from brain.context.subscriptions.test_notifications import BUS, made, set_speed, subscription
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.subscriptions import store

PATH = "/subscriptions/urn:ngsi-ld:Subscription:1"


def outcome(api: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = api.get(PATH).json()["notification"]
    return found


def waiting(broker: Broker) -> int:
    with broker.reading() as connection:
        return sum(store.waiting(connection).values())


def told_speed(listener: Subscriber) -> int:
    return int(listener.next()[1]["data"][0]["speed"]["value"])


@contextmanager
def raw_server(answer: bytes, *, endless: bytes = b"") -> Iterator[tuple[int, Queue[bytes]]]:
    """A server that reads once, answers, and goes on with `endless` until the other side has enough: port, what it read."""
    heard: Queue[bytes] = Queue()
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:  # closed: the test is over
                return
            with connection:
                try:
                    heard.put(connection.recv(1 << 16))
                    connection.sendall(answer)
                    while endless:
                        connection.sendall(endless)
                    connection.recv(1)
                except OSError:  # the other side has enough
                    continue

    thread = Thread(target=serve)
    thread.start()
    try:
        yield listening.getsockname()[1], heard
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def test_what_waits_when_the_broker_stops_is_told_in_order_after_the_next_start(start: Start) -> None:
    port = free_port()
    with start() as (broker, api):
        made(api, "/subscriptions", subscription(f"http://127.0.0.1:{port}/notify"))
        made(api, "/entities", BUS)
        set_speed(api, 30)
        assert waiting(broker) == 2
    with subscriber(port=port) as listener, start(QUICK) as (broker, api):
        assert [told_speed(listener), told_speed(listener)] == [20, 30]
        until(lambda: waiting(broker), lambda left: not left)
        assert outcome(api)["status"] == "ok"
    with subscriber(port=port) as listener, start(QUICK) as (_, api):
        # What was told is not told again, and what became of it is still known.
        assert outcome(api)["lastSuccess"]
        set_speed(api, 40)
        assert told_speed(listener) == 40


def test_a_subscriber_that_fails_again_and_again_misses_nothing_and_gets_all_in_order(start: Start) -> None:
    with subscriber(*[503] * 6) as listener, start(QUICK) as (broker, api):
        made(api, "/subscriptions", subscription(listener.uri))
        made(api, "/entities", BUS)
        set_speed(api, 30)
        assert [told_speed(listener) for _ in range(5)] == [20] * 5
        failed = outcome(api)
        assert failed["status"] == "failed"
        # It was one notification, however often it was tried.
        assert (failed["timesSent"], failed["timesFailed"]) == (1, 1)
        assert "lastSuccess" not in failed
        assert [told_speed(listener) for _ in range(3)] == [20, 20, 30]
        told = until(lambda: outcome(api), lambda one: one["status"] == "ok" and one["timesSent"] == 2)
        assert told["timesFailed"] == 1
        assert "timesGivenUp" not in told
        until(lambda: waiting(broker), lambda left: not left)


def test_a_subscription_that_is_deleted_takes_along_what_waits(start: Start) -> None:
    port = free_port()
    with start() as (broker, api):
        made(api, "/subscriptions", subscription(f"http://127.0.0.1:{port}/notify"))
        made(api, "/entities", BUS)
        assert waiting(broker) == 1
        assert api.delete(PATH).status_code == 204
        assert waiting(broker) == 0
    with subscriber(port=port) as listener, start() as (_, api):
        # The next subscription of the same id does not get the old letters.
        made(api, "/subscriptions", subscription(listener.uri))
        set_speed(api, 30)
        assert told_speed(listener) == 30
        assert listener.heard.empty()


def test_what_waits_goes_to_the_new_address_of_a_subscription(start: Start) -> None:
    with subscriber() as listener, start() as (_, api):
        made(api, "/subscriptions", subscription(f"http://127.0.0.1:{free_port()}/gone"))
        made(api, "/entities", BUS)
        changed = {"notification": {"endpoint": {"uri": listener.uri}}}
        assert api.patch(PATH, json=changed).status_code == 204
        set_speed(api, 30)
        assert [told_speed(listener), told_speed(listener)] == [20, 30]


def test_a_subscriber_that_never_answers_is_a_failure_after_its_own_timeout(start: Start) -> None:
    with raw_server(b"") as (port, heard), start(QUICK) as (_, api):
        uri = f"http://127.0.0.1:{port}/"
        made(api, "/subscriptions", subscription(uri, endpoint={"timeout": 50}))
        made(api, "/entities", BUS)
        assert heard.get(timeout=WAIT_S).startswith(b"POST / ")
        assert until(lambda: outcome(api), lambda one: one.get("timesFailed", 0) >= 1)["status"] == "failed"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
    ],
)
def test_a_subscriber_that_talks_without_end_is_not_listened_to(start: Start, answer: bytes) -> None:
    endless = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with raw_server(answer, endless=endless) as (port, heard), start(QUICK) as (_, api):
        made(api, "/subscriptions", subscription(f"http://127.0.0.1:{port}/"))
        made(api, "/entities", BUS)
        heard.get(timeout=WAIT_S)
        found = until(lambda: outcome(api), lambda one: "status" in one)
        assert (found["status"], found["timesSent"]) == ("ok", 1)
        assert "timesFailed" not in found  # its value is greater than 0: clause 5.2.14.2


def test_a_name_that_leads_inside_is_not_notified(
    api: TestClient, listener: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        return known("127.0.0.1" if host == "city.example" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    made(api, "/subscriptions", subscription(listener.uri.replace("127.0.0.1", "city.example")))
    made(api, "/entities", BUS)
    assert until(lambda: outcome(api), lambda one: one.get("timesFailed", 0) >= 1)["status"] == "failed"
    assert listener.heard.empty()
