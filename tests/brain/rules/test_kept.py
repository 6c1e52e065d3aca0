"""What was kept of rules that remember more than a value is read again after a restart, however many things they watch."""

import numpy as np
import pytest

from yuzhang.brain.rules.evaluation import baseline, forecasts, panes

MANY = 100


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (panes.Windows, panes.KEPT),
        (baseline.Baselines, baseline.KEPT),
        (forecasts.Forecasts, forecasts.KEPT),
    ],
)
def test_what_a_hundred_things_had_before_a_restart_is_read_again(
    made: type[panes.Windows | baseline.Baselines | forecasts.Forecasts], kind: np.dtype[np.void]
) -> None:
    content = [np.frombuffer(bytes([at % 250]) * kind.itemsize, kind).tobytes() for at in range(MANY)]
    restarted = made()
    for slot in range(MANY):
        restarted.load(slot, content[slot])
    assert [restarted.content(slot) for slot in range(MANY)] == content
