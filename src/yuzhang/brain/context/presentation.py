"""An entity as a person reads it: a label, its values with units and times, what it points to."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yuzhang.brain.context.language import chosen
from yuzhang.brain.context.model import VALUE_MEMBER, Entity, Instance
from yuzhang.brain.context.units import symbol
from yuzhang.core.moments import moment

LAST_PART = re.compile(r"[^/#]+$")
LABELS = ("name", "title", "alternateName")
MEMBERS = frozenset({"type", "datasetId", "observedAt", "unitCode", *VALUE_MEMBER.values()})
LONGEST_VALUE = 400

Position = tuple[float, float]
"""Longitude, latitude; degrees."""


@dataclass(frozen=True, slots=True)
class Value:
    """One instance of an attribute. `links` are the entities that it points to; `more` are its sub-attributes, as JSON.

    `unit` is the symbol of the unit with the code `unit_code`.
    """

    label: str
    name: str
    kind: str
    text: str
    links: tuple[str, ...]
    unit: str
    unit_code: str
    dataset: str
    observed: datetime | None
    modified: datetime
    more: str


@dataclass(frozen=True, slots=True)
class Line:
    """An entity in a list."""

    id: str
    label: str
    types: tuple[str, ...]
    modified: datetime
    position: Position | None


def short(name: str) -> str:
    """The last part of an IRI.

    >>> short("https://smartdatamodels.org/dataModel.Weather/rainfall"), short("speed")
    ('rainfall', 'speed')
    """
    found = LAST_PART.search(name)
    return found[0] if found and ":" in name else name


def label_of(entity: Entity, language: str) -> str:
    """What people call it: its name if it has one, in the reader's language if it has several, else its id.

    >>> label_of(Entity({"id": "urn:x:1", "name": {"type": "LanguageProperty", "languageMap": {"zh": "桥", "en": "Bridge"}}}, 0, 0), "en")
    'Bridge'
    """
    known = {short(name): name for name in entity.attributes()}
    for wanted in LABELS:
        for one in entity.instances(known[wanted]) if wanted in known else ():
            texts: dict[str, Any] = one.get("languageMap", {})
            tag = chosen(texts, language)
            if text := written(one if tag is None else {**one, "languageMap": {tag: texts[tag]}}):
                return text
    return entity.id


def line(entity: Entity, language: str) -> Line:
    """The entity as a line of a list."""
    return Line(
        entity.id,
        label_of(entity, language),
        tuple(short(one) for one in entity.types),
        moment(entity.modified),
        position_of(entity),
    )


def values(entity: Entity) -> list[Value]:
    """All its attribute instances by the alphabet of their labels."""
    found = [_value(entity, name, one) for name in entity.attributes() for one in entity.instances(name)]
    return sorted(found, key=lambda one: (one.label.lower(), one.dataset))


def _value(entity: Entity, name: str, one: Instance) -> Value:
    more = {short(key): value for key, value in one.items() if key not in MEMBERS}
    dataset, unit_code = one.get("datasetId"), str(one.get("unitCode", ""))
    return Value(
        label=short(name),
        name=name,
        kind=one["type"],
        text=written(one),
        links=pointed(one),
        unit=symbol(unit_code),
        unit_code=unit_code,
        dataset=dataset or "",
        observed=_time(one.get("observedAt")),
        modified=moment(entity.attribute_times(name, dataset)[1]),
        more=json.dumps(more, ensure_ascii=False, indent=1) if more else "",
    )


def written(one: Instance) -> str:
    """The value of an instance as text; empty for a relationship.

    >>> written({"type": "LanguageProperty", "languageMap": {"zh": "桥", "en": "Bridge"}})
    '桥 · Bridge'
    """
    value = one.get(VALUE_MEMBER[one["type"]])
    if pointed(one):
        return ""
    if isinstance(value, dict) and "@value" in value:
        value = value["@value"]
    if isinstance(value, dict) and one["type"] == "LanguageProperty":
        return " · ".join(str(text) for text in value.values())
    if isinstance(value, dict) and one["type"] == "GeoProperty" and value.get("type") == "Point":
        east, north = value["coordinates"][:2]
        return f"{north:.5f}, {east:.5f}"
    if isinstance(value, str):
        text = value
    elif isinstance(value, list) and all(isinstance(part, str | int | float) for part in value):
        text = ", ".join(str(part) for part in value)
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def pointed(one: Instance) -> tuple[str, ...]:
    """The ids that a relationship points to."""
    found: Any = one.get("object", one.get("objectList", ()))
    return tuple(
        part if isinstance(part, str) else part["object"] for part in ([found] if isinstance(found, str) else found)
    )


def position_of(entity: Entity) -> Position | None:
    """One position of it: the first of its geometry."""
    return next(positions(geometry_of(entity)), None)


def geometry_of(entity: Entity) -> dict[str, Any] | None:
    """Its first geometry, `location` before others; None if it has none."""
    for name in sorted(entity.attributes(), key=lambda name: short(name) != "location"):
        for one in entity.instances(name):
            if one["type"] == "GeoProperty":
                found: dict[str, Any] = one["value"]
                return found
    return None


def positions(geometry: Any) -> Iterator[Position]:
    """All positions of a geometry, or of coordinates.

    >>> list(positions({"type": "LineString", "coordinates": [[115.9, 28.7], [116, 28.8, 12.5]]}))
    [(115.9, 28.7), (116.0, 28.8)]
    """
    if isinstance(geometry, dict):
        yield from positions(geometry.get("coordinates", geometry.get("geometries")))
    elif isinstance(geometry, list) and len(geometry) > 1 and isinstance(geometry[0], int | float):
        yield float(geometry[0]), float(geometry[1])
    elif isinstance(geometry, list):
        for part in geometry:
            yield from positions(part)


def _time(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
