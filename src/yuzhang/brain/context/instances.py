"""An attribute of a payload becomes instances of the normalized form. Clauses 4.5.2 to 4.5.24, concise ones inferred."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NoReturn

from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.geojson import checked_geometry, is_geometry
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import NULL, VALUE_MEMBER, Instance
from yuzhang.brain.context.moments import microseconds

NAME = re.compile(r"[^\W\d_]\w*(?::[^\W\d_][\w.-]*)?")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~]+")
"""Of ASCII, without what no URI holds. Source: RFC 3986."""
IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
UNSAFE = re.compile(
    r"[\s<>\"{}|\\^`\x00-\x20\x7f-\xa0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufdd0-\ufdef\ufff0-\uffff\U000e0000-\U000e0fff]"
)
"""What no URI holds (RFC 3986), and what of RFC 3987 is invisible or turns the direction of writing."""
LANGUAGE_TAG = re.compile(r"@none|[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
LONGEST_NAME, LONGEST_URI = 1000, 2000
KIND_OF = {member: kind for kind, member in VALUE_MEMBER.items() if kind != "GeoProperty"}
VALUE_MEMBERS = frozenset(KIND_OF)
GENERATED = frozenset({"createdAt", "modifiedAt", "deletedAt", "instanceId"})
"""What only the broker says; it is passed over in payloads (clause 5.5.4)."""
PREVIOUS = frozenset({"previous" + member[0].upper() + member[1:] for member in VALUE_MEMBERS})
NOT_REIFIED = (
    GENERATED
    | PREVIOUS
    | VALUE_MEMBERS
    | frozenset(
        {
            "id",
            "type",
            "datasetId",
            "observedAt",
            "unitCode",
            "objectType",
            "valueType",
            "entity",
            "entityList",
            "scope",
        }
        | {"@id", "@type", "@context", "@value", "lang", "expiresAt", "ngsildproof"}
    )
)
"""Terms that name no attribute of an attribute (clause 4.5.1)."""
SEALED = frozenset({"entityIdSealed", "entityTypeSealed"})
NO_ATTRIBUTE = (NOT_REIFIED | SEALED) - {"vocab", "json", "ngsildproof"}
"""Terms that name no attribute of an entity; where no value is expected, the core context's `vocab` and `json` are terms like others."""
UNITLESS = frozenset(
    {"Relationship", "ListRelationship", "LanguageProperty", "VocabProperty", "JsonProperty", "GeoProperty"}
)
MAX_INSTANCES = 1000
PLAIN = frozenset({str, int, float, bool})


def wrong(what: str, where: str) -> NoReturn:
    """Raise BadRequestData."""
    raise BadRequestData(said(what), where=where)


@lru_cache(maxsize=8192)
def is_name(term: str) -> bool:
    """Whether a term may name a type or an attribute: a name, prefix:name, or an IRI. Source: clause 4.6.2."""
    if len(term) > LONGEST_NAME:
        return False
    return NAME.fullmatch(term) is not None or (":" in term and is_uri(term))


def is_uri(text: Any) -> bool:
    """Whether a value is an absolute URI or IRI without what cannot be seen."""
    if not isinstance(text, str) or len(text) > LONGEST_URI:
        return False
    if text.isascii():
        return URI.fullmatch(text) is not None
    return (
        IRI.fullmatch(text) is not None
        and not UNSAFE.search(text)
        and not any(ord(char) & 0xFFFE == 0xFFFE for char in text if char > "\uffff")
    )


