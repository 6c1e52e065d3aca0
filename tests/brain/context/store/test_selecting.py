"""Selections answered by the databases, against a plain reading of the standard."""

import re
from math import atan2, cos, hypot, radians, sin
from time import time_ns
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brain.context.store.plainly import DECLARED, as_list, fits, holds, queries, value_of, worlds, written
from brain.context.store.present import Present
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import Selection, parse_geo, parse_q, parse_scope, parse_types
from yuzhang.brain.context.query.paths import Reach

MANY = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@MANY
@given(worlds, queries, st.sampled_from([None, "T", "T,U", "(T;U)|V", "W"]), st.booleans())
def test_databases_find_what_a_plain_reading_finds(
    present: Present, world: list[dict[str, Any]], query: Any, kinds: str | None, declare: bool
) -> None:
    space = present.keep(world, DECLARED if declare else ())
    selection = Selection(types=parse_types(kinds, CORE) if kinds else None, q=parse_q(written(query), CORE))
    expected = [body["id"] for body in world if of_kind(kinds, body) and holds(query, body, world)]
    page = present.page(space, selection)
    assert [one.open().id for one in page.found] == expected
    assert page.total == len(expected)
    sparing = parse_q(written(query, sparing=True), CORE)
    assert [body["id"] for body in world if of_kind(kinds, body) and sparing.matches(*seen(body, world))] == expected


def seen(body: dict[str, Any], world: list[dict[str, Any]]) -> tuple[Entity, Reach]:
    """An entity as it is matched without a database: in times that all lie behind the moments of the tests."""
    now = time_ns() // 1000
    linked = {one["id"]: Entity(one, now, now) for one in world}
    return linked[body["id"]], Reach(None, linked.get)


def of_kind(kinds: str | None, body: dict[str, Any]) -> bool:
    types = set(as_list(body["type"]))
    return {None: True, "T": "T" in types, "T,U": bool(types & {"T", "U"}), "W": False}.get(
        kinds, {"T", "U"} <= types or "V" in types
    )


@MANY
@given(
    worlds,
    st.sampled_from([None, ("urn:e:1",), ("urn:e:0", "urn:e:3", "urn:e:99")]),
    st.sampled_from([None, "^urn:e:[12]", "1$", "^urn:x"]),
    st.sampled_from([None, "T", "U,V", "*"]),
    st.sampled_from([None, ("a",), ("b", "zz"), ("zz",), ("type",)]),
    st.sampled_from([None, "/p", "/p/#", "/p;/r"]),
    st.sampled_from([None, ("@none",), ("urn:d:1",)]),
)
def test_all_other_ways_to_choose_go_together(
    present: Present,
    world: list[dict[str, Any]],
    ids: Any,
    pattern: Any,
    kinds: Any,
    attrs: Any,
    scope: Any,
    datasets: Any,
) -> None:
    space = present.keep(world, DECLARED)
    q = "a==1" if datasets else None
    selection = Selection(
        ids,
        pattern,
        parse_types(kinds, CORE) if kinds else None,
        attrs,
        parse_q(q, CORE) if q else None,
        None,
        parse_scope(scope) if scope else None,
        datasets,
    )

    def chosen(body: dict[str, Any]) -> bool:
        scopes = body.get("scope", [])
        asked = [one for one in as_list(body.get("a", [])) if one.get("datasetId", "@none") in (datasets or ())]
        return (
            (ids is None or body["id"] in ids)
            and (pattern is None or re.search(pattern, body["id"]) is not None)
            and (kinds in {None, "*"} or bool(set(as_list(body["type"])) & set(kinds.split(","))))
            and (attrs is None or any(name in body and name != "type" for name in attrs))
            and (
                scope is None
                or {"/p": "/p" in scopes, "/p;/r": {"/p", "/r"} <= set(scopes)}.get(
                    scope, any(one.startswith("/p") for one in scopes)
                )
            )
            and (q is None or any(fits("==", target, [1]) for one in asked for target in value_of(one, "")))
        )

    assert present.ids(space, selection) == [body["id"] for body in world if chosen(body)]


# Geo-queries on a grid of whole degrees: rectangles, lines along the grid and points, compared by their bounds; distances by chords.

rectangles = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3), st.integers(0, 3)).map(
    lambda one: (one[0], one[1], one[0] + one[2], one[1] + one[3])
)
places = st.tuples(rectangles, st.booleans())
Bounds = tuple[int, int, int, int]
Interval = tuple[int, int]


def geometry(place: tuple[Bounds, bool]) -> dict[str, Any]:
    """A geometry of these bounds: a point, a line or an area, or the only one of several."""
    (west, south, east, north), multi = place
    coordinates: Any
    if west == east and south == north:
        kind, coordinates = "Point", [west, south]
    elif west == east or south == north:
        kind, coordinates = "LineString", [[west, south], [east, north]]
    else:
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        kind, coordinates = "Polygon", [ring]
    return (
        {"type": f"Multi{kind}", "coordinates": [coordinates]} if multi else {"type": kind, "coordinates": coordinates}
    )


def sides(bounds: Bounds) -> tuple[Interval, Interval]:
    return (bounds[0], bounds[2]), (bounds[1], bounds[3])


