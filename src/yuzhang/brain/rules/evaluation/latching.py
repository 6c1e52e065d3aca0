"""When an event begins and ends: rows in which a condition holds, long enough, and rows in which it is over."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yuzhang.brain.rules.evaluation.ruled import Ruled
from yuzhang.brain.rules.evaluation.running import Numbers, starts_of
from yuzhang.brain.rules.evaluation.slots import NOT, Slots


@dataclass(frozen=True, slots=True)
class Change:
    """An event of a slot was opened, or cleared, at a time; the one that is meant was opened at `opened`."""

    slot: int
    opened: int
    at: int
    value: float | None
    open: bool


@dataclass(frozen=True, slots=True)
class _Course:
    """Rows by slot and time, and what was found of each."""

    slot: NDArray[np.int64]
    time: NDArray[np.int64]
    x: Numbers
    starts: NDArray[np.int64]
    ready: NDArray[np.bool_]
    after: NDArray[np.bool_]
    before: NDArray[np.bool_]

    def end(self, group: int) -> int:
        """Where a group ends."""
        return int(self.starts[group + 1]) if group + 1 < len(self.starts) else len(self.slot)


def latched(
    ruled: Ruled,
    slots: Slots,
    slot: NDArray[np.int64],
    time: NDArray[np.int64],
    x: Numbers,
    filed: NDArray[np.bool_],
) -> list[Change]:
    """What opens and what ends in rows that lie by slot and time, all newer than what their slots have seen; the slots learn of it.

    `filed`: rows in which nothing may open.
    """
    if not len(slot):
        return []
    rule = slots.rule[slot]
    held, kept = ruled.holds(rule, x), ruled.holds(rule, x, over=True)
    starts = starts_of(slot)
    group = np.zeros(len(slot), np.int64)
    group[starts] = starts
    group = np.maximum.accumulate(group)
    place = np.arange(len(slot))
    state = slots.state[slot]
    begun = np.maximum(np.maximum.accumulate(np.where(held, -1, place)) + 1, group)
    since = np.where(held, time[np.minimum(begun, len(slot) - 1)], NOT)
    goes_on = held & (begun == group) & (state["since"] != NOT)
    since = np.where(goes_on, state["since"], since)
    ready = held & (time - since >= ruled.for_us[rule]) & (time >= state["until"])
    ready &= ~(filed | ruled.is_quiet(slots, slot, time))
    told = np.maximum.accumulate(np.where(ready | ~kept, place, -1))
    after = np.where(told >= group, ready[np.maximum(told, 0)], state["open"] != 0)
    before = np.empty(len(slot), bool)
    before[1:] = after[:-1]
    before[starts] = state["open"][starts] != 0
    course = _Course(slot, time, x, starts, ready, after, before)
    ends = np.append(starts[1:], len(slot)) - 1
    own = slot[ends]
    slots.state["since"][own] = since[ends]
    slots.state["last"][own] = np.maximum(
        slots.state["last"][own], time[ends]
    )  # later rows may have had nothing to compare
    slots.state["shown"][own] = x[ends]
    return list(_flips(ruled, slots, course))


def _flips(ruled: Ruled, slots: Slots, course: _Course) -> Iterator[Change]:
    """The changes; only these are gone through one by one."""
    flips = np.flatnonzero(course.after != course.before)
    groups = np.searchsorted(course.starts, flips, "right") - 1
    state = slots.state
    waiting: dict[int, int] = {}
    for row, group in zip(flips.tolist(), groups.tolist(), strict=True):
        slot = int(course.slot[row])
        at = int(course.time[row])
        if course.after[row]:
            state["open"][slot] = 0
            opens = _first(course, row, course.end(group), waiting.get(slot))
            if opens is not None:
                at = int(course.time[opens])
                state["open"][slot], state["opened"][slot] = 1, at
                yield Change(slot, at, at, float(course.x[opens]), open=True)
        elif state["open"][slot]:
            state["open"][slot] = 0
            cooldown = int(ruled.cooldown_us[slots.rule[slot]])
            if cooldown:
                waiting[slot] = at + cooldown
                state["until"][slot] = at + cooldown
            yield Change(slot, int(state["opened"][slot]), at, float(course.x[row]), open=False)


def _first(course: _Course, row: int, end: int, until: int | None) -> int | None:
    """The first row from `row` on in which the event may open; None if it is over before."""
    if until is None or course.time[row] >= until:
        return row
    closed = np.flatnonzero(~course.after[row:end])
    last = row + int(closed[0]) if len(closed) else end
    may = np.flatnonzero(course.ready[row:last] & (course.time[row:last] >= until))
    return row + int(may[0]) if len(may) else None
