"""Which registrations a request concerns, and which ones cannot stand beside each other. Clauses 4.3.6.3 and 5.12."""

from typing import Any

import pytest

from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.query import parse_q, parse_scope, parse_types
from yuzhang.brain.context.registrations.matching import Period, Request, Sought, conflict, matches
from yuzhang.brain.context.registrations.members import read_document
from yuzhang.brain.context.registrations.model import Registration
from yuzhang.brain.context.registrations.parts import registration

NOW = 1_780_000_000_000_000
DAY = 86_400_000_000


def made(
    name: str, *, entities: list[dict[str, Any]] | None, attributes: list[str] | None = None, **more: Any
) -> Registration:
    information: dict[str, Any] = {}
    if entities is not None:
        information["entities"] = entities
    if attributes is not None:
        information["propertyNames"] = attributes
    data = {
        "id": f"urn:ngsi-ld:ContextSourceRegistration:{name}",
        "type": "ContextSourceRegistration",
        "information": [information],
        "endpoint": f"http://{name}.example",
        **more,
    }
    return registration("", read_document(data, CORE, NOW), CORE.reference, NOW, NOW)


BRIDGES = made("bridges", entities=[{"type": "Bridge", "idPattern": "^urn:ngsi-ld:Bridge:north"}])
ONE = made("one", entities=[{"type": "Bridge", "id": "urn:ngsi-ld:Bridge:south1"}], attributes=["load", "speed"])
ANYTHING = made("anything", entities=None, attributes=["speed"])


def bridges(**more: Any) -> Request:
    return Request((Sought(parse_types("Bridge", CORE), **more),))


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        (bridges(), {"bridges", "one", "anything"}),
        (bridges(ids=("urn:ngsi-ld:Bridge:south1",)), {"one", "anything"}),
        (bridges(ids=("urn:ngsi-ld:Bridge:north7",)), {"bridges", "anything"}),
        (bridges(pattern="south.$"), {"bridges", "one", "anything"}),
        (bridges(pattern="west"), {"bridges", "anything"}),
        (Request((Sought(parse_types("Tunnel", CORE)),)), {"anything"}),
        (Request(attributes=frozenset({"load"})), {"bridges", "one"}),
        (Request(attributes=frozenset({"colour"})), {"bridges"}),
    ],
)
def test_request_finds_the_registrations_that_may_have_something(request_: Request, found: set[str]) -> None:
    names = {one.id.rpartition(":")[2] for one in (BRIDGES, ONE, ANYTHING) if matches(one, request_)}
    assert names == found


def test_own_properties_and_scopes_of_a_source_are_asked_like_those_of_an_entity() -> None:
    source = made("county", entities=None, attributes=["a"], owner="water office", scope="/Province/City")
    assert matches(source, Request(csf=parse_q('owner=="water office"', CORE)))
    assert not matches(source, Request(csf=parse_q('owner=="parks"', CORE)))
    assert matches(source, Request(scope=parse_scope("/Province/#")))
    assert not matches(source, Request(scope=parse_scope("/Elsewhere")))


def test_source_of_the_past_is_found_only_by_who_asks_for_that_time() -> None:
    past = made("archive", entities=None, attributes=["a"], observationInterval={"startAt": "2020-01-01T00:00:00Z"})
    assert not matches(past, Request(attributes=frozenset({"a"})))
    assert matches(past, Request(period=Period("after", NOW)))
    assert not matches(past, Request(period=Period("before", 1_000_000)))
    assert not matches(past, Request(period=Period("after", NOW, property="modifiedAt")))


def test_what_one_source_holds_exclusively_no_other_may_hold() -> None:
    one = [{"type": "Bridge", "id": "urn:ngsi-ld:Bridge:south1"}]
    held = made("held", entities=one, attributes=["load"], mode="exclusive")
    assert conflict(made("second", entities=one, attributes=["load"], mode="exclusive"), [held], NOW) is held
    assert conflict(made("proxy", entities=[{"type": "Bridge"}], mode="redirect"), [held], NOW) is held
    assert conflict(held, [made("proxy", entities=[{"type": "Bridge"}], mode="redirect")], NOW) is not None
    assert conflict(made("other", entities=one, attributes=["colour"], mode="exclusive"), [held], NOW) is None
    assert conflict(made("copy", entities=one), [held], NOW) is None


def test_redirections_may_overlap_each_other() -> None:
    first, second = (made(name, entities=[{"type": "Bridge"}], mode="redirect") for name in ("first", "second"))
    assert conflict(second, [first], NOW) is None


def test_expired_registration_stands_in_nobodys_way() -> None:
    one = [{"type": "Bridge", "id": "urn:ngsi-ld:Bridge:south1"}]
    held = made("held", entities=one, attributes=["load"], mode="exclusive", expiresAt="2030-01-01T00:00:00Z")
    second = made("second", entities=one, attributes=["load"], mode="exclusive")
    assert held.expires is not None
    assert conflict(second, [held], held.expires + DAY) is None
