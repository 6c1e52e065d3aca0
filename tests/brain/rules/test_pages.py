"""Rules and events over HTTP and on their pages; what a rule would have raised over history is what it raised live."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from brain.context.classification.ruled import Ruled, by_attributes
from brain.rules.folder import DAYS, MINUTE, PUMPS, START, level, pack
from yuzhang.app import create_app
from yuzhang.brain.context.classification.actions import classify_all
from yuzhang.brain.context.classification.model import Row
from yuzhang.brain.rules import actions, store
from yuzhang.brain.rules.model import Event
from yuzhang.brain.rules.pages import _chart
from yuzhang.brain.rules.room import Rules
from yuzhang.core.access import OPERATOR, Party
from yuzhang.core.moments import moment
from yuzhang.core.packs import OWN
from yuzhang.core.settings import Settings
from yuzhang.foundation.log.model import Columns, Key

HIGH = "governance/pumps:level-high"
COUNT = 60


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """An application whose city has a pack of its own, with one rule."""
    data = tmp_path / "data"
    pack(data / OWN)
    return create_app(Settings(data, trust="machine"))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A browser on the same machine, an hour of levels, and the events that they raise."""
    with TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50000), raise_server_exceptions=False) as made:
        rules: Rules = app.state.rules
        for minute in range(COUNT):
            keys = [Key(one, "waterLevel") for one in PUMPS]
            values = [level(minute, at) for at in range(len(PUMPS))]
            columns = Columns(np.arange(3, dtype=np.int32), np.full(3, START + minute * MINUTE), np.array(values))
            app.state.intake.observe_now(OPERATOR, "", keys, columns, dict.fromkeys(PUMPS, "PumpStation"))
        assert rules.following.wait(rules.broker.log.head(), 20)
        app.state.history.settle()
        yield made


def facts(events: list[Event]) -> set[tuple[Any, ...]]:
    """What has to be the same of events, live and tried."""
    return {(one.id, one.opened_at, one.cleared_at, one.title, one.threshold) for one in events}


def test_a_dry_run_gives_what_was_raised_live(app: FastAPI, client: TestClient) -> None:
    rules: Rules = app.state.rules
    with rules.storage.reading() as connection:
        live = store.search(connection, store.Sought(), None, 1000)
    assert len(live) > 15
    tried = actions.dry_run(rules, OPERATOR, HIGH, START, START + COUNT * MINUTE)
    assert facts(tried.events) == facts(live)
    assert (tried.series, tried.rows) == (3, 3 * COUNT)
    assert sum(number for _, number in tried.days) == len(live)


def test_a_dry_run_and_a_chart_show_nothing_of_what_their_reader_may_not_see(app: FastAPI, client: TestClient) -> None:
    rules: Rules = app.state.rules
    guard = Ruled(by_attributes)
    near, far = (Party(name, kind="official", factors=level, guard=guard) for name, level in (("near", 4), ("far", 1)))
    assert client.portal is not None
    client.portal.call(classify_all, rules.broker, OPERATOR, "", [Row("", "PumpStation", "", 4)])
    all_ = {"above": -1e300, "clear": -1e301}
    for who, sees in ((near, True), (far, False)):
        given = dict(actions.rule(rules, who, HIGH).given) | all_
        tried = actions.dry_run(rules, who, HIGH, START, START + COUNT * MINUTE, given)
        assert (bool(tried.events), bool(tried.series)) == (sees, sees)
        event = actions.events(rules, who).events[0]
        assert (_chart(rules, who, event, None) is not None) is sees


def test_a_rule_is_tried_as_it_would_be_and_then_changed(client: TestClient) -> None:
    rule = client.get("/api/rules/one", params={"id": HIGH}).json()
    asking = {"id": HIGH, **DAYS}
    as_it_is = client.post("/api/rules/dry-run", params=asking).json()
    milder = client.post("/api/rules/dry-run", params=asking, json={**rule["given"], "above": 500, "clear": 450}).json()
    assert (len(as_it_is["events"]) > 15, milder["events"]) == (True, [])
    wrong = client.put("/api/rules/one", params={"id": HIGH}, json={**rule["given"], "attribute": "levl"})
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["where"]) == (422, "unfit-rule", "/attribute")
    changed = client.put("/api/rules/one", params={"id": HIGH}, json={**rule["given"], "above": 500, "clear": 450})
    assert (changed.json()["version"], changed.json()["given"]["above"]) == (1, 500)
    assert client.post("/api/rules/undo", params={"id": HIGH}).json()["version"] == 0
    assert client.post("/api/rules/undo", params={"id": HIGH}).json()["code"] == "nothing-to-undo"
    assert client.post("/api/rules/enable", params={"id": HIGH, "on": False}).json()["enabled"] is False


