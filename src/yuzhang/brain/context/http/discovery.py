"""Which types and attributes there are. Clauses 5.7.5 to 5.7.10, 6.25 to 6.28."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from yuzhang.brain.context.actions import uses
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import ResourceNotFound, said
from yuzhang.brain.context.federation.discovering import all_attributes, all_types, one_of_all
from yuzhang.brain.context.http.consumption import snapshot_of
from yuzhang.brain.context.http.message import Answer, Call, Headers, Route
from yuzhang.brain.context.http.negotiation import answer_media, body_answer, terms_of
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.store.kept import Use

LISTING = frozenset({"details", "local", "count"})
ONE = frozenset({"local"})


def _typed(found: list[Use]) -> dict[str, list[Use]]:
    by_type: dict[str, list[Use]] = {}
    for use in found:
        by_type.setdefault(use.type, []).append(use)
    return by_type


def _attributed(found: list[Use]) -> dict[str, list[Use]]:
    by_attribute: dict[str, list[Use]] = {}
    for use in found:
        if use.attribute is not None:
            by_attribute.setdefault(use.attribute, []).append(use)
    return by_attribute


def _list_id(kind: str, names: list[str]) -> str:
    return f"urn:ngsi-ld:{kind}:{uuid5(NAMESPACE_URL, ' '.join(names))}"


def type_list(found: list[Use], terms: Terms) -> dict[str, Any]:
    """An EntityTypeList (clause 5.2.24)."""
    names = sorted(terms.compact(one) for one in _typed(found))
    return {"id": _list_id("EntityTypeList", names), "type": "EntityTypeList", "typeList": names}


def type_details(found: list[Use], terms: Terms) -> list[dict[str, Any]]:
    """The EntityTypes (clause 5.2.25)."""
    return [
        {
            "id": terms.iri(name),
            "type": "EntityType",
            "typeName": terms.compact(name),
            "attributeNames": sorted({terms.compact(use.attribute) for use in uses_of if use.attribute is not None}),
        }
        for name, uses_of in sorted(_typed(found).items())
    ]


def type_information(name: str, found: list[Use], terms: Terms) -> dict[str, Any]:
    """An EntityTypeInfo (clause 5.2.26)."""
    return {
        "id": terms.iri(name),
        "type": "EntityTypeInfo",
        "typeName": terms.compact(name),
        "entityCount": sum(use.count for use in found if use.attribute is None),
        "attributeDetails": [
            {
                "id": terms.iri(attribute),
                "type": "Attribute",
                "attributeName": terms.compact(attribute),
                "attributeTypes": sorted({use.kind for use in uses_of if use.kind}),
            }
            for attribute, uses_of in sorted(_attributed(found).items())
        ],
    }


def attribute_list(found: list[Use], terms: Terms) -> dict[str, Any]:
    """An AttributeList (clause 5.2.27)."""
    names = sorted(terms.compact(one) for one in _attributed(found))
    return {"id": _list_id("AttributeList", names), "type": "AttributeList", "attributeList": names}


def attribute_details(found: list[Use], terms: Terms) -> list[dict[str, Any]]:
    """The Attributes without counts, as a list of them has them (clause 5.2.28)."""
    return [
        {
            "id": terms.iri(name),
            "type": "Attribute",
            "attributeName": terms.compact(name),
            "typeNames": sorted({terms.compact(use.type) for use in uses_of}),
        }
        for name, uses_of in sorted(_attributed(found).items())
    ]


def attribute_information(name: str, found: list[Use], terms: Terms) -> dict[str, Any]:
    """One Attribute with everything (clause 5.2.28)."""
    return {
        "id": terms.iri(name),
        "type": "Attribute",
        "attributeName": terms.compact(name),
        "attributeCount": sum(use.count for use in found),
        "attributeTypes": sorted({use.kind for use in found if use.kind}),
        "typeNames": sorted({terms.compact(use.type) for use in found}),
    }


async def types(broker: Broker, call: Call) -> Answer:
    """Types, as a list of names or with details."""
    media, terms = answer_media(call), await terms_of(broker, call)
    snapshot = await snapshot_of(broker, call)
    found = uses(broker, call.caller, call.tenant, snapshot=snapshot)
    details = call.flag("details")
    value: Any = type_details(found, terms) if details else type_list(found, terms)
    headers: Headers = []
    if broker.federation.asks(call):
        value, headers = await all_types(broker.federation, call, value, terms, details)
    if call.flag("count"):
        headers = [*headers, ("ngsild-results-count", str(len(value if details else value["typeList"])))]
    return body_answer(msgspec.json.encode(value), terms, media, headers)


async def one_type(broker: Broker, call: Call, type: str) -> Answer:  # the part of the address
    """One type with its attributes."""
    media, terms = answer_media(call), await terms_of(broker, call)
    name = terms.expand(type)
    snapshot = await snapshot_of(broker, call)
    found = uses(broker, call.caller, call.tenant, type_name=name, snapshot=snapshot)
    value = type_information(name, found, terms) if found else None
    headers: Headers = []
    if broker.federation.asks(call):
        value, headers = await one_of_all(broker.federation, call, "types", name, value, terms)
    if value is None:
        raise ResourceNotFound(said(f"There is no entity of type {terms.iri(name)}."), where=call.path)
    return body_answer(msgspec.json.encode(value), terms, media, headers)


async def attributes(broker: Broker, call: Call) -> Answer:
    """Attributes, as a list of names or with details."""
    media, terms = answer_media(call), await terms_of(broker, call)
    snapshot = await snapshot_of(broker, call)
    found = uses(broker, call.caller, call.tenant, snapshot=snapshot)
    details = call.flag("details")
    value: Any = attribute_details(found, terms) if details else attribute_list(found, terms)
    headers: Headers = []
    if broker.federation.asks(call):
        value, headers = await all_attributes(broker.federation, call, value, terms, details)
    if call.flag("count"):
        headers = [*headers, ("ngsild-results-count", str(len(value if details else value["attributeList"])))]
    return body_answer(msgspec.json.encode(value), terms, media, headers)


async def one_attribute(broker: Broker, call: Call, attribute: str) -> Answer:
    """One attribute with its types and counts."""
    media, terms = answer_media(call), await terms_of(broker, call)
    name = terms.expand(attribute)
    snapshot = await snapshot_of(broker, call)
    found = uses(broker, call.caller, call.tenant, attribute=name, snapshot=snapshot)
    value = attribute_information(name, found, terms) if found else None
    headers: Headers = []
    if broker.federation.asks(call):
        value, headers = await one_of_all(broker.federation, call, "attributes", name, value, terms)
    if value is None:
        raise ResourceNotFound(said(f"There is no attribute {terms.iri(name)}."), where=call.path)
    return body_answer(msgspec.json.encode(value), terms, media, headers)


ROUTES = [
    Route("GET", "/types", types, LISTING, "Retrieve Available Entity Types"),
    Route("GET", "/types/{type}", one_type, ONE, "Retrieve Available Entity Type Information"),
    Route("GET", "/attributes", attributes, LISTING, "Retrieve Available Attributes"),
    Route("GET", "/attributes/{attribute}", one_attribute, ONE, "Retrieve Available Attribute Information"),
]
