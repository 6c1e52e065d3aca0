"""What of an entity can be asked for without opening its body: types, links, place, declared values, kinds of attributes."""

import sys
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from yuzhang.brain.context.jsonld.core import full_iri
from yuzhang.brain.context.model import ENTITY_MEMBERS, VALUE_MEMBER, Body
from yuzhang.brain.context.shapes import KIND_NUMBERS, LINKING, Shape, shape

MAX_INDEXED_TEXT = 512
"""Characters; a longer text is kept, but found by looking through, as no index entry should be larger than a page."""
MAX_NUMBER = sys.float_info.max

Box = tuple[float, float, float, float]
"""West, south, east, north; degrees."""


class Facets(NamedTuple):
    """What the narrow tables hold of one entity; names are texts still. `uses` pairs each attribute with its kind's number."""

    types: tuple[str, ...]
    uses: tuple[tuple[str, int], ...]
    links: tuple[tuple[str, str], ...]
    box: Box | None
    numbers: tuple[tuple[str, float], ...]
    texts: tuple[tuple[str, str], ...]


def facets(body: Body, declared: AbstractSet[str] = frozenset()) -> Facets:
    """The facets of `body`; values are taken of the attributes in `declared` only.

    >>> facets({"id": "urn:x:1", "type": "Well", "level": {"type": "Property", "value": 3}}, {"level"}).numbers
    (('level', 3.0),)
    """
    known = shape(body)
    return _facets(body, declared) if known is None else _shaped(body, known, declared)


def _shaped(body: Body, known: Shape, declared: AbstractSet[str]) -> Facets:
    links: list[tuple[str, str]] = []
    numbers: list[tuple[str, float]] = []
    texts: list[tuple[str, str]] = []
    for name in known.links:
        target = body[name].get("object")
        if target.__class__ is str:
            links.append((name, target))
        else:
            links.extend((name, one) for one in targets(body[name]))
    for name in declared:
        if name in body and name not in ENTITY_MEMBERS:
            _take_values(name, body[name], body[name]["type"], numbers, texts)
    kind = body["type"]
    return Facets(
        (kind,) if kind.__class__ is str else tuple(kind),
        known.uses,
        tuple(dict.fromkeys(links)) if len(links) > 1 else tuple(links),
        box([body[name]["value"] for name in known.places]) if known.places else None,
        tuple(dict.fromkeys(numbers)) if len(numbers) > 1 else tuple(numbers),
        tuple(dict.fromkeys(texts)) if len(texts) > 1 else tuple(texts),
    )


def _facets(body: Body, declared: AbstractSet[str]) -> Facets:
    kind = body["type"]
    uses: list[tuple[str, int]] = []
    links: list[tuple[str, str]] = []
    numbers: list[tuple[str, float]] = []
    texts: list[tuple[str, str]] = []
    places: list[Any] = []
    for name, found in body.items():
        if found.__class__ is str or name in ENTITY_MEMBERS:
            continue
        for one in found if found.__class__ is list else (found,):
            kind_of = one["type"]
            uses.append((name, KIND_NUMBERS[kind_of]))
            if kind_of in LINKING:
                links.extend((name, target) for target in targets(one))
            elif kind_of == "GeoProperty":
                places.append(one["value"])
            if name in declared:
                _take_values(name, one, kind_of, numbers, texts)
    return Facets(
        (kind,) if isinstance(kind, str) else tuple(kind),
        tuple(dict.fromkeys(uses)),
        tuple(dict.fromkeys(links)),
        box(places) if places else None,
        tuple(dict.fromkeys(numbers)),
        tuple(dict.fromkeys(texts)),
    )


def differing(
    before: Body, after: Body, declared: AbstractSet[str] = frozenset(), known: Shape | None = None
) -> tuple[Facets, Facets]:
    """The facets of two bodies of one entity, without those of attributes that are the same in both: most of them, mostly.

    `known` is the shape of both, if somebody found that out before.

    >>> one, two = ({"id": "urn:x:1", "type": "Well", "a": {"type": "Property", "value": 1}, "b": b}
    ...             for b in ({"type": "Property", "value": 2}, {"type": "Relationship", "object": "urn:x:3"}))
    >>> [found.uses for found in differing(one, two)]
    [(('b', 1),), (('b', 3),)]
    """
    if before["type"] != after["type"]:
        return facets(before, declared), facets(after, declared)  # attributes are counted by type
    if known is None and (one := shape(after)) is not None and one is shape(before):
        known = one
    if known is not None:
        if _found_alike(before, after, known, declared):
            return SAME
        return _shaped(before, known, declared), _shaped(after, known, declared)
    changed = [name for name in before if name not in after]
    for name, one in after.items():
        was = before.get(name)
        if name in declared:
            if _has_same_values(was, one):
                continue
        elif was == one or (_is_property(was) and _is_property(one)):
            continue  # nothing is found by the value of a property that is not declared
        changed.append(name)
    if not changed:
        return SAME
    if any(_is_place(body.get(name)) for name in changed for body in (before, after)):
        return facets(before, declared), facets(after, declared)  # the box is around all places
    first, second = (
        {"type": one["type"]} | {name: one[name] for name in changed if name in one} for one in (before, after)
    )
    return facets(first, declared), facets(second, declared)


