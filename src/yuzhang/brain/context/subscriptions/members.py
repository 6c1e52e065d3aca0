"""What the members of a Subscription may be: a payload becomes a checked document, or is refused with the place of its fault.

Source: clauses 5.2.12 to 5.2.15, 5.2.22 and 5.2.33; the tables' restrictions are named at each check.
"""

import re
from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import unquote

from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import NULL, Microseconds
from yuzhang.brain.context.moments import microseconds
from yuzhang.brain.context.query import parse_geo, parse_q, parse_scope, parse_types
from yuzhang.brain.context.subscriptions.endpoints import read_endpoint
from yuzhang.brain.context.subscriptions.model import TRIGGERS, Document, Kind
from yuzhang.brain.context.subscriptions.names import IN_PROJECTION, renamed

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
VERSION = re.compile(r"\d+\.\d+")
FORMATS = ("normalized", "concise", "simplified", "keyValues")
JOINS = ("flat", "inline", "@none")
DEEPEST_JOIN = 10
READ_ONLY = frozenset({"status", "createdAt", "modifiedAt", "deletedAt"})
NOTIFICATION_READ_ONLY = frozenset(
    {"lastFailure", "lastNotification", "lastSuccess", "status", "timesFailed", "timesSent"}
)
Check = Callable[[Any, str, Terms], None]


def refuse(what: str, where: str) -> NoReturn:
    """Raise BadRequestData."""
    raise BadRequestData(said(what), where=where)


def checked_id(text: str) -> str:
    """A subscription's id. Raises BadRequestData if it is no URI (clause 5.8.3.4)."""
    if not URI.fullmatch(text):
        refuse(f"“{text[:100]}” is no URI.", "/id")
    return text


def read_document(data: Any, terms: Terms, kind: Kind, now: Microseconds) -> Document:
    """A whole Subscription, with names. Raises BadRequestData. Source: clause 5.8.1.4."""
    found = _known_members(data)
    for member in ("type", "notification"):
        if member not in found:
            refuse(f"A Subscription needs {member}.", f"/{member}")
    for member, value in found.items():
        _nothing_null(value, f"/{member}")
    _check_members(found, terms, kind)
    _check_whole(found, kind)
    _check_expiry(found, now)
    return renamed(found, terms.expand)


def read_update(data: Any, terms: Terms, kind: Kind, now: Microseconds) -> tuple[Document, frozenset[str]]:
    """A fragment of a Subscription: what is put in the place of members, and which members are taken away.

    Raises BadRequestData. Source: clauses 5.8.2.4 and 5.5.8.
    """
    found = _known_members(data)
    # Clause 5.2.12: the id "cannot be later modified in update operations".
    found.pop("id", None)
    gone = frozenset(member for member, value in found.items() if value is None or value == NULL)
    for member in ("type", "notification"):
        if member in gone:
            refuse(f"{member} cannot be taken away.", f"/{member}")
    kept = {member: value for member, value in found.items() if member not in gone}
    for member, value in kept.items():
        _nothing_null(value, f"/{member}")
    _check_members(kept, terms, kind)
    _check_expiry(kept, now)
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


def _nothing_null(value: Any, where: str) -> None:
    if value is None or value == NULL:
        refuse("Null is not allowed here.", where)
    if isinstance(value, dict):
        for name, one in value.items():
            _nothing_null(one, f"{where}/{name}")
    elif isinstance(value, list):
        for place, one in enumerate(value):
            _nothing_null(one, f"{where}/{place}")


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


def _check_expiry(found: Document, now: Microseconds) -> None:
    if "expiresAt" in found and microseconds(found["expiresAt"]) <= now:
        refuse("expiresAt lies in the past.", "/expiresAt")


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


def _text(value: Any, where: str, _: Terms) -> None:
    if not isinstance(value, str) or not value:
        refuse("A text is expected here.", where)


def _flag(value: Any, where: str, _: Terms) -> None:
    if not isinstance(value, bool):
        refuse("true or false is expected here.", where)


