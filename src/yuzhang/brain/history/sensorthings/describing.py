"""What Things, Datastreams and the others say of themselves: made of what history knows and, where it is, the present.

Source: OGC 18-088, clause 8.2; what stands for what: docs/reference/sensorthings.md.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from yuzhang.brain.context.model import DEFAULT_VOCABULARY, NGSI_LD, VALUE_MEMBER, Entity, Instance
from yuzhang.brain.context.moments import stamp
from yuzhang.brain.context.presentation import label_of, short, written
from yuzhang.brain.context.units import symbol
from yuzhang.brain.history.model import Known, Series
from yuzhang.brain.history.sensorthings.model import GEOJSON, KINDS, Item
from yuzhang.core.language import Language, Title

OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/"
LOCATION = "location"
SENSOR_NAMES = ("observedBy", "providedBy", "isHostedBy", "hasSensor", "refSensor", "sensor", "refDevice", "device")
"""Relationships that name what observed, of an attribute or of the entity; the first one counts. Source: GS CIM 009, annex C.2
(`providedBy`); SOSA/SSN; Smart Data Models (`refDevice`)."""
UNKNOWN = Title(
    "观测方法未知：没有关系说明由哪个设备观测，以实体本身代替。",
    "Unknown procedure: no relationship says which device observes; the entity stands for it.",
)
NOBODY = "#unknown-procedure"
"""Behind the id of an entity that stands for what observes it. As a device it has its id alone."""
OWN = frozenset({"type", "datasetId", "observedAt", "unitCode", *VALUE_MEMBER.values()})
decode = msgspec.json.Decoder().decode


def plain(number: float) -> float | int:
    """A number as the present shows it: without a fraction if it has none."""
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def value_of(instance: Instance) -> Any:
    """The value of an attribute instance, whichever kind it is of."""
    return instance.get(VALUE_MEMBER.get(instance["type"], "value"))


def instance_of(series: Series, entity: Entity | None) -> Instance:
    """The newest instance of a series: that of the present, which knows the unit of plain numbers; else that of the newest row."""
    for one in entity.instances(series.attribute) if entity else ():
        if one.get("datasetId", "") == series.dataset:
            return one
    found: Instance = {"type": "Property"} if series.last_rest is None else decode(series.last_rest)
    return found if series.last_value is None else {**found, "value": plain(series.last_value)}


def sensor_of(series: Series, entity: Entity | None) -> str:
    """The id of what observes a series: what its newest instance points to, else its entity, else nobody we know."""
    found = _pointed(instance_of(series, entity))
    if found is None and entity is not None:
        found = _pointed({short(name): one for name in entity.attributes() for one in entity.instances(name)[:1]})
    return found or series.entity + NOBODY


def _pointed(members: Mapping[str, Any]) -> str | None:
    known = {short(name): one for name, one in members.items()}
    for name in SENSOR_NAMES:
        one = known.get(name)
        if isinstance(one, dict) and isinstance(one.get("object"), str):
            return str(one["object"])
    return None


def iri(name: str) -> str:
    """The IRI of an attribute's name."""
    if ":" in name:
        return name
    return (NGSI_LD if name in {"location", "observationSpace", "operationSpace"} else DEFAULT_VOCABULARY) + name


def name_of(id_: str, entity: Entity | None, language: Language) -> str:
    """What people call an entity; its id if nothing says it."""
    return id_ if entity is None else label_of(entity, language)


def location_of(entity: Entity | None) -> Any:
    """The GeoJSON geometry of an entity; None if it has none."""
    for one in entity.instances(LOCATION) if entity else ():
        if one["type"] == "GeoProperty":
            return one["value"]
    return None


def _about(entity: Entity | None, types: list[str]) -> str:
    kinds = ", ".join(map(short, types))
    for name in entity.attributes() if entity else ():
        if entity and short(name) == "description":
            return next((text for one in entity.instances(name) if (text := written(one))), kinds)
    return kinds


def thing(known: Known, entity: Entity | None, language: Language) -> Item:
    """An entity as a Thing."""
    properties: dict[str, Any] = {"type": known.types[0] if len(known.types) == 1 else known.types}
    for name in entity.attributes() if entity else ():
        if entity and name != LOCATION:
            values = [value_of(one) for one in entity.instances(name)]
            properties[short(name)] = values[0] if len(values) == 1 else values
    if known.scopes:
        properties["scope"] = known.scopes
    properties |= {"createdAt": stamp(known.created), "modifiedAt": stamp(known.modified)}
    if known.deleted is not None:
        properties["deletedAt"] = stamp(known.deleted)
    body = {
        "name": name_of(known.id, entity, language),
        "description": _about(entity, known.types),
        "properties": properties,
    }
    return Item(KINDS["Things"], known.id, body, known.id)


