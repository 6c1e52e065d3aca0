"""The projection of web maps: the world as a square of side 1, north up; and which tile of which zoom a place lies in.

Source: EPSG:3857 (Web Mercator), OGC 17-083r4 (Two Dimensional Tile Matrix Set), WebMercatorQuad.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

NORTHERNMOST = 85.0511287798066
"""Latitude at which the square ends; what lies beyond is drawn at its edge."""
BITS = 24
"""Of each direction in a tile code: zoom 24 is about a metre a tile."""


def project(lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places in degrees as parts of the square, from its north-western corner.

    >>> x, y = project(0.0, 0.0)
    >>> float(x), round(float(y), 12)
    (0.5, 0.5)
    """
    sine = np.sin(np.radians(np.clip(np.asarray(lat, float), -NORTHERNMOST, NORTHERNMOST)))
    x = np.asarray(lon, float) / 360.0 + 0.5
    return np.clip(x, 0.0, 1.0), 0.5 - np.log((1.0 + sine) / (1.0 - sine)) / (4.0 * np.pi)


def codes(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.uint64]:
    """The codes of places along a curve on which every tile of every zoom is one stretch (Morton, 1966)."""
    side = 1 << BITS
    columns = np.clip((x * side).astype(np.int64), 0, side - 1).astype(np.uint64)
    rows = np.clip((y * side).astype(np.int64), 0, side - 1).astype(np.uint64)
    return _spread(columns) | (_spread(rows) << np.uint64(1))


def stretch(z: int, x: int, y: int) -> tuple[int, int]:
    """The first code of a tile, and the first after it.

    >>> stretch(0, 0, 0) == (0, 4**24)
    True
    """
    left = 2 * (BITS - z)
    code = 0
    for bit in range(z):
        code |= ((x >> bit) & 1) << (2 * bit) | ((y >> bit) & 1) << (2 * bit + 1)
    return code << left, (code + 1) << left


def _spread(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    found = numbers & np.uint64(0xFFFFFFFF)
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F), (2, 0x3333333333333333), (1, 0x5555555555555555),
    ):  # fmt: skip
        found = (found | (found << np.uint64(shift))) & np.uint64(mask)
    return found
