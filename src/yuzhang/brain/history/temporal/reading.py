"""A payload of the temporal API becomes instances: of each attribute as many as it brings. Clauses 4.5.6 to 4.5.9, 5.2.20, 5.5.4."""

from dataclasses import dataclass, field
from typing import Any

from yuzhang.brain.context.errors import BadRequestData, InvalidRequest, said
from yuzhang.brain.context.instances import Reader, is_instance
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import NULL, VALUE_MEMBER, Instance, Microseconds
from yuzhang.brain.context.moments import is_moment, microseconds
from yuzhang.brain.context.reading import (
    IDENTIFYING,
    MAX_ATTRIBUTES,
    TIMES,
    UNUSUAL,
    checked_uri,
    read_scopes,
    read_types,
)
from yuzhang.brain.context.values import wrong
from yuzhang.brain.history.temporal.model import SCOPE

SIMPLIFIED = {
    "values": ("Property", "value"),
    "languageMaps": ("LanguageProperty", "languageMap"),
    "vocabs": ("VocabProperty", "vocab"),
    "jsons": ("JsonProperty", "json"),
    "objects": ("Relationship", "object"),
    "valueLists": ("ListProperty", "valueList"),
    "objectLists": ("ListRelationship", "objectList"),
}
"""The members of the simplified temporal representation: the kind of attribute, and the member of one instance. Source: clause 4.5.9."""
WRAPPED = frozenset({"languageMap", "vocab", "json"})


@dataclass(frozen=True, slots=True)
class Told:
    """One instance that somebody tells history of; `ended`: the attribute was deleted then, at the time told if there is one."""

    instance: Instance
    ended: bool = False
    at: Microseconds | None = None


@dataclass(slots=True)
class Account:
    """What a payload tells of an entity over time. Names for terms; `types` is empty and `id` too where the payload need not say."""

    id: str = ""
    types: list[str] = field(default_factory=list)
    scopes: list[str] | None = None
    attributes: dict[str, list[Told]] = field(default_factory=dict)


class PastReader(Reader):
    """Reads attributes of which one payload brings the same instance at several times."""

    __slots__ = ()

    def several(self, given: list[Any], where: str) -> Instance | list[Instance]:
        """All instances; equal datasets are no fault (clause 4.5.6)."""
        found = [self.instance(one, f"{where}/{place}") for place, one in enumerate(given)]
        return found if len(found) > 1 else found[0]


def read_account(data: Any, terms: Terms) -> Account:
    """A whole EntityTemporal. Raises InvalidRequest, BadRequestData. Source: clauses 5.2.20 and 5.6.11."""
    _check_object(data)
    found = read_addition(data, terms)
    given = data.get("id", data.get("@id"))
    if given is None:
        wrong("An entity has an id.", "/id")
    found.id = checked_uri(terms.expand_id(given) if isinstance(given, str) else given)
    if not found.types:
        wrong("An entity has a type.", "/type")
    return found


def read_addition(data: Any, terms: Terms) -> Account:
    """A fragment of an EntityTemporal; an id in it is passed over. Raises InvalidRequest, BadRequestData. Source: clause 5.6.12."""
    _check_object(data)
    if len(data) > MAX_ATTRIBUTES:
        wrong(f"An entity has at most {MAX_ATTRIBUTES} attributes.", "/")
    found = Account()
    given = data.get("type", data.get("@type"))
    if given is not None:
        kinds = read_types(given, terms)
        found.types = kinds if isinstance(kinds, list) else [kinds]
    reader = PastReader(terms, nulls=True)
    for term, value in data.items():
        if term not in IDENTIFYING:
            _member(found, term, value, reader)
    return found


def read_one(data: Any, terms: Terms, name: str) -> Told:
    """The one instance that a payload brings: itself, in a list, or as the only attribute of a fragment.

    Raises: InvalidRequest, BadRequestData. Source: clause 5.6.14.3.
    """
    if isinstance(data, dict) and not is_instance(data):
        spoken = {terms.expand(term): value for term, value in data.items()}
        if name in spoken:
            data = spoken[name]
    reader = PastReader(terms, nulls=True)
    found = _told(data, reader, "/")
    if len(found) != 1:
        raise BadRequestData(said("One instance of an attribute is replaced at a time."), where="/")
    return found[0]