class Reader:
    """Reads the attributes of one payload. `nulls`: an NGSI-LD Null may stand for what is to be deleted (clause 4.5.0).

    `nested`: also inside a value, as in a fragment that is merged (clause 5.5.4).
    """

    __slots__ = ("nested", "nulls", "partial", "simple", "terms")

    def __init__(
        self,
        terms: Terms,
        *,
        nulls: bool = False,
        nested: bool = False,
        partial: bool = False,
        simple: bool = False,
    ) -> None:
        self.terms = terms
        self.nulls = nulls
        self.nested = nested
        self.partial = partial
        self.simple = simple

    def attribute(self, given: Any, where: str) -> Instance | list[Instance]:
        """One attribute: an instance, or several that differ in their datasetId."""
        if given.__class__ is list and given and not self.simple and all(is_instance(one) for one in given):
            return self.several(given, where)
        return self.instance(given, where)

    def several(self, given: list[Any], where: str) -> Instance | list[Instance]:
        """The instances of one attribute; at most one is the default one. Source: clause 4.5.5."""
        if len(given) > MAX_INSTANCES:
            wrong(f"An attribute has at most {MAX_INSTANCES} instances.", where)
        found = [self.instance(one, f"{where}/{place}") for place, one in enumerate(given)]
        if len({one.get("datasetId") for one in found}) != len(found):
            wrong("Two instances have the same datasetId, or none.", where)
        return found if len(found) > 1 else found[0]

    def instance(self, given: Any, where: str) -> Instance:
        """One instance in normalized form."""
        if given.__class__ is not dict:
            return self.bare(given, where)
        if self.simple:
            return self.simplified(given)
        kind = given.get("type", given.get("@type"))
        if kind is None or kind.__class__ is not str or kind not in VALUE_MEMBER:
            return self.untyped(given, kind, where)
        return self.members(given, kind, where)

    def bare(self, given: Any, where: str) -> Instance:
        """A value alone. Source: clause 4.5.2.3."""
        if given is None or (given == NULL and not self.nulls):
            wrong("Null is not allowed here.", where)
        if not self.simple and given.__class__ is list:
            self.no_null(given, where)
        return {"type": "Property", "value": given}

    def simplified(self, given: dict[str, Any]) -> Instance:
        """An object of the simplified representation. Source: clause 4.5.4."""
        if is_geometry(given):
            return {"type": "GeoProperty", "value": checked_geometry(given, "/")}
        for member, kind in (("languageMap", "LanguageProperty"), ("vocab", "VocabProperty"), ("json", "JsonProperty")):
            if len(given) == 1 and member in given:
                return self.members(given, kind, "/")
        return {"type": "Property", "value": given}

    def untyped(self, given: dict[str, Any], kind: Any, where: str) -> Instance:
        """A concise instance: its kind follows from its value's member."""
        if kind is None:
            members = [member for member in given if member in KIND_OF]
            if len(members) == 1:
                found = KIND_OF[members[0]]
                if found == "Property" and is_geometry(given["value"]):
                    found = "GeoProperty"
                return self.members(given, found, where)
            if not members and self.partial:
                return self.members(given, "", where)
            if len(members) > 1:
                wrong(f"An attribute has one of {', '.join(members)}, not several.", where)
            wrong("An attribute has a value: value, object, languageMap, vocab, json, valueList or objectList.", where)
        if is_geometry(given):
            return {"type": "GeoProperty", "value": checked_geometry(given, where)}
        wrong(f"There is no kind of attribute {str(kind)[:100]}.", f"{where}/type")

    def members(self, given: dict[str, Any], kind: str, where: str) -> Instance:
        """All members of an instance of a known kind ("" if a partial one does not say)."""
        found: Instance = {"type": kind} if kind else {}
        member = VALUE_MEMBER.get(kind, "")
        for term, value in given.items():
            if term == member:
                found[term] = CHECKS[kind](self, value, f"{where}/{term}")
            elif term == "type" or term == "@type":
                continue
            elif term == "observedAt":
                found[term] = self.moment(value, f"{where}/observedAt")
            elif term == "unitCode":
                if kind in UNITLESS:
                    wrong(f"A {kind} has no unit.", f"{where}/unitCode")
                found[term] = self.text(value, f"{where}/unitCode")
            elif term == "datasetId":
                if value != "@none":
                    found[term] = self.dataset(value, f"{where}/datasetId")
            elif term in NOT_REIFIED or term in SEALED:
                self.other(found, term, value, kind, where)
            else:
                name = self.name(term, where)
                found[name] = self.attribute(value, f"{where}/{term}")
        if member and member not in found and not self.partial:
            wrong(f"A {kind} has a {member}.", f"{where}/{member}")
        return found

    def other(self, found: Instance, term: str, value: Any, kind: str, where: str) -> None:
        """A member that is neither the value nor an attribute of the attribute."""
        place = f"{where}/{term}"
        if term in GENERATED or term == "expiresAt":
            if term == "expiresAt":
                found[term] = self.moment(value, place)
        elif term == "objectType":
            if kind and kind not in {"Relationship", "ListRelationship"}:
                wrong(f"A {kind} has no objectType.", place)
            names = value if isinstance(value, list) else [value]
            read = [self.terms.expand(self.text(one, place)) for one in names]
            found[term] = read if isinstance(value, list) else read[0]
        elif term == "valueType":
            self.value_type(value, kind, place)
            found[term] = value
        elif term == "lang" and kind == "Property":
            found[term] = self.text(value, place)
        elif term in {"entity", "entityList"} and kind in {"Relationship", "ListRelationship"}:
            return  # what was linked at a retrieval is not written (clause 4.5.23)
        elif term == "ngsildproof":
            found[term] = self.proof(value, place)
        elif kind == "" and term in VALUE_MEMBERS:
            wrong(f"Say the type with {term}.", place)
        else:
            wrong(f"A {kind or 'partial attribute'} has no member {term}.", place)

    def proof(self, given: Any, where: str) -> Instance:
        """The seal of an entity or of an attribute: kept as it came, but for the sealed type. Source: clauses 4.5.2.2, C.11."""
        if given.__class__ is not dict or given.get("type", "Property") != "Property":
            wrong("ngsildproof is a Property.", where)
        if given.__class__ is dict and given.get("value").__class__ is not dict:
            wrong("The value of ngsildproof is an object, the proof.", f"{where}/value")
        rest = {term: value for term, value in given.items() if term not in SEALED}
        found = self.members(rest, "Property", where)
        if "entityIdSealed" in given:
            found["entityIdSealed"] = self.uri(given["entityIdSealed"], f"{where}/entityIdSealed")
        if "entityTypeSealed" in given:
            found["entityTypeSealed"] = self.terms.names[
                self.text(given["entityTypeSealed"], f"{where}/entityTypeSealed")
            ]
        return found

    def value_type(self, value: Any, kind: str, where: str) -> None:
        """The data type of a value. Source: clause 5.2.5, table 5.2.32-1."""
        if not isinstance(value, str):
            wrong("A text is expected here.", where)
        if kind == "LanguageProperty" and value != "langString":
            wrong("The valueType of a LanguageProperty is langString.", where)

    def name(self, term: str, where: str) -> str:
        """The name of an attribute's term."""
        if not is_name(term):
            wrong(f"“{term[:100]}” is no name of an attribute (clause 4.6.2).", f"{where}/{term[:100]}")
        return self.terms.names[term]

    def moment(self, value: Any, where: str) -> Any:
        """A DateTime as it came. Source: clause 4.6.3."""
        if value == NULL and self.nulls:
            return value
        if not isinstance(value, str):
            wrong("A time is a text like 2026-11-25T04:00:00Z.", where)
        try:
            microseconds(value)
        except BadRequestData as err:
            raise BadRequestData(err.detail, where=where) from err
        return value

    def text(self, value: Any, where: str) -> str:
        """A text."""
        if not isinstance(value, str) or (value == NULL and not self.nulls):
            wrong("A text is expected here.", where)
        return value

    def uri(self, value: Any, where: str) -> str:
        """A URI, its prefix written out."""
        if isinstance(value, str):
            value = self.terms.expand_id(value)
        if not is_uri(value) or (value == NULL and not self.nulls):
            wrong("A URI is expected here.", where)
        return str(value)

    def dataset(self, value: Any, where: str) -> str:
        """A datasetId; it cannot be deleted. Source: clause 5.5.8."""
        if value == NULL:
            wrong("A datasetId cannot be deleted (clause 5.5.8).", where)
        return self.uri(value, where)

    def no_null(self, value: Any, where: str, *, inside: bool = False) -> None:
        """Nothing inside a value is null, but in a fragment that is merged. Source: clause 5.5.4."""
        if value is None or (value == NULL and not (self.nested if inside else self.nulls)):
            wrong("Null is not allowed here.", where)
        if value.__class__ is dict:
            for key, one in value.items():
                if key == "@context":
                    wrong("An attribute has no @context of its own (clause 5.5.7).", where)
                if one.__class__ not in PLAIN or one == NULL:
                    self.no_null(one, where, inside=True)
        elif value.__class__ is list:
            for one in value:
                if one.__class__ not in PLAIN or one == NULL:
                    self.no_null(one, where, inside=True)

    # What the value of each kind may be.
    def property(self, value: Any, where: str) -> Any:
        """A Property's value: anything but null. Source: clause 4.5.2.2."""
        if value.__class__ not in PLAIN or value == NULL:
            self.no_null(value, where)
        return value

    def geometry(self, value: Any, where: str) -> Any:
        """A GeoProperty's value. Source: clause 4.7."""
        return value if value == NULL and self.nulls else checked_geometry(value, where)

    def relationship(self, value: Any, where: str) -> Any:
        """A Relationship's object: a URI or several. Source: clause 4.5.3.2."""
        if value.__class__ is list:
            if not value:
                wrong("A Relationship points to something.", where)
            return [self.uri(one, where) for one in value]
        return self.uri(value, where)

    def languages(self, value: Any, where: str) -> Any:
        """A LanguageProperty's languageMap. Source: clause 4.6.5."""
        if value == NULL and self.nulls:
            return {"@none": NULL}
        if not isinstance(value, dict) or not value:
            wrong("A languageMap is an object: a language, and the text or texts in it.", where)
        for tag, texts in value.items():
            if not LANGUAGE_TAG.fullmatch(tag):
                wrong(f"“{tag[:40]}” is no language tag (RFC 5646).", where)
            for text in texts if isinstance(texts, list) else [texts]:
                if not isinstance(text, str) or (
                    text == NULL and not (self.nested or (self.nulls and len(value) == 1))
                ):
                    wrong("A text, or a list of texts, is expected here.", f"{where}/{tag}")
        return value

    def words(self, value: Any, where: str) -> Any:
        """A VocabProperty's vocab: terms, kept as names. Source: clause 4.5.20."""
        if value == NULL and self.nulls:
            return value
        if value.__class__ is list:
            return [self.terms.names[self.text(one, where)] for one in value]
        return self.terms.names[self.text(value, where)]

    def raw(self, value: Any, where: str) -> Any:
        """A JsonProperty's json: an object or a list of objects, never looked into. Source: clause 4.5.24.2."""
        if value == NULL and self.nulls:
            return value
        if not isinstance(value, dict) and not (
            isinstance(value, list) and all(isinstance(one, dict) for one in value)
        ):
            wrong("An object, or a list of objects, is expected here.", where)
        return value

    def ordered(self, value: Any, where: str) -> Any:
        """A ListProperty's valueList. Source: clause 4.5.21.2."""
        if value == NULL and self.nulls:
            return [NULL]
        if not isinstance(value, list):
            wrong("A list is expected here.", where)
        self.no_null(value, where)
        return value

    def objects(self, value: Any, where: str) -> Any:
        """A ListRelationship's objectList, as objects with a member object. Source: clause 4.5.22.2."""
        if value == NULL and self.nulls:
            return [NULL]
        if not isinstance(value, list):
            wrong("A list is expected here.", where)
        if self.nulls and value == [NULL]:
            return value
        found = []
        for one in value:
            target = one.get("object") if isinstance(one, dict) and one.keys() == {"object"} else one
            found.append({"object": self.uri(target, where)})
        return found


def is_instance(given: Any) -> bool:
    """Whether an element of a list is an instance of an attribute, and not a value."""
    if given.__class__ is not dict:
        return False
    kind = given.get("type")
    if kind.__class__ is str and kind in VALUE_MEMBER:
        return True
    return kind is None and ("datasetId" in given or not VALUE_MEMBERS.isdisjoint(given))


CHECKS: dict[str, Callable[[Reader, Any, str], Any]] = {
    "Property": Reader.property,
    "GeoProperty": Reader.geometry,
    "Relationship": Reader.relationship,
    "LanguageProperty": Reader.languages,
    "VocabProperty": Reader.words,
    "JsonProperty": Reader.raw,
    "ListProperty": Reader.ordered,
    "ListRelationship": Reader.objects,
}
