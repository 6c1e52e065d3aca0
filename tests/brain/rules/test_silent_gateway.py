"""A gateway with fifty devices goes silent: one event and one case, through a restart, on the pages in both languages, until it speaks again."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection

from brain.rules.made import MINUTE, Told, rows_of, rule
from foundation.network.conftest import Town
from yuzhang.app import create_app
from yuzhang.brain.cases import actions as cases_actions
from yuzhang.brain.cases.model import Case
from yuzhang.brain.cases.room import Cases
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.rules import actions, silence
from yuzhang.brain.rules.evaluation.evaluator import Evaluator
from yuzhang.brain.rules.evaluation.latching import Change
from yuzhang.brain.rules.model import Condition, Event, Measure
from yuzhang.brain.rules.room import Rules
from yuzhang.core.access import OPERATOR
from yuzhang.core.announcing import Announcements
from yuzhang.core.language import Title
from yuzhang.core.moments import microseconds
from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage
from yuzhang.foundation.registry import actions as registered
from yuzhang.foundation.registry.model import Device, Unit
from yuzhang.foundation.registry.store import places


class Watched:
    """A town whose network opens events and cases, as sensing.py puts them together."""

    def __init__(self, storage: Storage) -> None:
        self.town = Town(storage)
        with storage.writing() as connection:
            places.put_units(connection, [Unit("drainage", Title("排水处", "Drainage office"))])
        self.town.registry.forget_places()
        self.names = ["gw", *(f"d{number}" for number in range(50))]
        gateway = Device("gw", "东湖网关", "Gateway", lon=115.9, lat=28.7, unit="drainage", expected_s=60)
        self.town.add(gateway)
        self.town.add(*(Device(one, gateway="gw", expected_s=60) for one in self.names[1:]))
        self.heard: list[tuple[str, str]] = []
        self.rules, self.cases = self.put_together()

    def put_together(self) -> tuple[Rules, Cases]:
        """As after a start of the process."""
        storage, registry, network = self.town.storage, self.town.registry, self.town.network
        rules = Rules(storage, Broker(storage), registry, [], Announcements())
        cases = Cases(storage, registry, [], Announcements(), now=self.town.clock)
        rules.on_change += [cases.opened_by, self.hear]
        network.on_change.append(rules.found)
        network.told.append(rules.tell_found)
        return rules, cases

    def hear(self, _connection: Connection, events: Sequence[Event]) -> None:
        """What opened and ended."""
        self.heard += [(one.status, one.kind) for one in events]

    def all_cases(self) -> list[Case]:
        """The open ones, after those that waited were opened."""
        while self.cases.open_waiting():
            pass
        return list(cases_actions.search(self.cases, OPERATOR).cases)

    def events(self) -> list[Event]:
        """All of them."""
        return actions.events(self.rules, OPERATOR).events


@pytest.fixture
def watched(storage: Storage) -> Watched:
    """The town, whose devices sent a minute ago."""
    made = Watched(storage)
    made.town.send(*made.names)
    made.town.judge()
    return made


def test_a_silent_gateway_with_fifty_devices_is_one_event_and_one_case_until_it_speaks_again(
    watched: Watched, tmp_path: Path
) -> None:
    town = watched.town
    town.pass_time(400, 30)  # they fall silent one by one, as their last messages get old
    [event] = watched.events()
    assert (event.kind, event.status, event.unit, event.lon) == ("gateway-silent", "open", "drainage", 115.9)
    assert event.value == 50

    town.restart()
    watched.rules, watched.cases = watched.put_together()
    town.pass_time(400, 30)
    assert [one.id for one in watched.events()] == [event.id]
    [case] = watched.all_cases()
    assert (case.event, case.matter, case.unit, case.state) == (event.id, "gateway-silent", "drainage", "handle")
    pages_show(tmp_path / "data", event, case.number)

    town.send(*watched.names)
    town.judge()
    [over] = watched.events()
    assert (over.id, over.status, over.cleared_at is not None) == (event.id, "cleared", True)
    assert watched.heard == [("open", "gateway-silent"), ("cleared", "gateway-silent")]
    assert len(watched.all_cases()) == 1
    history = cases_actions.case(watched.cases, OPERATOR, case.number).history
    assert (history[0].kind, history[-1].kind) == ("opened", "cleared")


def pages_show(data: Path, event: Event, case: str) -> None:
    """The event and its case, in both languages."""
    app = create_app(Settings(data, trust="machine", mqtt_port=None))
    assert app.state.rules.found in app.state.network.on_change
    with TestClient(app, client=("127.0.0.1", 1), base_url="http://127.0.0.1") as client:
        for language, said, unit in (
            ("zh", "网关 东湖网关 失联，其下设备的数据中断", "排水处"),
            ("en", "Gateway 东湖网关 is silent, and with it the devices behind it", "Drainage office"),
        ):
            asked = {"lang": language}
            assert client.get("/events", params=asked).text.count(event.id) == 1
            page = client.get(f"/events/{event.id}", params=asked).text
            assert unit in page
            listed = client.get("/city/list", params={**asked, "layer": "events"}).text
            for text in (page, listed, client.get(f"/cases/{case}", params=asked).text):
                assert said in text.replace('<span lang="zh-CN">', "").replace("</span>", "")


def test_two_gateways_that_fall_silent_are_two_events_and_a_lone_device_is_none(watched: Watched) -> None:
    town = watched.town
    town.add(
        Device("gw-2", expected_s=60), *(Device(f"e{number}", gateway="gw-2", expected_s=60) for number in range(3))
    )
    town.add(Device("alone", expected_s=60))
    town.send("gw-2", "e0", "e1", "e2", "alone")
    town.judge()
    town.pass_time(400, 30)
    assert sorted(one.title.en.split(" ")[1] for one in watched.events()) == ["gw-2", "东湖网关"]


def test_a_stopped_simulator_is_one_simulated_event_and_says_nothing_of_real_devices(watched: Watched) -> None:
    town = watched.town
    made_up = [f"s{number}" for number in range(30)]
    town.add(*(Device(one, simulated=True, expected_s=60) for one in made_up))
    town.send(*made_up)
    town.judge()
    town.pass_time(400, 30, *watched.names)
    [event] = watched.events()
    assert (event.kind, event.simulated, event.value) == ("network-silent", True, 30)
    town.pass_time(400, 30)
    assert sorted((one.kind, one.simulated) for one in watched.events()) == [
        ("gateway-silent", False),
        ("network-silent", True),
    ]
    assert {one.simulated for one in watched.all_cases()} == {True, False}


def test_rules_of_absence_open_nothing_for_what_is_silent_with_its_gateway_but_for_what_stays_silent_alone(
    watched: Watched,
) -> None:
    town = watched.town
    evaluator = Evaluator([rule("gone", Condition(Measure.ABSENCE, period_us=10 * MINUTE))], Told())
    evaluator.covered = town.network.covered
    stations = {one: f"urn:ngsi-ld:PumpStation:{one}" for one in watched.names}
    for one in watched.names[1:]:
        registered.change(town.registry, OPERATOR, one, {"writes": [stations[one]]})
    town.network.learn()

    def heard(*names: str) -> list[Change]:
        now = microseconds(town.clock())
        return evaluator.take(rows_of([(stations[one], now, 1.0, now) for one in names]))

    heard(*watched.names[1:])
    found: list[Change] = []
    for _ in range(40):
        town.pass_time(30, 30)
        found += evaluator.tick(microseconds(town.clock()))
    assert len(watched.events()) == 1  # the gateway's
    assert found == []

    back = [one for one in watched.names if one != "d7"]
    town.send(*back)
    town.judge()
    assert heard(*back[1:]) == []
    for _ in range(20):
        town.pass_time(30, 30, *back)
        found += [*heard(*back[1:]), *evaluator.tick(microseconds(town.clock()))]
    assert [evaluator.slots.keys[one.slot][2] for one in found] == [stations["d7"]]


def test_every_kind_of_silence_has_a_matter_with_a_title(watched: Watched) -> None:
    for kind in silence.SEVERITIES:
        assert watched.cases.catalogue.matters[kind].title != Title(kind, kind)
