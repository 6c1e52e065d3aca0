"""Writing one entity over HTTP, and that no table ever says anything else than the bodies."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from brain.context.consistency import assert_consistent, kept
from yuzhang.brain.context import actions
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.model import DEFAULT_VOCABULARY
from yuzhang.brain.context.store.sweeping import is_due, sweep
from yuzhang.core.access import OPERATOR

ONE = "urn:ngsi-ld:Well:1"
WELL: dict[str, Any] = {"id": ONE, "type": "Well", "level": {"type": "Property", "value": 3, "unitCode": "MTR"}}
NULL = "urn:ngsi-ld:null"


def kind(answer: Any) -> str:
    """The standard's name of the error."""
    return str(answer.json()["type"]).rpartition("/")[2]


def past() -> str:
    """A moment that is over."""
    return (datetime.now(UTC) - timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_entity_is_created_found_changed_and_deleted(api: TestClient) -> None:
    answer = api.post("/entities", json=WELL)
    assert (answer.status_code, answer.headers["location"]) == (201, f"/ngsi-ld/v1/entities/{ONE}")
    assert kind(api.post("/entities", json=WELL)) == "AlreadyExists"
    assert api.patch(f"/entities/{ONE}", json={"level": {"value": 4}}).status_code == 204
    assert api.patch(f"/entities/{ONE}/attrs/level", json={"unitCode": NULL}).status_code == 204
    assert api.post(f"/entities/{ONE}/attrs", json={"near": {"object": "urn:ngsi-ld:Place:1"}}).status_code == 204
    found = api.get(f"/entities/{ONE}").json()
    assert found["level"] == {"type": "Property", "value": 4}
    assert found["near"] == {"type": "Relationship", "object": "urn:ngsi-ld:Place:1"}
    assert api.put(f"/entities/{ONE}", json={"type": "Well", "depth": 9}).status_code == 204
    assert api.get(f"/entities/{ONE}", params={"options": "keyValues"}).json() == {
        "id": ONE,
        "type": "Well",
        "depth": 9,
    }
    assert api.delete(f"/entities/{ONE}").status_code == 204
    assert kind(api.delete(f"/entities/{ONE}")) == "ResourceNotFound"


def test_what_cannot_be_appended_is_named_in_full_and_the_rest_is_kept(api: TestClient) -> None:
    api.post("/entities", json=WELL)
    answer = api.post(f"/entities/{ONE}/attrs", params={"options": "noOverwrite"}, json={"level": 1, "depth": 2})
    assert answer.status_code == 207
    # The answer has no @context that could tell what a short name means: clause 6.3.6.
    assert answer.json()["updated"] == [f"{DEFAULT_VOCABULARY}depth"]
    assert [one["attributeName"] for one in answer.json()["notUpdated"]] == [f"{DEFAULT_VOCABULARY}level"]


@pytest.mark.parametrize(
    ("method", "path", "payload", "status"),
    [
        ("PATCH", f"/entities/{ONE}/attrs/depth", {"value": 1}, 404),
        ("PATCH", f"/entities/{ONE}/attrs/scope", {"value": "/a"}, 400),
        ("PUT", f"/entities/{ONE}/attrs/@type", {"value": 1}, 400),
        ("PUT", f"/entities/{ONE}", {"id": "urn:x:2", "type": "Well"}, 400),
        ("PATCH", f"/entities/{ONE}", {"level": {"type": "Relationship"}}, 400),
        ("PATCH", "/entities//attrs", {"level": 1}, 400),
        ("PATCH", "/entities/well", {"level": 1}, 400),
        ("DELETE", f"/entities/{ONE}/attrs/level?datasetId=urn:d:1", None, 404),
        ("DELETE", f"/entities/{ONE}?type=Pump", None, 404),
        ("DELETE", "/entities", None, 400),
        ("DELETE", f"/entities/{ONE}?nonsense=1", None, 400),
    ],
)
def test_a_refused_write_changes_nothing(api: TestClient, method: str, path: str, payload: Any, status: int) -> None:
    api.post("/entities", json=WELL)
    before = api.get(f"/entities/{ONE}", params={"options": "sysAttrs"}).json()
    assert api.request(method, path, json=payload).status_code == status
    assert api.get(f"/entities/{ONE}", params={"options": "sysAttrs"}).json() == before


def test_purging_takes_what_is_selected_or_only_some_of_its_attributes(api: TestClient, broker: Broker) -> None:
    for number in range(5):
        api.post("/entities", json=WELL | {"id": f"urn:ngsi-ld:Well:{number}", "depth": number})
    assert api.delete("/entities", params={"type": "Well", "q": "depth>3"}).status_code == 204
    assert api.delete("/entities", params={"type": "Well", "drop": "level"}).status_code == 204
    found = api.get("/entities", params={"type": "Well"}).json()
    assert [sorted(one) for one in found] == [["depth", "id", "type"]] * 4
    assert assert_consistent(broker) == 4


def test_what_has_ended_is_seen_by_nobody_and_soon_not_on_the_disk(api: TestClient, broker: Broker, run: Any) -> None:
    api.post("/entities", json=WELL | {"expiresAt": past()})
    other = WELL | {"id": "urn:ngsi-ld:Well:2", "near": {"object": "urn:x:1", "expiresAt": past()}}
    assert api.post("/entities", json=other).status_code == 201
    assert api.get(f"/entities/{ONE}").status_code == 404
    assert sorted(api.get("/entities/urn:ngsi-ld:Well:2").json()) == ["id", "level", "type"]
    run(broker.write, sweep)
    assert not is_due(broker.database)
    assert assert_consistent(broker) == 1
    assert not kept(broker)["links"]
    assert api.post("/entities", json=WELL).status_code == 201


def test_the_place_of_an_ended_entity_is_free_before_it_is_swept(api: TestClient, broker: Broker) -> None:
    api.post("/entities", json=WELL | {"expiresAt": past()})
    assert api.post("/entities", json=WELL).status_code == 201
    assert assert_consistent(broker) == 1


def test_a_tenant_exists_from_its_first_write_and_sees_its_own_only(api: TestClient) -> None:
    mine = {"NGSILD-Tenant": "county"}
    assert kind(api.get("/entities", params={"type": "Well"}, headers=mine)) == "NonexistentTenant"
    assert api.post("/entities", json=WELL, headers=mine).status_code == 201
    assert api.get(f"/entities/{ONE}", headers=mine).headers["ngsild-tenant"] == "county"
    assert api.get(f"/entities/{ONE}").status_code == 404


def _value(chance: random.Random) -> dict[str, Any]:
    number = chance.randrange(4)
    return chance.choice(
        [
            {"type": "Property", "value": number},
            {"type": "Property", "value": str(number), "datasetId": "urn:d:1"},
            {"type": "Relationship", "object": [f"urn:x:{number}", "urn:x:9"]},
            {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [number, number]}},
            {"type": "VocabProperty", "vocab": f"v{number}"},
            {"type": "Property", "value": number, "expiresAt": "2999-01-01T00:00:00Z"},
        ]
    )


