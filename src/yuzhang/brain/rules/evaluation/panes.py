"""Sliding windows: of each slot the last PANES panes of its window, each summed up. A late row finds its pane as long as it is there.

A late row that is sent twice counts once: of each slot the times of its newest rows are kept, too. So they are sent by a device whose
connection was ended, or by a client that got no answer.

A window reaches from the pane of the newest observation back over all panes: between eleven and twelve twelfths of its length. Its cost is
the same however many observations it holds.
"""

import numpy as np
from numpy.typing import NDArray

from yuzhang.brain.rules.evaluation.kept import Kept
from yuzhang.brain.rules.evaluation.running import Numbers, lengths_of, running, starts_of
from yuzhang.brain.rules.evaluation.slots import NEVER
from yuzhang.brain.rules.model import Aggregate

PANES = 12
SEEN = 64
"""So many rows of a slot are known by their times: an hour of one a minute, which is what a device sends again after a break."""
NOTHING = np.array([0.0, 0.0, 0.0, np.inf, -np.inf])
"""Count, sum, sum of squares, lowest and highest of no rows."""
COMBINE: tuple[np.ufunc, ...] = (np.add, np.add, np.add, np.minimum, np.maximum)
KEPT = np.dtype([("newest", "<i8"), ("panes", "<f8", (PANES, 5)), ("next", "<i8"), ("seen", "<i8", SEEN)])
NEW = np.zeros(1, KEPT)
NEW["newest"], NEW["panes"], NEW["seen"] = NEVER, NOTHING, NEVER


class Windows(Kept):
    """The windows of slots. Rows of a call lie by slot and time."""

    def __init__(self) -> None:
        super().__init__(NEW)

    def load(self, slot: int, content: bytes) -> None:
        """Take what the database kept: before SEEN was there it was shorter."""
        super().load(slot, content + NEW.tobytes()[len(content) :])

    def has(self, slot: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which rows are known to be in their window."""
        place = np.fromiter((self.places.get(one, -1) for one in slot.tolist()), np.int64, len(slot))
        found: NDArray[np.bool_] = (place >= 0) & (self.kept["seen"][place] == time[:, None]).any(axis=1)
        return found

    def measure(
        self, slot: NDArray[np.int64], time: NDArray[np.int64], value: Numbers, pane_us: NDArray[np.int64]
    ) -> Numbers:
        """The five sums of the window as of each row, that row included."""
        pane = time // pane_us
        starts = starts_of(slot, pane)
        lengths = lengths_of(starts, len(slot))
        slots, panes = slot[starts], pane[starts]
        place = np.fromiter((self.place(one) for one in slots.tolist()), np.int64, len(slots))
        own = np.column_stack([np.ones(len(value)), value, value * value, value, value])
        nothing = np.broadcast_to(NOTHING, (len(starts), 5))
        for at, function in enumerate(COMBINE):
            own[:, at] = running(function, own[:, at], starts, nothing[:, at])
        totals = own[starts + lengths - 1]
        before = self._before(slots, panes, place, totals)
        for at, function in enumerate(COMBINE):
            own[:, at] = function(own[:, at], np.repeat(before[:, at], lengths))
        self._add(place, panes, totals)
        self._see(np.repeat(place, lengths), time)
        self.touched.update(slots.tolist())
        return own

    def _before(
        self, slots: NDArray[np.int64], panes: NDArray[np.int64], place: NDArray[np.int64], totals: Numbers
    ) -> Numbers:
        """What each pane of the rows finds in its window beside their own part of it: what is kept, and earlier panes of the rows."""
        found = np.tile(NOTHING, (len(slots), 1))
        newest = self.kept["newest"][place]
        for back in range(PANES):
            wanted = panes - back
            there = np.flatnonzero((wanted > newest - PANES) & (wanted <= newest))
            some = self.kept["panes"][place[there], wanted[there] % PANES]
            for at, function in enumerate(COMBINE):
                found[there, at] = function(found[there, at], some[:, at])
        for back in range(1, min(PANES, len(slots))):
            there = np.flatnonzero((slots[back:] == slots[:-back]) & (panes[back:] - panes[:-back] < PANES)) + back
            for at, function in enumerate(COMBINE):
                found[there, at] = function(found[there, at], totals[there - back, at])
        return found

    def _add(self, place: NDArray[np.int64], panes: NDArray[np.int64], totals: Numbers) -> None:
        ends = np.append(np.flatnonzero(place[1:] != place[:-1]), len(place) - 1)
        some, old = place[ends], self.kept["newest"][place[ends]]
        new = np.maximum(old, panes[ends])
        for back in range(PANES):
            fresh = new - back > old
            self.kept["panes"][some[fresh], (new[fresh] - back) % PANES] = NOTHING
        self.kept["newest"][some] = new
        inside = np.flatnonzero(panes > self.kept["newest"][place] - PANES)
        at = place[inside], panes[inside] % PANES
        there = self.kept["panes"][at]
        for number, function in enumerate(COMBINE):
            there[:, number] = function(there[:, number], totals[inside, number])
        self.kept["panes"][at] = there

    def _see(self, place: NDArray[np.int64], time: NDArray[np.int64]) -> None:
        """Keep the times of rows in the place of the oldest ones."""
        starts = starts_of(place)
        lengths = lengths_of(starts, len(place))
        rank = np.arange(len(place)) - np.repeat(starts, lengths)
        newest = np.flatnonzero(np.repeat(lengths, lengths) - rank <= SEEN)
        own = place[starts]
        at = (np.repeat(self.kept["next"][own], lengths) + rank) % SEEN
        self.kept["seen"][place[newest], at[newest]] = time[newest]
        self.kept["next"][own] = (self.kept["next"][own] + lengths) % SEEN


def summed(aggregate: Aggregate, sums: Numbers) -> Numbers:
    """One number of the five sums.

    >>> summed(Aggregate.MEAN, np.array([[2.0, 6.0, 20.0, 2.0, 4.0]])).tolist()
    [3.0]
    """
    count, total, squares, low, high = sums.T
    found: Numbers
    match aggregate:
        case Aggregate.MEAN:
            found = total / count
        case Aggregate.MAX:
            found = high
        case Aggregate.MIN:
            found = low
        case Aggregate.SUM:
            found = total
        case Aggregate.COUNT:
            found = count
        case Aggregate.RANGE:
            found = high - low
        case Aggregate.STDDEV:
            found = np.sqrt(np.maximum(0.0, squares / count - (total / count) ** 2))
    return found
