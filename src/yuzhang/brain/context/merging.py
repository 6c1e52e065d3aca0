"""What each operation makes of an entity: pure steps from what is kept to what shall be. Clauses 5.5.8, 5.5.12, 5.6.2 to 5.6.5, 5.6.17 to 5.6.19."""

from typing import Any

import msgspec

from yuzhang.brain.context.errors import BadRequestData, ResourceNotFound, said
from yuzhang.brain.context.model import (
    ALL,
    ENTITY_MEMBERS,
    NULL,
    VALUE_MEMBER,
    Body,
    Entity,
    Instance,
    Microseconds,
    Touch,
    times_key,
)
from yuzhang.brain.context.shapes import Shape, shape

Touched = dict[str, Touch]


class Refused(msgspec.Struct, frozen=True):
    """An attribute that an operation left as it was, and why."""

    attribute: str
    reason: str


class Merged(msgspec.Struct, frozen=True):
    """What became of an entity. `entity` is the one given, the very same object, if nothing is to be written."""

    entity: Entity
    touched: Touched
    refused: tuple[Refused, ...] = ()
    shape: Shape | None = None
    """That of the entity before and after, if it is known to be the same."""


def created(body: Body, now: Microseconds) -> tuple[Entity, Touched]:
    """A new entity. Nothing is named as touched: all of it is new."""
    return Entity(body, now, now), {}


class _Change:
    """An entity while it is changed: a copy of its body and times, and what was touched."""

    def __init__(self, entity: Entity, now: Microseconds) -> None:
        self.entity = entity
        self.now = now
        self.body: Body = dict(entity.body)
        self.times = dict(entity.times)
        self.touched: Touched = {}
        self.refused: list[Refused] = []
        self.other = False

    def find(self, name: str, dataset: str | None) -> Instance | None:
        """The instance that is there now."""
        found = self.body.get(name)
        for one in found if isinstance(found, list) else [found] if found is not None else []:
            if one.get("datasetId") == dataset:
                return dict(one) if one is not None else None
        return None

    def put(self, name: str, instance: Instance) -> None:
        """Put an instance in the place of the one with the same datasetId, or beside the others."""
        dataset = instance.get("datasetId")
        there = self.body.get(name)
        key = times_key(name, dataset)
        instances = there if isinstance(there, list) else [there] if there is not None else []
        left = [one for one in instances if one.get("datasetId") != dataset]
        new = len(left) == len(instances)
        place = next((at for at, one in enumerate(instances) if one.get("datasetId") == dataset), len(left))
        together = [*left[:place], instance, *left[place:]]
        self.body[name] = together if len(together) > 1 else together[0]
        made = self.now if new else self.entity.attribute_times(name, dataset)[0]
        self.times[key] = (made, self.now)
        self.touched[key] = "created" if new else "updated"

    def put_only(self, name: str, found: Any) -> bool:
        """Put the one instance of an attribute, in the most usual case: neither it nor what is there has a datasetId. Else False."""
        there = self.body.get(name)
        if found.__class__ is not dict or "datasetId" in found:
            return False
        if there is not None and (there.__class__ is not dict or "datasetId" in there):
            return False
        self.body[name] = found
        made = self.now if there is None else self.entity.attribute_times(name)[0]
        self.times[name] = (made, self.now)
        self.touched[name] = "created" if there is None else "updated"
        return True

    def drop(self, name: str, dataset: str | None) -> bool:
        """Take an instance away; whether it was there."""
        there = self.body.get(name)
        instances = there if isinstance(there, list) else [there] if there is not None else []
        left = [one for one in instances if one.get("datasetId") != dataset]
        if len(left) == len(instances):
            return False
        if left:
            self.body[name] = left if len(left) > 1 else left[0]
        else:
            del self.body[name]
        key = times_key(name, dataset)
        self.times.pop(key, None)
        self.touched[key] = "deleted"
        return True

    def members(self, fragment: Body, *, replace_scope: bool = True) -> None:
        """Type, scope and end of life. Types are added, never taken away. Source: clauses 5.6.3.4, 5.6.17.4."""
        if "type" in fragment:
            added = fragment["type"]
            types = list(dict.fromkeys([*self.entity.types, *([added] if isinstance(added, str) else added)]))
            if types != self.entity.types:
                self.set("type", types if len(types) > 1 else types[0])
        if "scope" in fragment:
            if replace_scope or "scope" not in self.body:
                self.set("scope", fragment["scope"])
            else:
                added = fragment["scope"]
                scopes = list(dict.fromkeys([*self.entity.scopes, *([added] if isinstance(added, str) else added)]))
                if scopes != self.entity.scopes:
                    self.set("scope", scopes if len(scopes) > 1 else scopes[0])
        if "expiresAt" in fragment:
            self.set("expiresAt", fragment["expiresAt"])

    def set(self, member: str, value: Any) -> None:
        """Set a member that is no attribute; an NGSI-LD Null takes it away."""
        if value == NULL:
            self.body.pop(member, None)
        else:
            self.body[member] = value
        self.other = True

    def done(self) -> Merged:
        """What became of it."""
        if not self.touched and not self.other:
            return Merged(self.entity, {}, tuple(self.refused))
        entity = Entity(self.body, self.entity.created, self.now, self.times)
        return Merged(entity, self.touched, tuple(self.refused))


