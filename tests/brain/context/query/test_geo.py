"""Geo-queries: relations on the map, distances on the ground. Clause 4.10."""

from math import acos, cos, radians, sin
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhang.brain.context.errors import BadRequestData, TooComplexQuery
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import parse_geo
from yuzhang.brain.context.query.geo import MAX_COORDINATES, MAX_POSITIONS
from yuzhang.brain.context.query.geo import read_geometry as read_shape
from yuzhang.brain.context.query.geometry import RADIUS_M, between_m, box_around, distance_m


def square(west: float, south: float, east: float, north: float) -> list[list[list[float]]]:
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def geometry(kind: str, coordinates: Any) -> dict[str, Any]:
    return {"type": kind, "coordinates": coordinates}


BIG, SMALL = square(0, 0, 10, 10), square(2, 2, 4, 4)
HOLED = [*BIG, square(4, 4, 6, 6)[0]]


@pytest.mark.parametrize(
    ("relation", "kind", "coordinates", "entity", "fits"),
    [
        ("within", "Polygon", BIG, ("Point", [5, 5]), True),
        ("within", "Polygon", BIG, ("Point", [10, 5]), False),
        ("within", "Polygon", HOLED, ("Point", [5, 5]), False),
        ("within", "Polygon", HOLED, ("Point", [2, 2]), True),
        ("within", "MultiPolygon", [SMALL, BIG], ("MultiPoint", [[3, 3], [9, 9]]), True),
        ("contains", "Point", [3, 3], ("Polygon", SMALL), True),
        ("contains", "Polygon", BIG, ("Polygon", SMALL), False),
        ("intersects", "LineString", [[-1, 5], [1, 5]], ("Polygon", BIG), True),
        ("intersects", "MultiLineString", [[[-2, 5], [-1, 5]]], ("Polygon", BIG), False),
        ("disjoint", "MultiPoint", [[20, 20], [30, 30]], ("Polygon", BIG), True),
        ("equals", "Polygon", SMALL, ("Polygon", [SMALL[0][::-1]]), True),
        ("equals", "Point", [1, 1], ("Point", [1, 1]), True),
        ("overlaps", "Polygon", square(5, 5, 15, 15), ("Polygon", BIG), True),
        ("overlaps", "Polygon", SMALL, ("Polygon", BIG), False),
        ("intersects", "Point", [3, 3], ("GeometryCollection", None), True),
    ],
)
def test_relation(relation: str, kind: str, coordinates: Any, entity: tuple[str, Any], fits: bool) -> None:
    value = geometry(*entity)
    if value["coordinates"] is None:
        value = {"type": entity[0], "geometries": [geometry("Point", [50, 50]), geometry("Polygon", BIG)]}
    assert parse_geo(relation, kind, coordinates, None, CORE).fits(value) is fits


@pytest.mark.parametrize(
    ("georel", "kind", "coordinates", "entity", "fits"),
    [
        ("near;maxDistance==1200", "LineString", [[0, 60], [10, 60]], [10, 60.009], True),
        ("near;maxDistance==900", "LineString", [[0, 60], [10, 60]], [10, 60.009], False),
        ("near;maxDistance==25000", "Point", [179.9, 0], [-179.9, 0], True),
        ("near;maxDistance==25000", "Point", [0, 89.9], [180, 89.9], True),
        ("near;maxDistance==1", "Polygon", BIG, [5, 5], True),
        ("near;minDistance==1", "Polygon", BIG, [5, 5], False),
        ("near;minDistance==100000", "Point", [0, 0], [0, 1], True),
        ("near;maxDistance==1.2e5", "Point", [0, 0], [0, 1], True),
    ],
)
def test_distance(georel: str, kind: str, coordinates: Any, entity: list[float], fits: bool) -> None:
    assert parse_geo(georel, kind, coordinates, None, CORE).fits(geometry("Point", entity)) is fits


def test_near_a_line_at_high_latitude_is_measured_in_metres_not_degrees() -> None:
    # A degree of longitude is 9.7 km at 85 degrees north: the eastern end is the nearer one.
    line = geometry("LineString", [[1, 85], [0, 85.6]])
    assert parse_geo("near;maxDistance==20000", "Point", [0, 85], None, CORE).fits(line)
    assert not parse_geo("near;maxDistance==5000", "Point", [0, 85], None, CORE).fits(line)


def test_distance_of_two_areas_is_that_of_their_nearest_sides() -> None:
    west, east = read_shape("Polygon", square(0, 50, 1, 51)), read_shape("Polygon", square(2, 50, 3, 51))
    assert distance_m(west, east) == pytest.approx(between_m((1, 51), (2, 51)), rel=0.001)


def test_attribute_that_is_asked_for_can_be_another_one_or_a_part_of_one() -> None:
    place = {"type": "GeoProperty", "value": geometry("Point", [8, 40])}
    body = {"id": "urn:x", "type": "X", "view": place, "seen": {"type": "Property", "value": 1, "from": place}}
    entity = Entity(body, 0, 0)
    for name in ("view", "seen.from"):
        assert parse_geo("near;maxDistance==10", "Point", [8, 40], name, CORE).matches(entity)
    assert not parse_geo("near;maxDistance==10", "Point", [8, 40], None, CORE).matches(entity)
    assert not parse_geo("disjoint", "Point", [9, 40], None, CORE).matches(entity)


