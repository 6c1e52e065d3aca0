"""Values and instances, merged: an NGSI-LD Null takes away, objects are merged member by member. Clauses 4.5.0, 5.5.8, 5.5.12."""

from collections.abc import Callable
from typing import Any

from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.model import NULL, VALUE_MEMBER, Instance
from yuzhang.brain.context.spelling import is_uri

MERGED_KINDS = frozenset({"Property", "LanguageProperty", "JsonProperty"})
"""Kinds whose value is merged; that of the others is replaced."""


def is_null(instance: Instance) -> bool:
    """Whether an instance stands for its own deletion. Source: clause 4.5.0."""
    value = instance.get(VALUE_MEMBER.get(instance.get("type", "Property"), "value"))
    if value.__class__ is str:
        return bool(value == NULL)
    return value in ({"@none": NULL}, [NULL])


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
    fitting = ADAPTED.get(kind)
    found = None if fitting is None else fitting(value)
    return given if found is None else {"type": kind, VALUE_MEMBER[kind]: found, **rest}


def _uris(value: Any) -> Any:
    return value if value and all(map(is_uri, instances_of(value))) else None


def _words(value: Any) -> Any:
    return value if all(one.__class__ is str for one in instances_of(value)) else None


def _objects(value: Any) -> Any:
    return value if all(one.__class__ is dict for one in instances_of(value)) else None


def _targets(value: Any) -> Any:
    return [{"object": one} for one in value] if value.__class__ is list and all(map(is_uri, value)) else None


ADAPTED: dict[str, Callable[[Any], Any]] = {
    "Relationship": _uris,
    "VocabProperty": _words,
    "JsonProperty": _objects,
    "ListProperty": lambda value: value if value.__class__ is list else None,
    "ListRelationship": _targets,
}
"""What a bare value becomes as the value of a kind; None if it cannot be one."""


def merged_instance(there: Instance, given: Instance, name: str) -> Instance:
    """An instance with what is given of it. Raises BadRequestData if it would change its kind without saying all of it."""
    kind = str(given.get("type", there["type"]))
    if kind != there["type"]:
        if VALUE_MEMBER[kind] not in given:
            raise BadRequestData(said(f"{name} is a {there['type']}, not a {kind}."), where=f"/{name}/type")
        return whole(given, name)
    found = dict(there)
    value_member = VALUE_MEMBER[kind]
    for member, value in given.items():
        if value == NULL:
            found.pop(member, None)
        elif member == value_member:
            found[member] = merged_value(there.get(member), value) if kind in MERGED_KINDS else value
        elif is_attribute(value):
            put_or_drop(found, member, _merged_instances(there.get(member), value, f"{name}/{member}"))
        else:
            found[member] = value
    return found


def _merged_instances(there: Any, given: Any, name: str) -> list[Instance]:
    """The instances of an attribute of an attribute, each merged into the one with its datasetId."""
    found = {one.get("datasetId"): one for one in instances_of(there)}
    for one in instances_of(given):
        dataset = one.get("datasetId")
        if is_null(one):
            found.pop(dataset, None)
        else:
            found[dataset] = merged_instance(found[dataset], one, name) if dataset in found else whole(one, name)
    return list(found.values())


def put_or_drop(there: Instance, member: str, instances: list[Instance]) -> None:
    """Put the instances of an attribute of an attribute; if there are none, it goes."""
    if instances:
        there[member] = instances if len(instances) > 1 else instances[0]
    else:
        there.pop(member, None)


def instances_of(found: Any) -> list[Any]:
    """The instances of a member, or the elements of a value; none if it is not there."""
    return found if isinstance(found, list) else [] if found is None else [found]


def is_attribute(value: Any) -> bool:
    """Whether a member that is not the value holds an attribute of the attribute."""
    return value.__class__ is dict or (value.__class__ is list and bool(value) and value[0].__class__ is dict)


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


def whole(given: Instance, name: str, *, exact: bool = False) -> Instance:
    """A new instance: what stands for a deletion says nothing where there is nothing to delete. `exact`: its value stays as it is.

    Raises BadRequestData if its value, or that of an attribute in it, is not said.
    """
    value_member = VALUE_MEMBER.get(given.get("type", ""), "")
    found: Instance = {}
    for member, value in given.items():
        if value == NULL:
            continue
        if member == value_member:
            found[member] = value if exact else merged_value(None, value)
        elif is_attribute(value):
            put_or_drop(found, member, wholes(value, f"{name}/{member}", exact=exact))
        else:
            found[member] = value
    if value_member not in found:
        raise BadRequestData(said(f"{name} is not there, and the fragment does not say its value."), where=f"/{name}")
    return found


def wholes(given: Any, name: str, *, exact: bool = False) -> list[Instance]:
    """The instances of a new attribute, without those that stand for a deletion. Raises BadRequestData."""
    return [whole(one, name, exact=exact) for one in instances_of(given) if not is_null(one)]
