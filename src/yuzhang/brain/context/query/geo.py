"""Geo-queries: `near;maxDistance==2000` and the relations of simple features. Source: clause 4.10, OGC 06-103r4.

Relations are those of the flat map of longitude and latitude, as GeoJSON draws its edges (RFC 7946, section 3.1.1); distances
are metres on a sphere of the Earth's mean radius.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import msgspec
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from yuzhang.brain.context.errors import BadRequestData, TooComplexQuery, said
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import Entity, Instance
from yuzhang.brain.context.query.geometry import box_around, distance_m, shape_of
from yuzhang.brain.context.query.paths import NAME

MAX_POSITIONS = 10_000
MAX_COORDINATES = 200_000
"""Characters."""
DEFAULT_PROPERTY = "location"

Box = tuple[float, float, float, float]
_NEAR = re.compile(r"near;(maxDistance|minDistance)==((?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)")
_DEPTH = {"Point": 1, "MultiPoint": 2, "LineString": 2, "MultiLineString": 3, "Polygon": 3, "MultiPolygon": 4}
"""Lists inside each other down to a number, by type of geometry."""

_RELATIONS: dict[str, Callable[[BaseGeometry, BaseGeometry], bool]] = {
    "within": lambda entity, asked: bool(asked.contains(entity)),
    "contains": lambda entity, asked: bool(entity.contains(asked)),
    "intersects": lambda entity, asked: bool(asked.intersects(entity)),
    "equals": lambda entity, asked: bool(entity.equals(asked)),
    "disjoint": lambda entity, asked: bool(asked.disjoint(entity)),
    "overlaps": lambda entity, asked: bool(entity.overlaps(asked)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Geo:
    """A geo-query that was read: `relation` is `near` or one of the six others; `names` lead to the GeoProperty.

    `box` holds the geometry of every entity that fits; None if any place may fit, or the place is that of an attribute's
    attribute, which no box is kept of. `within_m` and `beyond_m` belong to `near`; `beyond_m` itself is too near (clause 4.10).
    """

    relation: str
    names: tuple[str, ...]
    shape: BaseGeometry
    within_m: float | None = None
    beyond_m: float | None = None
    box: Box | None = None
    _test: Callable[[BaseGeometry], bool] = field(repr=False, default=lambda _: False)

    @property
    def geoproperty(self) -> str:
        """The name of the entity's attribute."""
        return self.names[0]

    def matches(self, entity: Entity, datasets: tuple[str, ...] | None = None) -> bool:
        """Whether one of the entity's geometries has the relation; an entity without one does not fit, whatever the relation."""
        return any(self.fits(one) for one in _geometries(entity.instances(self.names[0]), self.names[1:], datasets))

    def fits(self, geometry: dict[str, Any]) -> bool:
        """Whether a GeoJSON geometry has the relation."""
        try:
            return self._test(shape_of(geometry))
        except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
            return False  # what is no geometry has no place


