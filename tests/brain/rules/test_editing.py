"""Every kind of condition is edited on the page of a rule, with what is wrong said at the field; windows of each week are entered there."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from brain.rules.folder import MINUTE, PUMPS, START, pack
from yuzhang.app import create_app
from yuzhang.brain.rules import actions, store
from yuzhang.brain.rules.forms import FIELDS, given_of
from yuzhang.brain.rules.room import Rules
from yuzhang.core.access import OPERATOR
from yuzhang.core.packs import OWN
from yuzhang.core.settings import Settings
from yuzhang.foundation.log.model import Columns, Key

HIGH = "governance/pumps:level-high"
ADDRESS = f"/rules/one?id={quote(HIGH)}"
HTML = {"accept": "text/html"}
SQUARE = "115.8, 28.6\n115.9, 28.6\n115.9, 28.7"
COMPARED = {"compare": "outside", "bound": "-50, 50", "clear": "", "unit": "cm"}
KINDS: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    ("rate", {"rate": "1h"}, {"rate": "1h"}),
    ("window", {"window": "2h", "aggregate": "range"}, {"window": "2h", "aggregate": "range"}),
    ("absent", {"absent": "30min"}, {"absent": "30min"}),
    (
        "area",
        {"polygon": SQUARE, "where": "outside"},
        {"area": {"polygon": [[115.8, 28.6], [115.9, 28.6], [115.9, 28.7]]}, "where": "outside"},
    ),
    (
        "neighbours",
        {"within_m": "2000", "least": "4", "fresh": "2h"},
        {"neighbours": {"within_m": 2000, "least": 4, "fresh": "2h"}},
    ),
    ("baseline", {"days": "7"}, {"baseline": {"days": 7}}),
    (
        "forecast",
        {"forecast": "levelForecast", "forecast_fresh": "3h"},
        {"forecast": {"attribute": "levelForecast", "fresh": "3h"}},
    ),
    ("value", {}, {"outside": [-50, 50]}),
]
WRONG = [
    ({"measure": "area"}, "region", "area needs region or polygon"),
    ({"measure": "area", "polygon": "here, there"}, "region", "no list of three"),
    ({"measure": "area", "region": "999999"}, "region", "no region 999999"),
    ({"measure": "neighbours", "within_m": "near"}, "within_m", "neighbours needs within_m"),
    ({"measure": "neighbours", "within_m": "500", "least": "99"}, "within_m", "least from 1 to 64"),
    ({"measure": "baseline", "days": "90"}, "days", "1 to 14"),
    ({"measure": "forecast", "forecast": "rainForecast"}, "forecast", "comes in MMT"),
    ({"measure": "forecast", "forecast": ""}, "forecast", "no attribute waterLevelForecast"),
    ({"measure": "rate", "rate": ""}, "rate", "no duration"),
    ({"measure": "value", "bound": "high", "compare": "above"}, "bound", "no number"),
    ({"attribute": "levl"}, "attribute", "no attribute levl"),
    ({"message_en": "{who}"}, "message_en", "no {who}"),
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """An application whose city has a pack of its own, with one rule."""
    data: Path = tmp_path_factory.mktemp("editing") / "data"
    pack(data / OWN)
    return create_app(Settings(data, trust="machine"))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    """A browser on the same machine."""
    with TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50000), raise_server_exceptions=False) as made:
        yield made


def given(client: TestClient) -> dict[str, Any]:
    """The rule's keys as they count now."""
    found: dict[str, Any] = client.get("/api/rules/one", params={"id": HIGH}).json()["given"]
    return found


