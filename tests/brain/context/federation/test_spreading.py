"""Which part of a write goes where. Clauses 4.3.6.2 and 4.3.6.3."""

from typing import Any

import pytest

from yuzhang.brain.context.federation.spreading import spread
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.registrations.members import read_document
from yuzhang.brain.context.registrations.model import Registration
from yuzhang.brain.context.registrations.parts import registration

BUS = "urn:ngsi-ld:Bus:7"
BUSES = frozenset({"Bus"})


def source(
    name: str, mode: str, attributes: list[str] | None = None, operations: str = "redirectionOps"
) -> Registration:
    information: dict[str, Any] = {"entities": [{"type": "Bus", "id": BUS}]}
    if attributes:
        information["propertyNames"] = attributes
    data = {
        "id": f"urn:r:{name}",
        "type": "ContextSourceRegistration",
        "information": [information],
        "endpoint": f"http://{name}.example",
        "mode": mode,
        "operations": ["retrieveOps"] if mode == "auxiliary" else [operations],
    }
    return registration("", read_document(data, CORE, 0), CORE.reference, 0, 0)


SPEED = source("speed", "exclusive", ["speed"])
PROXY = source("proxy", "redirect")
PLACE = source("place", "redirect", ["place"])
COPY = source("copy", "inclusive")
DEAF = source("deaf", "redirect", operations="retrieveOps")
DEAF_COPY = source("deafcopy", "inclusive", operations="retrieveOps")
HINT = source("hint", "auxiliary")
WRITTEN = frozenset({"speed", "place", "line"})


@pytest.mark.parametrize(
    ("registrations", "parts", "local"),
    [
        ([], {}, WRITTEN),
        ([SPEED], {"speed": {"speed"}}, {"place", "line"}),
        ([PROXY], {"proxy": WRITTEN}, None),
        ([SPEED, PROXY], {"speed": {"speed"}, "proxy": {"place", "line"}}, None),
        ([PLACE, PROXY], {"place": {"place"}, "proxy": WRITTEN}, None),
        ([COPY], {"copy": WRITTEN}, WRITTEN),
        ([COPY, SPEED, PLACE], {"speed": {"speed"}, "place": {"place"}, "copy": {"line"}}, {"line"}),
        ([COPY, PROXY], {"proxy": WRITTEN}, None),
        ([DEAF_COPY], {}, WRITTEN),
        ([HINT], {}, WRITTEN),
    ],
)
def test_each_source_gets_what_it_is_registered_for(
    registrations: list[Registration], parts: dict[str, Any], local: Any
) -> None:
    plan = spread(registrations, frozenset({"createEntity"}), BUS, BUSES, WRITTEN)
    assert {part.registration.id.removeprefix("urn:r:"): part.attributes for part in plan.parts} == parts
    assert plan.here == (local is not None)
    if plan.here:
        assert plan.local == local


def test_holder_that_does_not_take_the_operation_is_named_and_nothing_is_kept_here() -> None:
    plan = spread([DEAF], frozenset({"createEntity"}), BUS, BUSES, WRITTEN)
    assert [part.supported for part in plan.parts] == [False]
    assert not plan.here


def test_deletion_goes_to_all_and_stays_here_unless_the_whole_is_held_elsewhere() -> None:
    delete = frozenset({"deleteEntity"})
    assert spread([SPEED, COPY], delete, BUS, None, None).here
    assert not spread([PROXY], delete, BUS, None, None).here
    assert len(spread([SPEED, COPY, PROXY, HINT], delete, BUS, None, None).parts) == 3


def test_entity_without_attributes_goes_to_who_takes_it_whole() -> None:
    assert not spread([PROXY], frozenset({"createEntity"}), BUS, BUSES, frozenset()).here
    assert spread([SPEED], frozenset({"createEntity"}), BUS, BUSES, frozenset()).parts == ()
