"""Places as numbers: what lies in a box is found among the numbers of its ranges, whatever its size."""

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from yuzhang.brain.context.store.cells import BITS, GRIDS, cell_of, ranges_of

Box = tuple[float, float, float, float]
EAST = st.floats(-180, 180, allow_nan=False)
NORTH = st.floats(-90, 90, allow_nan=False)
SMALL = st.sampled_from([0.0, 1e-6, 1e-4, 0.01, 1.0, 30.0])


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """From a point to the whole earth."""
    west, south = draw(EAST), draw(NORTH)
    return west, south, min(180.0, west + draw(SMALL)), min(90.0, south + draw(SMALL))


@given(boxes(), boxes())
@example((-180, -90, 180, 90), (180, 90, 180, 90))
@example((179.9, 89.9, 180, 90), (180, 90, 180, 90))
@example((0, 0, 1e-7, 0), (1e-7, 0, 1e-7, 0))
def test_whatever_touches_a_box_stands_in_one_of_its_ranges(asked: Box, there: Box) -> None:
    touches = asked[0] <= there[2] and there[0] <= asked[2] and asked[1] <= there[3] and there[1] <= asked[3]
    if touches:
        assert any(low <= cell_of(there) <= high for low, high in ranges_of(asked))


@given(boxes())
def test_ranges_are_few_and_apart(asked: Box) -> None:
    found = ranges_of(asked)
    assert len(found) <= 25 * len(GRIDS)
    assert all(low <= high for low, high in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))


def test_a_small_box_looks_at_a_small_part_of_the_points() -> None:
    points = [high - low + 1 for low, high in ranges_of((115.9, 28.6, 115.91, 28.61)) if high < 1 << 2 * BITS]
    asked = (0.01 / 360) * (0.01 / 180) * 4**BITS
    assert asked <= sum(points) <= 3 * asked
