"""The rules as columns, so that a thousand of them are compared in one step."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from yuzhang.brain.rules.evaluation.quieting import admitted, applies, covers
from yuzhang.brain.rules.evaluation.slots import Slots
from yuzhang.brain.rules.model import Compare, Maintenance, Measure, Rule

MEASURES = tuple(Measure)
COMPARES = tuple(Compare)


class Ruled:
    """Rules by their number here, and of each what the evaluation asks."""

    def __init__(self, rules: Sequence[Rule], quiet: Sequence[tuple[str, Maintenance]] = ()) -> None:
        """`quiet`: windows that officers entered, by the rule's id; "" is that of all rules."""
        self.rules = list(rules)
        self.number = {rule.id: at for at, rule in enumerate(self.rules)}
        conditions = [rule.condition for rule in self.rules]
        self.measure = np.array([MEASURES.index(one.measure) for one in conditions], np.int8)
        self.compare = np.array([COMPARES.index(one.compare) for one in conditions], np.int8)
        self.low = np.array([one.low for one in conditions], np.float64)
        self.high = np.array([one.high for one in conditions], np.float64)
        self.clear_low = np.array([one.clear_low for one in conditions], np.float64)
        self.clear_high = np.array([one.clear_high for one in conditions], np.float64)
        self.clear_low = np.where(np.isnan(self.clear_low), self.low, self.clear_low)
        self.clear_high = np.where(np.isnan(self.clear_high), self.high, self.clear_high)
        self.for_us = np.array([one.for_us for one in conditions], np.int64)
        self.period_us = np.array([one.period_us for one in conditions], np.int64)
        self.cooldown_us = np.array([rule.cooldown_us for rule in self.rules], np.int64)
        self.lateness_us = np.array([rule.lateness_us for rule in self.rules], np.int64)
        self.texts = {at: one.text for at, one in enumerate(conditions) if one.text is not None}
        self.fresh_us = np.array([one.fresh_us for one in conditions], np.int64)
        self.quiet = [(at, one) for at, rule in enumerate(self.rules) for one in rule.quiet]
        self.quiet += [(at, one) for id_, one in quiet for at, rule in enumerate(self.rules) if id_ in ("", rule.id)]

    def is_of(self, rule: NDArray[np.int32], measure: Measure) -> NDArray[np.bool_]:
        """Which of the rows belong to rules of a measure."""
        found: NDArray[np.bool_] = self.measure[rule] == MEASURES.index(measure)
        return found

    def holds(self, rule: NDArray[np.int32], x: NDArray[np.float64], *, over: bool = False) -> NDArray[np.bool_]:
        """Whether the condition holds of each row; `over`: by the bounds of hysteresis, which keep an event open."""
        low = (self.clear_low if over else self.low)[rule]
        high = (self.clear_high if over else self.high)[rule]
        found = np.zeros(len(x), bool)
        kinds = self.compare[rule]
        for kind in np.unique(kinds).tolist():
            some = kinds == kind
            found[some] = _compared(COMPARES[kind], x[some], low[some], high[some])
        return found

    def is_quiet(self, slots: Slots, slot: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which rows are in a maintenance window of their rule and thing."""
        found = np.zeros(len(slot), bool)
        if not self.quiet:
            return found
        rule = slots.rule[slot]
        for number, window in self.quiet:
            at = np.flatnonzero(rule == number)
            at = at[covers(window, time[at])]
            if window.entity:
                at = at[[slots.keys[one][2] == window.entity for one in slot[at].tolist()]]
            found[at] = True
        return found

    def admitted(self, rule: int, entity: str, at: int) -> int:
        """The first moment from `at` on that is in no maintenance window."""
        return admitted([one for number, one in self.quiet if number == rule and applies(one, entity)], at)


def _compared(
    kind: Compare, x: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.bool_]:
    found: NDArray[np.bool_]
    match kind:
        case Compare.ABOVE:
            found = x > low
        case Compare.AT_LEAST:
            found = x >= low
        case Compare.BELOW:
            found = x < low
        case Compare.AT_MOST:
            found = x <= low
        case Compare.BETWEEN:
            found = (x >= low) & (x <= high)
        case Compare.OUTSIDE:
            found = (x < low) | (x > high)
        case Compare.EQUALS:
            found = x == low
    return found
