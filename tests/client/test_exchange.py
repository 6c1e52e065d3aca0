"""What the client sends and how it reads what comes back, without a network."""

from collections.abc import Generator
from typing import Any

import msgspec
import pytest

from yuzhang.client import (
    AlreadyThere,
    BatchResult,
    Client,
    Entity,
    NotThere,
    NotUnderstood,
    Query,
    RequestRefused,
    batches,
    entities,
)
from yuzhang.client.exchange import Dialect, Reply, Request
from yuzhang.core.errors import YuzhangError

ROAD = {"id": "urn:ngsi-ld:Road:1", "type": "Road", "name": {"type": "Property", "value": "Bayi Avenue"}}


def reply(status: int, value: Any = None, **headers: str) -> Reply:
    """An answer of a broker."""
    return Reply(status, headers, b"" if value is None else msgspec.json.encode(value))


def answered(steps: Generator[Request, Reply, Any], *replies: Reply) -> tuple[list[Request], Any]:
    """All requests of an operation that gets these replies, and its result."""
    asked = [next(steps)]
    for one in replies:
        try:
            asked.append(steps.send(one))
        except StopIteration as end:
            return asked, end.value
    raise AssertionError("the operation wants more replies")


def test_an_entity_that_brings_its_context_goes_as_json_ld_without_a_link() -> None:
    sent = Dialect("http://b/", context="https://c").prepared(
        Request("POST", "/entities", payload={**ROAD, "@context": "https://own"})
    )
    assert sent.url == "http://b/ngsi-ld/v1/entities"
    assert sent.headers["Content-Type"] == "application/ld+json"
    assert "Link" not in sent.headers


def test_an_entity_without_a_context_goes_as_json_with_the_clients_context_as_link() -> None:
    sent = Dialect("http://b", tenant="north", context="https://c").prepared(Request("POST", "/entities", payload=ROAD))
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.headers["Link"].startswith("<https://c>;")
    assert sent.headers["NGSILD-Tenant"] == "north"


def test_in_a_mixed_batch_the_entities_without_a_context_get_the_clients() -> None:
    payload = [ROAD, {**ROAD, "@context": "https://own"}]
    sent = Dialect("http://b", context="https://c").prepared(
        Request("POST", "/entityOperations/upsert", payload=payload)
    )
    assert sent.content is not None
    assert [one["@context"] for one in msgspec.json.decode(sent.content)] == ["https://c", "https://own"]


def test_names_with_slashes_stay_one_part_of_the_path() -> None:
    asked, _ = answered(entities.delete_attribute("urn:a:1", "https://x.org/speed"), reply(204))
    assert asked[0].path == "/entities/urn:a:1/attrs/https%3A%2F%2Fx.org%2Fspeed"


def test_a_long_batch_goes_in_chunks_and_tells_how_far_it_is() -> None:
    roads = [{**ROAD, "id": f"urn:ngsi-ld:Road:{number}"} for number in range(5)]
    seen: list[int] = []
    steps = batches.create_all(roads, chunk=2, progress=seen.append)
    asked, result = answered(steps, reply(201, []), reply(201, []), reply(201, []))
    assert [len(one.payload) for one in asked] == [2, 2, 1]
    assert seen == [2, 4, 5]
    assert result == BatchResult(tuple(str(one["id"]) for one in roads))


def test_in_a_batch_that_fails_in_part_each_failure_has_its_entity_and_reason() -> None:
    answer = {
        "success": ["urn:a:1"],
        "errors": [
            {"entityId": "urn:a:2", "error": {"type": "urn:x", "title": "No", "detail": "No type", "status": 400}}
        ],
    }
    _, result = answered(batches.upsert_all([{"id": "urn:a:1"}, {"id": "urn:a:2"}]), reply(207, answer))
    assert result.done == ("urn:a:1",)
    assert [(one.entity, one.problem.text, one.problem.status) for one in result.failed] == [
        ("urn:a:2", "No type", 400)
    ]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RequestRefused),
        (404, NotThere),
        (409, AlreadyThere),
        (422, RequestRefused),
        (500, NotUnderstood),
        (503, NotUnderstood),
    ],
)
def test_an_error_carries_what_the_broker_said(status: int, kind: type[YuzhangError]) -> None:
    problem = {"type": "urn:x", "title": "No", "detail": "Not this one.", "where": "/id", "fix": "Try another."}
    with pytest.raises(kind, match="Not this one") as error:
        answered(entities.get("urn:a:1"), reply(status, problem))
    assert type(error.value) is kind
    assert error.value.where == "/id"
    assert isinstance(error.value, RequestRefused | NotUnderstood)
    assert error.value.answer.status == status


@pytest.mark.parametrize("content", [b"<html>Bad gateway</html>", b"", b'"no"', b"\xff"])
def test_an_error_of_something_that_is_no_broker_is_still_an_error(content: bytes) -> None:
    with pytest.raises(NotUnderstood):
        answered(entities.get("urn:a:1"), Reply(502, {}, content))


def test_an_answer_that_is_no_json_is_not_understood() -> None:
    with pytest.raises(NotUnderstood):
        answered(entities.get("urn:a:1"), Reply(200, {}, b"<html>"))


def test_an_upsert_of_one_that_fails_raises_its_own_reason() -> None:
    answer = {
        "success": [],
        "errors": [{"entityId": "urn:a:1", "error": {"title": "No", "detail": "No type", "status": 400}}],
    }
    with pytest.raises(RequestRefused, match="No type"):
        answered(entities.upsert({"id": "urn:a:1"}), reply(207, answer))


def test_a_query_says_only_what_was_asked() -> None:
    wanted = Query(type="Road", q="length>2", pick=("id", "name"), format="simplified", order="name", page=10)
    asked, (found, more) = answered(entities.query(wanted)(20), reply(200, [ROAD]))
    sent = Dialect("http://b").prepared(asked[0]).params
    assert sent == {
        "type": "Road",
        "q": "length>2",
        "pick": "id,name",
        "format": "simplified",
        "orderBy": "name",
        "limit": "10",
        "offset": "20",
    }
    assert (found, more) == ([Entity(ROAD)], False)


def test_an_entity_gives_its_values_whatever_the_representation() -> None:
    entity = Entity(
        {
            "id": "urn:a:1",
            "type": ["Road", "Bridge"],
            "scope": "/City/East",
            "name": {"type": "LanguageProperty", "languageMap": {"zh": "八一大道"}},
            "lit": {"type": "Relationship", "object": "urn:l:1"},
            "speed": [{"value": 50}, {"value": 40, "datasetId": "urn:d:1"}],
            "plain": 7,
        }
    )
    assert entity.types == ("Road", "Bridge")
    assert entity.scopes == ("/City/East",)
    assert entity.attributes == ("name", "lit", "speed", "plain")
    assert [entity.value(name) for name in ("name", "lit", "speed", "plain", "none")] == [
        {"zh": "八一大道"},
        "urn:l:1",
        50,
        7,
        None,
    ]
    assert entity.value("speed", "urn:d:1") == 40


def test_both_clients_offer_the_same_with_the_same_words() -> None:
    assert Client.get.steps is entities.get
    assert Client.get.__doc__ == entities.get.__doc__


def test_key_of_an_application_goes_with_every_request_and_is_in_no_text_of_the_client() -> None:
    dialect = Dialect("http://b", key="yz_1_secret")
    assert dialect.prepared(Request("GET", "/types")).headers["Authorization"] == "Key yz_1_secret"
    assert "secret" not in repr(dialect)
    assert "Authorization" not in Dialect("http://b").prepared(Request("GET", "/types")).headers