def _found_alike(before: Body, after: Body, known: Shape, declared: AbstractSet[str]) -> bool:
    """Whether two bodies of one shape have the same places, targets and declared values."""
    for name in known.found_by:
        if before[name] != after[name]:
            return False
    for name in declared:  # noqa: SIM110  # a generator costs as much as all the comparisons
        if not _has_same_values(before.get(name), after.get(name)):
            return False
    return True


def _has_same_values(was: Any, one: Any) -> bool:
    """Whether two attributes are equal for the indexes too: for Python, but not for them, 1 is the same as true."""
    return bool(was == one) and (was is None or repr(was) == repr(one))


SAME = (Facets((), (), (), None, (), ()),) * 2


def _is_property(found: Any) -> bool:
    return found.__class__ is dict and found["type"] == "Property"


def _is_place(found: Any) -> bool:
    instances = found if isinstance(found, list) else [found]
    return any(isinstance(one, dict) and one.get("type") == "GeoProperty" for one in instances)


def targets(instance: dict[str, Any]) -> list[str]:
    """The URIs that a relationship points to."""
    found = instance.get("object", instance.get("objectList", ()))
    if isinstance(found, str):
        return [found]
    return [one if isinstance(one, str) else one["object"] for one in found if isinstance(one, str | dict)]


def all_texts(languages: dict[str, Any]) -> list[str]:
    """The texts of a language map, whatever their language."""
    return [one for text in languages.values() for one in (text if isinstance(text, list) else [text])]


def _take_values(
    name: str, instance: dict[str, Any], kind: str, numbers: list[tuple[str, float]], texts: list[tuple[str, str]]
) -> None:
    value: Any = instance.get(VALUE_MEMBER[kind])
    if kind in LINKING:
        value = targets(instance)
    elif kind == "LanguageProperty":
        value = all_texts(value)
    for one in value if isinstance(value, list) else (value,):
        if isinstance(one, bool):
            texts.append((name, "true" if one else "false"))
        elif isinstance(one, int | float):
            numbers.append((name, _finite(one)))
        elif kind == "VocabProperty" and isinstance(one, str):
            texts.append((name, full_iri(one)[:MAX_INDEXED_TEXT]))
        elif isinstance(one, str):
            texts.append((name, one[:MAX_INDEXED_TEXT]))
        elif isinstance(one, dict) and isinstance(one.get("@value"), str):
            texts.append((name, one["@value"][:MAX_INDEXED_TEXT]))


def _finite(number: float) -> float:
    """The number as the index keeps it; JSON has whole numbers that are larger than any it can."""
    try:
        return float(number)
    except OverflowError:
        return MAX_NUMBER if number > 0 else -MAX_NUMBER


def box(geometries: list[Any]) -> Box | None:
    """The smallest box of degrees around all positions of GeoJSON geometries; None if there is no position.

    >>> box([{"type": "Point", "coordinates": [115.9, 28.7]}, {"type": "LineString", "coordinates": [[116, 28], [117, 29]]}])
    (115.9, 28.0, 117.0, 29.0)
    """
    if len(geometries) == 1 and geometries[0]["type"] == "Point":
        east, north = geometries[0]["coordinates"][:2]
        return float(east), float(north), float(east), float(north)
    easts: list[float] = []
    norths: list[float] = []
    rest = [one.get("coordinates", one.get("geometries", [])) for one in geometries]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            rest.append(one.get("coordinates", []))
        elif one and isinstance(one[0], int | float):
            easts.append(float(one[0]))
            norths.append(float(one[1]))
        else:
            rest.extend(one)
    return (min(easts), min(norths), max(easts), max(norths)) if easts else None
