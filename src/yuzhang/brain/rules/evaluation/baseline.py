"""What is usual at this hour: of each slot a mean for each hour of the day, learned from its own past.

An hour's mean is taken when the hour is over, so that no value is compared with itself. The newest DAYS days weigh most.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from yuzhang.brain.rules.evaluation.kept import Kept
from yuzhang.brain.rules.evaluation.running import Numbers, lengths_of, running, starts_of
from yuzhang.brain.rules.model import HOUR_US

HOURS, DAYS = 24, 14
KEPT = np.dtype([("hour", "<i8"), ("sum", "<f8"), ("count", "<f8"), ("mean", "<f8", HOURS), ("days", "<f8", HOURS)])
NEW = np.zeros(1, KEPT)


class Baselines(Kept):
    """The baselines of slots. Rows of a call lie by slot and time, all newer than those before."""

    def __init__(self) -> None:
        super().__init__(NEW)

    def measure(
        self, slot: NDArray[np.int64], time: NDArray[np.int64], value: Numbers, days: NDArray[np.int64]
    ) -> Numbers:
        """How far each value is from what is usual at its hour; NaN while fewer than `days` days are known."""
        hour = time // HOUR_US
        starts = starts_of(slot, hour)
        lengths = lengths_of(starts, len(slot))
        slots, hours = slot[starts], hour[starts]
        place = np.fromiter((self.place(one) for one in slots.tolist()), np.int64, len(slots))
        sums = running(np.add, value, starts, np.zeros(len(starts)))[starts + lengths - 1]
        usual = np.full(len(starts), np.nan)
        rank = np.arange(len(starts)) - np.maximum.accumulate(
            np.where(np.append(True, place[1:] != place[:-1]), np.arange(len(starts)), 0)
        )
        for turn in range(int(rank.max(initial=-1)) + 1):
            some = np.flatnonzero(rank == turn)
            self._learn(place[some], hours[some], sums[some], lengths[some])
            kept, of_day = self.kept[place[some]], hours[some] % HOURS
            row = np.arange(len(some))
            known = kept["days"][row, of_day] >= days[starts[some]]
            usual[some] = np.where(known, kept["mean"][row, of_day], np.nan)
        self.touched.update(slots.tolist())
        found: Numbers = value - np.repeat(usual, lengths)
        return found

    def _learn(self, place: NDArray[np.int64], hour: NDArray[np.int64], total: Numbers, count: NDArray[Any]) -> None:
        """Begin a new hour where it is one, and take the one that is over into the mean."""
        over = np.flatnonzero((self.kept["hour"][place] != hour) & (self.kept["count"][place] > 0))
        at = place[over], self.kept["hour"][place[over]] % HOURS
        days = np.minimum(self.kept["days"][at] + 1, DAYS)
        mean = self.kept["sum"][place[over]] / self.kept["count"][place[over]]
        self.kept["mean"][at] += (mean - self.kept["mean"][at]) / days
        self.kept["days"][at] = days
        new = self.kept["hour"][place] != hour
        for name in ("sum", "count"):
            self.kept[name][place[new]] = 0
        self.kept["hour"][place] = hour
        self.kept["sum"][place] += total
        self.kept["count"][place] += count