def is_positive(value: Any) -> bool:
    """Whether `value` is a finite number above 0."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def _positive(value: Any, where: str, _: Terms) -> None:
    if not is_positive(value):
        refuse("A number greater than 0 is expected here.", where)


def _uri(value: Any, where: str, _: Terms) -> None:
    if not isinstance(value, str) or not URI.fullmatch(value):
        refuse("A URI is expected here.", where)


def _type(value: Any, where: str, _: Terms) -> None:
    if value != "Subscription":
        refuse("The type is “Subscription”.", where)


def _date(value: Any, where: str, terms: Terms) -> None:
    _text(value, where, terms)
    try:
        microseconds(value)
    except ValueError as err:
        raise BadRequestData(said(f"A DateTime (clause 4.6.3) is expected here: {err}."), where=where) from err


def _texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        refuse("A list of texts, not empty, is expected here.", where)
    found: list[str] = value
    return found


def _names(value: Any, where: str, terms: Terms) -> None:
    for place, one in enumerate(_texts(value, where)):
        terms.expand(one)
        if not IN_PROJECTION.fullmatch(one) or one in {"id", "type", "scope"}:
            refuse(f"“{one[:100]}” is no attribute.", f"{where}/{place}")


def _projection(value: Any, where: str, _: Terms) -> None:
    for place, one in enumerate(_texts(value, where)):
        if not IN_PROJECTION.search(one) or one.count("{") != one.count("}"):
            refuse(f"“{one[:100]}” is no projection (clause 4.21).", f"{where}/{place}")


def _datasets(value: Any, where: str, terms: Terms) -> None:
    for place, one in enumerate(_texts(value, where)):
        if one != "@none":
            _uri(one, f"{where}/{place}", terms)


def _triggers(value: Any, where: str, _: Terms) -> None:
    for place, one in enumerate(_texts(value, where)):
        if one not in TRIGGERS:
            refuse(f"“{one[:100]}” is no trigger. There are: {', '.join(sorted(TRIGGERS))}.", f"{where}/{place}")


def _q(value: Any, where: str, terms: Terms) -> None:
    _text(value, where, terms)
    # Clause 4.9: a query may come percent-encoded here as well as in an address.
    parse_q(unquote(value), terms)


def _scope(value: Any, where: str, terms: Terms) -> None:
    _text(value, where, terms)
    parse_scope(value)


def _geo(value: Any, where: str, terms: Terms) -> None:
    if not isinstance(value, dict):
        refuse("A GeoQuery is an object.", where)
    for member in ("georel", "geometry", "coordinates"):
        if member not in value:
            refuse(f"A GeoQuery needs {member}.", f"{where}/{member}")
    for member in value:
        if member not in {"georel", "geometry", "coordinates", "geoproperty"}:
            refuse(f"A GeoQuery has no member {member[:100]}.", f"{where}/{member[:100]}")
        if member != "coordinates":
            _text(value[member], f"{where}/{member}", terms)
    parse_geo(value["georel"], value["geometry"], value["coordinates"], value.get("geoproperty"), terms)


def _temporal(value: Any, where: str, terms: Terms) -> None:
    if not isinstance(value, dict) or "timerel" not in value or "timeAt" not in value:
        refuse("A TemporalQuery is an object with timerel and timeAt.", where)
    if value["timerel"] not in ("before", "after", "between"):
        refuse("timerel is before, after or between.", f"{where}/timerel")
    if "timeproperty" in value:
        _text(value["timeproperty"], f"{where}/timeproperty", terms)
    _date(value["timeAt"], f"{where}/timeAt", terms)
    if value["timerel"] == "between":
        _date(value.get("endTimeAt"), f"{where}/endTimeAt", terms)


def _entities(value: Any, where: str, terms: Terms) -> None:
    if not isinstance(value, list) or not value:
        refuse("A list of entity selectors, not empty, is expected here.", where)
    for place, one in enumerate(value):
        _selector(one, f"{where}/{place}", terms)


def _selector(one: Any, where: str, terms: Terms) -> None:
    if not isinstance(one, dict):
        refuse("An entity selector is an object.", where)
    unknown = one.keys() - {"type", "id", "idPattern"}
    if unknown:
        refuse(f"An entity selector has no member {min(unknown)[:100]}.", f"{where}/{min(unknown)[:100]}")
    _text(one.get("type"), f"{where}/type", terms)
    if one["type"] != "*":
        parse_types(one["type"], terms)
    if "id" in one:
        ids = one["id"] if isinstance(one["id"], list) else [one["id"]]
        for each in _texts(ids, f"{where}/id"):
            _uri(each, f"{where}/id", terms)
    if "idPattern" in one:
        _text(one["idPattern"], f"{where}/idPattern", terms)
        try:
            re.compile(one["idPattern"])
        except re.error as err:
            raise BadRequestData(said(f"The pattern cannot be read: {err}."), where=f"{where}/idPattern") from err


def _version(value: Any, where: str, _: Terms) -> None:
    if not isinstance(value, str) or not VERSION.fullmatch(value):
        refuse("A version like 1.6 is expected here.", where)


def _notification(value: Any, where: str, terms: Terms) -> None:
    if not isinstance(value, dict):
        refuse("notification is an object.", where)
    if "endpoint" not in value:
        refuse("notification needs an endpoint.", f"{where}/endpoint")
    for member, one in value.items():
        if member in NOTIFICATION_READ_ONLY:
            continue
        if member not in NOTIFICATION_CHECKS:
            refuse(f"notification has no member {member[:100]}.", f"{where}/{member[:100]}")
        NOTIFICATION_CHECKS[member](one, f"{where}/{member}", terms)
    if value.get("showChanges") and value.get("format") in {"keyValues", "simplified"}:
        refuse("showChanges needs the format normalized or concise.", f"{where}/showChanges")
    if "attributes" in value and ("pick" in value or "omit" in value):
        refuse("attributes does not go together with pick or omit.", f"{where}/attributes")
    both = set(value.get("pick", ())) & set(value.get("omit", ()))
    if both:
        refuse(f"{min(both)[:100]} is picked and omitted.", f"{where}/omit")


def _one_of(words: tuple[str, ...]) -> Check:
    def check(value: Any, where: str, _: Terms) -> None:
        if value not in words:
            refuse(f"One of {', '.join(words)} is expected here.", where)

    return check


def _level(value: Any, where: str, _: Terms) -> None:
    if not is_positive(value) or int(value) != value or value > DEEPEST_JOIN:
        refuse(f"A whole number from 1 to {DEEPEST_JOIN} is expected here.", where)


NOTIFICATION_CHECKS: dict[str, Check] = {
    "endpoint": lambda value, where, _: read_endpoint(value, where),
    "attributes": _names,
    "format": _one_of(FORMATS),
    "join": _one_of(JOINS),
    "joinLevel": _level,
    "omit": _projection,
    "pick": _projection,
    "showChanges": _flag,
    "sysAttrs": _flag,
}

CHECKS: dict[str, Check] = {
    "id": _uri,
    "type": _type,
    "entities": _entities,
    "notification": _notification,
    "notificationTrigger": _triggers,
    "watchedAttributes": _names,
    "q": _q,
    "geoQ": _geo,
    "scopeQ": _scope,
    "temporalQ": _temporal,
    "csf": _q,
    "datasetId": _datasets,
    "description": _text,
    "expandValues": _text,
    "expiresAt": _date,
    "isActive": _flag,
    "jsonKeys": _text,
    "jsonldContext": _uri,
    "lang": _text,
    "localOnly": _flag,
    "ngsildConformance": _version,
    "splitEntities": _flag,
    "subscriptionName": _text,
    "throttling": _positive,
    "timeInterval": _positive,
}
