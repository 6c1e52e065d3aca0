"""An attribute of a payload becomes instances of the normalized form. Clauses 4.5.2 to 4.5.24, concise ones inferred."""

from collections.abc import Set as AbstractSet
from typing import Any

from yuzhang.brain.context.geojson import checked_geometry, is_geometry
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import NULL, VALUE_MEMBER, Instance
from yuzhang.brain.context.spelling import is_name
from yuzhang.brain.context.values import CHECKS, ValueReader, wrong

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


class Reader(ValueReader):
    """Reads the attributes of one payload. `partial`: they need not be whole. `simple`: they come in the simplified form."""

    __slots__ = ("partial", "simple")

    def __init__(
        self,
        terms: Terms,
        *,
        nulls: bool = False,
        nested: bool = False,
        partial: bool = False,
        simple: bool = False,
    ) -> None:
        super().__init__(terms, nulls=nulls, nested=nested)
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
        if not is_geometry(given):
            wrong(f"There is no kind of attribute {str(kind)[:100]}.", f"{where}/type")
        return {"type": "GeoProperty", "value": checked_geometry(given, where)}

    def members(self, given: dict[str, Any], kind: str, where: str) -> Instance:
        """All members of an instance of a known kind ("" if a partial one does not say)."""
        found: Instance = {"type": kind} if kind else {}
        member = VALUE_MEMBER.get(kind)
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
                if name in found:
                    wrong("Two terms of the payload mean the same attribute.", f"{where}/{term[:100]}")
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

    def name(self, term: str, where: str, no_attribute: AbstractSet[str] = NOT_REIFIED) -> str:
        """The name of an attribute's term; none of those that mean something else, whatever the term is in its @context."""
        if not is_name(term):
            wrong(f"“{term[:100]}” is no name of an attribute (clause 4.6.2).", f"{where}/{term[:100]}")
        name = self.terms.names[term]
        if name in no_attribute:
            wrong(f"“{term[:100]}” means {name} here, which is no attribute (clause 4.5.1).", f"{where}/{term[:100]}")
        return name


def is_instance(given: Any) -> bool:
    """Whether an element of a list is an instance of an attribute, and not a value."""
    if given.__class__ is not dict:
        return False
    kind = given.get("type")
    if kind.__class__ is str and kind in VALUE_MEMBER:
        return True
    return kind is None and ("datasetId" in given or not VALUE_MEMBERS.isdisjoint(given))
