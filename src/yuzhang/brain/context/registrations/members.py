"""What the members of a CSourceRegistration may be: a payload becomes a checked document, or is refused with the place of its fault.

Source: clauses 5.2.8 to 5.2.11, 5.2.22, 5.2.34; clause 5.9.2.4 for what goes together.
"""

import re
from collections.abc import Callable
from typing import Any

from yuzhang.brain.context.durations import DURATION
from yuzhang.brain.context.errors import BadRequestData
from yuzhang.brain.context.jsonld import CORE, Terms
from yuzhang.brain.context.members import (
    URI,
    Check,
    ahead,
    date,
    each,
    flag,
    fragment,
    like,
    members,
    pattern,
    positive,
    refuse,
    text,
    texts,
    typed,
    uri,
    whole,
)
from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.moments import microseconds
from yuzhang.brain.context.query import parse_geo
from yuzhang.brain.context.registrations.model import MEMBERS, MODES, SPACES, Document
from yuzhang.brain.context.registrations.operations import AUXILIARY_OPERATIONS, GROUPS, OPERATIONS

ENDPOINT = re.compile(r"https?://[^\s/?#<>\"{}|\\^`@]+(/[^\s?#<>\"{}|\\^`]*)?")
SCOPE = re.compile(r"/?[^\W\d][\w]*(/[^\W\d][\w]*)*")
ALIAS = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z:\[\]-]{1,256}")
HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
VERSION = re.compile(r"\d+\.\d+(\.\d+)?")
TENANT = re.compile(r"[!-~]{1,256}")
READ_ONLY = frozenset(
    {"status", "createdAt", "modifiedAt", "deletedAt", "timesSent", "timesFailed", "lastSuccess", "lastFailure"}
)
NEEDED = ("type", "information", "endpoint")
MOST_INFORMATION = 1000


def read_document(data: Any, terms: Terms, now: Microseconds) -> Document:
    """A whole CSourceRegistration, with names. Raises BadRequestData. Source: clause 5.9.2.4."""
    found = whole(_members(data), "A CSourceRegistration", NEEDED)
    _check(found, terms, now)
    check_whole(found)
    return renamed(found, terms.expand)


def read_update(data: Any, terms: Terms, now: Microseconds) -> tuple[Document, frozenset[str]]:
    """A fragment of a CSourceRegistration: what is put in the place of members, and which members are taken away.

    Raises BadRequestData. Source: clauses 5.9.3.4 and 5.5.8.
    """
    kept, gone = fragment(_members(data), NEEDED)
    _check(kept, terms, now)
    return renamed(kept, terms.expand), frozenset(one if one in MEMBERS else terms.expand(one) for one in gone)


def updated(document: Document, changes: Document, gone: frozenset[str]) -> Document:
    """`document` after an update: members are replaced whole. Raises BadRequestData if they do not go together."""
    found = {member: value for member, value in document.items() if member not in gone} | changes
    check_whole(found)
    return found


def renamed(document: Document, change: Callable[[str], str]) -> Document:
    """A copy of a document, all its types and attributes and the names of its own properties changed."""
    found: Document = {}
    for member, value in document.items():
        if member == "information":
            found[member] = [_information_renamed(one, change) for one in value]
        else:
            found[member if member in MEMBERS else change(member)] = value
    return found


