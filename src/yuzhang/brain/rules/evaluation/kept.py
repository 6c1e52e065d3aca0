"""What is remembered of slots beside their state: one record each, in one array, as the database keeps it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FIRST = 16


class Kept:
    """One record of a kind for each slot that has one. `nothing`: an array of one record, that of a slot of which nothing is known."""

    def __init__(self, nothing: NDArray[Any]) -> None:
        self._nothing = nothing
        self.places: dict[int, int] = {}
        self.kept = np.repeat(nothing, FIRST)
        self.touched: set[int] = set()

    def place(self, slot: int) -> int:
        """Where a slot's record lies in `kept`, which is replaced by a longer array where it has no room for a new one."""
        found = self.places.setdefault(slot, len(self.places))
        if found >= len(self.kept):
            self.kept = np.concatenate([self.kept, np.repeat(self._nothing, len(self.kept))])
        return found

    def load(self, slot: int, content: bytes) -> None:
        """Take what the database kept."""
        place = self.place(slot)  # first: it may replace the array
        self.kept[place] = np.frombuffer(content, self._nothing.dtype)[0]

    def content(self, slot: int) -> bytes:
        """What the database shall keep."""
        return self.kept[self.places[slot] : self.places[slot] + 1].tobytes()
