"""kill -9 over the whole path: devices send over MQTT, rules open and end events, each event opens its case; the server is killed again and
again in the middle of it. Whatever was acknowledged is there, each event once, each with one case."""

import json
import random
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from time import monotonic, sleep, time_ns

import pytest
from fastapi.testclient import TestClient
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from brain.context.serving import Running
from brain.rules.plain import Happening, Reference
from sensing.conftest import free_port
from yuzhang.app import Yuzhang, create_app
from yuzhang.brain.cases import actions as cases
from yuzhang.brain.cases.model import Case, Filter
from yuzhang.brain.rules import store
from yuzhang.brain.rules.model import Measure, event_id
from yuzhang.brain.rules.store import Sought
from yuzhang.core.access import OPERATOR
from yuzhang.core.moments import microseconds
from yuzhang.core.moments import moment as as_moment
from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage
from yuzhang.foundation.registry import actions as registry
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.registry.room import Registry

pytestmark = pytest.mark.services
SEED, KILLS, AT_A_TURN, AT_ONCE = 20261127, 4, 40, 5
COUNT = AT_A_TURN * (KILLS + 1)
PATIENCE_S = 60.0
BEGIN = (time_ns() // 60_000_000_000 - 360) * 60_000_000
"""Six hours ago: what is older than a day when it comes in opens no event."""
KINDS = {
    "PumpStation": ("waterLevel", 3.6),
    "WaterLevelGauge": ("waterLevel", 3.6),
    "WaterloggingPoint": ("waterDepth", 0.2),
}
"""What each kind measures, and around which value its events begin."""


class Sender:
    """A device: what it sends, minute by minute. Its client connects again by itself, and sends again what was not acknowledged."""

    def __init__(self, kind: str, name: str, secret: str, values: list[float]) -> None:
        self.kind, self.values = kind, values
        self.entity = f"urn:ngsi-ld:{kind}:{name}"
        self.client = Client(CallbackAPIVersion.VERSION2, name)
        self.client.username_pw_set(name, secret)
        self.client.reconnect_delay_set(1, 1)
        self.client.max_inflight_messages_set(AT_ONCE)
        self.client.on_publish = lambda _client, _data, sent, _reason, _properties: self.acknowledged.add(sent)
        self.acknowledged: set[int] = set()

    def begin(self, port: int) -> None:
        """Connect, and connect again whenever the server is gone."""
        self.client.connect_async("127.0.0.1", port)
        self.client.loop_start()

    def send(self, first: int) -> None:
        """Have the next values sent, in order."""
        for number in range(first, first + AT_A_TURN):
            at = as_moment(moment(number)).isoformat().replace("+00:00", "Z")
            told = {KINDS[self.kind][0]: {"value": self.values[number], "unitCode": "MTR"}, "observedAt": at}
            self.client.publish(f"entities/{self.entity}", json.dumps(told), qos=1)

    def end(self) -> None:
        """Leave."""
        self.client.disconnect()
        self.client.loop_stop()


def moment(number: int) -> int:
    """When a device observed its value of that number: each minute one."""
    return BEGIN + number * 60_000_000


def walk(chance: random.Random, around: float) -> list[float]:
    """A level that rises and falls around a value, to the millimetre."""
    found, level = [], around
    for _ in range(COUNT):
        level += chance.uniform(-0.12, 0.12) * around + 0.15 * (around - level)
        found.append(round(max(level, 0.0), 3))
    return found


@pytest.fixture
def senders(tmp_path: Path) -> Iterator[list[Sender]]:
    """Six devices, two of a kind, registered in a folder without a plan."""
    chance, made = random.Random(SEED), []
    storage = Storage(tmp_path / "data")
    room = Registry(storage)
    for kind, (_, around) in KINDS.items():
        for number in (1, 2):
            name = f"{kind}-{number}"
            credential = registry.add(room, OPERATOR, Device(name, kind=kind, lon=115.9, lat=28.7)).credential
            assert credential is not None
            made.append(Sender(kind, name, credential.secret, walk(chance, around)))
    storage.close()
    yield made
    for one in made:
        one.end()


def until_acknowledged(senders: list[Sender], enough: int) -> None:
    """Return once so many messages are acknowledged."""
    end = monotonic() + PATIENCE_S
    while sum(len(one.acknowledged) for one in senders) < enough:
        assert monotonic() < end, {one.entity: len(one.acknowledged) for one in senders}
        sleep(0.001)


def expected(app: Yuzhang, senders: list[Sender]) -> dict[str, Happening]:
    """What the rules say of what was acknowledged, row by row: the events that were opened, each with its end if it has one, by id."""
    found: dict[str, Happening] = {}
    for one in senders:
        attribute = KINDS[one.kind][0]
        rules = [
            rule for rule in app.state.rules.of_packs.values() if one.kind in rule.types and rule.attribute == attribute
        ]
        reference = Reference([rule for rule in rules if rule.condition.measure is not Measure.ABSENCE])
        for number, value in enumerate(one.values):
            at = moment(number)
            for happening in reference.take([(one.entity, at, value, at)]):
                found[event_id(happening[0], one.entity, attribute, "", happening[2])] = happening
    return found


def observed(app: Yuzhang) -> list[tuple[str, int, float]]:
    """All that history has: entity, time, value."""
    history = app.state.history
    history.settle()
    entities = {one.number: one.entity for one in history.series_of("")}
    rows = history.rows(list(entities)).to_pylist()
    return [(entities[row["series"]], microseconds(row["time"].replace(tzinfo=UTC)), row["value"]) for row in rows]


def all_cases(app: Yuzhang) -> list[Case]:
    """Every case there is."""
    found: list[Case] = []
    after = ""
    while True:
        page = cases.search(app.state.cases, OPERATOR, Filter(status=""), after, 200)
        found += page.cases
        after = page.after
        if not after:
            return found


@pytest.mark.timeout(300)  # five starts of a server
def test_a_server_that_is_killed_again_and_again_loses_nothing_that_was_acknowledged_and_doubles_no_event_or_case(
    senders: list[Sender], tmp_path: Path
) -> None:
    chance, port = random.Random(SEED), free_port()
    for one in senders:
        one.begin(port)
    for turn in range(KILLS):
        with Running(tmp_path / "data", "", "--mqtt-port", str(port)) as server:
            for one in senders:
                one.send(turn * AT_A_TURN)
            until_acknowledged(senders, int((turn + chance.random()) * AT_A_TURN * len(senders)) + 1)
            server.kill()
    app = create_app(Settings(tmp_path / "data", mqtt_port=port, trust="machine"))
    with TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50000)):
        for one in senders:
            one.send(KILLS * AT_A_TURN)
        until_acknowledged(senders, COUNT * len(senders))
        assert app.state.rules.following.wait(app.state.broker.log.head(), PATIENCE_S)

        there = observed(app)
        assert len(there) == len(set(there))
        assert set(there) == {
            (one.entity, moment(number), value) for one in senders for number, value in enumerate(one.values)
        }
        wanted = expected(app, senders)
        with app.state.storage.reading() as connection:
            events = {one.id: one for one in store.search(connection, Sought(), None, 10_000)}
        assert len(wanted) > 20
        assert {one.id: (one.rule, one.entity, one.opened_at, one.cleared_at) for one in events.values()} == {
            id_: (rule, entity, opened, None if is_open else at)
            for id_, (rule, entity, opened, at, is_open) in wanted.items()
        }
        while app.state.cases.open_waiting():
            pass
        opened = all_cases(app)
        assert sorted(one.event for one in opened) == sorted(one.id for one in events.values() if one.matter)
        for case in opened:
            kinds = [entry.kind for entry in cases.case(app.state.cases, OPERATOR, case.number).history]
            assert kinds == (["opened"] if events[case.event].status == "open" else ["opened", "cleared"])