def attributes_of(fragment: Body) -> list[tuple[str, Instance]]:
    """Each instance of each attribute of a fragment, with its name."""
    return [
        (name, one)
        for name, found in fragment.items()
        if name not in ENTITY_MEMBERS
        for one in (found if isinstance(found, list) else [found])
    ]


def _keys(body: Body) -> set[str]:
    """The keys of the times of all instances of a body."""
    found = set()
    for name, one in body.items():
        if one.__class__ is dict:
            found.add(f"{name}\n{one['datasetId']}" if "datasetId" in one else name)
        elif one.__class__ is list and name not in ENTITY_MEMBERS:
            found.update(times_key(name, instance.get("datasetId")) for instance in one)
    return found


def is_null(instance: Instance) -> bool:
    """Whether an instance stands for its own deletion. Source: clause 4.5.0."""
    value = instance.get(VALUE_MEMBER.get(instance.get("type", "Property"), "value"))
    if value.__class__ is str:
        return bool(value == NULL)
    return value in ({"@none": NULL}, [NULL])


def appended(entity: Entity, now: Microseconds, fragment: Body, *, overwrite: bool) -> Merged:
    """Attributes are added; those that are there already are replaced, or left if not `overwrite`. Source: clause 5.6.3."""
    change = _Change(entity, now)
    change.members(fragment, replace_scope=overwrite)
    left: Body = {}
    for name, found in fragment.items():
        if not (overwrite and name not in ENTITY_MEMBERS and change.put_only(name, found)):
            left[name] = found
    for name, one in attributes_of(left):
        there = change.find(name, one.get("datasetId"))
        if there is None or overwrite:
            change.put(name, one)
        else:
            change.refused.append(Refused(name, "it is there already"))
    return change.done()


def updated(entity: Entity, now: Microseconds, fragment: Body) -> Merged:
    """Attributes that are there are replaced whole, or deleted by an NGSI-LD Null; new ones come beside them.

    A scope is only replaced where there is one. Source: clauses 5.5.8, 5.6.2.
    """
    change = _Change(entity, now)
    if "scope" in fragment and "scope" not in entity.body:
        change.refused.append(Refused("scope", "the entity has no scope"))
        fragment = {member: value for member, value in fragment.items() if member != "scope"}
    change.members(fragment)
    for name, one in attributes_of(fragment):
        dataset = one.get("datasetId")
        if is_null(one) and change.find(name, dataset) is None:
            change.refused.append(Refused(name, "there is no such attribute"))
        elif is_null(one):
            change.drop(name, dataset)
        else:
            change.put(name, one)
    return change.done()