def meet_inside(one: Interval, other: Interval) -> bool:
    """Whether two intervals have a point in common that is no end of one, unless that is a point itself."""
    if one[0] == one[1] and other[0] == other[1]:
        return one == other
    if one[0] == one[1]:
        return other[0] < one[0] < other[1]
    if other[0] == other[1]:
        return meet_inside(other, one)
    return max(one[0], other[0]) < min(one[1], other[1])


def related(relation: str, one: Bounds, other: Bounds) -> bool:
    pairs = list(zip(sides(one), sides(other), strict=True))
    inside = all(meet_inside(*pair) for pair in pairs)
    if relation in {"intersects", "disjoint"}:
        meet = all(a[0] <= b[1] and b[0] <= a[1] for a, b in pairs)
        return meet is (relation == "intersects")
    if relation == "equals":
        return one == other
    if relation == "within":
        return inside and all(b[0] <= a[0] and a[1] <= b[1] for a, b in pairs)
    if relation == "contains":
        return related("within", other, one)
    alike = all((a[0] == a[1]) is (b[0] == b[1]) for a, b in pairs)
    return alike and inside and not related("within", one, other) and not related("contains", one, other)


@MANY
@given(
    st.lists(
        st.tuples(places, st.sampled_from(["location", "view"]), st.sampled_from(["T", "U"])), min_size=1, max_size=8
    ),
    places,
    st.sampled_from(["within", "contains", "intersects", "equals", "disjoint", "overlaps"]),
    st.sampled_from([None, "location", "view"]),
    st.sampled_from([None, "T"]),
)
def test_databases_find_places_as_their_bounds_say(
    present: Present, kept: Any, asked: tuple[Bounds, bool], relation: str, attribute: str | None, kinds: str | None
) -> None:
    world = [
        {"id": f"urn:e:{number}", "type": kind, name: {"type": "GeoProperty", "value": geometry(one)}}
        for number, (one, name, kind) in enumerate(kept)
    ]
    place = geometry(asked)
    geo = parse_geo(relation, place["type"], place["coordinates"], attribute, CORE)
    found = present.ids(present.keep(world), Selection(types=parse_types(kinds, CORE) if kinds else None, geo=geo))
    expected = [
        f"urn:e:{number}"
        for number, ((bounds, _), name, kind) in enumerate(kept)
        if name == (attribute or "location") and kinds in {None, kind} and related(relation, bounds, asked[0])
    ]
    assert found == expected


def test_place_of_an_attribute_s_attribute_is_found_wherever_the_entity_itself_is(present: Present) -> None:
    here, there = (
        {"type": "GeoProperty", "value": {"type": "Point", "coordinates": one}} for one in ([1, 1], [50, 50])
    )
    seen = {"type": "Property", "value": 1, "place": there}
    space = present.keep(
        [{"id": "urn:e:0", "type": "T", "location": here, "seen": seen}, {"id": "urn:e:1", "type": "T", "seen": seen}]
    )
    for relation in ("near;maxDistance==10", "intersects"):
        found = parse_geo(relation, "Point", [50, 50], "seen.place", CORE)
        assert present.ids(space, Selection(geo=found)) == ["urn:e:0", "urn:e:1"]


def test_texts_of_all_languages_are_found_by_the_index_too(present: Present) -> None:
    name = {"type": "LanguageProperty", "languageMap": {"en": "Well", "fr": ["puits", "trou"]}}
    space = present.keep([{"id": "urn:e:0", "type": "T", "a": name}], DECLARED)
    for text, found in (("a==trou", True), ('a>"puit"', True), ("a==bus", False), ("a[en]==trou", False)):
        assert present.ids(space, Selection(q=parse_q(text, CORE))) == (["urn:e:0"] if found else []), text


# Anywhere, and close to the poles and to the 180th meridian, where longitudes jump.
positions = st.tuples(
    st.floats(-180, 180) | st.sampled_from([-180, -179.99, 179.99, 180]),
    st.floats(-90, 90) | st.sampled_from([-90, -89.99, 89.99, 90]),
)


def away(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres on the sphere, by the angle between two directions from the centre of the Earth."""
    (x1, y1, z1), (x2, y2, z2) = (
        (cos(radians(lat)) * cos(radians(lon)), cos(radians(lat)) * sin(radians(lon)), sin(radians(lat)))
        for lon, lat in (one, other)
    )
    across = hypot(y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2)
    return 6_371_008.8 * atan2(across, x1 * x2 + y1 * y2 + z1 * z2)


@MANY
@given(
    st.lists(positions, min_size=1, max_size=8),
    positions,
    st.integers(1, 20_000_000) | st.sampled_from([500, 3000]),
    st.booleans(),
)
def test_databases_find_what_is_near_or_far(
    present: Present, kept: list[tuple[float, float]], asked: tuple[float, float], metres: int, near: bool
) -> None:
    world = [
        {
            "id": f"urn:e:{number}",
            "type": "T",
            "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": list(one)}},
        }
        for number, one in enumerate(kept)
    ]
    geo = parse_geo(f"near;{'max' if near else 'min'}Distance=={metres}", "Point", list(asked), None, CORE)
    found = present.ids(present.keep(world), Selection(geo=geo))
    for number, one in enumerate(kept):
        distance = away(one, asked)
        if abs(distance - metres) > 1:  # within a metre of the border the two ways may differ
            assert (f"urn:e:{number}" in found) is ((distance < metres) is near)
