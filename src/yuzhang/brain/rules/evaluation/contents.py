"""What rows say beside numbers: texts, yes and no, and positions. Each different text is read once."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from yuzhang.brain.rules.evaluation.running import Numbers

MOST_REMEMBERED = 50_000
Rests = Sequence[str | None]


class Contents:
    """Reads the rest of rows; remembers what it read."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[Any, str]] = {}

    def _of(self, rest: str | None) -> tuple[Any, str]:
        """The value, None if nothing is said; and the code of its unit, "" if none is."""
        if rest is None:
            return None, ""
        if rest not in self._read:
            if len(self._read) >= MOST_REMEMBERED:
                self._read.clear()
            try:
                read = msgspec.json.decode(rest)
            except msgspec.DecodeError:
                read = None
            told = read if isinstance(read, dict) else {}
            self._read[rest] = told.get("value"), str(told.get("unitCode") or "")
        return self._read[rest]

    def _value(self, rest: str | None) -> Any:
        return self._of(rest)[0]

    def codes(self, rests: Iterable[str | None]) -> list[str]:
        """The codes of units, "" where none is said."""
        return ["" if one is None or "unitCode" not in one else self._of(one)[1] for one in rests]

    def equal(self, rests: Rests, wanted: str | bool) -> Numbers:
        """1 where the value is `wanted`, 0 where it is something else, NaN where nothing is said."""
        found = [self._value(one) for one in rests]
        return np.array([np.nan if one is None else float(one == wanted) for one in found], np.float64)

    def inside(self, rests: Rests, area: BaseGeometry | None, *, inside: bool) -> Numbers:
        """1 where a position is inside (or outside) of the area, 0 where it is not, NaN where there is none."""
        points = self.points(rests)
        if area is None:
            return np.full(len(points), np.nan)
        found: NDArray[np.bool_] = shapely.intersects_xy(area, points[:, 0], points[:, 1])
        return np.where(np.isnan(points[:, 0]), np.nan, (found == inside).astype(np.float64))

    def points(self, rests: Rests) -> Numbers:
        """Longitudes and latitudes; NaN where there is none."""
        return np.array([point_of(self._value(one)) for one in rests], np.float64).reshape(-1, 2)


def point_of(value: Any) -> tuple[float, float]:
    """The position of a GeoJSON point; NaN if it is none.

    >>> point_of({"type": "Point", "coordinates": [115.9, 28.7]})
    (115.9, 28.7)
    """
    if isinstance(value, dict) and value.get("type") == "Point":
        at = value.get("coordinates")
        if isinstance(at, list) and len(at) >= 2 and all(isinstance(one, int | float) for one in at[:2]):
            return float(at[0]), float(at[1])
    return float("nan"), float("nan")
