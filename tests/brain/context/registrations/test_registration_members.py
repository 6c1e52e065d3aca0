"""A registration that breaks a rule of the standard is refused, and the message says where."""

from typing import Any

import pytest

from yuzhang.brain.context.errors import BadRequestData
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.registrations.members import read_document, read_update, updated
from yuzhang.brain.context.registrations.operations import GROUPS, OPERATIONS, resolved
from yuzhang.brain.context.registrations.parts import registration, shown

NOW = 1_780_000_000_000_000


def complete(**members: Any) -> dict[str, Any]:
    found = {
        "id": "urn:ngsi-ld:ContextSourceRegistration:county",
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "Bridge"}]}],
        "endpoint": "http://county.example",
    }
    return {name: value for name, value in (found | members).items() if value is not ...}


BROKEN = {
    "no information": (complete(information=...), "information"),
    "no endpoint": (complete(endpoint=...), "endpoint"),
    "information is empty": (complete(information=[]), "/information"),
    "information is null": (complete(information=None), "/information"),
    "another type": (complete(type="Building"), "/type"),
    "entities without a type": (
        complete(information=[{"entities": [{"id": "urn:a:b"}]}]),
        "/information/0/entities/0/type",
    ),
    "an id that is no URI": (
        complete(information=[{"entities": [{"type": "A", "id": "b"}]}]),
        "/information/0/entities/0/id",
    ),
    "a pattern that is none": (
        complete(information=[{"entities": [{"type": "A", "idPattern": "("}]}]),
        "/information/0/entities/0/idPattern",
    ),
    "an endpoint with credentials": (complete(endpoint="http://me:secret@county.example"), "/endpoint"),
    "an endpoint of another kind": (complete(endpoint="file:///etc/passwd"), "/endpoint"),
    "a mode that is none": (complete(mode="shared"), "/mode"),
    "an operation that is none": (complete(operations=["dance"]), "/operations/0"),
    "an end in the past": (complete(expiresAt="2001-01-01T00:00:00Z"), "/expiresAt"),
    "a header with a line break": (
        complete(contextSourceInfo=[{"key": "A", "value": "b\r\nc"}]),
        "/contextSourceInfo/0/value",
    ),
    "a pair with a number": (complete(contextSourceInfo=[{"key": "A", "value": 1}]), "/contextSourceInfo/0/value"),
    "a timeout of nothing": (complete(management={"timeout": 0}), "/management/timeout"),
    "a cache that lasts something": (complete(management={"cacheDuration": "soon"}), "/management/cacheDuration"),
    "a place that is none": (complete(location={"type": "Point"}), "/location"),
    "an interval without a start": (
        complete(observationInterval={"endAt": "2026-01-01T00:00:00Z"}),
        "/observationInterval",
    ),
    "auxiliary with writing": (complete(mode="auxiliary", operations=["updateEntity"]), "/operations"),
    "exclusive without attributes": (
        complete(mode="exclusive", information=[{"entities": [{"type": "A", "id": "urn:a:b"}]}]),
        "/information/0",
    ),
    "exclusive for many": (
        complete(mode="exclusive", information=[{"entities": [{"type": "A"}], "propertyNames": ["speed"]}]),
        "/information/0/entities",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_registration_is_refused_with_the_place_of_its_fault(name: str) -> None:
    data, place = BROKEN[name]
    with pytest.raises(BadRequestData) as refused:
        read_document(data, CORE, NOW)
    assert place in f"{refused.value.where} {refused.value.detail.en}"


def test_registration_is_shown_with_the_defaults_of_the_standard() -> None:
    document = read_document(complete(trafficLevel="high"), CORE, NOW)
    found = shown(registration("", document, CORE.reference, NOW, NOW), CORE, sysattrs=True)
    assert found["mode"] == "inclusive"
    assert found["operations"] == ["federationOps"]
    assert found["trafficLevel"] == "high"
    assert found["createdAt"].endswith("Z")


def test_update_replaces_members_whole_and_takes_others_away() -> None:
    document = read_document(complete(expiresAt="2099-01-01T00:00:00Z", scope="/Province/City"), CORE, NOW)
    changes, gone = read_update({"expiresAt": None, "scope": ["/Province"], "id": "urn:other:id"}, CORE, NOW)
    after = updated(document, changes, gone)
    assert "expiresAt" not in after
    assert after["scope"] == ["/Province"]
    assert after["id"] == document["id"]


def test_update_cannot_take_away_what_a_registration_needs() -> None:
    with pytest.raises(BadRequestData, match="endpoint"):
        read_update({"endpoint": None}, CORE, NOW)


def test_every_group_stands_for_operations_that_there_are() -> None:
    for name, operations in GROUPS.items():
        assert operations <= OPERATIONS
        assert resolved([name]) == operations