def _steps(api: TestClient, chance: random.Random) -> list[Callable[[], Any]]:
    entity = f"urn:ngsi-ld:Well:{chance.randrange(3)}"
    names = chance.sample(["a", "b", "c"], chance.randrange(1, 4))
    some = {name: _value(chance) for name in names}
    whole = {"id": entity, "type": chance.choice(["Well", "Pump", ["Pump", "Well"]])} | some
    return [
        lambda: api.post("/entities", json=whole),
        lambda: api.put(f"/entities/{entity}", json=whole),
        lambda: api.patch(f"/entities/{entity}", json=some | {"c": NULL}),
        lambda: api.patch(f"/entities/{entity}/attrs", json=some),
        lambda: api.post(f"/entities/{entity}/attrs", json=some),
        lambda: api.delete(f"/entities/{entity}/attrs/{names[0]}", params={"deleteAll": "true"}),
        lambda: api.patch(f"/entities/{entity}/attrs/{names[0]}", json=some[names[0]]),
        lambda: api.post(
            "/entityOperations/upsert", json=[whole], params={"options": chance.choice(["update", "replace"])}
        ),
        lambda: api.post("/entityOperations/merge", json=[{"id": entity} | some]),
        lambda: api.delete(f"/entities/{entity}"),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_after_whatever_was_written_all_tables_say_what_the_bodies_say(
    api: TestClient, broker: Broker, run: Any, seed: int
) -> None:
    chance = random.Random(seed)  # the same steps each time
    run(lambda: actions.declare(broker, OPERATOR, "", "a"))
    for _ in range(60):
        assert chance.choice(_steps(api, chance))().status_code < 500
    assert_consistent(broker)


@pytest.mark.parametrize(
    "path", ["/entities", "/entityOperations/create", "/entityOperations/delete", "/subscriptions"]
)
def test_who_does_not_say_what_the_payload_is_is_asked_to_and_another_kind_is_not_taken(
    api: TestClient, path: str
) -> None:
    assert kind(api.post(path, content=b"{}")) == "InvalidRequest"
    wrong = api.post(path, content=b"{}", headers={"content-type": "text/plain"})
    assert (wrong.status_code, wrong.content) == (415, b"")
