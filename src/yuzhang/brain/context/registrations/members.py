"""What the members of a CSourceRegistration may be: a payload becomes a checked document, or is refused with the place of its fault.

Source: clauses 5.2.8 to 5.2.11, 5.2.22, 5.2.34; clause 5.9.2.4 for what goes together.
"""

import re
from collections.abc import Callable
from typing import Any, NoReturn

from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.jsonld import CORE, Terms
from yuzhang.brain.context.model import NULL, Microseconds
from yuzhang.brain.context.moments import microseconds
from yuzhang.brain.context.query import parse_geo
from yuzhang.brain.context.registrations.model import MEMBERS, MODES, SPACES, Document
from yuzhang.brain.context.registrations.operations import AUXILIARY_OPERATIONS, GROUPS, OPERATIONS

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
ENDPOINT = re.compile(r"https?://[^\s/?#<>\"{}|\\^`@]+(/[^\s?#<>\"{}|\\^`]*)?")
DURATION = re.compile(r"P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?!$)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
SCOPE = re.compile(r"/?[^\W\d][\w]*(/[^\W\d][\w]*)*")
ALIAS = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z:\[\]-]{1,256}")
HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
VERSION = re.compile(r"\d+\.\d+(\.\d+)?")
TENANT = re.compile(r"[!-~]{1,256}")
READ_ONLY = frozenset(
    {"status", "createdAt", "modifiedAt", "deletedAt", "timesSent", "timesFailed", "lastSuccess", "lastFailure"}
)
NOT_TAKEN_AWAY = frozenset({"type", "information", "endpoint"})
LONGEST_PATTERN = 500
MOST_INFORMATION = 1000
Check = Callable[[Any, str], None]


def refuse(what: str, where: str) -> NoReturn:
    """Raise BadRequestData."""
    raise BadRequestData(said(what), where=where)


def checked_id(text: Any) -> str:
    """A registration's id. Raises BadRequestData if it is no URI. Source: clause 5.9.3.4."""
    if not isinstance(text, str) or not URI.fullmatch(text):
        refuse(f"“{str(text)[:100]}” is no URI.", "/id")
    return text


def read_document(data: Any, terms: Terms, now: Microseconds) -> Document:
    """A whole CSourceRegistration, with names. Raises BadRequestData. Source: clause 5.9.2.4."""
    found = _members(data)
    for member in ("type", "information", "endpoint"):
        if member not in found:
            refuse(f"A CSourceRegistration needs {member}.", f"/{member}")
    for member, value in found.items():
        _nothing_null(value, f"/{member}")
    _check(found, now)
    check_whole(found)
    return renamed(found, terms.expand)


def read_update(data: Any, terms: Terms, now: Microseconds) -> tuple[Document, frozenset[str]]:
    """A fragment of a CSourceRegistration: what is put in the place of members, and which members are taken away.

    Raises BadRequestData. Source: clauses 5.9.3.4 and 5.5.8.
    """
    found = _members(data)
    found.pop("id", None)
    gone = frozenset(member for member, value in found.items() if value is None or value == NULL)
    if kept_anyway := gone & NOT_TAKEN_AWAY:
        refuse(f"{min(kept_anyway)} cannot be taken away.", f"/{min(kept_anyway)}")
    kept = {member: value for member, value in found.items() if member not in gone}
    for member, value in kept.items():
        _nothing_null(value, f"/{member}")
    _check(kept, now)
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


def _nothing_null(value: Any, where: str) -> None:
    if value is None or value == NULL:
        refuse("Null is not allowed here.", where)
    if isinstance(value, dict):
        for name, one in value.items():
            _nothing_null(one, f"{where}/{name}")
    elif isinstance(value, list):
        for place, one in enumerate(value):
            _nothing_null(one, f"{where}/{place}")


def _check(found: Document, now: Microseconds) -> None:
    for member, value in found.items():
        if member in CHECKS:
            CHECKS[member](value, f"/{member}")
        elif not member or member.startswith("@") or len(member) > 1000:
            refuse(f"“{member[:100]}” is no name of a property.", "/")
    if "expiresAt" in found and microseconds(found["expiresAt"]) <= now:
        refuse("expiresAt lies in the past.", "/expiresAt")


def _matching(pattern: re.Pattern[str], what: str) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            refuse(f"{what} is expected here.", where)

    return check


def _text(value: Any, where: str) -> None:
    if not isinstance(value, str) or not value:
        refuse("A text is expected here.", where)


def _flag(value: Any, where: str) -> None:
    if not isinstance(value, bool):
        refuse("true or false is expected here.", where)


def _positive(value: Any, where: str) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < float("inf"):
        refuse("A number greater than 0 is expected here.", where)


def _type(value: Any, where: str) -> None:
    if value != "ContextSourceRegistration":
        refuse("The type is “ContextSourceRegistration”.", where)


def _date(value: Any, where: str) -> None:
    try:
        microseconds(value)
    except BadRequestData as err:
        raise BadRequestData(err.detail, where=where) from err


def _mode(value: Any, where: str) -> None:
    if value not in MODES:
        refuse(f"A mode is one of {', '.join(sorted(MODES))}.", where)


def _texts(value: Any, where: str, what: str = "texts") -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        refuse(f"A list of {what}, not empty, is expected here.", where)
    found: list[str] = value
    return found


def _operations(value: Any, where: str) -> None:
    for place, one in enumerate(_texts(value, where, "operations")):
        if one not in OPERATIONS and one not in GROUPS:
            refuse(f"There is no operation “{one[:60]}” (clause 4.20).", f"{where}/{place}")


