"""Who sees what on the screen: the same rules as everywhere, asked once for all things that they do not tell apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.classification.model import INTERNAL, UNCLASSIFIED, Classes
from yuzhang.brain.context.classification.sight import SEEN, WHOLE, Sight, View, any_of
from yuzhang.core.access import POLICIES, Object, Party, Policy
from yuzhang.entrance.city.model import Group
from yuzhang.entrance.city.places import Places

CONTEXT = "brain.context"
LOOKED_AT = {
    "foundation.registry": ("foundation.registry.actions.device", "foundation.registry.actions.devices"),
    "brain.rules": ("brain.rules.actions.event", "brain.rules.actions.events"),
    "brain.cases": ("brain.cases.actions.case", "brain.cases.actions.cases"),
}
"""The actions by which the things of a room are looked at; what such an action may see, the screen may show."""
KEPT_S = 10.0
"""So long an answer of the policies is taken for right, as elsewhere."""
MOST_KEPT = 2_000


@dataclass(slots=True)
class Masks:
    """Which groups of a layer a party sees, and of which also the value, in the order of their numbers."""

    seen: NDArray[np.bool_]
    valued: NDArray[np.bool_]
    classes: Classes
    until: float

    def sees(self, rows: NDArray[np.void]) -> NDArray[np.bool_]:
        """Which rows are seen; those of a group that came since are for the next time."""
        return _taken(self.seen, rows)

    def values(self, rows: NDArray[np.void]) -> NDArray[np.bool_]:
        """Of which rows the value is seen too."""
        return _taken(self.valued, rows)


def _taken(answers: NDArray[np.bool_], rows: NDArray[np.void]) -> NDArray[np.bool_]:
    groups = rows["group"].astype(np.int64)
    known = groups < len(answers)
    found = np.zeros(len(groups), bool)
    found[known] = answers[groups[known]]
    return found


class Seeing:
    """What parties see of layers. To be used from any thread."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._kept: dict[tuple[Party, int, int], Masks] = {}

    def masks(self, caller: Party, places: Places) -> Masks:
        """What `caller` sees of a layer."""
        key = (caller, id(caller.guard), id(places))
        groups, classes, now = places.groups[:], self._broker.sights.classes(""), monotonic()
        found = self._kept.get(key)
        if found is None or found.until < now or found.classes is not classes:
            found = Masks(np.empty(0, bool), np.empty(0, bool), classes, now + KEPT_S)
        if len(found.seen) < len(groups):
            answers = self._asked(caller, groups[len(found.seen) :])
            found = Masks(
                np.concatenate((found.seen, [one[0] for one in answers])).astype(bool),
                np.concatenate((found.valued, [one[1] for one in answers])).astype(bool),
                classes,
                found.until,
            )
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = found
        return found

    def _asked(self, caller: Party, groups: Sequence[Group]) -> list[tuple[bool, bool]]:
        sight = self._broker.sights.of(caller, "")
        return [
            _context(sight, one) if one.room == CONTEXT else (allowed := _elsewhere(caller, one), allowed)
            for one in groups
        ]


def _context(sight: Sight | None, group: Group) -> tuple[bool, bool]:
    """Whether entities are seen, and with their value. What is personal is not for a map: whoever may read it opens its page."""
    if sight is None:
        return True, True
    views = [_viewed(sight, *one) for one in group.placed]
    if any(one is None or WHOLE in one.personal for one in views):
        return False, False
    hidden = any(one is not None and group.attribute in one.hidden | one.personal for one in views)
    return True, not hidden


def _viewed(sight: Sight, kind: str, regions: tuple[str, ...], units: tuple[str, ...]) -> View | None:
    if not sight.classes.get(kind, UNCLASSIFIED).placed:
        return sight.view(kind)
    return any_of([sight.view(kind, region, unit) for region, unit in product(regions or ("",), units or ("",))])


def _elsewhere(caller: Party, group: Group) -> bool:
    policy: Policy = next((POLICIES[one] for one in LOOKED_AT.get(group.room, ()) if one in POLICIES), SEEN)
    return any(
        caller.guard.allows(caller, policy, Object(group.room, kind=kind, level=INTERNAL, region=region, unit=unit))
        for kind, regions, units in group.placed
        for region, unit in product(regions or ("",), units or ("",))
    )