@pytest.mark.parametrize(("kind", "fields", "keys"), KINDS)
def test_each_kind_of_condition_is_edited_by_its_fields_and_taken_back(
    client: TestClient, kind: str, fields: dict[str, str], keys: dict[str, Any]
) -> None:
    before = given(client)
    every = {name: text for _, some, _ in KINDS for name, text in some.items()}
    sent = {"do": "edit", **every, **COMPARED, **fields, "measure": kind}  # without scripts all fields are sent
    answer = client.post(ADDRESS, data=sent, headers=HTML, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    after = given(client)
    assert {name: after.get(name) for name in keys} == keys
    assert [
        one for one in ("rate", "window", "absent", "area", "neighbours", "baseline", "forecast") if one in after
    ] == ([kind] if kind != "value" else [])
    shown = FIELDS.shown(after)
    assert given_of(after, shown) == after
    page = client.get(ADDRESS, headers=HTML).text
    assert f'<option value="{kind}" selected>' in page
    client.post(ADDRESS, data={"do": "undo"}, headers=HTML)
    assert given(client) == before


@pytest.mark.parametrize(("fields", "field", "says"), WRONG)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_changed(
    client: TestClient, fields: dict[str, str], field: str, says: str
) -> None:
    before = given(client)
    answer = client.post(ADDRESS + "&lang=en", data={"do": "edit", **COMPARED, **fields}, headers=HTML)
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert says in page
    assert f'href="#rule-{field}"' in page
    assert f'id="rule-{field}" name="{field}" aria-invalid="true" aria-describedby="wrong-{field}-1"' in page
    assert all(text in page for text in fields.values())
    assert given(client) == before


def test_a_window_of_each_week_is_entered_and_shown_and_taken_away(client: TestClient) -> None:
    sent = {
        "do": "add-weekly",
        "name": HIGH,
        "days": ["tue", "fri"],
        "begins": "22:00",
        "ends": "02:00",
        "why": "flush",
    }
    assert client.post("/rules/windows", data=sent, headers=HTML, follow_redirects=False).status_code == 303
    (kept,) = client.get("/api/rules/windows").json()
    assert (kept["days"], kept["begins"], kept["ends"], kept["start"]) == (["tue", "fri"], "22:00", "02:00", None)
    assert "周二, 周五 22:00" in client.get("/rules?lang=zh", headers=HTML).text
    assert "tue, fri 22:00" in client.get("/rules?lang=en", headers=HTML).text
    assert client.delete(f"/api/rules/windows/{kept['number']}").status_code == 204
    for wrong, where in (
        ({"days": ["someday"], "begins": "01:00", "ends": "02:00"}, "/days"),
        ({"days": ["mon"], "begins": "1 am", "ends": "02:00"}, "/begins"),
        ({"days": ["mon"], "begins": "02:00", "ends": "02:00"}, "/until"),
        ({"rule": HIGH}, "/start"),
    ):
        refused = client.post("/api/rules/windows", json=wrong)
        assert (refused.status_code, refused.json()["where"]) == (422, where)
    assert client.get("/api/rules/windows").json() == []


def test_levels_that_leave_their_forecast_open_an_event_live_and_in_a_dry_run(app: FastAPI, client: TestClient) -> None:
    rules: Rules = app.state.rules
    sent = {"do": "edit", **COMPARED, "measure": "forecast", "forecast": "levelForecast", "forecast_fresh": "1h"}
    assert client.post(ADDRESS, data=sent, headers=HTML, follow_redirects=False).status_code == 303

    def send(attribute: str, minutes: list[int], levels: list[float]) -> None:
        times = np.array([START + minute * MINUTE for minute in minutes], np.int64)
        columns = Columns(np.zeros(len(minutes), np.int32), times, np.array(levels))
        keys = [Key(PUMPS[0], attribute)]
        app.state.intake.observe_now(OPERATOR, "", keys, columns, {PUMPS[0]: "PumpStation"})
        assert rules.following.wait(rules.broker.log.head(), 20)

    send("levelForecast", [0, 60, 120, 180], [2.0, 3.0, 2.0, 2.0])
    for minute in range(0, 240, 10):
        send("waterLevel", [minute], [2.1 if minute < 60 else 3.1 if minute < 150 else 2.2])
    app.state.history.settle()
    with rules.storage.reading() as connection:
        (live,) = store.search(connection, store.Sought(rule=HIGH), None, 10)
    assert (live.opened_at, live.cleared_at) == (START + 130 * MINUTE, START + 150 * MINUTE)
    tried = actions.dry_run(rules, OPERATOR, HIGH, START, START + 240 * MINUTE)
    assert [(one.id, one.cleared_at) for one in tried.events] == [(live.id, live.cleared_at)]
