"""What several brokers know of one entity, put together. Clauses 4.3.6.2 and 4.5.5."""

from yuzhang.brain.context.federation.merging import Piece, arrived, merged
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.registrations.members import read_document
from yuzhang.brain.context.registrations.model import Registration
from yuzhang.brain.context.registrations.parts import registration

GATE = "urn:ngsi-ld:Sluice:3"


def source(mode: str) -> Registration:
    data = {
        "id": f"urn:r:{mode}",
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "Sluice"}]}],
        "endpoint": "http://county.example",
        "mode": mode,
    }
    return registration("", read_document(data, CORE, 0), CORE.reference, 0, 0)


def gate(modified: int, **values: object) -> Entity:
    body = {"id": GATE, "type": "Sluice"} | {
        name: {"type": "Property", "value": value} for name, value in values.items()
    }
    return Entity(body, 1, modified, {name: (1, modified) for name in values})


def test_of_each_attribute_the_most_recent_one_is_shown() -> None:
    found = merged([Piece(gate(10, level=1, open=True)), Piece(gate(20, level=2), source("inclusive"))])
    assert found.body["level"]["value"] == 2
    assert found.body["open"]["value"] is True
    assert found.modified == 20
    assert found.attribute_times("level") == (1, 20)


def test_time_of_observation_counts_more_than_that_of_writing() -> None:
    seen, copied = gate(10, level=1), gate(99, level=2)
    seen.body["level"]["observedAt"] = "2026-05-02T00:00:00Z"
    copied.body["level"]["observedAt"] = "2026-05-01T00:00:00Z"
    assert merged([Piece(copied), Piece(seen, source("inclusive"))]).body["level"]["value"] == 1


def test_auxiliary_source_fills_gaps_and_overrides_nothing() -> None:
    found = merged([Piece(gate(99, level=7, colour="red"), source("auxiliary")), Piece(gate(1, level=1))])
    assert found.body["level"]["value"] == 1
    assert found.body["colour"]["value"] == "red"


def test_instances_of_several_sensors_stand_side_by_side() -> None:
    second = gate(5, level=3)
    second.body["level"]["datasetId"] = "urn:sensor:2"
    found = merged([Piece(gate(5, level=1)), Piece(second, source("inclusive"))])
    assert [one["value"] for one in found.body["level"]] == [1, 3]


def test_answer_of_another_broker_brings_its_times() -> None:
    found = arrived(
        {
            "id": GATE,
            "type": "Sluice",
            "createdAt": "2026-01-01T00:00:00Z",
            "modifiedAt": "2026-01-02T00:00:00Z",
            "level": {
                "type": "Property",
                "value": 1,
                "createdAt": "2026-01-01T00:00:00Z",
                "modifiedAt": "2026-01-02T00:00:00Z",
            },
        },
        CORE,
    )
    assert found.modified - found.created == 86_400_000_000
    assert found.attribute_times("level") == (found.created, found.modified)
    assert "modifiedAt" not in found.body["level"]
