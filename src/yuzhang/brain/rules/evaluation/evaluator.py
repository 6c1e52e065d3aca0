"""Rules over rows, whole columns at a time: who asks for which series, what is measured, what opens and ends.

Only rows of series that a rule asks for are looked at. Which series those are is found once, when a series is seen for the first time:
the cost of a row does not depend on the number of rules that it does not concern.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from yuzhang.brain.context.presentation import short
from yuzhang.brain.history.flattening import Rows
from yuzhang.brain.rules.evaluation import absence
from yuzhang.brain.rules.evaluation.baseline import Baselines
from yuzhang.brain.rules.evaluation.contents import Contents
from yuzhang.brain.rules.evaluation.converting import Converting
from yuzhang.brain.rules.evaluation.forecasts import Forecasts
from yuzhang.brain.rules.evaluation.kept import Kept
from yuzhang.brain.rules.evaluation.latching import Change, latched
from yuzhang.brain.rules.evaluation.measuring import Batch, Boundary, Measuring
from yuzhang.brain.rules.evaluation.panes import Windows
from yuzhang.brain.rules.evaluation.ruled import Ruled
from yuzhang.brain.rules.evaluation.slots import BLOCK, NEVER, NOT, Slot, Slots
from yuzhang.brain.rules.evaluation.things import Changing, Facts
from yuzhang.brain.rules.evaluation.timely import Timely
from yuzhang.brain.rules.model import Maintenance, Measure, Rule
from yuzhang.foundation.log.model import DELETED, Key

MOST_SERIES = 3_000_000
NONE, UNKNOWN = -1, -2
"""A series that no rule asks for; one of a thing whose type nobody knows yet."""


class Evaluator:
    """The state of some rules over one tenant's series. To be used by one thread."""

    def __init__(
        self,
        rules: Sequence[Rule],
        facts: Facts,
        *,
        quiet: Sequence[tuple[str, Maintenance]] = (),
        boundary: Boundary = lambda _region: None,
        tenant: str = "",
        history: bool = False,
    ) -> None:
        """`history`: rows come out of history, and open events however old they were when they were accepted."""
        self.ruled = Ruled(rules, quiet)
        self._digests = [one.digest for one in rules]
        self.slots = Slots()
        self.windows, self.baselines, self.forecasts = Windows(), Baselines(), Forecasts()
        self._rings: dict[Measure, Kept] = {
            Measure.WINDOW: self.windows, Measure.BASELINE: self.baselines, Measure.FORECAST: self.forecasts
        }  # fmt: skip
        self.facts = facts
        self.late = np.zeros(len(rules), np.int64)
        """Observations of each rule that came too late to count, or ahead of their time; history has them."""
        self.tenant = tenant
        self.covered: Callable[[], Collection[str]] = tuple
        """The entities that are silent with their gateway."""
        contents = Contents()
        self._measuring = Measuring(
            self.ruled, self.slots, self.windows, self.baselines, self.forecasts, contents, boundary
        )
        self._converting, self._timely = Converting(self.ruled.rules, contents), Timely(self.ruled, history=history)
        self._asking: dict[str, list[int]] = {}
        for number, rule in enumerate(rules):
            self._asking.setdefault(rule.attribute, []).append(number)
            if rule.condition.forecast:
                self._asking.setdefault(rule.condition.forecast, []).append(number)
        self._begin()

    def _begin(self) -> None:
        """Ask of every series anew who watches it."""
        self._series: dict[tuple[str, Key], int] = {}
        self._watched: dict[str, tuple[frozenset[str], list[tuple[str, Key]]]] = {}
        """Of each thing that has an attribute some rule asks for: its types when that was looked at, and those series."""
        self._placed: dict[str, set[tuple[int, int]]] = {}
        """Of each thing that is compared with its neighbours: by which rules, with which slots."""
        self._first = np.zeros(1024, np.int64)
        self._count = np.zeros(1024, np.int64)
        self._flat = np.zeros(1024, np.int64)
        self._used = self._numbered = 0

    def load(
        self, keys: Sequence[Slot], blocks: Iterable[tuple[int, bytes]], rings: Iterable[tuple[int, bytes]]
    ) -> list[int]:
        """Go on from what the database kept. The slots whose rule is gone or has another condition now: they have to be ended."""
        self.slots.load(keys, blocks)
        digests = {rule.id: (number, self._digests[number]) for number, rule in enumerate(self.ruled.rules)}
        gone = []
        for slot, key in enumerate(keys):
            number, digest = digests.get(key[0], (-1, ""))
            if digest == key[1]:
                self.slots.rule[slot] = number
            else:
                gone.append(slot)
        for slot, content in rings:
            number = int(self.slots.rule[slot])
            if number >= 0:
                self._rings[self.ruled.rules[number].condition.measure].load(slot, content)
        return gone

    def take(self, rows: Rows, types: Mapping[str, Iterable[str]] | None = None) -> list[Change]:
        """What opens and ends with these rows, which came together; `types`: what came with them of entities."""
        if types:
            self.facts.learn(types)
        changes = self._renewed(int(rows.modified.max(initial=NEVER)))
        series = self._numbers(rows.keys)[rows.series]
        chosen = np.flatnonzero((series >= 0) & ((rows.flags & DELETED) == 0))
        if not len(chosen):
            return changes
        series, time = series[chosen], rows.time[chosen]
        order = np.lexsort((time, series))
        chosen, series, time = chosen[order], series[order], time[order]
        newest = np.append((series[1:] != series[:-1]) | (time[1:] != time[:-1]), True)
        chosen, series = chosen[newest], series[newest]
        slot, row = self._spread(series)
        told, slot, row = slot < 0, np.where(slot < 0, ~slot, slot), chosen[row]
        value = self._converting.values(self.slots, slot, rows.value[row], row, rows.rest)
        batch = Batch(slot, rows.time[row], value, rows.modified[row], row)
        if told.any():
            self._foretell(batch.where(told))
            batch = batch.where(~told)
        self.slots.touch(batch.slot)
        return changes + self._evaluated(batch, rows.rest)

    def _evaluated(self, batch: Batch, rests: Sequence[str | None] | None) -> list[Change]:
        rule = self.slots.rule[batch.slot]
        silent, ahead = self.ruled.is_of(rule, Measure.ABSENCE), self._timely.ahead(rule, batch)
        found: list[Change] = []
        if silent.any():
            alive = silent & ~self._timely.filed(rule, batch)
            found += absence.heard(self.ruled, self.slots, batch.slot[alive], batch.heard[alive])
        left_out = silent | ahead
        if left_out.any():
            np.add.at(self.late, rule[ahead & ~silent], 1)
            batch = batch.where(~left_out)
        measured = self._measuring.measured(batch, rests, self.late)
        filed = self._timely.filed(self.slots.rule[measured.slot], measured)
        return found + latched(self.ruled, self.slots, measured.slot, measured.time, measured.value, filed)

    def _foretell(self, batch: Batch) -> None:
        order = np.lexsort((batch.time, batch.slot))
        own = batch.slot[order]
        self.forecasts.learn(own, batch.time[order], batch.value[order], self.slots.state["last"][own])

    def tick(self, now: int) -> list[Change]:
        """What is silent for too long by now."""
        return absence.overdue(self.ruled, self.slots, now, self.covered())

    def overdue(self, now: int) -> bool:
        """Whether `tick` would find anything."""
        return bool(len(absence.silent(self.ruled, self.slots, now)))

    def open_touched(self) -> list[int]:
        """The slots that something came of since the last keeping, and whose event is open."""
        count = len(self.slots)
        some = np.array(sorted(self.slots.touched), np.int64)
        slot = (some[:, None] * BLOCK + np.arange(BLOCK)).ravel()
        slot = slot[slot < count]
        found: list[int] = slot[(self.slots.state["open"][slot] != 0) & (self.slots.rule[slot] >= 0)].tolist()
        return found

    def rings(self) -> list[tuple[int, bytes]]:
        """Windows, baselines and forecasts that changed since this was asked last, as the database keeps them."""
        found = []
        for ring in self._rings.values():
            found += [(slot, ring.content(slot)) for slot in sorted(ring.touched)]
            ring.touched.clear()
        return found

    def end(self, slots: Iterable[int], at: int) -> list[Change]:
        """End what is open of slots, and forget them."""
        found = []
        for slot in slots:
            state = self.slots.state[slot]
            if state["open"]:
                found.append(Change(slot, int(state["opened"]), at, None, open=False))
            state["open"], state["heard"], state["since"], state["last"] = 0, NEVER, NOT, NEVER
            self.slots.touch(np.array([slot]))
        return found

    def gone(self, entities: Iterable[str], at: int) -> list[Change]:
        """These entities were deleted: nothing of them is open any more, and their silence is none."""
        wanted = set(entities)
        return self.end([slot for slot, key in enumerate(self.slots.keys) if key[2] in wanted], at) if wanted else []

    def _numbers(self, keys: Sequence[tuple[str, Key]]) -> NDArray[np.int64]:
        """The numbers of series, NONE of those that no rule asks for."""
        get = self._series.get
        found = np.fromiter((get(key, UNKNOWN) for key in keys), np.int64, len(keys))
        unknown = np.flatnonzero(found == UNKNOWN).tolist()
        if unknown:
            if max(len(self._series), self._numbered) > MOST_SERIES:
                self._begin()
                get, unknown = self._series.get, list(range(len(keys)))
            self._resolve([keys[at] for at in unknown])
            for at in unknown:
                found[at] = get(keys[at], NONE)
        return found

    def _resolve(self, keys: Sequence[tuple[str, Key]]) -> None:
        asked: list[tuple[tuple[str, Key], list[int]]] = []
        for tenant, key in keys:
            rules = self._asking.get(short(key.attribute)) if tenant == self.tenant else None
            if rules is None:
                self._series[tenant, key] = NONE
            else:
                asked.append(((tenant, key), rules))
        things = self.facts.of([key.entity for (_, key), _ in asked]) if asked else {}
        for (tenant, key), rules in asked:
            thing = things[key.entity]
            if not thing.types:
                continue  # asked again with its next row
            own = []
            for number in rules:
                rule = self.ruled.rules[number]
                if not rule.types or thing.types.intersection(rule.types):
                    name = _compared_with(key.attribute, rule)
                    slot = self.slots.slot((rule.id, self._digests[number], key.entity, name, key.dataset), number)
                    own.append(slot if name == key.attribute else ~slot)
                    if rule.condition.measure is Measure.NEIGHBOURS:
                        self._measuring.place(number, slot, thing)
                        self._placed.setdefault(key.entity, set()).add((number, slot))
            self._series[tenant, key] = self._add(own) if own else NONE
            self._watched.setdefault(key.entity, (thing.types, []))[1].append((tenant, key))

    def _renewed(self, at: int) -> list[Change]:
        """Look again at the things that changed: another type, and other rules watch it; another place, and it has other neighbours.

        What ends: what is open of rules that watch it no more.
        """
        if not isinstance(self.facts, Changing):
            return []
        retyped, moved = self.facts.changed()
        left: list[int] = []
        some = [one for one in retyped if one in self._watched]
        for id_, thing in (self.facts.of(some) if some else {}).items():
            types, keys = self._watched[id_]
            if thing.types and thing.types != types:
                before = self._slots_of(keys)
                for key in keys:
                    del self._series[key]
                del self._watched[id_]
                self._placed.pop(id_, None)
                self._resolve(keys)
                left += before - self._slots_of(keys)
        some = [one for one in moved if one in self._placed]
        for id_, thing in (self.facts.of(some) if some else {}).items():
            for number, slot in self._placed[id_]:
                self._measuring.place(number, slot, thing)
        newest = self.slots.state
        return [end for one in left for end in self.end([one], max(at, *newest[["last", "opened"]][one].tolist()))]

    def _slots_of(self, keys: Iterable[tuple[str, Key]]) -> set[int]:
        """The slots whose newest values these series are."""
        numbers = [one for one in (self._series.get(key, NONE) for key in keys) if one >= 0]
        parts = [self._flat[self._first[one] : self._first[one] + self._count[one]] for one in numbers]
        return {one for part in parts for one in part.tolist() if one >= 0}

    def _add(self, slots: list[int]) -> int:
        number, self._numbered = self._numbered, self._numbered + 1
        if number >= len(self._first):
            self._first, self._count = _doubled(self._first), _doubled(self._count)
        while self._used + len(slots) > len(self._flat):
            self._flat = _doubled(self._flat)
        self._first[number], self._count[number] = self._used, len(slots)
        self._flat[self._used : self._used + len(slots)] = slots
        self._used += len(slots)
        return number

    def _spread(self, series: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Each row once for each of its slots, by slot: the slots (~slot if it is a forecast for it), and which row it is."""
        counts = self._count[series]
        row = np.repeat(np.arange(len(series)), counts)
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        slot = self._flat[self._first[series][row] + within]
        order = np.argsort(slot, kind="stable")
        return slot[order], row[order]


def _compared_with(attribute: str, rule: Rule) -> str:
    """The attribute that a row is about: of a forecast that which it foretells."""
    if not rule.condition.forecast or short(attribute) != rule.condition.forecast:
        return attribute
    return attribute.removesuffix(rule.condition.forecast) + rule.attribute


def _doubled(array: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([array, np.zeros(len(array), np.int64)])
