"""Units and regions in memory, and which region a place lies in."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike

from yuzhang.foundation.registry.model import Region, Unit


class Index:
    """All units and regions as they were at one moment. Where regions lie in each other, a place is in the smallest one."""

    def __init__(self, units: Sequence[Unit] = (), regions: Sequence[Region] = ()) -> None:
        self.units = {one.id: one for one in units}
        self.regions = {one.id: one for one in regions}
        bounded = [one for one in regions if one.boundary is not None]
        bounded.sort(key=lambda one: -shapely.area(one.boundary))
        self._ids = [one.id for one in bounded]
        self._shapes: list[Any] = [one.boundary for one in bounded]
        for shape in self._shapes:
            shapely.prepare(shape)
        self._tree = shapely.STRtree(self._shapes)

    def region_at(self, lon: float, lat: float) -> str:
        """The smallest region that holds a place; "" if none does."""
        # From the smallest on: they are sorted by area.
        near = sorted(self._tree.query(shapely.Point(lon, lat)), reverse=True)
        return next((self._ids[at] for at in near if shapely.intersects_xy(self._shapes[at], lon, lat)), "")

    def regions_at(self, lon: ArrayLike, lat: ArrayLike) -> list[str]:
        """The same for many places at once."""
        x, y = np.asarray(lon, float), np.asarray(lat, float)
        found = np.full(len(x), -1)
        for at, shape in enumerate(self._shapes):
            west, south, east, north = shapely.bounds(shape)
            near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
            found[near[shapely.intersects_xy(shape, x[near], y[near])]] = at
        return ["" if at < 0 else self._ids[at] for at in found]