def _geometries(
    instances: list[Instance], names: tuple[str, ...], datasets: tuple[str, ...] | None = None
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in instances:
        if datasets is not None and one.get("datasetId", "@none") not in datasets:
            continue
        if names:
            subs = one.get(names[0], [])
            several = subs if isinstance(subs, list) else [subs]
            found.extend(_geometries([sub for sub in several if isinstance(sub, dict)], names[1:]))
        elif one.get("type") == "GeoProperty" and isinstance(one.get("value"), dict):
            found.append(one["value"])
    return found


def parse_geo(georel: str, geometry: str, coordinates: Any, geoproperty: str | None, terms: Terms) -> Geo:
    """Read a geo-query; `coordinates` are a JSON array, or the text of one. Raises BadRequestData, TooComplexQuery.

    >>> from yuzhang.brain.context.jsonld import CORE
    >>> parse_geo("near;maxDistance==2000", "Point", "[115.85,28.68]", None, CORE).within_m
    2000.0
    """
    names = _property(geoproperty, terms)
    shape = read_geometry(geometry, coordinates)
    shapely.prepare(shape)
    text = georel.replace(" ", "") if isinstance(georel, str) else ""
    if found := _NEAR.fullmatch(text):
        return _near(found.group(1), float(found.group(2)), names, shape)
    test = _RELATIONS.get(text)
    if test is None:
        raise BadRequestData(
            said(f"“{str(georel)[:60]}” is no geo-relation."),
            where="?georel",
            fix=said(f"There are near;maxDistance==M, near;minDistance==M, {', '.join(_RELATIONS)}; M is above 0."),
        )
    box = shape.bounds if text != "disjoint" and len(names) == 1 else None
    return Geo(text, names, shape, box=box, _test=lambda one: test(one, shape))


def _near(which: str, metres: float, names: tuple[str, ...], shape: BaseGeometry) -> Geo:
    if not isfinite(metres) or metres <= 0:
        raise BadRequestData(said("A distance is a number of metres above 0."), where="?georel")
    if which == "maxDistance":
        box = box_around(shape, metres) if len(names) == 1 else None
        return Geo("near", names, shape, metres, None, box, lambda one: distance_m(one, shape) <= metres)
    return Geo("near", names, shape, None, metres, None, lambda one: distance_m(one, shape) > metres)


def _property(geoproperty: str | None, terms: Terms) -> tuple[str, ...]:
    if geoproperty is None:
        return (DEFAULT_PROPERTY,)
    if NAME.fullmatch(geoproperty):
        return (terms.expand(geoproperty),)
    names = geoproperty.split(".")
    if not all(NAME.fullmatch(one) for one in names):
        raise BadRequestData(said(f"“{geoproperty[:60]}” names no attribute."), where="?geoproperty")
    return tuple(terms.expand(one) for one in names)


def read_geometry(kind: str, coordinates: Any, where: str = "coordinates") -> BaseGeometry:
    """The shape of a geometry that a query gives. Raises BadRequestData, TooComplexQuery.

    >>> read_geometry("Point", "[8, 40]").wkt
    'POINT (8 40)'
    """
    depth = _DEPTH.get(kind) if isinstance(kind, str) else None
    if depth is None:
        raise BadRequestData(
            said(f"There is no geometry {str(kind)[:40]}; there are {', '.join(_DEPTH)}."), where="?geometry"
        )
    if isinstance(coordinates, str):
        if len(coordinates) > MAX_COORDINATES:
            raise TooComplexQuery(said(f"Coordinates have at most {MAX_COORDINATES} characters."), where=f"?{where}")
        try:
            coordinates = msgspec.json.decode(coordinates)
        except (msgspec.DecodeError, RecursionError) as err:
            raise _wrong(kind, where, "they are no JSON array") from err
    if _positions(coordinates, depth, kind, where) > MAX_POSITIONS:
        raise TooComplexQuery(said(f"A geometry has at most {MAX_POSITIONS} positions."), where=f"?{where}")
    _closed(kind, coordinates, where)
    try:
        found = shape_of({"type": kind, "coordinates": coordinates})
    except (ShapelyError, ValueError, TypeError, IndexError) as err:
        raise _wrong(kind, where, "they draw no such geometry") from err
    if found.is_empty:
        raise _wrong(kind, where, "there is no position")
    return found


def _positions(value: Any, depth: int, kind: str, where: str) -> int:
    """How many positions there are. Raises BadRequestData if the lists are not nested as the geometry asks."""
    if not isinstance(value, list) or not value:
        raise _wrong(kind, where, "a list is missing")
    if depth > 1:
        return sum(_positions(one, depth - 1, kind, where) for one in value)
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in value)
    if not numbers or not 2 <= len(value) <= 3:
        raise _wrong(kind, where, "a position has two or three numbers")
    if not (-180 <= value[0] <= 180 and -90 <= value[1] <= 90):
        raise _wrong(kind, where, "longitudes lie between -180 and 180 degrees, latitudes between -90 and 90")
    return 1


def _closed(kind: str, coordinates: Any, where: str) -> None:
    rings = (
        coordinates
        if kind == "Polygon"
        else [ring for one in coordinates for ring in one]
        if kind == "MultiPolygon"
        else []
    )
    for ring in rings:
        if len(ring) < 4 or ring[0] != ring[-1]:
            raise _wrong(kind, where, "a ring has four positions at least, and ends where it begins")
    lines = [coordinates] if kind == "LineString" else coordinates if kind == "MultiLineString" else []
    if any(len(line) < 2 for line in lines):
        raise _wrong(kind, where, "a line has two positions at least")


def _wrong(kind: str, where: str, why: str) -> BadRequestData:
    return BadRequestData(said(f"The coordinates are not those of a {kind}: {why}."), where=f"?{where}")
