"""What was expected: of each slot the forecasts that are still to come, and the one that holds now.

A forecast holds from its time until the next one's, and no longer than a rule says. Of one time the one that was told last counts.
"""

import numpy as np
from numpy.typing import NDArray

from yuzhang.brain.rules.evaluation.kept import Kept
from yuzhang.brain.rules.evaluation.running import Numbers, starts_of
from yuzhang.brain.rules.evaluation.slots import NEVER, NOT

POINTS = 192
"""So many are kept of a slot, the next ones: eight days by the hour, two by the quarter of an hour."""
AT_ONCE = 8_192
KEPT = np.dtype([("time", "<i8", POINTS), ("value", "<f8", POINTS)])
NEW = np.zeros(1, KEPT)
NEW["time"], NEW["value"] = NOT, np.nan


class Forecasts(Kept):
    """The forecasts of slots. Rows of a call lie by slot and time."""

    def __init__(self) -> None:
        super().__init__(NEW)

    def learn(self, slot: NDArray[np.int64], time: NDArray[np.int64], value: Numbers, last: NDArray[np.int64]) -> None:
        """Take forecasts in. `last`: the newest observation of each row's slot; what no longer holds then is forgotten."""
        told = ~np.isnan(value)
        slot, time, value, last = slot[told], time[told], value[told], last[told]
        starts = starts_of(slot)
        for begin, end in zip(starts.tolist(), np.append(starts[1:], len(slot)).tolist(), strict=True):
            place = self.place(int(slot[begin]))
            kept = self.kept[place]
            times = np.concatenate([time[begin:end], kept["time"]])
            times, at = np.unique(times, return_index=True)  # of equal times the first: the new one
            values = np.concatenate([value[begin:end], kept["value"]])[at]
            now = max(0, int(np.searchsorted(times, last[begin], "right")) - 1) if last[begin] > NEVER else 0
            times, values = times[now : now + POINTS], values[now : now + POINTS]
            kept["time"], kept["value"] = NOT, np.nan
            kept["time"][: len(times)], kept["value"][: len(times)] = times, values
            self.touched.add(int(slot[begin]))

    def measure(
        self, slot: NDArray[np.int64], time: NDArray[np.int64], value: Numbers, fresh_us: NDArray[np.int64]
    ) -> Numbers:
        """How far each value is from its forecast; NaN where none holds."""
        place = np.fromiter((self.places.get(one, -1) for one in slot.tolist()), np.int64, len(slot))
        found = np.full(len(slot), np.nan)
        known = np.flatnonzero(place >= 0)
        for begin in range(0, len(known), AT_ONCE):
            some = known[begin : begin + AT_ONCE]
            times = self.kept["time"][place[some]]
            held = (times <= time[some, None]).sum(axis=1) - 1
            at = np.maximum(held, 0)
            row = np.arange(len(some))
            fresh = (held >= 0) & (time[some] - times[row, at] < fresh_us[some])
            found[some] = np.where(fresh, value[some] - self.kept["value"][place[some], at], np.nan)
        return found