def merge_patched(
    entity: Entity, now: Microseconds, fragment: Body, *, lang: str | None = None, observed: str | None = None
) -> Merged:
    """The fragment is merged into what is there, member by member; an NGSI-LD Null deletes. Source: clauses 5.5.12, 5.6.17.

    `lang`: a text for a LanguageProperty is its text in that language. `observed`: the time of attributes that have one already.
    Raises BadRequestData if an attribute would change its kind without saying all of it.
    """
    change = _Change(entity, now)
    change.members(fragment)
    for name, one in attributes_of(fragment):
        dataset = one.get("datasetId")
        there = change.find(name, dataset)
        if is_null(one):
            change.drop(name, dataset)
        elif there is None:
            whole = _without_nulls(one)
            if VALUE_MEMBER.get(whole.get("type", ""), "") not in whole:
                raise BadRequestData(
                    said(f"{name} is not there, and the fragment does not say its value."), where=f"/{name}"
                )
            change.put(name, whole)
        else:
            merged = _merged_instance(there, adapted(there, one, lang), name)
            if observed is not None and "observedAt" in there and "observedAt" not in one:
                merged["observedAt"] = observed
            change.put(name, merged)
    return change.done()


def adapted(there: Instance, given: Instance, lang: str | None = None) -> Instance:
    """A given value in the kind of the attribute that is there, where it came as a bare value.

    >>> adapted({"type": "LanguageProperty", "languageMap": {"en": "Bridge"}}, {"type": "Property", "value": "Pont"}, "fr")
    {'type': 'LanguageProperty', 'languageMap': {'fr': 'Pont'}}
    """
    kind = there["type"]
    if given.get("type") != "Property" or kind in {"Property", "GeoProperty"} or "value" not in given:
        return given
    value = given["value"]
    rest = {member: one for member, one in given.items() if member not in {"type", "value"}}
    if kind == "LanguageProperty":
        if lang is None or not isinstance(value, str):
            return given
        return {"type": kind, "languageMap": {lang: value}, **rest}
    if kind in {"Relationship", "VocabProperty"} and isinstance(value, str | list):
        return {"type": kind, VALUE_MEMBER[kind]: value, **rest}
    if kind == "JsonProperty" and isinstance(value, dict | list):
        return {"type": kind, "json": value, **rest}
    if kind in {"ListProperty", "ListRelationship"} and isinstance(value, list):
        return {"type": kind, VALUE_MEMBER[kind]: value, **rest}
    return given


def _merged_instance(there: Instance, given: Instance, name: str) -> Instance:
    kind = str(given.get("type", there["type"]))
    if kind != there["type"]:
        if VALUE_MEMBER[kind] not in given:
            raise BadRequestData(said(f"{name} is a {there['type']}, not a {kind}."), where=f"/{name}/type")
        return _without_nulls(given)
    found = dict(there)
    value_member = VALUE_MEMBER[kind]
    for member, value in given.items():
        if value == NULL:
            found.pop(member, None)
        elif member == value_member and kind in {"Property", "LanguageProperty", "JsonProperty"}:
            found[member] = merged_value(there.get(member), value)
        elif (
            member != value_member  # a geometry has a type, too, but is replaced whole
            and isinstance(value, dict)
            and "type" in value
            and isinstance(there.get(member), dict)
            and "type" in there[member]
        ):
            if is_null(value):
                found.pop(member, None)
            else:
                found[member] = _merged_instance(there[member], value, f"{name}/{member}")
        elif isinstance(value, dict) and "type" in value and value["type"] in VALUE_MEMBER and is_null(value):
            found.pop(member, None)
        else:
            found[member] = value
    return found


def merged_value(there: Any, given: Any) -> Any:
    """Objects are merged member by member, everything else is replaced. Source: clause 5.5.12, RFC 7396.

    >>> merged_value({"a": 1, "b": {"c": 2}}, {"b": {"c": "urn:ngsi-ld:null", "d": 3}})
    {'a': 1, 'b': {'d': 3}}
    """
    if not isinstance(given, dict):
        return given
    found = dict(there) if isinstance(there, dict) else {}
    for member, value in given.items():
        if value == NULL or value is None:
            found.pop(member, None)
        else:
            found[member] = merged_value(found.get(member), value)
    return found


