"""What is compared of each row: its value, its rate of change, its window, its place, its neighbours, what is usual, what was expected."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from yuzhang.brain.rules.evaluation.baseline import Baselines
from yuzhang.brain.rules.evaluation.contents import Contents
from yuzhang.brain.rules.evaluation.forecasts import Forecasts
from yuzhang.brain.rules.evaluation.neighbours import Near, compared
from yuzhang.brain.rules.evaluation.panes import PANES, Windows, summed
from yuzhang.brain.rules.evaluation.ruled import Ruled
from yuzhang.brain.rules.evaluation.running import Numbers, starts_of
from yuzhang.brain.rules.evaluation.slots import NEVER, NOT, Slots
from yuzhang.brain.rules.evaluation.things import Thing
from yuzhang.brain.rules.model import Aggregate, Measure

Boundary = Callable[[str], BaseGeometry | None]
"""The boundary of a region by its id; None where it is not known."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows by slot and time. `heard`: when each was accepted; `source`: which row of the record it was."""

    slot: NDArray[np.int64]
    time: NDArray[np.int64]
    value: Numbers
    heard: NDArray[np.int64]
    source: NDArray[np.int64]

    def where(self, some: NDArray[np.generic]) -> "Batch":
        """Some of the rows."""
        return Batch(self.slot[some], self.time[some], self.value[some], self.heard[some], self.source[some])

    def valued(self, value: Numbers) -> "Batch":
        """The same rows with other values."""
        return Batch(self.slot, self.time, value, self.heard, self.source)