def feature(known: Known, entity: Entity | None, language: Language) -> Item:
    """An entity as a FeatureOfInterest."""
    place = location_of(entity)
    body = {
        "name": name_of(known.id, entity, language),
        "description": _about(entity, known.types),
        "encodingType": GEOJSON,
        "feature": place or {"type": "Feature", "geometry": None, "properties": {"id": known.id}},
    }
    return Item(KINDS["FeaturesOfInterest"], known.id, body, known.id)


def unit_of(instance: Instance) -> dict[str, str | None]:
    """The unit of an instance by its code; nothing but nulls if it has none (OGC 18-088, table 9)."""
    code = instance.get("unitCode")
    if not isinstance(code, str):
        return {"name": None, "symbol": None, "definition": None}
    shown = symbol(code)
    return {"name": shown or "1", "symbol": shown, "definition": f"UN/CEFACT Recommendation 20: {code}"}


def datastream(series: Series, entity: Entity | None, about: str, language: Language) -> Item:
    """A series as a Datastream; `about` is what a data model says of the attribute."""
    instance = instance_of(series, entity)
    value, label = value_of(instance), short(series.attribute)
    measured = isinstance(value, int | float) and not isinstance(value, bool)
    thing_name = name_of(series.entity, entity, language)
    properties = {"entity": series.entity, "attribute": series.attribute, "kind": instance["type"]}
    if series.dataset:
        properties["datasetId"] = series.dataset
    body: dict[str, Any] = {
        "name": f"{thing_name}: {label}" + (f" ({series.dataset})" if series.dataset else ""),
        "description": about or f"{label}, {thing_name}",
        "observationType": OM + ("OM_Measurement" if measured else "OM_Observation"),
        "unitOfMeasurement": unit_of(instance),
        "phenomenonTime": f"{stamp(series.first_time)}/{stamp(series.last_time)}",
        "properties": properties,
    }
    if place := location_of(entity):
        body["observedArea"] = place
    return Item(KINDS["Datastreams"], series.number, body, series.entity, series.number, attribute=series.attribute)


def location(series: Series, geometry: Any, name: str, time: int | None = None) -> Item:
    """Where an entity is (`time` None), or where it was from `time` on."""
    id_ = str(series.number) if time is None else row_id(series.number, time)
    body = {
        "name": name,
        "description": series.entity,
        "encodingType": GEOJSON,
        "location": geometry,
        "properties": {"since": stamp(series.last_time if time is None else time)},
    }
    return Item(KINDS["Locations"], id_, body, series.entity, series.number, time)


def sensor(id_: str, entity: Entity | None, language: Language) -> Item:
    """What observes; `entity` is the device, or what stands for it."""
    own = id_.removesuffix(NOBODY)
    body: dict[str, Any] = {"name": name_of(own, entity, language)}
    if own != id_:
        body |= {"description": UNKNOWN.in_language(language), "encodingType": "text/plain", "metadata": "unknown"}
    else:
        about = _about(entity, entity.types) if entity else id_
        body |= {"description": about, "encodingType": "application/ld+json", "metadata": f"/ngsi-ld/v1/entities/{id_}"}
    return Item(KINDS["Sensors"], id_, body, own)


def observed_property(name: str, about: str) -> Item:
    """An attribute as an ObservedProperty."""
    body = {"name": short(name), "definition": iri(name), "description": about or short(name)}
    return Item(KINDS["ObservedProperties"], name, body, attribute=name)


def row_id(series: int, time: int) -> str:
    """The id of an Observation or a HistoricalLocation."""
    return f"{series}-{time}"


def read_row_id(text: str) -> tuple[int, int] | None:
    """Series and time of such an id; None if it is none. Times before 1970 are negative.

    >>> read_row_id("5-1767225600000000"), read_row_id("5--1"), read_row_id("5")
    ((5, 1767225600000000), (5, -1), None)
    """
    series, dash, time = text.partition("-")
    if not (dash and series.isascii() and series.isdigit() and len(series) < 10):
        return None
    digits = time.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        return None
    return int(series), int(time)


def observation(series: int, time: int, value: float | None, rest: str | None, modified: int) -> Item:
    """A row as an Observation."""
    instance: Instance = {"type": "Property"} if rest is None else decode(rest)
    body: dict[str, Any] = {
        "phenomenonTime": stamp(time),
        "resultTime": stamp(modified),
        "result": value_of(instance) if value is None else plain(value),
    }
    parameters = {short(name): _simple(one) for name, one in instance.items() if name not in OWN}
    if "unitCode" in instance:
        parameters["unitCode"] = instance["unitCode"]
    if parameters:
        body["parameters"] = parameters
    return Item(KINDS["Observations"], row_id(series, time), body, "", series, time)


def _simple(member: Any) -> Any:
    return value_of(member) if isinstance(member, dict) and "type" in member else member


def historical_location(series: int, time: int, entity: str) -> Item:
    """A row of a location as a HistoricalLocation."""
    return Item(
        KINDS["HistoricalLocations"], row_id(series, time), {"time": stamp(time)}, entity, series, time, LOCATION
    )