def test_events_are_listed_in_parts_and_seen_to(client: TestClient) -> None:
    found, after = [], ""
    while True:
        part = client.get("/api/events", params={"limit": 7, "after": after}).json()
        found += part["events"]
        after = part["after"]
        if not after:
            break
    assert len({one["id"] for one in found}) == len(found) == part["total"]
    assert [one["opened_at"] for one in found] == sorted((one["opened_at"] for one in found), reverse=True)
    seen = client.post(f"/api/events/{found[0]['id']}/acknowledge").json()
    assert seen["acknowledged_by"]
    assert client.get("/api/events/none").json()["code"] == "no-event"
    assert client.get("/api/events", params={"after": "x"}).json()["code"] == "input-refused"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_say_what_rules_and_events_are(client: TestClient, language: str) -> None:
    event = client.get("/api/events").json()["events"][0]
    html = {"accept": "text/html"}
    for address, says in (
        ("/rules?", "水位过高" if language == "zh" else "Level too high"),
        (f"/rules/one?{urlencode({'id': HIGH, **DAYS})}&", "试运行" if language == "zh" else "Dry run"),
        ("/events?status=all&", event["title"][language]),
        (f"/events/{event['id']}?", "阈值" if language == "zh" else "bound"),
    ):
        answer = client.get(f"{address}lang={language}", headers=html)
        assert answer.status_code == 200, answer.text[-2000:]
        assert says in answer.text


def test_an_officer_changes_a_rule_by_its_form_and_is_told_what_is_wrong(client: TestClient) -> None:
    html = {"accept": "text/html"}
    address = f"/rules/one?id={HIGH}"
    wrong = client.post(address, data={"do": "edit", "unit": "furlong"}, headers=html)
    assert wrong.status_code == 422
    assert "furlong" in wrong.text
    sent = {"do": "edit", "compare": "outside", "bound": "100, 600", "clear": "", "for": "1min", "severity": "1"}
    assert client.post(address, data=sent, headers=html, follow_redirects=False).status_code == 303
    given = client.get("/api/rules/one", params={"id": HIGH}).json()["given"]
    assert (given["outside"], given["for"], given["severity"], "above" in given) == ([100, 600], "1min", 1, False)
    window = {"do": "add", "name": HIGH, "start": "2026-01-01T00:00", "end": "2026-01-02T00:00", "why": "pump change"}
    assert client.post("/rules/windows", data=window, headers=html, follow_redirects=False).status_code == 303
    (kept,) = client.get("/api/rules/windows").json()
    assert (kept["rule"], kept["why"]) == (HIGH, "pump change")
    assert client.delete(f"/api/rules/windows/{kept['number']}").status_code == 204


def send(app: FastAPI, entity: str, levels: dict[int, float]) -> None:
    """Send levels of a pump station, by time, and return when they are evaluated."""
    columns = Columns(np.zeros(len(levels), np.int32), np.array(list(levels)), np.array(list(levels.values())))
    app.state.intake.observe_now(OPERATOR, "", [Key(entity, "waterLevel")], columns, {entity: "PumpStation"})
    assert app.state.rules.following.wait(app.state.broker.log.head(), 20)


def test_last_years_levels_that_are_imported_open_no_event_and_a_dry_run_finds_what_they_were(
    app: FastAPI, client: TestClient
) -> None:
    rules: Rules = app.state.rules
    archive, last_year = "urn:ngsi-ld:PumpStation:archive", START - 365 * 24 * 60 * MINUTE
    made = client.post("/ngsi-ld/v1/entityOperations/upsert", json=[{"id": archive, "type": "PumpStation"}])
    assert made.status_code == 201
    send(app, archive, {last_year + minute * MINUTE: level(minute, 0) for minute in range(COUNT)})
    app.state.history.settle()
    assert archive not in {one.entity for one in actions.events(rules, OPERATOR).events}
    tried = actions.dry_run(rules, OPERATOR, HIGH, last_year, last_year + COUNT * MINUTE)
    assert (tried.series, tried.rows) == (4, COUNT)
    assert [one.entity for one in tried.events] == [archive] * 6


def test_a_gauge_that_is_made_anew_as_a_pump_station_is_watched_from_its_next_value(
    app: FastAPI, client: TestClient
) -> None:
    entity, rules = "urn:ngsi-ld:Device:cellar", app.state.rules

    def make(kind: str, first: int) -> list[str]:
        for minute in range(first, first + 4):
            at = moment(START + minute * MINUTE).isoformat().replace("+00:00", "Z")
            body = {"id": entity, "type": kind, "waterLevel": {"type": "Property", "value": 9.0, "observedAt": at}}
            answer = client.post("/ngsi-ld/v1/entityOperations/upsert", json=[body])
            assert answer.status_code in (201, 204), answer.text
        assert rules.following.wait(rules.broker.log.head(), 20)
        return [one.status for one in actions.events(rules, OPERATOR).events if one.entity == entity]

    assert make("Gauge", 0) == []
    assert client.delete(f"/ngsi-ld/v1/entities/{entity}").status_code == 204
    assert make("PumpStation", 10) == ["open"]
