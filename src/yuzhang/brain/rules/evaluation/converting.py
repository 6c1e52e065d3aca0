"""Values in the unit in which their rule is kept: a device may send another one than the model says, and tells it by its code."""

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from yuzhang.brain.rules.evaluation.contents import Contents, Rests
from yuzhang.brain.rules.evaluation.running import Numbers
from yuzhang.brain.rules.evaluation.slots import Slots
from yuzhang.brain.rules.model import Aggregate, Measure, Rule
from yuzhang.brain.rules.units import Unit, factor, unit_of

MOST_REMEMBERED = 10_000
log = logging.getLogger(__name__)


class Converting:
    """Reads the codes of units, and remembers what they come to. A rule's bounds are in the model's unit: its own one, by `factor`."""

    def __init__(self, rules: Sequence[Rule], contents: Contents) -> None:
        self._rules, self._contents = rules, contents
        self._wanted = [_unit_of(one) for one in rules]
        self._known: dict[tuple[int, str], float] = {}
        self._said: set[tuple[int, str]] = set()

    def values(
        self, slots: Slots, slot: NDArray[np.int64], value: Numbers, source: NDArray[np.int64], rests: Rests | None
    ) -> Numbers:
        """The values in the unit of their rule's attribute; NaN where the unit that a row tells cannot be converted to it."""
        if rests is None or not len(slot):
            return value
        codes = self._contents.codes(rests[one] for one in source.tolist())
        names = [one for one in dict.fromkeys(codes) if one]
        if not names:
            return value
        place = {one: at for at, one in enumerate(names)}
        at = np.flatnonzero(np.fromiter((bool(one) for one in codes), bool, len(codes)))
        code = np.fromiter((place[codes[one]] for one in at.tolist()), np.int64, len(at))
        rule = slots.rule[slot[at]].astype(np.int64)
        pairs, own = np.unique(rule * len(names) + code, return_inverse=True)
        factors = np.array([self._factor(one // len(names), names[one % len(names)]) for one in pairs.tolist()])
        made = value.copy()
        made[at] *= factors[own]
        for one in np.flatnonzero(np.isnan(factors)[own] & ~np.isnan(value[at])).tolist():
            self._tell(slots, int(slot[at[one]]), names[int(code[one])])
        return made

    def _factor(self, rule: int, code: str) -> float:
        found = self._known.get((rule, code))
        if found is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            wanted = self._wanted[rule]
            some = self._rules[rule].factor if wanted is None else factor(code, wanted)
            found = self._known[rule, code] = float("nan") if some is None else some / self._rules[rule].factor
        return found

    def _tell(self, slots: Slots, slot: int, code: str) -> None:
        """Say once of a series that its values do not count: who reads it corrects the device, or the model."""
        if (slot, code) not in self._said and len(self._said) < MOST_REMEMBERED:
            self._said.add((slot, code))
            rule, _, entity, attribute, _ = slots.keys[slot]
            unit = self._rules[int(slots.rule[slot])].unit
            log.warning(
                "%s of %s does not count for rule %s: it comes in %s, no %s", attribute, entity, rule, code, unit
            )


def _unit_of(rule: Rule) -> Unit | None:
    """The unit that a rule is written in; None where values are compared with none."""
    condition = rule.condition
    if condition.measure in (Measure.ABSENCE, Measure.AREA) or condition.text is not None:
        return None
    if condition.measure is Measure.WINDOW and condition.aggregate is Aggregate.COUNT:
        return None
    return unit_of(rule.unit) if rule.unit else None