def _scopes(value: Any, where: str) -> None:
    for one in _texts([value] if isinstance(value, str) else value, where, "scopes"):
        if not SCOPE.fullmatch(one):
            refuse(f"“{one[:100]}” is no scope (clause 4.18).", where)


def _interval(value: Any, where: str) -> None:
    if not isinstance(value, dict) or value.keys() - {"startAt", "endAt"} or "startAt" not in value:
        refuse("A TimeInterval is an object with startAt and maybe endAt.", where)
    for member, one in value.items():
        _date(one, f"{where}/{member}")
    if "endAt" in value and microseconds(value["endAt"]) < microseconds(value["startAt"]):
        refuse("endAt lies before startAt.", f"{where}/endAt")


def geometry(value: Any) -> Any:
    """The geometry of a place that is given as such, or as a GeoProperty."""
    return (
        value["value"] if isinstance(value, dict) and value.get("type") == "GeoProperty" and "value" in value else value
    )


def _place(value: Any, where: str) -> None:
    shape = geometry(value)
    if not isinstance(shape, dict) or not isinstance(shape.get("type"), str) or "coordinates" not in shape:
        refuse("A GeoJSON geometry is expected here.", where)
    try:
        parse_geo("intersects", shape["type"], shape["coordinates"], None, CORE)
    except BadRequestData as err:
        raise BadRequestData(err.detail, where=where) from err


def _pairs(value: Any, where: str) -> None:
    if not isinstance(value, list):
        refuse("A list of pairs of key and value is expected here.", where)
    for place, one in enumerate(value):
        if not isinstance(one, dict) or one.keys() != {"key", "value"}:
            refuse("A pair has a key and a value.", f"{where}/{place}")
        if not isinstance(one["key"], str) or not HEADER.fullmatch(one["key"]):
            refuse("A key is a text that can name a header.", f"{where}/{place}/key")
        if not isinstance(one["value"], str) or not one["value"].isprintable():
            refuse("A value is a text without line breaks.", f"{where}/{place}/value")


def _management(value: Any, where: str) -> None:
    if not isinstance(value, dict):
        refuse("A RegistrationManagementInfo is an object.", where)
    for member, one in value.items():
        if member not in MANAGEMENT:
            refuse(f"A RegistrationManagementInfo has no member {member[:60]}.", f"{where}/{member[:60]}")
        MANAGEMENT[member](one, f"{where}/{member}")


def _information(value: Any, where: str) -> None:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_INFORMATION:
        refuse(f"A list of 1 to {MOST_INFORMATION} RegistrationInfos is expected here.", where)
    for place, one in enumerate(value):
        inside = f"{where}/{place}"
        if not isinstance(one, dict) or not one:
            refuse("A RegistrationInfo is an object with members.", inside)
        if unknown := one.keys() - {"entities", "propertyNames", "relationshipNames"}:
            refuse(f"A RegistrationInfo has no member {min(unknown)[:100]}.", inside)
        for member in ("propertyNames", "relationshipNames"):
            if member in one:
                _texts(one[member], f"{inside}/{member}", "names")
        if "entities" in one:
            _entities(one["entities"], f"{inside}/entities")


def _entities(value: Any, where: str) -> None:
    if not isinstance(value, list) or not value:
        refuse("A list of EntityInfos, not empty, is expected here.", where)
    for place, one in enumerate(value):
        inside = f"{where}/{place}"
        if not isinstance(one, dict) or one.keys() - {"id", "idPattern", "type"}:
            refuse("An EntityInfo is an object with type and maybe id or idPattern.", inside)
        # Clause 5.2.8: it is not possible to register entities by their id or idPattern alone.
        kind = one.get("type")
        _texts([kind] if isinstance(kind, str) else kind, f"{inside}/type", "types")
        if "id" in one and (not isinstance(one["id"], str) or not URI.fullmatch(one["id"])):
            refuse("The id of an entity is a URI.", f"{inside}/id")
        if "idPattern" in one:
            checked_pattern(one["idPattern"], f"{inside}/idPattern")


def checked_pattern(value: Any, where: str) -> re.Pattern[str]:
    """A pattern of ids. Raises BadRequestData if it is none."""
    if not isinstance(value, str) or not value or len(value) > LONGEST_PATTERN:
        refuse(f"A pattern is a text of at most {LONGEST_PATTERN} characters.", where)
    try:
        return re.compile(value)
    except (re.error, RecursionError, OverflowError) as err:
        raise BadRequestData(said(f"The pattern cannot be read: {err}."), where=where) from err


MANAGEMENT: dict[str, Check] = {
    "cacheDuration": _matching(DURATION, "A duration like PT5M"),
    "cooldown": _positive,
    "timeout": _positive,
    "localOnly": _flag,
}
CHECKS: dict[str, Check] = {
    "id": _matching(URI, "A URI"),
    "type": _type,
    "registrationName": _text,
    "description": _text,
    "information": _information,
    "tenant": _matching(TENANT, "A tenant's name in ASCII"),
    "observationInterval": _interval,
    "managementInterval": _interval,
    **dict.fromkeys(SPACES, _place),
    "expiresAt": _date,
    "endpoint": _matching(ENDPOINT, "An address that begins with http:// or https://"),
    "contextSourceInfo": _pairs,
    "scope": _scopes,
    "mode": _mode,
    "operations": _operations,
    "refreshRate": _matching(DURATION, "A duration like PT5M"),
    "management": _management,
    "localOnly": _flag,
    "contextSourceAlias": _matching(ALIAS, "A name without spaces"),
    "ngsildConformance": _matching(VERSION, "A version like 1.9"),
}
