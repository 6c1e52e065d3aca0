"""Tiles of regions: their boundaries, cut at the tile's edge and as fine as the zoom can show."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from yuzhang.core.geometry.datum import to_gcj02
from yuzhang.core.geometry.mercator import project
from yuzhang.core.language import Language
from yuzhang.entrance.city.model import Area
from yuzhang.entrance.city.tiles.writing import EXTENT, POLYGON, Column, layer, polygons

BUFFER = 64
"""Units beyond the edge, so that the edge itself is not drawn as a boundary."""


def projected(areas: Sequence[Area], *, gcj02: bool = False) -> list[Any]:
    """The boundaries in the world's square."""

    def flat(places: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = places[:, 0], places[:, 1]
        return np.stack(project(*to_gcj02(lon, lat)) if gcj02 else project(lon, lat), axis=1)

    return [shapely.transform(one.boundary, flat) for one in areas]


def tile(areas: Sequence[Area], shapes: Sequence[Any], address: tuple[int, int, int], language: Language) -> bytes:
    """The tile of regions; `shapes` are their boundaries, projected."""
    z, column, row = address
    side = 2.0**z

    def into(places: NDArray[np.float64]) -> NDArray[np.float64]:
        return (places * side - (column, row)) * EXTENT

    numbers: list[int] = []
    drawn: list[list[NDArray[np.int64]]] = []
    for number, shape in enumerate(shapes):
        rough = shapely.simplify(shapely.transform(shape, into), 2.0)
        cut = shapely.clip_by_rect(rough, -BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
        for part in shapely.get_parts(cut):
            if shapely.get_type_id(part) == 3 and (rings := _rings(part)):
                numbers.append(number)
                drawn.append(rings)
    places = np.array(numbers, np.int64)
    levels = sorted({one.level for one in areas})
    return layer("regions", POLYGON, places, polygons(drawn), {
        "id": Column([one.id for one in areas], places),
        "name": Column([one.name.in_language(language) for one in areas], places),
        "level": Column(levels, np.array([levels.index(areas[one].level) for one in numbers], np.int64)),
    })  # fmt: skip


def _rings(part: Any) -> list[NDArray[np.int64]]:
    """The rings of a polygon in whole units, outer first; none if nothing of it is left.

    With y downward a ring that has a positive area by the surveyor's formula turns to the right as seen. Source: MVT 2.1, 4.3.4.4.
    """
    found = []
    for place, ring in enumerate([part.exterior, *part.interiors]):
        line = np.rint(shapely.get_coordinates(ring)).astype(np.int64)
        line = line[np.concatenate(([True], (np.diff(line, axis=0) != 0).any(axis=1)))]
        area = _area(line)
        if len(line) < 4 or area == 0:
            if place == 0:
                return []
            continue
        found.append(line if (area > 0) == (place == 0) else line[::-1])
    return found


def _area(line: NDArray[np.int64]) -> int:
    return int(np.sum(line[:-1, 0] * line[1:, 1] - line[1:, 0] * line[:-1, 1]))
