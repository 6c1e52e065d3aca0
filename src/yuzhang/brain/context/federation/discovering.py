"""Types and attributes that there are anywhere. Source: clauses 5.7.5 to 5.7.10."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from yuzhang.brain.context.errors import ContextError
from yuzhang.brain.context.federation.asking import Message, Reply
from yuzhang.brain.context.federation.warnings import warned
from yuzhang.brain.context.federation.wording import renamed
from yuzhang.brain.context.http.message import Call, Headers
from yuzhang.brain.context.jsonld import Terms

if TYPE_CHECKING:
    from yuzhang.brain.context.federation.federation import Federation

TERMS = ("typeName", "attributeName")
LISTS = ("typeList", "attributeList", "attributeNames", "typeNames")


async def everywhere(
    federation: "Federation", call: Call, operation: str, path: Callable[[Terms], str], terms: Terms, details: bool
) -> tuple[list[Any], Headers]:
    """What context sources answer to a question about types or attributes, in `terms`, and the warnings about the others."""
    sources = [one for one in federation.all(call) if operation in one.operations and not federation.closed(call, one)]
    params = (("details", "true"),) if details else ()

    async def ask(one: Any) -> Reply:
        try:
            speech = await federation.sources.speech(one, call, terms)
            return await federation.sources.ask(call, one, Message("GET", path(speech.terms), params), speech)
        except ContextError as error:
            return Reply(one, 0, failure=str(error))

    replies = await asyncio.gather(*map(ask, sources))
    return [_reworded(one.data, one.terms, terms) for one in replies if one.fine and one.data], warned(replies)


def _reworded(data: Any, terms: Terms, other: Terms) -> Any:
    if isinstance(data, list):
        return [_reworded(one, terms, other) for one in data]
    if not isinstance(data, dict):
        return data
    found = dict(data)
    for member in TERMS:
        if isinstance(found.get(member), str):
            found[member] = renamed(found[member], terms, other)
    for member in LISTS:
        if isinstance(found.get(member), list):
            found[member] = [renamed(one, terms, other) for one in found[member] if isinstance(one, str)]
    if isinstance(found.get("attributeDetails"), list):
        found["attributeDetails"] = _reworded(found["attributeDetails"], terms, other)
    return found


def lists_together(parts: Sequence[dict[str, Any]], member: str) -> list[str]:
    """The names of several lists, each once.

    >>> lists_together([{"typeList": ["Bus", "Car"]}, {"typeList": ["Bike", "Car"]}], "typeList")
    ['Bike', 'Bus', 'Car']
    """
    return sorted({name for part in parts if isinstance(part, dict) for name in part.get(member, ())})


def details_together(parts: Sequence[Any]) -> list[dict[str, Any]]:
    """EntityTypes, or Attributes, of several lists, those of one id put together."""
    by_id: dict[str, list[dict[str, Any]]] = {}
    for part in parts:
        for one in part if isinstance(part, list) else ():
            if isinstance(one, dict) and isinstance(one.get("id"), str):
                by_id.setdefault(one["id"], []).append(one)
    return [information_together(by_id[key]) for key in sorted(by_id)]


def information_together(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One EntityTypeInfo, EntityType or Attribute out of several: counts are added, lists united. Clauses 5.2.24 to 5.2.28."""
    found = dict(parts[0])
    for part in parts[1:]:
        for member, value in part.items():
            if member in ("entityCount", "attributeCount") and isinstance(value, int):
                found[member] = found.get(member, 0) + value
            elif member == "attributeDetails":
                found[member] = details_together([found.get(member, []), value])
            elif isinstance(value, list):
                found[member] = sorted({*found.get(member, ()), *value})
            else:
                found.setdefault(member, value)
    return found


Found = tuple[Any, Headers]
"""What shall be answered, and the warnings that go with it."""


async def all_types(federation: "Federation", call: Call, own: Any, terms: Terms, details: bool) -> Found:
    """The types everywhere: `own`, an EntityTypeList or a list of EntityTypes, and those of others."""
    operation = "retrieveEntityTypeDetails" if details else "retrieveEntityTypes"
    parts, warnings = await everywhere(federation, call, operation, lambda _: "/types", terms, details)
    if details:
        return details_together([own, *parts]), warnings
    return own | {"typeList": lists_together([own, *parts], "typeList")}, warnings


async def all_attributes(federation: "Federation", call: Call, own: Any, terms: Terms, details: bool) -> Found:
    """The attributes everywhere: `own`, an AttributeList or a list of Attributes, and those of others."""
    operation = "retrieveAttrTypeDetails" if details else "retrieveAttrTypes"
    parts, warnings = await everywhere(federation, call, operation, lambda _: "/attributes", terms, details)
    if details:
        return details_together([own, *parts]), warnings
    return own | {"attributeList": lists_together([own, *parts], "attributeList")}, warnings


async def one_of_all(
    federation: "Federation", call: Call, kind: Literal["types", "attributes"], name: str, own: Any, terms: Terms
) -> Found:
    """One type or attribute, named `name`, everywhere; `own` is None if it is not here. None if it is nowhere."""
    operation = "retrieveEntityTypeInfo" if kind == "types" else "retrieveAttrTypeInfo"
    path: Callable[[Terms], str] = lambda spoken: f"/{kind}/{quote(spoken.compact(name), safe='')}"  # noqa: E731
    parts, warnings = await everywhere(federation, call, operation, path, terms, False)
    found = [one for one in ([own] if own is not None else []) + parts if isinstance(one, dict)]
    return (information_together(found) if found else None), warnings