class Measuring:
    """Measures rows of all rules at once."""

    def __init__(
        self,
        ruled: Ruled,
        slots: Slots,
        windows: Windows,
        baselines: Baselines,
        forecasts: Forecasts,
        contents: Contents,
        boundary: Boundary,
    ) -> None:
        self.ruled, self.slots = ruled, slots
        self.windows, self.baselines, self.forecasts, self.contents = windows, baselines, forecasts, contents
        self._boundary = boundary
        self._areas: dict[int, BaseGeometry | None] = {}
        self._near: dict[tuple[int, bool], Near] = {}
        self._simulated: set[int] = set()

    def place(self, rule: int, slot: int, thing: Thing) -> None:
        """Where a thing stands that is compared with its neighbours: real ones with real ones, made up ones with made up ones."""
        within_m = self.ruled.rules[rule].condition.within_m
        (self._simulated.add if thing.simulated else self._simulated.discard)(slot)
        for kind in (False, True):
            if kind == thing.simulated and thing.lon is not None and thing.lat is not None:
                self._near.setdefault((rule, kind), Near(within_m)).place(slot, thing.lon, thing.lat)
            elif (rule, kind) in self._near:
                self._near[rule, kind].leave(slot)

    def measured(self, batch: Batch, rests: Sequence[str | None] | None, late: NDArray[np.int64]) -> Batch:
        """The rows that count, with what is compared as their values; `late` learns how many came too late, by rule."""
        batch = batch.valued(self._said(batch, rests))
        batch = batch.where(~np.isnan(batch.value))
        if not len(batch.slot):
            return batch
        rule = self.slots.rule[batch.slot]
        last = self.slots.state["last"][batch.slot]
        behind = batch.time <= last
        in_time = batch.time >= np.maximum(last, NEVER + self.ruled.lateness_us[rule]) - self.ruled.lateness_us[rule]
        windowed = self.ruled.is_of(rule, Measure.WINDOW)
        is_value = self.ruled.is_of(rule, Measure.VALUE)
        self._break(batch, rule, behind & in_time & is_value)
        np.add.at(late, rule[behind & ~(in_time & (windowed | is_value))], 1)
        x = np.full(len(batch.slot), np.nan)
        x[is_value] = batch.value[is_value]
        again = np.flatnonzero(windowed & behind & in_time & (batch.time < last))
        again = again[~self.windows.has(batch.slot[again], batch.time[again])] if len(again) else again
        taken = windowed & ~behind
        taken[again] = True
        self._windows(batch, rule, np.flatnonzero(taken), x)
        fresh = ~behind
        self._rates(batch, rule, fresh & self.ruled.is_of(rule, Measure.RATE), x)
        area = self.ruled.is_of(rule, Measure.AREA)
        x[area] = batch.value[area]
        usual = np.flatnonzero(fresh & self.ruled.is_of(rule, Measure.BASELINE))
        if len(usual):
            days = np.array([one.condition.days for one in self.ruled.rules], np.int64)[rule[usual]]
            x[usual] = self.baselines.measure(batch.slot[usual], batch.time[usual], batch.value[usual], days)
        expected = np.flatnonzero(fresh & self.ruled.is_of(rule, Measure.FORECAST))
        if len(expected):
            some = batch.where(expected)
            x[expected] = self.forecasts.measure(some.slot, some.time, some.value, self.ruled.fresh_us[rule[expected]])
        self._learn(batch.where(fresh))
        self._neighbours(batch, rule, fresh & self.ruled.is_of(rule, Measure.NEIGHBOURS), x)
        return batch.valued(x).where(fresh & ~np.isnan(x))

    def _learn(self, batch: Batch) -> None:
        """The slots' newest values and times."""
        starts = starts_of(batch.slot)
        ends = np.append(starts[1:], len(batch.slot)) - 1 if len(starts) else starts
        self.slots.state["value"][batch.slot[ends]] = batch.value[ends]
        self.slots.state["last"][batch.slot[ends]] = batch.time[ends]

    def _said(self, batch: Batch, rests: Sequence[str | None] | None) -> Numbers:
        """The values as numbers: of texts and places 1 or 0."""
        rule = self.slots.rule[batch.slot]
        special = [number for number in np.unique(rule).tolist() if self._is_special(number)]
        if not special:
            return batch.value
        value = batch.value.copy()
        for number in special:
            at = np.flatnonzero(rule == number)
            own = [None if rests is None else rests[one] for one in batch.source[at].tolist()]
            text = self.ruled.texts.get(number)
            if text is not None:
                value[at] = self.contents.equal(own, text)
            else:
                inside = self.ruled.rules[number].condition.inside
                value[at] = self.contents.inside(own, self._area_of(number), inside=inside)
        return value

    def _is_special(self, number: int) -> bool:
        return number in self.ruled.texts or self.ruled.rules[number].condition.measure is Measure.AREA

    def _area_of(self, number: int) -> BaseGeometry | None:
        if number not in self._areas:
            condition = self.ruled.rules[number].condition
            found = self._boundary(condition.region) if condition.region else shapely.Polygon(condition.polygon)
            if found is not None:
                shapely.prepare(found)
            self._areas[number] = found
        return self._areas[number]

    def _break(self, batch: Batch, rule: NDArray[np.int32], late: NDArray[np.bool_]) -> None:
        """A late value that does not fit breaks the time for which a condition held: it is counted anew from the newest one."""
        at = np.flatnonzero(late)
        if not len(at):
            return
        at = at[~self.ruled.holds(rule[at], batch.value[at])]
        slot, state = batch.slot[at], self.slots.state
        broken = slot[
            (state["since"][slot] != NOT) & (batch.time[at] > state["since"][slot]) & (state["open"][slot] == 0)
        ]
        state["since"][broken] = state["last"][broken]

    def _windows(self, batch: Batch, rule: NDArray[np.int32], at: NDArray[np.int64], x: Numbers) -> None:
        if not len(at):
            return
        pane_us = np.maximum(1, self.ruled.period_us[rule[at]] // PANES)
        sums = self.windows.measure(batch.slot[at], batch.time[at], batch.value[at], pane_us)
        for aggregate in Aggregate:
            wanted = [
                number
                for number in np.unique(rule[at]).tolist()
                if self.ruled.rules[number].condition.aggregate is aggregate
            ]
            own = np.isin(rule[at], wanted)
            if own.any():
                x[at[own]] = summed(aggregate, sums[own])

    def _rates(self, batch: Batch, rule: NDArray[np.int32], some: NDArray[np.bool_], x: Numbers) -> None:
        at = np.flatnonzero(some)
        if not len(at):
            return
        slot, time, value = batch.slot[at], batch.time[at], batch.value[at]
        starts = starts_of(slot)
        before, then = np.empty(len(at)), np.empty(len(at), np.int64)
        before[1:], then[1:] = value[:-1], time[:-1]
        before[starts], then[starts] = self.slots.state["value"][slot[starts]], self.slots.state["last"][slot[starts]]
        known = then > NEVER
        found = np.full(len(at), np.nan)
        found[known] = (
            (value[known] - before[known]) * self.ruled.period_us[rule[at[known]]] / (time[known] - then[known])
        )
        x[at] = found

    def _neighbours(self, batch: Batch, rule: NDArray[np.int32], some: NDArray[np.bool_], x: Numbers) -> None:
        """Of each slot the newest row: it is compared with the newest ones of its neighbours, which may have come with it."""
        for number in np.unique(rule[some]).tolist():
            at = np.flatnonzero(some & (rule == number))
            starts = starts_of(batch.slot[at])
            ends = at[np.append(starts[1:], len(at)) - 1]
            simulated = np.array([one in self._simulated for one in batch.slot[ends].tolist()], bool)
            for kind in (False, True):
                near, own = self._near.get((number, kind)), ends[simulated == kind]
                if near is not None and len(own):
                    condition = self.ruled.rules[number].condition
                    x[own] = compared(near, condition, batch.slot[own], self.slots.state)
