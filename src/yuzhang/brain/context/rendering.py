"""Entities as they are answered: normalized, concise, simplified or GeoJSON, in the terms of a @context. Clauses 4.5.1 to 4.5.17."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import time_ns
from typing import Any

import msgspec

from yuzhang.brain.context.ending import pruned
from yuzhang.brain.context.geojson import is_geometry
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.language import chosen
from yuzhang.brain.context.model import ENTITY_MEMBERS, VALUE_MEMBER, Entity, Instance, Microseconds
from yuzhang.brain.context.moments import stamp
from yuzhang.brain.context.projection import Projection, heads, whole

PLAIN_MEMBERS = frozenset(VALUE_MEMBER.values()) | {
    *("type", "datasetId", "observedAt", "unitCode", "objectType", "expiresAt", "lang", "entity", "entityList"),
    *(
        "createdAt",
        "modifiedAt",
        "deletedAt",
        "instanceId",
        "valueType",
        "ngsildproof",
        "previousValue",
        "previousObject",
        "previousLanguageMap",
    ),
    *("previousVocab", "previousJson", "previousValueList", "previousObjectList", "entityIdSealed", "entityTypeSealed"),
}
"""Members of an attribute instance that are no attributes of the attribute."""
WORDS = frozenset({"vocab", "objectType", "previousVocab", "entityTypeSealed"})
"""Members whose values are names too: they are written in the terms of the reader."""
ALWAYS = frozenset({"id", "type", "scope", "expiresAt", "createdAt", "modifiedAt"})
"""Members that `attrs`, unlike `pick`, does not take away."""
BARE = frozenset({"Property", "GeoProperty", "Relationship", "ListProperty", "ListRelationship"})
"""Kinds whose value stands for itself in the simplified representation; others keep the name of their value (clause 4.5.4)."""


@dataclass(frozen=True, slots=True)
class Representation:
    """How entities shall be shown. `pick`, `omit` and `attrs` hold names, nested ones in braces: `located{name,id}`.

    `dataset` names the instances to show, `@none` for the default one. `geometry_property` is a name; None is `location`.
    """

    format: str = "normalized"
    sysattrs: bool = False
    pick: Projection | None = None
    omit: Projection | None = None
    attrs: Projection | None = None
    lang: str | None = None
    dataset: tuple[str, ...] | None = None
    geojson: bool = False
    geometry_property: str | None = None


PLAIN = Representation()
LONGEST_REMEMBERED = 8192
"""Bytes of a body whose form in a @context is kept in memory: at most 64 MiB in all."""
encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode


def render(entity: Entity, terms: Terms, how: Representation = PLAIN) -> dict[str, Any]:
    """The entity in the terms and the form wanted. Source: clauses 4.5.1, 4.5.3, 4.5.4, 4.15, 4.21, 6.3.11."""
    shown: dict[str, Any] = {}
    for name, value in entity.body.items():
        if not is_shown(name, how):
            continue
        if name in ENTITY_MEMBERS:
            if name != "expiresAt" or how.sysattrs:
                shown[name] = written(value, terms) if name == "type" else value
            continue
        attribute = _attribute(entity, name, value, terms, how)
        if attribute is not None:
            shown[terms.compact(name)] = attribute
    if how.sysattrs:
        for name, moment in (("createdAt", entity.created), ("modifiedAt", entity.modified)):
            if is_shown(name, how):
                shown[name] = stamp(moment)
    return shown


def rendered_bytes(body: bytes, expires: Microseconds | None, terms: Terms) -> bytes:
    """A kept body in the terms of a reader, normalized: unopened if nothing of it is to be changed.

    `expires` is when the entity ends. That, like `expiresAt` of an attribute, is a system attribute (clause 6.3.11).
    """
    if expires is None and b'"expiresAt"' not in body:
        if terms.is_core:
            return body
        if len(body) <= LONGEST_REMEMBERED:
            return _compacted(body, terms)
    return encode(render(Entity(pruned(decode(body), time_ns() // 1000), 0, 0), terms))


def rendered_list(kept: Sequence[tuple[bytes, Microseconds | None]], terms: Terms) -> bytes:
    """The same for a list of kept bodies, each with the end of its entity."""
    if terms.is_core and not any(expires for _, expires in kept):
        whole = b"[" + b",".join([body for body, _ in kept]) + b"]"
        if b'"expiresAt"' not in whole:
            return whole
    return b"[" + b",".join([rendered_bytes(body, expires, terms) for body, expires in kept]) + b"]"


@lru_cache(maxsize=4096)
def _compacted(body: bytes, terms: Terms) -> bytes:
    return encode(render(Entity(decode(body), 0, 0), terms))


def render_geojson(entity: Entity, terms: Terms, how: Representation = PLAIN) -> dict[str, Any]:
    """The entity as a GeoJSON Feature; its geometry is null if it has none. Source: clauses 4.5.16, 4.5.17."""
    properties = render(entity, terms, how)
    feature: dict[str, Any] = {"id": properties.pop("id")} if "id" in properties else {}
    return feature | {"type": "Feature", "geometry": _geometry(entity, how), "properties": properties}


def written(names: Any, terms: Terms) -> Any:
    """One name, or each of a list, as the term of a reader."""
    if isinstance(names, list):
        return [terms.compact(one) if isinstance(one, str) else one for one in names]
    return terms.compact(names) if isinstance(names, str) else names


def is_shown(name: str, how: Representation) -> bool:
    """Whether a member of an entity is wanted."""
    if how.pick is not None and name not in heads(how.pick):
        return False
    if how.omit is not None and name in whole(how.omit):
        return False
    return how.attrs is None or name in ALWAYS or name in heads(how.attrs)


def _geometry(entity: Entity, how: Representation) -> Any:
    instances = _wanted(entity.instances(how.geometry_property or "location"), how)
    geometries = [one for one in instances if one["type"] == "GeoProperty"]
    plain = [one for one in geometries if "datasetId" not in one]
    return (plain or geometries)[0]["value"] if geometries else None


def _wanted(instances: list[Instance], how: Representation) -> list[Instance]:
    if how.dataset is None:
        return instances
    return [one for one in instances if one.get("datasetId", "@none") in how.dataset]


def _attribute(entity: Entity, name: str, value: Any, terms: Terms, how: Representation) -> Any:
    """One attribute with its instances; None if none of them is wanted."""
    instances = _wanted(value if isinstance(value, list) else [value], how)
    if not instances:
        return None
    if how.format == "simplified":
        return _simplified(instances, terms, how)
    found = []
    for instance in instances:
        shown = shown_instance(instance, terms, how)
        if how.sysattrs:
            created, modified = entity.attribute_times(name, instance.get("datasetId"))
            shown["createdAt"], shown["modifiedAt"] = stamp(created), stamp(modified)
        found.append(concise(shown, alone=len(instances) == 1) if how.format == "concise" else shown)
    return found[0] if len(found) == 1 else found


def shown_instance(instance: Instance, terms: Terms, how: Representation) -> dict[str, Any]:
    """One instance in the normalized representation."""
    if how.lang is not None and instance["type"] == "LanguageProperty":
        instance = _spoken(instance, how.lang)
    shown: dict[str, Any] = {}
    for name, value in instance.items():
        if name in PLAIN_MEMBERS:
            if name != "expiresAt" or how.sysattrs:
                shown[name] = written(value, terms) if name in WORDS else value
        else:
            shown[terms.compact(name)] = _sub_attribute(value, terms, how)
    return shown


def _sub_attribute(value: Any, terms: Terms, how: Representation, *, alone: bool = True) -> Any:
    if isinstance(value, list):
        return [_sub_attribute(one, terms, how, alone=False) for one in value]
    if not isinstance(value, dict) or value.get("type") not in VALUE_MEMBER:
        return value
    shown = shown_instance(value, terms, how)
    return concise(shown, alone=alone) if how.format == "concise" else shown


def _spoken(instance: Instance, lang: str) -> Instance:
    """A LanguageProperty as a Property in one language. Source: clause 4.15."""
    tag = chosen(instance["languageMap"], lang)
    spoken: Instance = {}
    for name, value in instance.items():
        if name == "type":
            spoken["type"] = "Property"
        elif name != "languageMap":
            spoken[name] = value
        elif tag is not None:
            spoken["value"], spoken["lang"] = value[tag], tag
        else:
            spoken["value"] = None
    return spoken


def concise(shown: dict[str, Any], *, alone: bool = True) -> Any:
    """An instance without its type, or its value if it has nothing else and is `alone`. Source: clauses 4.5.2.3, 4.5.3.3.

    Read again it is what it was: beside others it stays an object, lest they all be taken for a list of values; the value of a
    Property that is an object stays in its member, lest it be taken for an attribute instance; and the type stays with a Property
    whose value looks like a place.
    """
    kind = shown["type"]
    if kind == "Property" and is_geometry(shown["value"]):
        return shown
    rest = {name: value for name, value in shown.items() if name != "type"}
    if alone and rest.keys() == {"value"} and (kind == "GeoProperty" or not _is_object(rest["value"])):
        return rest["value"]
    return rest


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value))


def _simplified(instances: Sequence[Instance], terms: Terms, how: Representation) -> Any:
    if len(instances) == 1 and "datasetId" not in instances[0]:
        return bare_value(instances[0], terms, how)
    return {"dataset": {one.get("datasetId", "@none"): bare_value(one, terms, how) for one in instances}}


def bare_value(instance: Instance, terms: Terms, how: Representation) -> Any:
    """The value of one instance alone. Source: clause 4.5.4."""
    kind = instance["type"]
    if kind == "LanguageProperty" and how.lang is not None:
        return _spoken(instance, how.lang)["value"]
    member = VALUE_MEMBER[kind]
    value = instance[member]
    if kind == "ListRelationship":
        return [one["object"] if isinstance(one, dict) else one for one in value]
    if kind in BARE:
        return value
    return {member: written(value, terms) if kind == "VocabProperty" else value}
