"""The stream of a screen, over real HTTP."""

import json
from collections.abc import Iterator
from typing import Any

import httpx

from entrance.city.conftest import Served, event

Message = tuple[str, str, dict[str, Any]]


def messages(answer: httpx.Response) -> Iterator[Message]:
    """Id, kind and body of each."""
    id_, kind = "", ""
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            id_ = value
        elif name == "event":
            kind = value
        elif name == "data":
            yield id_, kind, json.loads(value)


def until(found: Iterator[Message], kind: str) -> Message:
    """The next message of a kind; the test fails if nothing but signs of life comes."""
    for one in found:
        if one[1] == kind:
            return one
        assert one[1] not in ("still", "ended"), f"no {kind} came"
    raise AssertionError(f"the stream ended before a {kind} came")


def test_a_screen_hears_a_new_value_within_the_second_and_an_event_as_it_is_announced(served: Served) -> None:
    served.observe("urn:ngsi-ld:PumpStation:1", 1.0)
    with served.client() as asking, asking.stream("GET", "/api/city/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        found = messages(answer)
        assert next(found)[1] == "hello"
        served.observe("urn:ngsi-ld:PumpStation:1", 4.5)
        while True:
            _, _, body = until(found, "value")
            if body["values"][0][3] == 4.5:
                break
        served.says("events", [event()])
        served.announce("event", "e1")
        _, _, body = until(found, "event")
        assert body["things"][0]["en"] == "Pump station level too high"
        number = body["things"][0]["number"]
        with served.client() as other:
            thing = other.get(f"/api/city/things/events/{number}").json()
            assert (thing["severity"], thing["status"]) == (3, "open")
            assert "Pump station level too high" in other.get("/city?lang=en").text


def test_a_screen_that_was_away_hears_what_it_missed_and_one_that_was_away_too_long_is_told_to_look_anew(
    served: Served,
) -> None:
    served.says("events", [event("e1"), event("e2", en="Second")])
    with served.client() as asking, asking.stream("GET", "/api/city/stream") as answer:
        found = messages(answer)
        next(found)
        served.announce("event", "e1")
        last, _, _ = until(found, "event")
    served.announce("event", "e2")
    headers = {"last-event-id": last}
    with served.client() as asking, asking.stream("GET", "/api/city/stream", headers=headers) as answer:
        _, _, body = until(messages(answer), "event")
        assert body["things"][0]["en"] == "Second"
    headers = {"last-event-id": "anotherserver-7"}
    with served.client() as asking, asking.stream("GET", "/api/city/stream", headers=headers) as answer:
        assert until(messages(answer), "behind")[2] == {}


def test_a_server_that_ends_ends_its_streams(served: Served) -> None:
    with served.client() as asking, asking.stream("GET", "/api/city/stream") as answer:
        found = messages(answer)
        next(found)
        served.process.terminate()
        assert [one for one in found if one[1] not in ("still", "value")] == []
    assert served.process.wait(15) == 0