def _check_object(data: Any) -> None:
    if data.__class__ is not dict:
        raise InvalidRequest(said("An entity is a JSON object."), where="/")
    if not data:
        raise InvalidRequest(said("The payload is empty."), where="/")


def _member(found: Account, term: str, value: Any, reader: PastReader) -> None:
    where = f"/{term[:100]}"
    if term in TIMES or term == "@context":
        return
    if term == "expiresAt":
        if not is_moment(value):
            wrong("A time is a text like 2026-11-25T04:00:00Z.", where)
        return
    if term == SCOPE:
        _scope(found, value, reader)
        return
    name = reader.name(term, "", UNUSUAL)
    if name in found.attributes:
        wrong("Two terms of the payload mean the same attribute.", where)
    found.attributes[name] = _told(value, reader, where)


def _scope(found: Account, value: Any, reader: PastReader) -> None:
    """Scopes as they are, or as instances of a Property over time. Source: clauses 4.5.6 and 4.18."""
    if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
        told = _told(value, reader, "/scope")
        for one in told:
            if one.instance["type"] != "Property" or one.instance.keys() - {"type", "value", "observedAt"}:
                wrong("Over time, a scope is a Property with nothing but its times beside its value.", "/scope")
            if not one.ended:
                one.instance["value"] = read_scopes(one.instance["value"])
        found.attributes[SCOPE] = told
        lasting = max(told, key=lambda one: str(one.instance.get("observedAt", "~")))
        scopes = [] if lasting.ended else lasting.instance["value"]
        found.scopes = scopes if isinstance(scopes, list) else [scopes]
        return
    scopes = read_scopes(value)
    found.scopes = scopes if isinstance(scopes, list) else [scopes]
    found.attributes[SCOPE] = [Told({"type": "Property", "value": scopes})]


def _told(value: Any, reader: PastReader, where: str) -> list[Told]:
    raw = _unfolded(value, where)
    read = reader.attribute(raw, where)
    instances = read if isinstance(read, list) else [read]
    # A list that is the value of one instance tells nothing of when something ended.
    givens = raw if isinstance(raw, list) and len(raw) == len(instances) else [raw]
    found = []
    for place, instance in enumerate(instances):
        given = givens[place] if place < len(givens) and isinstance(givens[place], dict) else {}
        found.append(_one(instance, given, f"{where}/{place}" if len(instances) > 1 else where))
    return found


def _one(instance: Instance, given: dict[str, Any], where: str) -> Told:
    for name, value in instance.items():
        if value == NULL and name != VALUE_MEMBER[instance["type"]]:
            wrong(
                "Null stands for the value of an attribute that was deleted, and for nothing else.", f"{where}/{name}"
            )
    value = instance[VALUE_MEMBER[instance["type"]]]
    if not (value == NULL or value == {"@none": NULL}):
        return Told(instance)
    at = given.get("deletedAt")
    if at is not None and not is_moment(at):
        wrong("A time is a text like 2026-11-25T04:00:00Z.", f"{where}/deletedAt")
    return Told(instance, True, microseconds(at) if at is not None else None)


def _unfolded(value: Any, where: str) -> Any:
    """An attribute in the simplified temporal representation as a list of instances; all else as it is. Source: clause 4.5.9."""
    if isinstance(value, list) and value and all(_is_simplified(one) for one in value):
        return [instance for one in value for instance in _unfolded(one, where)]
    if not _is_simplified(value):
        return value
    member = next(one for one in SIMPLIFIED if one in value)
    kind, single = SIMPLIFIED[member]
    pairs = value[member]
    if not isinstance(pairs, list) or not pairs:
        wrong(f"{member} is a list of pairs: the value, and its time.", f"{where}/{member}")
    found = []
    for place, pair in enumerate(pairs):
        if not isinstance(pair, list) or len(pair) != 2:
            wrong(f"{member} is a list of pairs: the value, and its time.", f"{where}/{member}/{place}")
        one = pair[0]
        if single in WRAPPED and isinstance(one, dict) and one.keys() == {single}:
            one = one[single]
        instance = {"type": value.get("type", kind), single: one, "observedAt": pair[1]}
        if "datasetId" in value:
            instance["datasetId"] = value["datasetId"]
        found.append(instance)
    return found


def _is_simplified(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and any(one in value for one in SIMPLIFIED)
        and value.keys() <= {"type", "datasetId", *SIMPLIFIED}
    )
