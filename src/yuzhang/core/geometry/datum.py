"""WGS-84, in which all positions are kept, and GCJ-02, in which maps published in mainland China are drawn: for the edge only.

GCJ-02 is WGS-84 with an offset of some hundred metres. The offset is defined by no published document; the formula here is the one that
map libraries have used since 2013, and agrees with published tiles to about a metre. Nothing is shifted outside of mainland China's
bounding box. Degrees; arrays of any shape.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Degrees = NDArray[np.float64]
AXIS_M = 6_378_245.0
FLATNESS = 0.00669342162296594323
"""The semi-major axis in metres and the squared eccentricity of the ellipsoid of Krassovsky (1940)."""
WEST, SOUTH, EAST, NORTH = 72.004, 0.8293, 137.8347, 55.8271
STEPS = 4
"""The inverse is found by steps, each of which leaves about a thousandth of the error."""


def to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """WGS-84 positions as a GCJ-02 map draws them.

    >>> x, y = to_gcj02(116.404, 39.915)
    >>> round(float(x), 5), round(float(y), 5)
    (116.41024, 39.9164)
    """
    x, y = np.asarray(lon, float), np.asarray(lat, float)
    east, north = _offset(x, y)
    return x + east, y + north


def to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """Positions of a GCJ-02 map in WGS-84, within a centimetre of the inverse.

    >>> x, y = to_wgs84(*to_gcj02(116.404, 39.915))
    >>> round(float(x), 6), round(float(y), 6)
    (116.404, 39.915)
    """
    wanted_x, wanted_y = np.asarray(lon, float), np.asarray(lat, float)
    x, y = wanted_x, wanted_y
    for _ in range(STEPS):
        there_x, there_y = to_gcj02(x, y)
        x, y = x - (there_x - wanted_x), y - (there_y - wanted_y)
    return x, y


def _offset(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    waves = 20.0 * (np.sin(6.0 * x * np.pi) + np.sin(2.0 * x * np.pi))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (waves + 20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (waves + 20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    angle = lat / 180.0 * np.pi
    narrow = 1.0 - FLATNESS * np.sin(angle) ** 2
    inside = (lon >= WEST) & (lon <= EAST) & (lat >= SOUTH) & (lat <= NORTH)
    north = north * 180.0 / ((AXIS_M * (1.0 - FLATNESS)) / (narrow * np.sqrt(narrow)) * np.pi)
    east = east * 180.0 / (AXIS_M / np.sqrt(narrow) * np.cos(angle) * np.pi)
    return np.where(inside, east, 0.0), np.where(inside, north, 0.0)
