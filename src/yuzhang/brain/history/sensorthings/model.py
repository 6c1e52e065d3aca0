"""The sensing profile as data: kinds of entities with their properties and links, and an entity of such a kind.

Source: OGC 18-088, clause 8.2, tables 5 to 17.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yuzhang.foundation.log.model import Microseconds

ROOT = "/sensorthings/v1.1"
CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/iot_sensing/1.1/req/{name}"
    for name in (
        "datamodel",
        "resource-path/resource-path-to-entities",
        "request-data",
        "data-array/data-array",
    )
)
"""What is there, as far as docs/reference/sensorthings.md says."""
GEOJSON = "application/geo+json"


@dataclass(frozen=True, slots=True)
class Link:
    """Where a navigation property leads: to one entity of a kind or to `many`."""

    kind: str
    many: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entities, named by its entity set. `times` are the properties that are moments or intervals."""

    name: str
    one: str
    properties: tuple[str, ...]
    links: Mapping[str, Link]
    times: frozenset[str] = frozenset()


def _links(*names: str) -> dict[str, Link]:
    return {name: Link(SINGULAR.get(name, name), name not in SINGULAR) for name in names}


SINGULAR = {
    "Thing": "Things",
    "Location": "Locations",
    "HistoricalLocation": "HistoricalLocations",
    "Datastream": "Datastreams",
    "Sensor": "Sensors",
    "ObservedProperty": "ObservedProperties",
    "Observation": "Observations",
    "FeatureOfInterest": "FeaturesOfInterest",
}
NAMED = ("name", "description")
_KINDS = (
    Kind("Things", "Thing", (*NAMED, "properties"), _links("Locations", "HistoricalLocations", "Datastreams")),
    Kind(
        "Locations",
        "Location",
        (*NAMED, "encodingType", "location", "properties"),
        _links("Things", "HistoricalLocations"),
    ),
    Kind("HistoricalLocations", "HistoricalLocation", ("time",), _links("Thing", "Locations"), frozenset({"time"})),
    Kind(
        "Datastreams",
        "Datastream",
        (
            *NAMED,
            "observationType",
            "unitOfMeasurement",
            "observedArea",
            "phenomenonTime",
            "resultTime",
            "properties",
        ),
        _links("Thing", "Sensor", "ObservedProperty", "Observations"),
        frozenset({"phenomenonTime", "resultTime"}),
    ),
    Kind("Sensors", "Sensor", (*NAMED, "encodingType", "metadata", "properties"), _links("Datastreams")),
    Kind(
        "ObservedProperties",
        "ObservedProperty",
        ("name", "definition", "description", "properties"),
        _links("Datastreams"),
    ),
    Kind(
        "Observations",
        "Observation",
        ("phenomenonTime", "resultTime", "result", "resultQuality", "validTime", "parameters"),
        _links("Datastream", "FeatureOfInterest"),
        frozenset({"phenomenonTime", "resultTime", "validTime"}),
    ),
    Kind(
        "FeaturesOfInterest",
        "FeatureOfInterest",
        (*NAMED, "encodingType", "feature", "properties"),
        _links("Observations"),
    ),
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _KINDS}
OF_ROWS = frozenset({"Observations", "HistoricalLocations"})
"""Kinds that are rows in the lake; all others are in the state."""
ID = frozenset({"id", "@iot.id"})


@dataclass(frozen=True, slots=True)
class Item:
    """An entity of a kind: its properties, and of which NGSI-LD entity, series and moment it is."""

    kind: Kind
    id: str | int
    body: Mapping[str, Any]
    entity: str = ""
    series: int = 0
    time: Microseconds | None = None
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a collection is narrowed down to; None: not by this. `series` are numbers; `moment` is one row of the one series."""

    entities: tuple[str, ...] | None = None
    attributes: tuple[str, ...] | None = None
    series: tuple[int, ...] | None = None
    sensor: str | None = None
    moment: Microseconds | None = None

    def narrowed(self, other: "Scope") -> "Scope":
        """Both at once."""
        return Scope(
            _both(self.entities, other.entities),
            _both(self.attributes, other.attributes),
            _both(self.series, other.series),
            self.sensor if other.sensor is None else other.sensor,
            self.moment if other.moment is None else other.moment,
        )


def _both(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    return tuple(value for value in one if value in set(other))


EVERYTHING = Scope()


@dataclass(slots=True)
class Page:
    """A part of a collection. `token` says where the next one begins, None if nothing follows or it is found by counting."""

    items: list[Item]
    more: bool = False
    count: int | None = None
    token: str | None = None
    parents: list[Any] = field(default_factory=list)
