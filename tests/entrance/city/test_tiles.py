"""Vector tiles, against an independent reader of the format."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from entrance.city.reading import decode
from yuzhang.entrance.city.tiles.writing import POINT, POLYGON, Column, layer, points, polygons

Value = st.one_of(st.booleans(), st.integers(0, 2**53), st.text(max_size=20), st.floats(allow_nan=False))
LARGE = 2**31 - 1


@st.composite
def layers(draw: st.DrawFn) -> tuple[list[int], list[tuple[int, int]], dict[str, list[object]]]:
    count = draw(st.integers(1, 40))
    numbers = draw(st.lists(st.integers(0, 2**40), min_size=count, max_size=count))
    places = draw(
        st.lists(st.tuples(st.integers(-4096, 8192), st.integers(-4096, 8192)), min_size=count, max_size=count)
    )
    names = draw(st.lists(st.text(min_size=1, max_size=8), max_size=4, unique=True))
    properties: dict[str, list[object]] = {
        name: list(draw(st.lists(st.one_of(st.none(), Value), min_size=count, max_size=count))) for name in names
    }
    return numbers, places, properties


def column(values: list[object]) -> Column:
    """A property without sharing: each feature has a value of its own."""
    given = [one for one in values if one is not None]
    places = np.cumsum([one is not None for one in values]) - 1
    return Column(given, np.where([one is not None for one in values], places, -1).astype(np.int64))  # type: ignore[arg-type]  # the strategy draws nothing else


@given(layers())
def test_another_reader_of_the_format_finds_every_point_with_all_its_properties(
    drawn: tuple[list[int], list[tuple[int, int]], dict[str, list[object]]],
) -> None:
    numbers, places, properties = drawn
    x, y = np.array(places, np.int64).T
    tile = layer("devices", POINT, np.array(numbers), points(x, y), {k: column(v) for k, v in properties.items()})
    found = decode(tile)["devices"]
    assert found["extent"] == 4096
    assert [one["id"] for one in found["features"]] == numbers
    assert [tuple(one["geometry"]["coordinates"]) for one in found["features"]] == places
    for row, one in enumerate(found["features"]):
        assert one["properties"] == {
            name: values[row] for name, values in properties.items() if values[row] is not None
        }


def test_a_polygon_with_a_hole_is_read_as_it_was_drawn() -> None:
    outer = np.array([[0, 0], [100, 0], [100, 100], [0, 100], [0, 0]])
    hole = np.array([[10, 10], [10, 50], [50, 50], [50, 10], [10, 10]])
    second = np.array([[200, 200], [300, 200], [300, 300], [200, 200]])
    tile = layer(
        "regions", POLYGON, np.array([7, 8]), polygons([[outer, hole], [second]]),
        {"name": Column(["East", "West"], np.array([0, 1]))},
    )  # fmt: skip
    first, other = decode(tile)["regions"]["features"]
    assert first["properties"] == {"name": "East"}
    assert first["geometry"]["type"] == "Polygon"
    assert [len(ring) for ring in first["geometry"]["coordinates"]] == [5, 5]
    assert {tuple(one) for one in other["geometry"]["coordinates"][0]} == {(200, 200), (300, 200), (300, 300)}


def test_a_layer_without_features_takes_no_room() -> None:
    empty = np.empty(0, np.int64)
    assert layer("devices", POINT, empty, points(empty, empty), {}) == b""
