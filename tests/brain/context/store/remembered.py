"""What a present should hold after some operations: the standard's words in plain Python, without a database."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

NULL = "urn:ngsi-ld:null"
MEMBERS = {"id", "type", "scope", "expiresAt"}
VALUE = {
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "ListProperty": "valueList",
}
Json = dict[str, Any]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def end_of(moment: int) -> str:
    """As a client would write when something ends: texts that stand in the order of time."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)).isoformat(timespec="microseconds")[
        :-6
    ] + "Z"


def text_of(moment: int) -> str:
    """As the broker writes a time of whole milliseconds."""
    assert moment % 1000 == 0
    return end_of(moment)[:-4] + "Z"


class Part:
    """One instance of an attribute, with its times."""

    def __init__(self, instance: Json, created: int, modified: int) -> None:
        self.instance, self.created, self.modified = deepcopy(instance), created, modified

    def has_ended(self, now: str) -> bool:
        return str(self.instance.get("expiresAt", "9")) <= now


class Remembered:
    """One entity: its types, scopes and end, and its parts by name and datasetId."""

    def __init__(self, body: Json, now: int) -> None:
        self.id, self.created = body["id"], now
        self.replace(body, now)

    def replace(self, body: Json, now: int) -> None:
        if "type" in body:
            self.types = as_list(body["type"])
        self.scopes: list[str] = as_list(body.get("scope", []))
        self.expires: str | None = body.get("expiresAt")
        self.modified = now
        self.parts = {key: Part(one, now, now) for key, one in instances(body)}

    def prune(self, now: str) -> None:
        self.parts = {key: part for key, part in self.parts.items() if not part.has_ended(now)}

    def members(self, fragment: Json, now: int, *, overwrite: bool = True) -> None:
        """Types are added; the scope and the end are replaced."""
        before = list(self.types), list(self.scopes), self.expires
        self.types += [one for one in as_list(fragment.get("type", [])) if one not in self.types]
        if fragment.get("scope") == NULL:
            self.scopes = []
        elif "scope" in fragment and (overwrite or not self.scopes):
            self.scopes = list(as_list(fragment["scope"]))
            before = ([], [], None)
        elif "scope" in fragment:
            self.scopes += [one for one in as_list(fragment["scope"]) if one not in self.scopes]
        if "expiresAt" in fragment:
            self.expires = fragment["expiresAt"]
            before = ([], [], None)
        if (self.types, self.scopes, self.expires) != before:
            self.modified = now

    def put(self, key: tuple[str, str | None], instance: Json, now: int) -> None:
        created = self.parts[key].created if key in self.parts else now
        self.parts[key] = Part(instance, created, now)
        self.modified = now

    def drop(self, key: tuple[str, str | None], now: int) -> bool:
        if self.parts.pop(key, None) is None:
            return False
        self.modified = now
        return True

    def append(self, fragment: Json, now: int, *, overwrite: bool) -> None:
        self.members(fragment, now, overwrite=overwrite)
        for key, one in instances(fragment):
            if overwrite or key not in self.parts:
                self.put(key, one, now)

    def update(self, fragment: Json, now: int) -> None:
        self.members({key: one for key, one in fragment.items() if key != "scope" or self.scopes}, now)
        for key, one in instances(fragment):
            if is_null(one):
                self.drop(key, now)
            else:
                self.put(key, without_nulls(one), now)

    def merge(self, fragment: Json, now: int) -> None:
        self.members(fragment, now)
        for key, one in instances(fragment):
            if is_null(one):
                self.drop(key, now)
            elif key in self.parts:
                self.put(key, merged(self.parts[key].instance, one), now)
            else:
                self.put(key, without_nulls(one, inside=True), now)

    def body(self) -> Json:
        """As it is kept, instances in the order of their datasetIds."""
        found: Json = {"id": self.id, "type": self.types if len(self.types) > 1 else self.types[0]}
        if self.scopes:
            found["scope"] = self.scopes if len(self.scopes) > 1 else self.scopes[0]
        for (name, _), part in sorted(self.parts.items(), key=lambda one: (one[0][0], one[0][1] or "")):
            found.setdefault(name, []).append(part.instance)
        return found

    def answer(self) -> Json:
        """With its system attributes."""
        found: Json = {member: one for member, one in self.body().items() if member in MEMBERS}
        found |= {"createdAt": text_of(self.created), "modifiedAt": text_of(self.modified)}
        if self.expires:
            found["expiresAt"] = self.expires
        for (name, _), part in sorted(self.parts.items(), key=lambda one: (one[0][0], one[0][1] or "")):
            times = {"createdAt": text_of(part.created), "modifiedAt": text_of(part.modified)}
            found.setdefault(name, []).append(part.instance | times)
        return found


def instances(body: Json) -> list[tuple[tuple[str, str | None], Json]]:
    """All instances with name and datasetId."""
    return [
        ((name, one.get("datasetId")), one)
        for name, found in body.items()
        if name not in MEMBERS
        for one in as_list(found)
    ]


def is_null(instance: Json) -> bool:
    return instance[VALUE[instance["type"]]] in (NULL, {"@none": NULL}, [NULL])


def without_nulls(instance: Json, *, inside: bool = False) -> Json:
    found = {}
    for member, value in instance.items():
        if value == NULL:
            continue
        if member == VALUE[instance["type"]]:
            found[member] = patched(None, value) if inside else value
        elif isinstance(value, dict):
            if not is_null(value):
                found[member] = without_nulls(value, inside=inside)
        else:
            found[member] = value
    return found


def merged(there: Json, given: Json) -> Json:
    kind = there["type"]
    if given["type"] == "Property" and kind in {"Relationship", "ListProperty"}:
        value = given["value"]
        if kind == "ListProperty" and isinstance(value, list):
            given = {"type": kind, "valueList": value} | {m: v for m, v in given.items() if m not in {"type", "value"}}
    if given["type"] != kind:
        return without_nulls(given, inside=True)
    found = dict(there)
    for member, value in given.items():
        if value == NULL or (isinstance(value, dict) and member == "s" and is_null(value)):
            found.pop(member, None)
        elif member == VALUE[kind]:
            found[member] = patched(there[member], value) if kind in {"Property", "LanguageProperty"} else value
        elif member == "s":
            found[member] = merged(there["s"], value) if "s" in there else without_nulls(value, inside=True)
        else:
            found[member] = value
    return found


def patched(there: Any, patch: Any) -> Any:
    """RFC 7396 with the NGSI-LD Null for null."""
    if not isinstance(patch, dict):
        return patch
    result = dict(there) if isinstance(there, dict) else {}
    for name, value in patch.items():
        if value == NULL:
            result.pop(name, None)
        else:
            result[name] = patched(result.get(name), value)
    return result