def test_only_instances_of_the_wanted_datasets_are_asked() -> None:
    places = [
        {"type": "GeoProperty", "value": geometry("Point", [8, 40])},
        {"type": "GeoProperty", "value": geometry("Point", [9, 41]), "datasetId": "urn:d:1"},
    ]
    entity = Entity({"id": "urn:x", "type": "X", "location": places}, 0, 0)
    geo = parse_geo("equals", "Point", [9, 41], None, CORE)
    assert geo.matches(entity)
    assert geo.matches(entity, ("urn:d:1",))
    assert not geo.matches(entity, ("@none",))


def test_area_whose_edges_cross_is_mended() -> None:
    bow = [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]
    assert parse_geo("intersects", "Polygon", bow, None, CORE).fits(geometry("Point", [1.8, 1]))
    assert not parse_geo("intersects", "Polygon", bow, None, CORE).fits(geometry("Point", [1, 1.8]))


@pytest.mark.parametrize(
    ("georel", "kind", "coordinates", "geoproperty"),
    [
        ("near", "Point", [8, 40], None),
        ("near;maxDistance==0", "Point", [8, 40], None),
        ("near;maxDistance==-1", "Point", [8, 40], None),
        ("near;maxDistance==inf", "Point", [8, 40], None),
        ("near;maxDistance==1e400", "Point", [8, 40], None),
        ("near;maxDistance=5", "Point", [8, 40], None),
        ("near;maxDistance==5;minDistance==1", "Point", [8, 40], None),
        ("touches", "Point", [8, 40], None),
        ("", "Point", [8, 40], None),
        ("within", "Circle", [8, 40], None),
        ("within", "GeometryCollection", [8, 40], None),
        ("within", "", [8, 40], None),
        ("within", "Point", "8,40", None),
        ("within", "Point", "", None),
        ("within", "Point", "[8,40", None),
        ("within", "Point", [8], None),
        ("within", "Point", [8, 40, 1, 1], None),
        ("within", "Point", [[8, 40]], None),
        ("within", "Point", ["8", 40], None),
        ("within", "Point", [True, 40], None),
        ("within", "Point", {"a": 1}, None),
        ("within", "Point", [200, 40], None),
        ("within", "Point", [8, 91], None),
        ("within", "LineString", [[8, 40]], None),
        ("within", "LineString", [], None),
        ("within", "Polygon", [[[0, 0], [1, 0], [1, 1]]], None),
        ("within", "Polygon", [[[0, 0], [1, 0], [1, 1], [5, 5]]], None),
        ("within", "Polygon", [[0, 0], [1, 0], [1, 1], [0, 0]], None),
        ("within", "Point", [8, 40], "a b"),
        ("within", "Point", [8, 40], ""),
    ],
)
def test_what_is_no_geo_query_is_refused(georel: str, kind: str, coordinates: Any, geoproperty: str | None) -> None:
    with pytest.raises(BadRequestData):
        parse_geo(georel, kind, coordinates, geoproperty, CORE)


def test_exact_distance_is_near_and_not_far() -> None:
    place = geometry("Point", [9, 40])
    metres = repr(between_m((8, 40), (9, 40)))
    assert parse_geo(f"near;maxDistance=={metres}", "Point", [8, 40], None, CORE).fits(place)
    assert not parse_geo(f"near;minDistance=={metres}", "Point", [8, 40], None, CORE).fits(place)


def test_geometry_that_is_too_large_is_refused() -> None:
    with pytest.raises(TooComplexQuery):
        parse_geo("within", "MultiPoint", [[0, 0]] * (MAX_POSITIONS + 1), None, CORE)
    with pytest.raises(TooComplexQuery):
        parse_geo("within", "Point", "[" * (MAX_COORDINATES + 1), None, CORE)


def test_what_is_kept_and_is_no_geometry_fits_nothing() -> None:
    geo = parse_geo("disjoint", "Point", [8, 40], None, CORE)
    for value in (
        {},
        {"type": "Point"},
        {"type": "Blob", "coordinates": [1]},
        {"type": "Point", "coordinates": ["x", None]},
    ):
        assert not geo.fits(value)


positions = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@given(positions, positions)
def test_distance_agrees_with_the_law_of_cosines(one: tuple[float, float], other: tuple[float, float]) -> None:
    (lon1, lat1), (lon2, lat2) = ([radians(value) for value in position] for position in (one, other))
    cosine = sin(lat1) * sin(lat2) + cos(lat1) * cos(lat2) * cos(lon2 - lon1)
    expected = RADIUS_M * acos(max(-1.0, min(1.0, cosine)))
    assert between_m(one, other) == pytest.approx(expected, rel=1e-6, abs=1.0)


@given(positions, positions, st.floats(1, 30_000_000))
def test_box_holds_all_that_is_near(one: tuple[float, float], other: tuple[float, float], metres: float) -> None:
    west, south, east, north = box_around(read_shape("Point", list(one)), metres)
    if between_m(one, other) <= metres:
        assert west <= other[0] <= east
        assert south <= other[1] <= north
