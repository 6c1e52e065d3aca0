"""What the members of a Subscription may be: a payload becomes a checked document, or is refused with the place of its fault.

Source: clauses 5.2.12 to 5.2.15, 5.2.22 and 5.2.33; the tables' restrictions are named at each check.
"""

import re
from typing import Any
from urllib.parse import unquote

from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.members import (
    Check,
    ahead,
    date,
    each,
    each_text,
    flag,
    fragment,
    is_positive,
    like,
    members,
    one_of,
    pattern,
    positive,
    refuse,
    text,
    typed,
    uri,
    whole,
)
from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.query import parse_geo, parse_q, parse_scope, parse_types
from yuzhang.brain.context.subscriptions.endpoints import read_endpoint
from yuzhang.brain.context.subscriptions.model import TRIGGERS, Document, Kind
from yuzhang.brain.context.subscriptions.names import IN_PROJECTION, renamed

VERSION = re.compile(r"\d+\.\d+")
DEEPEST_JOIN = 10
READ_ONLY = frozenset({"status", "createdAt", "modifiedAt", "deletedAt"})
NOTIFICATION_READ_ONLY = frozenset(
    {"lastFailure", "lastNotification", "lastSuccess", "status", "timesFailed", "timesGivenUp", "timesSent"}
)


def read_document(data: Any, terms: Terms, kind: Kind, now: Microseconds) -> Document:
    """A whole Subscription, with names. Raises BadRequestData. Source: clause 5.8.1.4."""
    found = whole(_known_members(data), "A Subscription", ("type", "notification"))
    _check_members(found, terms, kind)
    _check_whole(found, kind)
    ahead(found, now)
    return renamed(found, terms.expand)


def read_update(data: Any, terms: Terms, kind: Kind, now: Microseconds) -> tuple[Document, frozenset[str]]:
    """A fragment of a Subscription: what is put in the place of members, and which members are taken away.

    Raises BadRequestData. Source: clauses 5.8.2.4 and 5.5.8.
    """
    kept, gone = fragment(_known_members(data), ("type", "notification"))
    _check_members(kept, terms, kind)
    ahead(kept, now)
    return renamed(kept, terms.expand), gone


def updated(document: Document, changes: Document, gone: frozenset[str], kind: Kind, *, was_expired: bool) -> Document:
    """`document` after an update: members are replaced whole (clause 5.5.8). Raises BadRequestData if they do not go together."""
    found = {member: value for member, value in document.items() if member not in gone} | changes
    # Clause 5.8.2.4: a later end alone makes an expired subscription active, also one that was paused before.
    if was_expired and "expiresAt" in changes and "isActive" not in changes:
        found.pop("isActive", None)
    _check_whole(found, kind)
    return found


def _known_members(data: Any) -> Document:
    if not isinstance(data, dict) or not data:
        refuse("A Subscription is a JSON object with members.", "/")
    # Table 5.2.12-2: what only answers have is ignored, and so is what the standard does not know.
    return {member: value for member, value in data.items() if member in CHECKS and member not in READ_ONLY}


def _check_members(found: Document, terms: Terms, kind: Kind) -> None:
    for member, value in list(found.items()):
        CHECKS[member](value, f"/{member}", terms)
    if "notification" in found:
        found["notification"] = {
            member: value for member, value in found["notification"].items() if member not in NOTIFICATION_READ_ONLY
        }
    if kind == "csource":
        # TS 104-175, clause 5.2: the triggers do not apply to subscriptions of registrations, and are ignored there.
        found.pop("notificationTrigger", None)


def _check_whole(found: Document, kind: Kind) -> None:
    """What table 5.2.12-1 says of members together."""
    local = found.get("localOnly", False) or kind == "csource"
    periodic = "timeInterval" in found
    for member in ("throttling", "watchedAttributes"):
        if periodic and member in found:
            refuse(f"timeInterval and {member} exclude each other.", f"/{member}")
    if "entities" not in found and not local:
        if periodic:
            refuse("A periodic subscription names its entities, or is localOnly.", "/entities")
        if "watchedAttributes" not in found:
            refuse("A Subscription names entities or watchedAttributes, or is localOnly.", "/entities")
    if found.get("localOnly") is False and any(one["type"] == "*" for one in found.get("entities", ())):
        refuse("The type * asks for local entities only, localOnly says the contrary.", "/localOnly")


def _name(value: Any, where: str, terms: Terms) -> None:
    terms.expand(value)
    if not IN_PROJECTION.fullmatch(value) or value in {"id", "type", "scope"}:
        refuse(f"“{value[:100]}” is no attribute.", where)


def _projection(value: Any, where: str, _: Terms) -> None:
    if not IN_PROJECTION.search(value) or value.count("{") != value.count("}"):
        refuse(f"“{value[:100]}” is no projection (clause 4.21).", where)


