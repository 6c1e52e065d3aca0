"""A snapshot holds what sources had, too: all pages of it, and a word about what they did not give."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from brain.context.federation.sources import Source, pump, register
from yuzhang.brain.context.federation import querying


def taken(api: TestClient) -> dict[str, Any]:
    """A snapshot of all pumps that is ready; each request lets the broker go on."""
    query = {"type": "Query", "entities": [{"type": "Pump"}]}
    made = api.post("snapshots", json={"type": "Snapshot", "snapshotQueries": [query]})
    assert made.status_code == 201, made.text
    for _ in range(1000):
        found: dict[str, Any] = api.get(f"snapshots/{made.headers['ngsild-snapshot']}").json()
        if found["snapshotStatus"] != "preparing":
            return found
    raise AssertionError(found)


def test_all_pages_of_a_source_are_copied_and_stay(
    api: TestClient, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querying, "AT_ONCE", 10)
    assert api.post("entities", json=pump("urn:ngsi-ld:Pump:here", power=1)).status_code == 201
    register(api)
    source.held = [pump(f"urn:ngsi-ld:Pump:{number}", power=number) for number in range(25)]
    made = taken(api)
    assert made["snapshotQueriesDetails"] == [{"resultStatus": "success", "entityCount": 26}]
    source.held = []
    kept = api.get("entities", params={"type": "Pump", "limit": 100}, headers={"NGSILD-Snapshot": made["id"]})
    assert len(kept.json()) == 26


def test_source_that_was_away_is_told_of(api: TestClient, source: Source) -> None:
    assert api.post("entities", json=pump("urn:ngsi-ld:Pump:here", power=1)).status_code == 201
    register(api, contextSourceAlias="county")
    source.will("GET", "/entities", 0)
    (details,) = taken(api)["snapshotQueriesDetails"]
    assert (details["resultStatus"], details["entityCount"]) == ("success", 1)
    assert details["problemDetails"]["detail"].startswith("199 county ")
