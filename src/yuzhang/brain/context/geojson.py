"""What a geometry may be. Source: RFC 7946; clauses 4.6.3 and 4.7 leave out GeometryCollection."""

import sys
from typing import Any

import msgspec

from yuzhang.brain.context.errors import BadRequestData, said

DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""How many lists stand around the positions of each type."""
LEAST = {"LineString": 2, "MultiLineString": 2, "Polygon": 4, "MultiPolygon": 4}
CLOSED = frozenset({"Polygon", "MultiPolygon"})
MAX_POSITIONS = 100_000
LARGEST = sys.float_info.max
Geometry = dict[str, Any]


def is_geometry(value: Any) -> bool:
    """Whether a value looks like a GeoJSON geometry: by its type and its coordinates."""
    return isinstance(value, dict) and "coordinates" in value and str(value.get("type")) in DEPTHS


def is_plain_point(value: Any) -> bool:
    """Whether a value is a right geometry for certain: a point of longitude and latitude, the most usual one.

    >>> is_plain_point({"type": "Point", "coordinates": [115.9, 28.7]}), is_plain_point({"type": "Point", "coordinates": [1, 99]})
    (True, False)
    """
    if value.__class__ is not dict or len(value) != 2 or value.get("type") != "Point":
        return False
    place = value.get("coordinates")
    if place.__class__ is not list or len(place) != 2:
        return False
    east, north = place
    return (
        (east.__class__ is float or east.__class__ is int)
        and (north.__class__ is float or north.__class__ is int)
        and -180 <= east <= 180
        and -90 <= north <= 90
    )


def checked_geometry(value: Any, where: str) -> Geometry:
    """A geometry, also one that is encoded as a string (clause 4.7.2). Raises BadRequestData.

    >>> checked_geometry({"type": "Point", "coordinates": [115.9, 28.7]}, "/location")
    {'type': 'Point', 'coordinates': [115.9, 28.7]}
    """
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError) as err:
            raise BadRequestData(said("The text is no GeoJSON geometry."), where=where) from err
    if not isinstance(value, dict) or not isinstance(value.get("type"), str) or value["type"] not in DEPTHS:
        raise BadRequestData(said(f"A geometry has one of the types {', '.join(DEPTHS)}."), where=f"{where}/type")
    kind = value["type"]
    coordinates = value.get("coordinates")
    if kind == "Point":
        _position(coordinates, where)
    else:
        count = [0]
        _nested(coordinates, DEPTHS[kind], kind, where, count)
    return value if value.keys() <= {"type", "coordinates", "bbox"} else {"type": kind, "coordinates": coordinates}


def _nested(value: Any, depth: int, kind: str, where: str, count: list[int]) -> None:
    if not isinstance(value, list) or not value:
        raise BadRequestData(said(f"The coordinates of a {kind} are a list."), where=f"{where}/coordinates")
    if depth == 1:
        if len(value) < LEAST.get(kind, 1):
            raise BadRequestData(said(f"A {kind} has at least {LEAST[kind]} positions."), where=f"{where}/coordinates")
        if kind in CLOSED and value[0] != value[-1]:
            raise BadRequestData(said("A ring ends where it begins."), where=f"{where}/coordinates")
        count[0] += len(value)
        if count[0] > MAX_POSITIONS:
            raise BadRequestData(
                said(f"A geometry has at most {MAX_POSITIONS} positions."), where=f"{where}/coordinates"
            )
        for one in value:
            _position(one, where)
        return
    for one in value:
        _nested(one, depth - 1, kind, where, count)


def _position(value: Any, where: str) -> None:
    if isinstance(value, list) and 2 <= len(value) <= 4:
        for one in value:
            if one.__class__ is not float and one.__class__ is not int:
                break
            if not -LARGEST <= one <= LARGEST:
                break
        else:
            if -180 <= value[0] <= 180 and -90 <= value[1] <= 90:
                return
            raise BadRequestData(
                said("A position is longitude (-180 to 180), then latitude (-90 to 90)."), where=f"{where}/coordinates"
            )
    raise BadRequestData(said("A position is a list of two or three numbers."), where=f"{where}/coordinates")
