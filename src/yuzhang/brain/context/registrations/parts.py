"""From a document to a registration that is ready for matching, and back to what an answer shows."""

from typing import Any

from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.members import checked_pattern
from yuzhang.brain.context.model import VALUE_MEMBER, Body, Microseconds
from yuzhang.brain.context.moments import microseconds, stamp
from yuzhang.brain.context.registrations.members import geometry, renamed
from yuzhang.brain.context.registrations.model import (
    MEMBERS,
    SPACES,
    Document,
    EntityInfo,
    Information,
    Interval,
    Registration,
)
from yuzhang.brain.context.registrations.operations import DEFAULT_OPERATIONS, resolved

API = "/ngsi-ld/v1"
ASKED_TOO = frozenset(
    {"endpoint", "registrationName", "description", "mode", "operations", "refreshRate", "contextSourceAlias", "tenant"}
)
"""Members of the standard that a context source filter can ask for like the source's own properties."""


def registration(
    tenant: str, document: Document, reference: Any, created: Microseconds, modified: Microseconds
) -> Registration:
    """The registration of a checked document; `reference` is the @context in which it was written."""
    management = document.get("management", {})
    expires = document.get("expiresAt")
    return Registration(
        tenant=tenant,
        id=document["id"],
        document=document,
        reference=reference,
        created=created,
        modified=modified,
        expires=microseconds(expires) if expires else None,
        information=tuple(_information(one) for one in document["information"]),
        mode=document.get("mode", "inclusive"),
        operations=resolved(document.get("operations", DEFAULT_OPERATIONS)),
        endpoint=document["endpoint"].rstrip("/").removesuffix(API),
        headers=tuple((pair["key"], pair["value"]) for pair in document.get("contextSourceInfo", ())),
        target_tenant=document.get("tenant"),
        alias=document.get("contextSourceAlias"),
        local_only=bool(document.get("localOnly", management.get("localOnly", False))),
        timeout_s=management["timeout"] / 1000 if "timeout" in management else None,
        cooldown_s=management["cooldown"] / 1000 if "cooldown" in management else None,
        observed=_interval(document.get("observationInterval")),
        managed=_interval(document.get("managementInterval")),
        properties=_properties(document),
    )


def shown(one: Registration, terms: Terms, *, sysattrs: bool = False) -> Document:
    """The registration as an answer, in `terms`. Source: clauses 5.2.9 and 5.5.7."""
    found: Document = {"id": one.id, "type": "ContextSourceRegistration"} | renamed(one.document, terms.compact)
    found.setdefault("mode", one.mode)
    found.setdefault("operations", list(DEFAULT_OPERATIONS))
    if sysattrs:
        found["createdAt"], found["modifiedAt"] = stamp(one.created), stamp(one.modified)
    return found


def _information(one: dict[str, Any]) -> Information:
    names = [*one.get("propertyNames", ()), *one.get("relationshipNames", ())]
    return Information(tuple(_info(info) for info in one.get("entities", ())), frozenset(names) if names else None)


def _info(one: dict[str, Any]) -> EntityInfo:
    kinds = one["type"]
    # Clause 5.2.8: the id takes precedence over the idPattern.
    pattern = checked_pattern(one["idPattern"], "/idPattern") if "idPattern" in one and "id" not in one else None
    return EntityInfo(frozenset(kinds if isinstance(kinds, list) else [kinds]), one.get("id"), pattern)


def _interval(value: dict[str, str] | None) -> Interval | None:
    if value is None:
        return None
    return Interval(microseconds(value["startAt"]), microseconds(value["endAt"]) if "endAt" in value else None)


def _properties(document: Document) -> Body:
    """The places, scopes and properties of the context source as a normalized entity."""
    found: Body = {"id": document["id"], "type": "ContextSourceRegistration"}
    if "scope" in document:
        found["scope"] = document["scope"]
    for member, value in document.items():
        if member in SPACES:
            found[member] = {"type": "GeoProperty", "value": geometry(value)}
        elif member in ASKED_TOO or member not in MEMBERS:
            kind = value.get("type") if isinstance(value, dict) else None
            known = kind in VALUE_MEMBER and VALUE_MEMBER[kind] in value
            found[member] = value if known else {"type": "Property", "value": value}
    return found
