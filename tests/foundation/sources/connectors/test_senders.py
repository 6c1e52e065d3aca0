"""A dead letter knows which device sent it: a replay takes of it what that device may write, and nothing else."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from foundation.sources.connectors.conftest import AT, filed, wish
from yuzhang.brain.history.room import History
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.foundation.registry import actions as registered
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.sources.connectors import actions
from yuzhang.foundation.sources.connectors.room import Sources
from yuzhang.foundation.sources.dead import DeadLetters
from yuzhang.foundation.sources.dead import actions as letters

WHY = Title("无法读取", "cannot be read")
BAD = "unreadable-payload"
TOPIC = {"entity": "topic.device", "type": "Pump", "attributes": "amps = current AMP"}
OWN, OTHER = "urn:ngsi-ld:Pump:p-1", "urn:ngsi-ld:Pump:p-2"


@pytest.fixture
def registry(app: FastAPI, sources: Sources) -> Registry:
    """A registry with the pump p-1, that sources ask."""
    found = app.state.registry
    assert isinstance(found, Registry)
    sources.registry = found
    registered.add(found, OPERATOR, Device("p-1", kind="Pump", entity=OWN), with_credential=False)
    return found


def test_a_letter_about_what_is_not_its_senders_own_stays_refused_until_an_officer_gives_it_to_the_device(
    sources: Sources, dead: DeadLetters, history: History, registry: Registry
) -> None:
    actions.add(sources, OPERATOR, "plant", wish("mqtt", {"topic": "plant/{device}"}, TOPIC))
    dead.keep("plant", "plant/p-2", b'{"amps": 4.5}', BAD, WHY, AT, "p-1")
    dead.keep("mqtt", "entities/urn:ngsi-ld:Pump:p-2/level", b"2", BAD, WHY, AT, "p-1")
    dead.keep("plant", "plant/p-1", b'{"amps": 1.5}', BAD, WHY, AT, "p-1")
    sources.start()
    try:
        assert (letters.replay_all(dead, OPERATOR, "plant").taken, letters.replay_all(dead, OPERATOR, "mqtt").bad) == (
            1,
            1,
        )
        left = letters.letters(dead, OPERATOR)
        assert {(one.sender, one.code) for one in left} == {("p-1", "not-its-own")}
        assert all(OTHER in one.detail.en for one in left)
        assert filed(history) == [(OWN, "current", AT, 1.5)]

        registered.change(registry, OPERATOR, "p-1", {"writes": [OTHER]})
        assert letters.replay_all(dead, OPERATOR, "plant").taken == 1
        assert letters.replay_all(dead, OPERATOR, "mqtt").taken == 1
    finally:
        sources.stop()
    assert [value for *_, value in filed(history)] == [1.5, 4.5, 2.0]


def test_letters_of_a_device_that_was_retired_stay_and_say_so(
    sources: Sources, dead: DeadLetters, history: History, registry: Registry, client: TestClient
) -> None:
    dead.keep("mqtt", f"entities/{OWN}/level", b"2", BAD, WHY, AT, "p-1")
    dead.keep("mqtt", f"entities/{OWN}/level", b"3", BAD, WHY, AT, "never-seen")
    registered.set_status(registry, OPERATOR, "p-1", "retired")
    sources.start()
    try:
        assert letters.replay_all(dead, OPERATOR, "mqtt").bad == 2
    finally:
        sources.stop()
    assert filed(history) == []
    [_, first] = letters.letters(dead, OPERATOR)
    assert first.detail.en == f"The device p-1 may not write {OWN}."
    assert 'href="/devices/p-1"' in client.get(f"/dead-letters/{first.number}").text
    assert client.get(f"/api/dead-letters/{first.number}").json()["letter"]["sender"] == "p-1"


def test_what_a_device_pushes_of_another_things_is_a_dead_letter_with_its_sender_and_the_rest_is_taken(
    sources: Sources, dead: DeadLetters, history: History, registry: Registry, client: TestClient
) -> None:
    added = registered.add(registry, OPERATOR, Device("p-3", kind="Pump", entity="urn:ngsi-ld:Pump:p-3"))
    assert added.credential is not None
    mapping = {"entity": "id", "type": "Pump", "attributes": "amps = current AMP"}
    actions.add(sources, OPERATOR, "pumps", wish("push", {"payload": "json"}, mapping))
    answer = client.post(
        "/api/sources/pumps/push",
        json=[{"id": "p-3", "amps": 3}, {"id": "p-1", "amps": 9}],
        headers={"authorization": f"Device p-3:{added.credential.secret}"},
    )
    assert answer.json() == {"accepted": 1, "refused": 1}
    [left] = letters.letters(dead, OPERATOR)
    assert (left.sender, left.code) == ("p-3", "not-its-own")
    assert [(entity, value) for entity, _, _, value in filed(history)] == [("urn:ngsi-ld:Pump:p-3", 3.0)]
