"""Places as whole numbers, so that a plain B-tree finds what lies in a box.

The degrees are cut into a grid of 2^24 by 2^24 units (2.4 m at the equator) and into coarser grids above it. A box stands in the
coarsest-needed grid, in the cell of its south-west corner: it reaches into that cell's neighbours in the east and the north at
most. Cells of one grid follow one another in Z-order, so that a box that is asked for is a few ranges of numbers in each grid.
Source: G. Morton, "A computer oriented geodetic data base" (1966); C. Böhm and others, "XZ-Ordering" (1999).
"""

from yuzhang.brain.context.store.facets import Box

BITS = 24
GRIDS = (0, 6, 12, 18, 24)
"""How many bits coarser than the finest each grid is."""
LAST = (1 << BITS) - 1
EAST_UNITS, NORTH_UNITS = (1 << BITS) / 360, (1 << BITS) / 180
SPREAD = [sum((number >> bit & 1) << 2 * bit for bit in range(8)) for number in range(256)]
"""The bits of a byte, with a gap before each."""
FINER = 2
"""A box that is asked for is covered by cells of a quarter of its size: fewer ranges would bring more that lies outside."""


def cell_of(box: Box) -> int:
    """The number under which a box stands."""
    west, south = _east(box[0]), _north(box[1])
    if box[0] == box[2] and box[1] == box[3]:
        return _z(west, south)
    size = max(_east(box[2]) - west, _north(box[3]) - south)
    number, bits = next((number, bits) for number, bits in enumerate(GRIDS) if size <= 1 << bits)
    return number << 2 * BITS | _z(west >> bits, south >> bits)


def ranges_of(box: Box) -> list[tuple[int, int]]:
    """Ranges of numbers, ends included, under which every box stands that touches `box`, and some that do not.

    >>> point = (115.9, 28.7, 115.9, 28.7)
    >>> [low <= cell_of(point) <= high for low, high in ranges_of((115.8999, 28.6999, 115.9001, 28.7001))].count(True)
    1
    """
    west, south, east, north = _east(box[0]), _north(box[1]), _east(box[2]), _north(box[3])
    found: list[tuple[int, int]] = []
    for number, bits in enumerate(GRIDS):
        first = number << 2 * BITS
        for low, high in _covering(
            max(0, (west >> bits) - 1), max(0, (south >> bits) - 1), east >> bits, north >> bits
        ):
            found.append((first | low, first | high))
    return found


def _covering(west: int, south: int, east: int, north: int) -> list[tuple[int, int]]:
    """Ranges of Z-order that hold all cells of a rectangle."""
    bits = max(0, (max(east - west, north - south) + 1).bit_length() - FINER)
    size = 1 << 2 * bits
    found: list[tuple[int, int]] = []
    for low in sorted(
        _z(x, y) * size
        for x in range(west >> bits, (east >> bits) + 1)
        for y in range(south >> bits, (north >> bits) + 1)
    ):
        if found and found[-1][1] == low - 1:
            found[-1] = found[-1][0], low + size - 1
        else:
            found.append((low, low + size - 1))
    return found


def _east(degrees: float) -> int:
    return min(max(int((degrees + 180) * EAST_UNITS), 0), LAST)


def _north(degrees: float) -> int:
    return min(max(int((degrees + 90) * NORTH_UNITS), 0), LAST)


def _z(x: int, y: int) -> int:
    """The bits of two numbers below 2^24 in turn."""
    return (SPREAD[x & 255] | SPREAD[x >> 8 & 255] << 16 | SPREAD[x >> 16] << 32) | (
        SPREAD[y & 255] | SPREAD[y >> 8 & 255] << 16 | SPREAD[y >> 16] << 32
    ) << 1
