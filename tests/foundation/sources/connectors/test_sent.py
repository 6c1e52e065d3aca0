"""Sources that are sent to: topics of devices that speak a format of their own, Sparkplug gateways, and HTTP."""

import json

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from foundation.sources.connectors.conftest import AT, filed, wish
from foundation.sources.payloads.test_sparkplug import BIRTH, DATA, payload
from yuzhang.brain.history.room import History
from yuzhang.core.access import OPERATOR, STRANGER
from yuzhang.core.errors import NotAllowed
from yuzhang.core.language import Title
from yuzhang.foundation.registry.actions import add
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.sources.connectors import actions
from yuzhang.foundation.sources.connectors.errors import UnfitSource
from yuzhang.foundation.sources.connectors.kinds.topics import pattern_of
from yuzhang.foundation.sources.connectors.room import Sources
from yuzhang.foundation.sources.connectors.templates import Template
from yuzhang.foundation.sources.dead import DeadLetters
from yuzhang.foundation.sources.dead import actions as letters
from yuzhang.foundation.sources.mqtt.errors import NotItsOwn
from yuzhang.foundation.sources.payloads.errors import UnreadablePayload

TOPIC = {"entity": "topic.device", "type": "Pump", "attribute": "topic.attribute", "value": "value"}
PUSHED = {"entity": "id", "type": "Pump", "time": "at", "attributes": "amps = current AMP"}
AMPS = {"id": "p-1", "at": "2026-01-01T00:00:00Z", "amps": 4.5}
PUMP = "urn:ngsi-ld:Pump:p-1"


def template(sources: Sources, topic: str) -> Template:
    """The template that a topic is of."""
    return next(one for one in sources.templates if one.match(topic) is not None)


def test_a_topic_of_the_devices_own_names_the_thing_and_the_attribute(sources: Sources) -> None:
    told: list[tuple[Template, ...]] = []
    sources.on_templates.append(told.append)
    actions.add(sources, OPERATOR, "plant", wish("mqtt", {"topic": "plant/{device}/{attribute}"}, TOPIC))

    batch = template(sources, "plant/p-1/current").batch("plant/p-1/current", b"4.5", AT)

    assert batch is not None
    assert [(one.entity, one.attribute) for one in batch.keys] == [(PUMP, "current")]
    assert (batch.columns.value.tolist(), batch.columns.time.tolist(), batch.types) == ([4.5], [AT], {PUMP: "Pump"})
    assert [one.filter for one in told[-1]] == ["plant/+/+"]
    actions.pause(sources, OPERATOR, "plant")
    assert sources.templates == told[-1] == ()


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({"payload": "json"}, b'{"a": {"b": [4.5]}}'),
        ({"payload": "csv", "heading": "x,a.b.0"}, b"9,4.5\n"),
        ({"payload": "binary", "layout": "a.b.0 u16 *0.1"}, b"\x00\x2d"),
    ],
    ids=["json", "csv", "binary"],
)
def test_what_devices_send_is_read_in_their_format(sources: Sources, settings: dict[str, str], sent: bytes) -> None:
    mapping = {"entity": "topic.device", "type": "Pump", "attributes": "a.b.0 = current AMP"}
    actions.add(sources, OPERATOR, "plant", wish("mqtt", {"topic": "plant/{device}", **settings}, mapping))
    batch = template(sources, "plant/p-1").batch("plant/p-1", sent, AT)
    assert batch is not None
    assert batch.columns.value.tolist() == [4.5]


def test_a_bad_message_is_a_dead_letter_and_is_taken_once_the_mapping_is_mended(
    sources: Sources, dead: DeadLetters, history: History
) -> None:
    topic = "plant/p-1"
    wrong = {"entity": "topic.device", "type": "Pump", "attributes": "current = current AMP"}
    right = {**wrong, "attributes": "amps = current AMP"}
    actions.add(sources, OPERATOR, "plant", wish("mqtt", {"topic": "plant/{device}"}, wrong))
    with pytest.raises(UnreadablePayload, match="None of these columns is in it: current") as refused:
        template(sources, topic).batch(topic, b'{"amps": 4.5}', AT)
    dead.keep("plant", topic, b'{"amps": 4.5}', refused.value.code, refused.value.detail, AT)  # as the listener does

    assert letters.replay_all(dead, OPERATOR, "plant").bad == 1
    actions.change(sources, OPERATOR, "plant", wish("mqtt", {"topic": "plant/{device}"}, right))
    assert letters.replay_all(dead, OPERATOR, "plant").taken == 1

    assert filed(history) == [(PUMP, "current", AT, 4.5)]
    assert letters.letters(dead, OPERATOR) == []