def _dataset(value: Any, where: str, terms: Terms) -> None:
    if value != "@none":
        uri(value, where, terms)


def _trigger(value: Any, where: str, _: Terms) -> None:
    if value not in TRIGGERS:
        refuse(f"“{value[:100]}” is no trigger. There are: {', '.join(sorted(TRIGGERS))}.", where)


def _q(value: Any, where: str, terms: Terms) -> None:
    text(value, where, terms)
    # Clause 4.9: a query may come percent-encoded here as well as in an address.
    parse_q(unquote(value), terms)


def _scope(value: Any, where: str, terms: Terms) -> None:
    text(value, where, terms)
    parse_scope(value)


def _anything(_value: Any, _where: str, _terms: Terms) -> None:
    """What is looked at with the rest."""


_geo_members = members(
    "A GeoQuery",
    {"georel": text, "geometry": text, "coordinates": _anything, "geoproperty": text},
    needs=("georel", "geometry", "coordinates"),
)


def _geo(value: Any, where: str, terms: Terms) -> None:
    _geo_members(value, where, terms)
    parse_geo(value["georel"], value["geometry"], value["coordinates"], value.get("geoproperty"), terms)


def _temporal(value: Any, where: str, terms: Terms) -> None:
    if not isinstance(value, dict) or "timerel" not in value or "timeAt" not in value:
        refuse("A TemporalQuery is an object with timerel and timeAt.", where)
    if value["timerel"] not in ("before", "after", "between"):
        refuse("timerel is before, after or between.", f"{where}/timerel")
    if "timeproperty" in value:
        text(value["timeproperty"], f"{where}/timeproperty", terms)
    date(value["timeAt"], f"{where}/timeAt", terms)
    if value["timerel"] == "between":
        date(value.get("endTimeAt"), f"{where}/endTimeAt", terms)


def _types(value: Any, where: str, terms: Terms) -> None:
    text(value, where, terms)
    if value != "*":
        parse_types(value, terms)


def _ids(value: Any, where: str, terms: Terms) -> None:
    each_text(lambda one, _place, _terms: uri(one, where, terms))(
        value if isinstance(value, list) else [value], where, terms
    )


_selector_members = members("An entity selector", {"type": _types, "id": _ids, "idPattern": pattern})


def _selector(value: Any, where: str, terms: Terms) -> None:
    _selector_members(value, where, terms)
    text(value.get("type"), f"{where}/type", terms)


def _notification(value: Any, where: str, terms: Terms) -> None:
    _notification_members(value, where, terms)
    if "endpoint" not in value:
        refuse("notification needs an endpoint.", f"{where}/endpoint")
    if value.get("showChanges") and value.get("format") in {"keyValues", "simplified"}:
        refuse("showChanges needs the format normalized or concise.", f"{where}/showChanges")
    if "attributes" in value and ("pick" in value or "omit" in value):
        refuse("attributes does not go together with pick or omit.", f"{where}/attributes")
    both = set(value.get("pick", ())) & set(value.get("omit", ()))
    if both:
        refuse(f"{min(both)[:100]} is picked and omitted.", f"{where}/omit")


def _level(value: Any, where: str, _: Terms) -> None:
    if not is_positive(value) or int(value) != value or value > DEEPEST_JOIN:
        refuse(f"A whole number from 1 to {DEEPEST_JOIN} is expected here.", where)


_notification_members = members(
    "notification",
    {
        "endpoint": lambda value, where, _: read_endpoint(value, where),
        "attributes": each_text(_name),
        "format": one_of("normalized", "concise", "simplified", "keyValues"),
        "join": one_of("flat", "inline", "@none"),
        "joinLevel": _level,
        "omit": each_text(_projection),
        "pick": each_text(_projection),
        "showChanges": flag,
        "sysAttrs": flag,
    },
    ignored=NOTIFICATION_READ_ONLY,
)

CHECKS: dict[str, Check] = {
    "id": uri,
    "type": typed("Subscription"),
    "entities": each(_selector, "entity selectors"),
    "notification": _notification,
    "notificationTrigger": each_text(_trigger),
    "watchedAttributes": each_text(_name),
    "q": _q,
    "geoQ": _geo,
    "scopeQ": _scope,
    "temporalQ": _temporal,
    "csf": _q,
    "datasetId": each_text(_dataset),
    "description": text,
    "expandValues": text,
    "expiresAt": date,
    "isActive": flag,
    "jsonKeys": text,
    "jsonldContext": uri,
    "lang": text,
    "localOnly": flag,
    "ngsildConformance": like(VERSION, "A version like 1.6"),
    "splitEntities": flag,
    "subscriptionName": text,
    "throttling": positive,
    "timeInterval": positive,
}
