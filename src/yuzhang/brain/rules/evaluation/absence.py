"""Silence: nothing was accepted of a series for a time, by the clock of the log.

What is silent with its gateway opens nothing of its own: the gateway's event says it. It is looked at again once the gateway is heard.
"""

from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from yuzhang.brain.rules.evaluation.latching import Change
from yuzhang.brain.rules.evaluation.ruled import Ruled
from yuzhang.brain.rules.evaluation.running import starts_of
from yuzhang.brain.rules.evaluation.slots import NEVER, Slots
from yuzhang.brain.rules.model import Measure

HELD_US, AGAIN_US = 300_000_000, 60_000_000
"""So long after its gateway was silent last a series opens nothing; so long before its end that is prolonged."""


def heard(ruled: Ruled, slots: Slots, slot: NDArray[np.int64], at: NDArray[np.int64]) -> Iterator[Change]:
    """Something was accepted of these slots at these times: what was silent is over, also what nobody looked at meanwhile."""
    if not len(slot):
        return
    order = np.lexsort((at, slot))
    slot, at = slot[order], at[order]
    starts = starts_of(slot)
    before = np.empty(len(slot), np.int64)
    before[1:] = at[:-1]
    before[starts] = slots.state["heard"][slot[starts]]
    limit = ruled.period_us[slots.rule[slot]]
    broke = np.zeros(len(slot), bool)
    broke[starts] = slots.state["open"][slot[starts]] != 0
    with np.errstate(over="ignore"):
        broke |= (before > NEVER) & (at - before >= limit)
    for row in np.flatnonzero(broke).tolist():
        one = int(slot[row])
        if not slots.state["open"][one]:
            opened = _may_open(ruled, slots, one, int(before[row] + limit[row]))
            if opened >= at[row]:
                continue
            yield _open(slots, one, opened)
        yield _clear(ruled, slots, one, int(at[row]))
    ends = np.append(starts[1:], len(slot)) - 1
    slots.state["heard"][slot[ends]] = np.maximum(slots.state["heard"][slot[ends]], at[ends])


def missed(slots: Slots, start: int, end: int) -> None:
    """Nobody listened from `start` to before `end`, and all that came before is taken: so much later everything counts as heard."""
    own = np.flatnonzero(slots.state["heard"][: len(slots)] > NEVER)
    last = slots.state["heard"][own]
    slots.state["heard"][own] = last + np.maximum(0, end - np.maximum(last, start))
    slots.touch(own)


def silent(ruled: Ruled, slots: Slots, now: int) -> NDArray[np.int64]:
    """The slots that were not heard for too long `now`, and of which no event is open, or held back for long."""
    count = len(slots)
    rule, state = slots.rule[:count], slots.state[:count]
    own = np.flatnonzero((rule >= 0) & (state["open"] == 0) & (state["heard"] > NEVER))
    if len(own):
        own = own[ruled.is_of(rule[own], Measure.ABSENCE)]
        own = own[state["until"][own] <= now + AGAIN_US]
    return own[now - state["heard"][own] >= ruled.period_us[rule[own]]] if len(own) else own


def overdue(ruled: Ruled, slots: Slots, now: int, covered: Collection[str] = ()) -> list[Change]:
    """What opens of silence `now`; `covered`: the entities that are silent with their gateway."""
    found, held = [], []
    for one in silent(ruled, slots, now).tolist():
        if slots.keys[one][2] in covered:
            slots.state["until"][one] = max(now + HELD_US, int(slots.state["until"][one]))
            held.append(one)
            continue
        opened = _may_open(ruled, slots, one, int(slots.state["heard"][one] + ruled.period_us[slots.rule[one]]))
        if opened <= now:
            found.append(_open(slots, one, opened))
    if found or held:
        slots.touch(np.array([*held, *(change.slot for change in found)]))
    return found


def _may_open(ruled: Ruled, slots: Slots, slot: int, at: int) -> int:
    at = max(at, int(slots.state["until"][slot]))
    return ruled.admitted(int(slots.rule[slot]), slots.keys[slot][2], at)


def _open(slots: Slots, slot: int, at: int) -> Change:
    slots.state["open"][slot], slots.state["opened"][slot] = 1, at
    return Change(slot, at, at, None, open=True)


def _clear(ruled: Ruled, slots: Slots, slot: int, at: int) -> Change:
    slots.state["open"][slot] = 0
    cooldown = int(ruled.cooldown_us[slots.rule[slot]])
    if cooldown:
        slots.state["until"][slot] = at + cooldown
    return Change(slot, int(slots.state["opened"][slot]), at, None, open=False)
