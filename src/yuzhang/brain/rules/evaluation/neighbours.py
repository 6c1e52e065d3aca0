"""Values beside those of near things of the same rule: how far each is from the median of its neighbours' newest values."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from yuzhang.brain.context.query.geometry import RADIUS_M
from yuzhang.brain.rules.evaluation.running import Numbers, lengths_of, starts_of
from yuzhang.brain.rules.model import Condition

MOST = 64
"""Neighbours of one thing that are asked; the nearest ones."""


class Near:
    """The members of one rule, and who is near whom."""

    def __init__(self, within_m: float) -> None:
        self.within_m = within_m
        self.places: dict[int, tuple[float, float]] = {}
        self._near: dict[int, NDArray[np.int64]] = {}
        self._tree: shapely.STRtree | None = None
        self._slots = np.zeros(0, np.int64)
        self._points = np.zeros((0, 2))

    def place(self, slot: int, lon: float, lat: float) -> None:
        """A member stands here."""
        if self.places.get(slot) != (lon, lat):
            self.places[slot] = lon, lat
            self._near.clear()
            self._tree = None

    def leave(self, slot: int) -> None:
        """No member stands here any more."""
        if self.places.pop(slot, None) is not None:
            self._near.clear()
            self._tree = None

    def of(self, slot: int) -> NDArray[np.int64]:
        """The slots of its neighbours, the nearest first."""
        found = self._near.get(slot)
        if found is None:
            found = self._near[slot] = self._found(slot)
        return found

    def _found(self, slot: int) -> NDArray[np.int64]:
        if slot not in self.places:
            return np.zeros(0, np.int64)
        if self._tree is None:
            self._slots = np.fromiter(self.places, np.int64, len(self.places))
            self._points = np.array(list(self.places.values()))
            self._tree = shapely.STRtree(shapely.points(self._points))
        lon, lat = self.places[slot]
        high = np.degrees(self.within_m / RADIUS_M)
        wide = high / max(0.01, float(np.cos(np.radians(min(89.0, abs(lat) + high)))))
        some = self._tree.query(shapely.box(lon - wide, lat - high, lon + wide, lat + high))
        far = apart_m(lon, lat, self._points[some])
        order = np.argsort(far, kind="stable")
        own: NDArray[np.int64] = self._slots[some[order][far[order] <= self.within_m]]
        near: NDArray[np.int64] = own[own != slot][:MOST]
        return near


def apart_m(lon: float, lat: float, points: Numbers) -> Numbers:
    """How far points are from one, in metres on the sphere. Source: the haversine formula."""
    east, north = np.radians(points[:, 0] - lon), np.radians(points[:, 1] - lat)
    half = np.sin(north / 2) ** 2 + np.cos(np.radians(lat)) * np.cos(np.radians(points[:, 1])) * np.sin(east / 2) ** 2
    made: Numbers = 2 * RADIUS_M * np.arcsin(np.sqrt(np.minimum(1.0, half)))
    return made


def compared(near: Near, condition: Condition, slot: NDArray[np.int64], state: NDArray[Any]) -> Numbers:
    """How far the newest value of each of these slots of one rule is from the median of its neighbours'; NaN with too few of them.

    `state`: that of all slots.
    """
    neighbours = [near.of(one) for one in slot.tolist()]
    counts = np.array([len(one) for one in neighbours], np.int64)
    found = np.full(len(slot), np.nan)
    if not counts.sum():
        return found
    owner = np.repeat(np.arange(len(slot)), counts)
    other = np.concatenate(neighbours)
    value = np.asarray(state["value"][other], np.float64)
    age = np.asarray(state["last"][slot], np.int64)[owner] - np.asarray(state["last"][other], np.int64)
    fresh = ~np.isnan(value) & (age <= condition.fresh_us)
    owner, value = owner[fresh], value[fresh]
    order = np.lexsort((value, owner))
    owner, value = owner[order], value[order]
    starts = starts_of(owner)
    lengths = lengths_of(starts, len(owner))
    enough = np.flatnonzero(lengths >= condition.least)
    low = value[starts[enough] + (lengths[enough] - 1) // 2]
    high = value[starts[enough] + lengths[enough] // 2]
    own = owner[starts[enough]]
    found[own] = np.asarray(state["value"][slot[own]], np.float64) - (low + high) / 2
    return found