def _without_nulls(instance: Instance) -> Instance:
    """What stands for a deletion says nothing where there is nothing to delete."""
    found: Instance = {}
    for member, value in instance.items():
        if value == NULL:
            continue
        if isinstance(value, dict):
            if value.get("type") in VALUE_MEMBER and is_null(value):
                continue
            found[member] = merged_value(None, value) if member in {"value", "languageMap", "json"} else value
        else:
            found[member] = value
    return found


def replaced(entity: Entity, now: Microseconds, body: Body) -> Merged:
    """A new body in the place of the old one; the entity keeps the time of its creation. Source: clause 5.6.18."""
    times = {ALL: (now, now)}
    if "type" not in body:
        body = {**body, "type": entity.body["type"]}
    known = shape(body)
    if known is not None and known is shape(entity.body):
        return Merged(Entity(body, entity.created, now, times), dict.fromkeys(known.names, "updated"), (), known)
    there, given = _keys(entity.body), _keys(body)
    touched: Touched = {key: "updated" if key in there else "created" for key in given}
    touched.update(dict.fromkeys(there.difference(given), "deleted"))
    return Merged(Entity(body, entity.created, now, times), touched)


def attribute_patched(entity: Entity, now: Microseconds, name: str, given: Instance) -> Merged:
    """Members of one instance are replaced, or deleted by an NGSI-LD Null. Raises ResourceNotFound, BadRequestData. Source: 5.6.4."""
    change = _Change(entity, now)
    dataset = given.get("datasetId")
    there = change.find(name, dataset)
    if there is None:
        raise no_attribute(entity, name, dataset)
    if "type" in given and is_null(given):
        change.drop(name, dataset)
        return change.done()
    kind = given.get("type")
    if kind is not None and kind != there["type"]:
        if kind == "Property" and there["type"] != "Property":
            given = adapted(there, given)
        if given["type"] != there["type"]:
            raise BadRequestData(said(f"{name} is a {there['type']}, not a {given['type']}."), where="/type")
    found = dict(there)
    for member, value in given.items():
        gone = value == NULL or (isinstance(value, dict) and value.get("type") in VALUE_MEMBER and is_null(value))
        if gone:
            found.pop(member, None)
        else:
            found[member] = value
    if VALUE_MEMBER[found["type"]] not in found:
        change.drop(name, dataset)
    else:
        change.put(name, found)
    return change.done()


def attribute_replaced(entity: Entity, now: Microseconds, name: str, given: Instance | list[Instance]) -> Merged:
    """One instance of an attribute, or several, are put in the place of those that are there. Raises ResourceNotFound. Source: 5.6.19."""
    change = _Change(entity, now)
    for one in given if isinstance(given, list) else [given]:
        if change.find(name, one.get("datasetId")) is None:
            raise no_attribute(entity, name, one.get("datasetId"))
        change.put(name, one)
    return change.done()


def attribute_deleted(
    entity: Entity, now: Microseconds, name: str, *, dataset: str | None = None, everything: bool = False
) -> Merged:
    """One instance of an attribute is taken away, or all of them. Raises ResourceNotFound. Source: clause 5.6.5."""
    change = _Change(entity, now)
    if name == "scope" and "scope" in entity.body:
        change.set("scope", NULL)
        return change.done()
    datasets = [one.get("datasetId") for one in entity.instances(name)] if everything else [dataset]
    gone = [change.drop(name, one) for one in datasets]
    if not any(gone):
        raise no_attribute(entity, name, dataset)
    return change.done()


def no_attribute(entity: Entity, name: str, dataset: str | None) -> ResourceNotFound:
    """The error of an attribute, or an instance of it, that is not there."""
    which = f" with the datasetId {dataset}" if dataset else ""
    return ResourceNotFound(said(f"{entity.id} has no attribute {name}{which}."), where=f"/{name}")


def thinned(entity: Entity, now: Microseconds, names: frozenset[str], *, keep: bool) -> Merged:
    """The attributes `names` are taken away, or all others if `keep`. Source: clause 5.6.21.4."""
    change = _Change(entity, now)
    for name in entity.attributes():
        if (name in names) != keep:
            for one in entity.instances(name):
                change.drop(name, one.get("datasetId"))
    return change.done()
