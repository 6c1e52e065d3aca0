"""Copies of what some queries found, which later changes do not touch."""

from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from yuzhang.brain.context.broker import Broker

QUERY = {"type": "Query", "entities": [{"type": "Well"}], "q": "level>1"}


@pytest.fixture
def wells(api: TestClient) -> TestClient:
    """Three wells."""
    entities = [
        {"id": f"urn:x:{number}", "type": "Well", "level": {"type": "Property", "value": number}} for number in range(4)
    ]
    assert api.post("/entityOperations/create", json=entities).status_code == 201
    return api


def taken(api: TestClient, path: str = "/snapshots", **members: Any) -> dict[str, Any]:
    """A snapshot that is ready. The client runs the broker's event loop, so each request lets it go on."""
    made = api.post(path, json={"type": "Snapshot", **members})
    assert made.status_code == 201, made.text
    where = made.headers["location"].removeprefix("/ngsi-ld/v1")
    for _ in range(1000):
        found: dict[str, Any] = api.get(where).json()
        if found["snapshotStatus"] != "preparing":
            return found
    raise AssertionError(found)


def within(api: TestClient, snapshot: str, path: str = "/entities?type=Well&pick=id") -> list[str]:
    answer = api.get(path, headers={"ngsild-snapshot": snapshot})
    assert answer.headers["ngsild-snapshot"] == snapshot
    return [one["id"] for one in answer.json()]


def test_later_changes_do_not_touch_a_snapshot(wells: TestClient) -> None:
    made = taken(wells, snapshotQueries=[QUERY])
    assert (made["snapshotStatus"], made["snapshotPriority"]) == ("success", 5)
    assert made["snapshotQueriesDetails"] == [{"resultStatus": "success", "entityCount": 2}]
    wells.patch("/entities/urn:x:2/attrs", json={"level": {"type": "Property", "value": 99}})
    wells.delete("/entities/urn:x:3")
    assert within(wells, made["id"]) == ["urn:x:2", "urn:x:3"]
    kept = wells.get("/entities/urn:x:2", headers={"ngsild-snapshot": made["id"]}).json()
    assert kept["level"]["value"] == 2
    types = wells.get("/types/Well", headers={"ngsild-snapshot": made["id"]}).json()
    assert types["entityCount"] == 2


def test_snapshot_lives_beside_the_present(wells: TestClient) -> None:
    taken(wells, snapshotQueries=[QUERY])
    assert len(wells.get("/entities?type=Well").json()) == 4
    assert wells.get("/types/Well").json()["entityCount"] == 4


def test_write_into_a_snapshot_is_refused_and_changes_nothing(wells: TestClient) -> None:
    made = taken(wells, snapshotQueries=[QUERY])
    named = {"ngsild-snapshot": made["id"]}
    assert wells.delete("/entities/urn:x:2", headers=named).status_code == 422
    assert wells.get("/entities/urn:x:2").status_code == 200
    assert len(wells.post("/entityOperations/query", json=QUERY, headers=named).json()) == 2


def test_clone_survives_its_origin(wells: TestClient) -> None:
    made = taken(wells, snapshotQueries=[QUERY])
    copy = taken(wells, f"/snapshots/{made['id']}/clone", snapshotPriority=9)
    assert wells.delete("/snapshots?q=snapshotPriority<9").status_code == 204
    assert wells.get(f"/snapshots/{made['id']}").status_code == 404
    assert wells.get("/entities?type=Well", headers={"ngsild-snapshot": made["id"]}).status_code == 404
    assert within(wells, copy["id"]) == ["urn:x:2", "urn:x:3"]
    assert wells.delete(f"/snapshots/{copy['id']}").status_code == 204


def test_snapshot_that_was_taken_away_can_be_taken_again(wells: TestClient) -> None:
    named: dict[str, Any] = {"id": "urn:s:1", "snapshotQueries": [QUERY]}
    taken(wells, **named)
    assert wells.post("/snapshots", json={"type": "Snapshot", **named}).status_code == 409
    wells.delete("/snapshots/urn:s:1")
    wells.delete("/entities/urn:x:3")
    taken(wells, **named)
    assert within(wells, "urn:s:1") == ["urn:x:2"]


def test_priority_can_be_changed_and_nothing_else(wells: TestClient) -> None:
    made = taken(wells, snapshotQueries=[QUERY])
    path = f"/snapshots/{made['id']}"
    assert wells.patch(path, json={"snapshotPriority": 2}).json()["snapshotPriority"] == 2
    wrongs: list[dict[str, Any]] = [{"snapshotQueries": []}, {"snapshotStatus": "success"}, {"colour": "red"}]
    for wrong in [*wrongs, {"snapshotPriority": "high"}, {"snapshotPriority": 0}]:
        assert wells.patch(path, json=wrong).status_code == 400


WRONG: list[dict[str, Any]] = [
    {},
    {"snapshotQueries": []},
    {"snapshotQueries": [QUERY | {"temporalQ": {"timerel": "after", "timeAt": "2020-01-01T00:00:00Z"}}]},
    {"snapshotQueries": [QUERY], "type": "Picture"},
    {"snapshotQueries": [QUERY], "id": "nobody"},
]


def test_wrong_snapshots_are_refused(wells: TestClient) -> None:
    answers = [wells.post("/snapshots", json={"type": "Snapshot", **members}) for members in WRONG]
    assert [one.status_code for one in answers] == [400] * len(WRONG)


def test_purge_by_what_a_snapshot_does_not_have_is_refused(wells: TestClient) -> None:
    made = taken(wells, snapshotQueries=[QUERY])
    assert wells.delete("/snapshots?q=level>1").status_code == 400
    assert wells.get(f"/snapshots/{made['id']}").status_code == 200


def test_copies_are_no_news_to_subscribers(wells: TestClient, broker: Broker) -> None:
    seen: list[Any] = []
    broker.on_change(lambda _, changes: seen.extend(changes))
    taken(wells, snapshotQueries=[QUERY])
    assert seen == []


def test_snapshot_that_found_nothing_says_so(wells: TestClient) -> None:
    nothing = QUERY | {"q": "level>99"}
    assert taken(wells, snapshotQueries=[nothing])["snapshotStatus"] == "empty"
    made = taken(wells, snapshotQueries=[QUERY, nothing])
    assert made["snapshotStatus"] == "partial"
    assert [one["resultStatus"] for one in made["snapshotQueriesDetails"]] == ["success", "empty"]


def test_snapshot_lives_as_long_as_was_suggested(wells: TestClient) -> None:
    made = taken(wells, snapshotQueries=[QUERY], snapshotLifetime="PT2H")
    assert (datetime.fromisoformat(made["expiresAt"]) - datetime.fromisoformat(made["createdAt"])).seconds // 60 in (
        119,
        120,
    )
    path = f"/snapshots/{made['id']}"
    assert wells.patch(path, json={"snapshotLifetime": "two hours"}).status_code == 400
    longer = wells.patch(path, json={"snapshotLifetime": "P1D"}).json()
    assert longer["expiresAt"] > made["expiresAt"]