def test_of_a_message_with_one_bad_row_the_others_are_taken(sources: Sources, dead: DeadLetters) -> None:
    mapping = {"entity": "id", "type": "Pump", "attributes": "amps = current AMP"}
    actions.add(sources, OPERATOR, "plant", wish("mqtt", {"topic": "plant"}, mapping))
    batch = template(sources, "plant").batch("plant", b'[{"id": 1, "amps": 4}, {"id": 2, "amps": "x"}]', AT)
    assert batch is not None
    assert len(batch.columns) == 1
    assert [one.place for one in letters.letters(dead, OPERATOR, "plant")] == ["row 1 of plant"]


def test_a_sparkplug_gateway_is_understood_after_a_restart_too_and_its_gaps_are_shown(
    app: FastAPI, sources: Sources
) -> None:
    mapping = {"entity": "{group}:{thing}", "type": "Pump", "time": "time", "attribute": "metric", "value": "value"}
    actions.add(sources, OPERATOR, "gateways", wish("sparkplug", {"group": "plant"}, {**mapping, "unit": "unit"}))
    birth = payload(0, {"name": "Motor/Current", "alias": 1, "datatype": 9, "float_value": 4.5, "unit": "A"})
    template(sources, BIRTH).batch(BIRTH, birth, AT)

    again = Sources(sources.storage, sources.door, sources.dead, sources.secrets, now_us=sources.now_us)
    again.reload()
    data = template(again, DATA)
    batch = data.batch(DATA, payload(1, {"alias": 1, "float_value": 5.0}), AT)
    data.batch(DATA, payload(5, {"alias": 1, "float_value": 5.5}), AT)
    again.start()
    again.stop()

    assert batch is not None
    assert [(one.entity, one.attribute) for one in batch.keys] == [("urn:ngsi-ld:Pump:plant:pump-1", "Motor_Current")]
    assert (batch.columns.value.tolist(), batch.columns.rest) == ([5.0], ['{"type":"Property","unitCode":"A"}'])
    assert actions.source(sources, OPERATOR, "gateways").run.gaps == 1


def test_a_device_changes_nothing_of_what_the_numbers_of_another_ones_gateway_mean(sources: Sources) -> None:
    registry = Registry(sources.storage)
    gate = Device("gate", entity="urn:ngsi-ld:Pump:plant:gate", writes=("urn:ngsi-ld:Pump:plant:pump-1",))
    for one in (gate, Device("other", entity="urn:ngsi-ld:Pump:other:gate")):
        add(registry, OPERATOR, one)
    mapping = {"entity": "{group}:{thing}", "type": "Pump", "time": "time", "attribute": "metric", "value": "value"}
    guarded = Sources(sources.storage, sources.door, sources.dead, sources.secrets, registry=registry)
    actions.add(guarded, OPERATOR, "gateways", wish("sparkplug", {"group": "plant"}, mapping))
    birth = payload(0, {"name": "Current", "alias": 1, "datatype": 9, "float_value": 4.5})
    wrong = payload(0, {"name": "Voltage", "alias": 1, "datatype": 9, "float_value": 4.5})
    data = payload(1, {"alias": 1, "float_value": 5.0})

    assert template(guarded, BIRTH).batch(BIRTH, birth, AT, "gate") is not None
    with pytest.raises(NotItsOwn):
        template(guarded, BIRTH).batch(BIRTH, wrong, AT, "other")
    batch = template(guarded, DATA).batch(DATA, data, AT, "gate")

    assert batch is not None
    assert [one.attribute for one in batch.keys] == ["Current"]
    assert actions.source(guarded, OPERATOR, "gateways").run.gaps == 0


