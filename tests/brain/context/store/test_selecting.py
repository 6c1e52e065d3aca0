"""Selections answered by the databases, against a plain reading of the standard."""

import re
from math import atan2, cos, hypot, radians, sin
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brain.context.store.plainly import DECLARED, as_list, fits, holds, queries, value_of, worlds, written
from brain.context.store.present import Present
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.query import Selection, parse_geo, parse_q, parse_scope, parse_types

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


# Geo-queries on a grid of whole degrees: rectangles and points, compared by their bounds; distances by chords.

corners = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 3), st.integers(1, 3)).map(
    lambda one: (one[0], one[1], one[0] + one[2], one[1] + one[3])
)
points = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda one: (*one, *one))
places = points | corners
Bounds = tuple[int, int, int, int]


def geometry(bounds: Bounds) -> dict[str, Any]:
    west, south, east, north = bounds
    if west == east:
        return {"type": "Point", "coordinates": [west, south]}
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def related(relation: str, one: Bounds, other: Bounds) -> bool:
    meet = one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
    if relation in {"intersects", "disjoint"}:
        return meet is (relation == "intersects")
    if relation == "equals":
        return one == other
    if relation in {"within", "contains"}:
        inner, outer = (one, other) if relation == "within" else (other, one)
        if inner[0] == inner[2] and outer[0] != outer[2]:  # a point lies within an area, not on its edge
            return outer[0] < inner[0] < outer[2] and outer[1] < inner[1] < outer[3]
        return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]
    areas = one[0] != one[2] and other[0] != other[2]
    shared = one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    return areas and shared and not related("within", one, other) and not related("contains", one, other)


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
    present: Present, kept: Any, asked: Bounds, relation: str, attribute: str | None, kinds: str | None
) -> None:
    world = [
        {"id": f"urn:e:{number}", "type": kind, name: {"type": "GeoProperty", "value": geometry(bounds)}}
        for number, (bounds, name, kind) in enumerate(kept)
    ]
    place = geometry(asked)
    geo = parse_geo(relation, place["type"], place["coordinates"], attribute, CORE)
    found = present.ids(present.keep(world), Selection(types=parse_types(kinds, CORE) if kinds else None, geo=geo))
    expected = [
        f"urn:e:{number}"
        for number, (bounds, name, kind) in enumerate(kept)
        if name == (attribute or "location") and kinds in {None, kind} and related(relation, bounds, asked)
    ]
    assert found == expected


positions = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


def away(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres on the sphere, by the angle between two directions from the centre of the Earth."""
    (x1, y1, z1), (x2, y2, z2) = (
        (cos(radians(lat)) * cos(radians(lon)), cos(radians(lat)) * sin(radians(lon)), sin(radians(lat)))
        for lon, lat in (one, other)
    )
    across = hypot(y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2)
    return 6_371_008.8 * atan2(across, x1 * x2 + y1 * y2 + z1 * z2)


@MANY
@given(st.lists(positions, min_size=1, max_size=8), positions, st.integers(1, 20_000_000), st.booleans())
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
