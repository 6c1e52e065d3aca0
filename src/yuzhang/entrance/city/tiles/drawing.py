"""One tile of a layer: each thing as a point, or, where there are too many, one point for each cell of a grid with how many it holds."""

import numpy as np
from numpy.typing import NDArray

from yuzhang.entrance.city.places import Places, Rows, ages, chosen
from yuzhang.entrance.city.seeing import Masks
from yuzhang.entrance.city.tiles.writing import EXTENT, POINT, Column, layer, points

MOST_POINTS = 5_000
"""In one tile; more are drawn together. A point takes about 20 bytes."""
DEEP = 16
"""From this zoom on nothing is drawn together: a tile is 600 m wide, and who looks so closely wants each thing."""
CELLS = 48
"""In each direction of a tile."""
VALUED = 13
"""From this zoom on points carry their values, since there is room to write them."""
DEEPEST = 22


def tile(
    name: str,
    places: Places,
    masks: Masks,
    address: tuple[int, int, int],
    now: int,
) -> bytes:
    """The tile of a layer at zoom, column and row. `masks`: what the viewer sees."""
    z, column, row = address
    numbers, x, y = places.near(z, column, row)
    rows = places.rows[numbers]
    shown = masks.sees(rows)
    numbers, rows = numbers[shown], rows[shown]
    across = ((x[shown] * 2**z - column) * EXTENT).astype(np.int64)
    down = ((y[shown] * 2**z - row) * EXTENT).astype(np.int64)
    # A value that the viewer may not see tells nothing by its age either.
    valued = masks.values(rows)
    age = np.where(valued, ages(rows, now), 0)
    if len(numbers) > MOST_POINTS and z < DEEP:
        return _together(name, across, down, rows, age)
    return layer(name, POINT, numbers, points(across, down), _properties(places, rows, age, valued, z))


def _properties(
    places: Places, rows: NDArray[np.void], age: NDArray[np.int64], valued: NDArray[np.bool_], z: int
) -> dict[str, Column]:
    found = {
        "kind": Column(*chosen(places.kinds, rows["kind"])),
        "status": Column(*chosen(places.statuses, rows["status"])),
        "severity": Column(list(range(5)), np.minimum(rows["severity"], 4).astype(np.int64)),
        "age": Column(list(range(4)), age),
        "sim": Column([True], np.where(rows["simulated"], 0, -1).astype(np.int64)),
    }
    if z >= VALUED:
        there = np.isfinite(rows["value"]) & valued
        values, where = np.unique(np.where(there, rows["value"], 0.0), return_inverse=True)
        found["value"] = Column(values.tolist(), np.where(there, where, -1).astype(np.int64))
    return found


def _together(name: str, across: Rows, down: Rows, rows: NDArray[np.void], age: NDArray[np.int64]) -> bytes:
    """The cells: where their things are on average, how many, the worst severity, how many are late or silent."""
    cell = np.minimum(across * CELLS // EXTENT, CELLS - 1) + CELLS * np.minimum(down * CELLS // EXTENT, CELLS - 1)
    used, where, count = np.unique(cell, return_inverse=True, return_counts=True)
    x = np.rint(np.bincount(where, across) / count).astype(np.int64)
    y = np.rint(np.bincount(where, down) / count).astype(np.int64)
    worst = np.zeros(len(used), np.int64)
    np.maximum.at(worst, where, np.minimum(rows["severity"], 4))
    late = np.bincount(where, age >= 2, minlength=len(used)).astype(np.int64)
    oldest = np.where(late * 2 > count, 2, 1).astype(np.int64)
    counts, count_places = np.unique(count, return_inverse=True)
    lates, late_places = np.unique(late, return_inverse=True)
    simulated = np.bincount(where, rows["simulated"], minlength=len(used)) > 0
    return layer(name, POINT, used, points(x, y), {
        "count": Column(counts.tolist(), count_places.astype(np.int64)),
        "severity": Column(list(range(5)), worst),
        "age": Column(list(range(4)), oldest),
        "late": Column(lates.tolist(), late_places.astype(np.int64)),
        "sim": Column([True], np.where(simulated, 0, -1).astype(np.int64)),
    })  # fmt: skip