def _information_renamed(one: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    found = dict(one)
    for member in ("propertyNames", "relationshipNames"):
        if member in found:
            found[member] = [change(name) for name in found[member]]
    if "entities" in found:
        found["entities"] = [
            info
            | {
                "type": [change(name) for name in info["type"]]
                if isinstance(info["type"], list)
                else change(info["type"])
            }
            for info in found["entities"]
        ]
    return found


def check_whole(found: Document) -> None:
    """What clauses 4.3.6.3 and 5.9.2.4 say of members together. Raises BadRequestData."""
    mode = found.get("mode", "inclusive")
    if mode == "auxiliary" and not set(found.get("operations", ())) <= AUXILIARY_OPERATIONS:
        refuse(f"An auxiliary registration offers {', '.join(sorted(AUXILIARY_OPERATIONS))} only.", "/operations")
    if mode != "exclusive":
        return
    for place, one in enumerate(found["information"]):
        where = f"/information/{place}"
        if not one.get("propertyNames") and not one.get("relationshipNames"):
            refuse("An exclusive registration names its attributes.", where)
        if not one.get("entities") or any("id" not in info for info in one["entities"]):
            refuse("An exclusive registration names its entities by their ids.", f"{where}/entities")


def _members(data: Any) -> Document:
    if not isinstance(data, dict) or not data:
        refuse("A CSourceRegistration is a JSON object with members.", "/")
    return {member: value for member, value in data.items() if member not in READ_ONLY and member != "@context"}


def _check(found: Document, terms: Terms, now: Microseconds) -> None:
    for member, value in found.items():
        if member in CHECKS:
            CHECKS[member](value, f"/{member}", terms)
        elif not member or member.startswith("@") or len(member) > 1000:
            refuse(f"“{member[:100]}” is no name of a property.", "/")
    ahead(found, now)


def _mode(value: Any, where: str, _: Terms) -> None:
    if value not in MODES:
        refuse(f"A mode is one of {', '.join(sorted(MODES))}.", where)


def _names(value: Any, where: str, _: Terms) -> None:
    texts(value, where, "names")


def _types(value: Any, where: str, _: Terms) -> None:
    texts([value] if isinstance(value, str) else value, where, "types")


def _id(value: Any, where: str, _: Terms) -> None:
    if not isinstance(value, str) or not URI.fullmatch(value):
        refuse("The id of an entity is a URI.", where)


def _operations(value: Any, where: str, _: Terms) -> None:
    for place, one in enumerate(texts(value, where, "operations")):
        if one not in OPERATIONS and one not in GROUPS:
            refuse(f"There is no operation “{one[:60]}” (clause 4.20).", f"{where}/{place}")


def _scopes(value: Any, where: str, _: Terms) -> None:
    for one in texts([value] if isinstance(value, str) else value, where, "scopes"):
        if not SCOPE.fullmatch(one):
            refuse(f"“{one[:100]}” is no scope (clause 4.18).", where)


def _interval(value: Any, where: str, terms: Terms) -> None:
    if not isinstance(value, dict) or value.keys() - {"startAt", "endAt"} or "startAt" not in value:
        refuse("A TimeInterval is an object with startAt and maybe endAt.", where)
    for member, one in value.items():
        date(one, f"{where}/{member}", terms)
    if "endAt" in value and microseconds(value["endAt"]) < microseconds(value["startAt"]):
        refuse("endAt lies before startAt.", f"{where}/endAt")


def geometry(value: Any) -> Any:
    """The geometry of a place that is given as such, or as a GeoProperty."""
    return (
        value["value"] if isinstance(value, dict) and value.get("type") == "GeoProperty" and "value" in value else value
    )


def _place(value: Any, where: str, _: Terms) -> None:
    shape = geometry(value)
    if not isinstance(shape, dict) or not isinstance(shape.get("type"), str) or "coordinates" not in shape:
        refuse("A GeoJSON geometry is expected here.", where)
    try:
        parse_geo("intersects", shape["type"], shape["coordinates"], None, CORE)
    except BadRequestData as err:
        raise BadRequestData(err.detail, where=where) from err


def _pairs(value: Any, where: str, _: Terms) -> None:
    if not isinstance(value, list):
        refuse("A list of pairs of key and value is expected here.", where)
    for place, one in enumerate(value):
        if not isinstance(one, dict) or one.keys() != {"key", "value"}:
            refuse("A pair has a key and a value.", f"{where}/{place}")
        if not isinstance(one["key"], str) or not HEADER.fullmatch(one["key"]):
            refuse("A key is a text that can name a header.", f"{where}/{place}/key")
        if not isinstance(one["value"], str) or not one["value"].isprintable():
            refuse("A value is a text without line breaks.", f"{where}/{place}/value")


def _information(value: Any, where: str, terms: Terms) -> None:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_INFORMATION:
        refuse(f"A list of 1 to {MOST_INFORMATION} RegistrationInfos is expected here.", where)
    for place, one in enumerate(value):
        if not isinstance(one, dict) or not one:
            refuse("A RegistrationInfo is an object with members.", f"{where}/{place}")
        _information_members(one, f"{where}/{place}", terms)


def _entity(value: Any, where: str, terms: Terms) -> None:
    if not isinstance(value, dict) or value.keys() - ENTITY.keys():
        refuse("An EntityInfo is an object with type and maybe id or idPattern.", where)
    # Clause 5.2.8: it is not possible to register entities by their id or idPattern alone.
    for member in ("type", *(value.keys() - {"type"})):
        ENTITY[member](value.get(member), f"{where}/{member}", terms)


ENTITY: dict[str, Check] = {"type": _types, "id": _id, "idPattern": pattern}
_information_members = members(
    "A RegistrationInfo",
    {"propertyNames": _names, "relationshipNames": _names, "entities": each(_entity, "EntityInfos")},
)
_management = members(
    "A RegistrationManagementInfo",
    {
        "cacheDuration": like(DURATION, "A duration like PT5M"),
        "cooldown": positive,
        "timeout": positive,
        "localOnly": flag,
    },
)
CHECKS: dict[str, Check] = {
    "id": uri,
    "type": typed("ContextSourceRegistration"),
    "registrationName": text,
    "description": text,
    "information": _information,
    "tenant": like(TENANT, "A tenant's name in ASCII"),
    "observationInterval": _interval,
    "managementInterval": _interval,
    **dict.fromkeys(SPACES, _place),
    "expiresAt": date,
    "endpoint": like(ENDPOINT, "An address that begins with http:// or https://"),
    "contextSourceInfo": _pairs,
    "scope": _scopes,
    "mode": _mode,
    "operations": _operations,
    "refreshRate": like(DURATION, "A duration like PT5M"),
    "management": _management,
    "localOnly": flag,
    "contextSourceAlias": like(ALIAS, "A name without spaces"),
    "ngsildConformance": like(VERSION, "A version like 1.9"),
}
