"""Writing many entities at once: each stands for itself."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from brain.context.consistency import assert_consistent
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.http import batch


def well(number: int, **attributes: Any) -> dict[str, Any]:
    """A well."""
    return {"id": f"urn:ngsi-ld:Well:{number}", "type": "Well"} | attributes


def ids(*numbers: int) -> list[str]:
    """The ids of wells."""
    return [f"urn:ngsi-ld:Well:{number}" for number in numbers]


def failed(answer: Any) -> list[tuple[str, int]]:
    """The ids that failed, and the status of each."""
    assert answer.status_code == 207
    return [(one["entityId"], one["error"]["status"]) for one in answer.json()["errors"]]


def test_upserting_says_which_entities_are_new_and_replaces_or_updates_the_others(api: TestClient) -> None:
    send = "/entityOperations/upsert"
    assert api.post(send, json=[well(1, a=1), well(2, a=1)]).json() == ids(1, 2)
    assert api.post(send, json=[well(1, b=2)], params={"options": "update"}).status_code == 204
    answer = api.post(send, json=[well(2, b=2), well(3)])
    assert (answer.status_code, answer.json()) == (201, ids(3))
    found = {one["id"]: sorted(one) for one in api.get("/entities", params={"type": "Well"}).json()}
    assert found[ids(1)[0]] == ["a", "b", "id", "type"]
    assert found[ids(2)[0]] == ["b", "id", "type"]


def test_those_that_are_wrong_fail_and_the_others_are_kept(api: TestClient, broker: Broker) -> None:
    api.post("/entities", json=well(1))
    answer = api.post("/entityOperations/create", json=[well(1), well(2), well(3, a=None), well(2)])
    assert answer.json()["success"] == ids(2)
    assert sorted(failed(answer)) == [(ids(1)[0], 409), (ids(2)[0], 409), (ids(3)[0], 400)]
    assert assert_consistent(broker) == 2


@pytest.mark.parametrize("operation", ["update", "merge"])
def test_what_is_not_there_cannot_be_changed(api: TestClient, operation: str) -> None:
    api.post("/entities", json=well(1, a=1))
    answer = api.post(f"/entityOperations/{operation}", json=[well(1, a=2), well(2, a=2)])
    assert (answer.json()["success"], failed(answer)) == (ids(1), [(ids(2)[0], 404)])
    assert api.get(f"/entities/{ids(1)[0]}").json()["a"]["value"] == 2


def test_an_entity_that_is_deleted_twice_is_not_there_the_second_time(api: TestClient, broker: Broker) -> None:
    api.post("/entityOperations/create", json=[well(1), well(2)])
    answer = api.post("/entityOperations/delete", json=ids(1, 1))
    assert (answer.json()["success"], failed(answer)) == (ids(1), [(ids(1)[0], 404)])
    assert api.post("/entityOperations/delete", json=ids(2)).status_code == 204
    assert assert_consistent(broker) == 0


@pytest.mark.parametrize("payload", [[], {}, [3], "text"])
def test_a_batch_is_a_list_of_entities(api: TestClient, payload: Any) -> None:
    for operation in ("create", "upsert", "update", "merge", "delete"):
        assert api.post(f"/entityOperations/{operation}", json=payload).status_code == 400


def test_a_batch_has_a_limit(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MAX_ENTITIES", 2)
    assert api.post("/entityOperations/create", json=[well(1), well(2)]).status_code == 201
    assert api.post("/entityOperations/upsert", json=[well(1), well(2), well(3)]).status_code == 400
    assert (
        api.get("/entities", params={"type": "Well", "limit": 0, "count": "true"}).headers["ngsild-results-count"]
        == "2"
    )


def test_the_same_entity_twice_in_one_upsert_ends_as_the_last_one(api: TestClient, broker: Broker) -> None:
    api.post("/entityOperations/upsert", json=[well(1, a=1), well(1, a=2, near={"object": "urn:x:1"})])
    assert api.get(f"/entities/{ids(1)[0]}").json()["a"]["value"] == 2
    assert assert_consistent(broker) == 1


def test_refusals_in_a_batch_are_in_the_language_of_the_reader(api: TestClient) -> None:
    body = [{"id": "urn:x:1", "type": "Well"}]
    assert api.post("entityOperations/create", json=body).status_code == 201
    titles = {}
    for language in ("zh-CN,zh;q=0.9", "en", ""):
        again = api.post("entityOperations/create", json=body, headers={"Accept-Language": language})
        titles[language[:2]] = again.json()["errors"][0]["error"]["detail"]
    assert titles == {
        "zh": "实体 urn:x:1 已经存在。",
        "en": "The entity urn:x:1 exists already.",
        "": "The entity urn:x:1 exists already.",
    }
