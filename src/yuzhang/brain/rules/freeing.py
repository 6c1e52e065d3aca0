"""Frees what is kept of slots that nobody uses any more: those of what rules said before they were edited, and of things that were deleted."""

from collections.abc import Collection

import numpy as np
from sqlalchemy import Connection

from yuzhang.brain.rules import store
from yuzhang.brain.rules.evaluation.slots import NEVER, Slots

Wording = tuple[str, str]
"""A rule and its digest."""
MOST_UNUSED = 4_000
"""So many may lie there, or as many as are used: all slots are written anew when some are freed."""


def freed(connection: Connection, slots: Slots, known: Collection[Wording]) -> bool:
    """Whether unused slots were freed, in the transaction of `connection`: those that are left have other numbers then.

    All that `slots` remember is kept before. `known`: all rules as they are now; what a rule learned that is switched off stays.
    """
    count = len(slots)
    enough = max(MOST_UNUSED, count // 2)
    if count <= enough:
        return False
    state = slots.state[:count]
    is_known = np.fromiter((key[:2] in known for key in slots.keys), bool, count)
    used = is_known & ((state["last"] > NEVER) | (state["heard"] > NEVER))
    if count - int(used.sum()) <= enough:
        return False
    rings = store.rings(connection)
    learned = np.zeros(count, bool)
    learned[[slot for slot, _ in rings]] = True
    # Of a rule that is switched off nothing but that is left; a forecast may have come before the first value.
    used |= is_known & learned & ((slots.rule[:count] < 0) | np.isnan(state["value"]))
    wanted = np.flatnonzero(used)
    if count - len(wanted) <= enough:
        return False
    left = slots.packed(wanted)
    number = dict(zip(wanted.tolist(), range(len(wanted)), strict=True))
    store.forget_state(connection)
    store.add_slots(connection, left.fresh())
    store.keep_state(connection, left.changed(), [(number[slot], content) for slot, content in rings if slot in number])
    return True
