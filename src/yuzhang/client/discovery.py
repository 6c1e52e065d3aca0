"""Which types and attributes a broker has. Source: ETSI GS CIM 009, clauses 5.7.5 to 5.7.10."""

from typing import Any

from yuzhang.client.exchange import Request, Steps, good, path
from yuzhang.client.model import AttributeInfo, TypeInfo


def types() -> Steps[list[str]]:
    """The types that there are."""
    reply = yield Request("GET", "/types")
    return [str(one) for one in good(reply).json().get("typeList", [])]


def type_info(name: str) -> Steps[TypeInfo]:
    """One type with its attributes and how many entities have it. Raises NotThere."""
    reply = yield Request("GET", path("types", name))
    data = good(reply).json()
    attributes = tuple(_attribute(one) for one in data.get("attributeDetails", []))
    return TypeInfo(str(data.get("typeName", name)), int(data.get("entityCount", 0)), attributes)


def attributes() -> Steps[list[str]]:
    """The attributes that there are."""
    reply = yield Request("GET", "/attributes")
    return [str(one) for one in good(reply).json().get("attributeList", [])]


def attribute_info(name: str) -> Steps[AttributeInfo]:
    """One attribute with its kinds and the types that have it. Raises NotThere."""
    reply = yield Request("GET", path("attributes", name))
    return _attribute(good(reply).json())


def _attribute(data: Any) -> AttributeInfo:
    count = data.get("attributeCount")
    return AttributeInfo(
        str(data.get("attributeName", data.get("id", ""))),
        tuple(data.get("attributeTypes", ())),
        tuple(data.get("typeNames", ())),
        count if isinstance(count, int) else None,
    )
