"""When an observation was made, beside when it was accepted: what is ahead of its time does not count, what is filed later opens nothing."""

import numpy as np
from numpy.typing import NDArray

from yuzhang.brain.rules.evaluation.measuring import Batch
from yuzhang.brain.rules.evaluation.ruled import Ruled
from yuzhang.brain.rules.model import Measure
from yuzhang.brain.rules.writing.conditions import FORECAST
from yuzhang.foundation.network.heard import PAST_US

AHEAD_US = 600_000_000
"""Ten minutes: clocks of devices that are set by hand or once a day go wrong by minutes. One that is further ahead is wrong (a city's time
told as UTC, a year mistyped), and all that came after it would be older than the newest."""
EVER = 2**62


class Timely:
    """What counts of each rule, by time. `history`: rows come out of history, where all were accepted some time: all are judged."""

    def __init__(self, ruled: Ruled, *, history: bool) -> None:
        rules = ruled.rules
        foretold = {one.condition.forecast for one in rules}
        self._ahead_us = np.array(
            [EVER if one.attribute in foretold or one.attribute.endswith(FORECAST) else AHEAD_US for one in rules],
            np.int64,
        )
        """A forecast is about the future by nature, also where a rule watches it itself."""
        reach = [
            max(one.lateness_us, one.condition.period_us if one.condition.measure is Measure.ABSENCE else 0)
            for one in rules
        ]
        self._past_us = np.array([EVER if history else max(PAST_US, one) for one in reach], np.int64)
        """A day; longer where a rule itself says that its observations come later, or may be silent for longer."""

    def ahead(self, rule: NDArray[np.int32], batch: Batch) -> NDArray[np.bool_]:
        """Which rows are ahead of the moment in which they were accepted."""
        found: NDArray[np.bool_] = batch.time - batch.heard > self._ahead_us[rule]
        return found

    def filed(self, rule: NDArray[np.int32], batch: Batch) -> NDArray[np.bool_]:
        """Which rows were history already when they were accepted: they say what was, and nothing that needs anybody now."""
        found: NDArray[np.bool_] = batch.heard - batch.time >= self._past_us[rule]
        return found
