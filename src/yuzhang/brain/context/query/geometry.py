"""Geometries of GeoJSON as shapes, and how far they are apart on the ground."""

from collections.abc import Iterable
from itertools import pairwise
from math import asin, atan2, cos, degrees, hypot, pi, radians, sin, sqrt
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

RADIUS_M = 6_371_008.8
"""The mean radius of the Earth. Source: IUGG 1980, Moritz, Geodetic Reference System 1980, table 3 (R1)."""
STEP = 0.25
"""Degrees: longer edges are divided, since an edge that is straight on the map is bent on the sphere."""
MAX_STEPS = 2000
MAX_CORNERS = 64

Position = tuple[float, float]


def shape_of(geometry: dict[str, Any]) -> BaseGeometry:
    """A GeoJSON geometry as a shape; edges that cross themselves are mended, so that relations to it are defined.

    Raises: ValueError and its like for what is no geometry.
    """
    found: BaseGeometry = shapely.force_2d(shape(geometry))
    return found if found.is_valid else shapely.make_valid(found, method="structure")


def between_m(one: Position, other: Position) -> float:
    """The great-circle distance of two positions (longitude, latitude; degrees) on a sphere of the Earth's mean radius, in metres.

    The ellipsoid differs from it by 0.6 % at most. Source: the haversine formula.
    >>> round(between_m((115.85, 28.68), (115.86, 28.68)))
    976
    """
    lon1, lat1, lon2, lat2 = map(radians, (*one, *other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * RADIUS_M * asin(min(1.0, sqrt(half)))


def distance_m(one: BaseGeometry, other: BaseGeometry) -> float:
    """How far two shapes are apart at their nearest, in metres on the sphere; 0 if they meet.

    Exact if one is a point; of two extended shapes it is measured from the positions that are nearest on a map that is true at
    their middle, and from their first corners.
    """
    if one.is_empty or other.is_empty:
        return float("inf")
    if one.geom_type == "Point" and other.geom_type == "Point":
        return between_m((one.x, one.y), (other.x, other.y))
    if one.intersects(other):
        return 0.0
    if one.geom_type == "Point":
        return _from_point((one.x, one.y), other)
    if other.geom_type == "Point":
        return _from_point((other.x, other.y), one)
    scale = max(0.01, cos(radians((one.centroid.y + other.centroid.y) / 2)))
    near = [_scaled(part, scale) for part in (one, other)]
    here, there = nearest_points(*near)
    from_one = [(here.x / scale, here.y), *_corners(one)]
    from_other = [(there.x / scale, there.y), *_corners(other)]
    return min(
        *(_from_point(corner, other) for corner in from_one), *(_from_point(corner, one) for corner in from_other)
    )


def _corners(geometry: BaseGeometry) -> list[Position]:
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(geometry)[:MAX_CORNERS]]


def _scaled(geometry: BaseGeometry, by: float) -> BaseGeometry:
    found: BaseGeometry = shapely.transform(geometry, lambda positions: positions * [by, 1.0])
    return found


def _from_point(centre: Position, other: BaseGeometry) -> float:
    """The least distance of `other`'s edges, on the map on which all distances from `centre` are true."""
    west, south, east, north = other.bounds
    step = max(STEP, hypot(east - west, north - south) / MAX_STEPS)
    divided = shapely.segmentize(other, step) if other.geom_type not in {"Point", "MultiPoint"} else other
    found: list[float] = []
    for edge in _edges(divided):
        flat = [_true_from(centre, position) for position in edge]
        if len(flat) == 1:
            found.append(hypot(*flat[0]))
        else:
            found.extend(_to_edge(*pair) for pair in pairwise(flat))
    return min(found)


def _edges(geometry: BaseGeometry) -> Iterable[list[Position]]:
    if hasattr(geometry, "geoms"):
        for part in geometry.geoms:
            yield from _edges(part)
    elif geometry.geom_type == "Polygon":
        for ring in (geometry.exterior, *geometry.interiors):
            yield list(ring.coords)
    else:
        yield list(geometry.coords)


def _true_from(centre: Position, position: Position) -> Position:
    """Metres east and north on the azimuthal equidistant map around `centre`."""
    away = between_m(centre, position)
    lon1, lat1, lon2, lat2 = map(radians, (*centre, *position))
    east = sin(lon2 - lon1) * cos(lat2)
    north = cos(lat1) * sin(lat2) - sin(lat1) * cos(lat2) * cos(lon2 - lon1)
    angle = atan2(east, north)
    return away * sin(angle), away * cos(angle)


def _to_edge(one: Position, other: Position) -> float:
    """How far an edge is from (0, 0)."""
    dx, dy = other[0] - one[0], other[1] - one[1]
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else min(1.0, max(0.0, -(one[0] * dx + one[1] * dy) / length))
    return hypot(one[0] + along * dx, one[1] + along * dy)


def box_around(geometry: BaseGeometry, metres: float) -> tuple[float, float, float, float]:
    """West, south, east, north of a box, in degrees, that holds all that is `metres` or less from `geometry`.

    It spans all longitudes where it would reach a pole or cross the 180th meridian.
    """
    west, south, east, north = geometry.bounds
    angle = metres / RADIUS_M * 1.001 + 1e-9
    if angle >= pi:
        return -180.0, -90.0, 180.0, 90.0
    low, high = south - degrees(angle), north + degrees(angle)
    if low <= -90 or high >= 90:
        return -180.0, max(low, -90.0), 180.0, min(high, 90.0)
    widest = max(abs(radians(south)), abs(radians(north)))
    ratio = sin(angle) / cos(widest)
    if ratio >= 1:
        return -180.0, low, 180.0, high
    wide = degrees(asin(ratio))
    if west - wide < -180 or east + wide > 180:
        return -180.0, low, 180.0, high
    return west - wide, low, east + wide, high