def test_who_knows_the_token_pushes_and_what_cannot_be_read_lies_among_the_dead_letters(
    sources: Sources, dead: DeadLetters, history: History
) -> None:
    actions.add(sources, OPERATOR, "pumps", wish("push", {"secret": "t0ken"}, PUSHED))
    sent = json.dumps([AMPS, {**AMPS, "at": "soon"}]).encode()

    taken = actions.push(sources, STRANGER, "pumps", sent, "t0ken")
    broken = actions.push(sources, STRANGER, "pumps", b"<xml/>", "t0ken")

    assert (taken.accepted, taken.refused, broken.accepted, broken.refused) == (1, 1, 0, 1)
    assert filed(history) == [(PUMP, "current", AT, 4.5)]
    assert len(letters.letters(dead, OPERATOR, "pumps")) == 2


@pytest.mark.parametrize("name", ["pumps", "nowhere"])
@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_stranger_without_the_token_pushes_nothing_and_learns_nothing(
    sources: Sources, stranger: TestClient, history: History, name: str, token: str
) -> None:
    actions.add(sources, OPERATOR, "pumps", wish("push", {"secret": "t0ken"}, PUSHED))
    with pytest.raises(NotAllowed):
        actions.push(sources, STRANGER, name, json.dumps(AMPS).encode(), token)
    answer = stranger.post(f"/api/sources/{name}/push", json=AMPS, headers={"x-source-token": token})
    assert answer.status_code in (401, 403)
    assert filed(history) == []


def test_whoever_may_bring_observations_needs_no_token(sources: Sources, client: TestClient) -> None:
    actions.add(sources, OPERATOR, "pumps", wish("push", {}, PUSHED))
    assert client.post("/api/sources/pumps/push", json=AMPS).json() == {"accepted": 1, "refused": 0}
    assert client.post("/api/sources/nowhere/push", json=AMPS).status_code == 404


def test_a_sample_is_tried_before_anything_was_sent(sources: Sources) -> None:
    settings = {"topic": "plant/{device}/{attribute}", "sample_topic": "plant/p-1/current", "sample": "4.5"}
    found = actions.try_out(sources, OPERATOR, "plant", wish("mqtt", settings, TOPIC))
    assert [(one.entity, one.attribute, one.value) for one in found.readings] == [(PUMP, "current", 4.5)]
    with pytest.raises(UnfitSource, match="does not fit the template"):
        actions.try_out(sources, OPERATOR, "plant", wish("mqtt", {**settings, "sample_topic": "x"}, TOPIC))
    with pytest.raises(UnfitSource, match="No message has come yet"):
        actions.try_out(sources, OPERATOR, "plant", wish("mqtt", {"topic": "plant/{device}/{attribute}"}, TOPIC))


@pytest.mark.parametrize(
    "topic",
    ["", "#", "+/x", "entities/{a}/{b}", "$SYS/x", "{a}/b", "a/{b}/{b}", "a/b{c}", "a//b", "a/#/b", "tenants/x"],
)
def test_a_template_that_would_take_what_means_something_here_already_is_refused(topic: str) -> None:
    with pytest.raises(UnfitSource):
        pattern_of(topic)


def test_a_topic_that_meant_nothing_is_replayed_once_a_source_knows_it(
    sources: Sources, dead: DeadLetters, history: History
) -> None:
    why = Title("未知", "unknown")
    dead.keep("mqtt", "plant/p-1/current", b"4.5", "unknown-topic", why, AT)
    dead.keep("mqtt", "entities/urn:x:1/level", b'{"value": 2, "type": "Lake"}', "unreadable-observations", why, AT)
    sources.start()
    try:
        assert letters.replay_all(dead, OPERATOR, "mqtt").bad == 1
        actions.add(sources, OPERATOR, "plant", wish("mqtt", {"topic": "plant/{device}/{attribute}"}, TOPIC))
        assert letters.replay_all(dead, OPERATOR, "mqtt").taken == 1
    finally:
        sources.stop()
    assert [value for *_, value in filed(history)] == [4.5, 2.0]


@pytest.mark.parametrize("name", ["mqtt", "plant"])
def test_what_a_device_wrote_that_is_not_its_own_stays_refused_however_often_it_is_replayed(
    sources: Sources, dead: DeadLetters, history: History, name: str
) -> None:
    actions.add(sources, OPERATOR, "plant", wish("mqtt", {"topic": "plant/{device}/{attribute}"}, TOPIC))
    dead.keep(name, "plant/p-1/current", b"4.5", NotItsOwn.code, Title("不是", "not its own"), AT)
    sources.start()
    try:
        for _ in range(2):
            assert letters.replay_all(dead, OPERATOR, name).taken == 0
    finally:
        sources.stop()
    assert filed(history) == []
