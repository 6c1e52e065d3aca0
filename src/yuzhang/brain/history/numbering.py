"""The numbers of series, as the recorder needs them for each batch: remembered, made where they are missing."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types
from msgspec import Struct
from numpy.typing import NDArray

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.store.kept import entity_of
from yuzhang.brain.history.model import Known
from yuzhang.brain.history.store import registry
from yuzhang.foundation.log.model import Changes, Described, Entry, Key, Observations

Place = tuple[str, str]
"""Tenant and entity."""
MOST_REMEMBERED = 1_000_000
ROWS_AT_ONCE = 5_000
"""So many series are changed in one transaction, so that other writers do not wait for long."""


class _Series(Struct, gc=False):
    """A series in memory; `last` is the time of its newest row."""

    number: int
    policy: int
    last: int


class Keyed(Struct, frozen=True):
    """What the keys of a batch are to history, an array of one length each."""

    numbers: NDArray[np.int32]
    policies: NDArray[np.int32]
    last: NDArray[np.int64]


class Numbering:
    """Series and entities by name. Only the recorder makes any, so what is remembered stays right."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._series: dict[tuple[str, Key], _Series] = {}
        self._by_number: dict[int, _Series] = {}
        self._entities: dict[Place, Known] = {}

    def forget(self) -> None:
        """Remember nothing: another process may have numbered meanwhile, or something was erased."""
        self._series.clear()
        self._by_number.clear()
        self._entities.clear()

    def numbered(self, keys: Sequence[tuple[str, Key]], entries: Sequence[Entry]) -> Keyed:
        """The series of `keys`, made if there are none; and entities as `entries` say that they are."""
        if len(self._series) > MOST_REMEMBERED:
            self.forget()
        states = stated(entries)
        missing = [key for key in keys if key not in self._series]
        unknown = {(tenant, key.entity) for tenant, key in missing} - self._entities.keys()
        self._remember(unknown - states.keys())
        for place in unknown - states.keys() - self._entities.keys():
            states[place] = self._present(place, entries[0].record.at)
        fresh = {place: state for place, state in states.items() if self._differs(place, state)}
        if fresh:
            self._entities.update(self._broker.writer.now(lambda writing: registry.put_entities(writing, fresh)))
        if missing:
            self._make(missing)
        found = [self._series[key] for key in keys]
        count = len(found)
        return Keyed(
            np.fromiter((one.number for one in found), np.int32, count),
            np.fromiter((one.policy for one in found), np.int32, count),
            np.fromiter((one.last for one in found), np.int64, count),
        )

    def learn(self, rows: pa.Table, further: Callable[[registry.Writing], None]) -> None:
        """Keep the newest row of each series in `rows`, which are in the lake, by series and time; `further` belongs to the last write."""
        series = rows["series"].to_numpy()
        ends = np.flatnonzero(np.append(series[1:] != series[:-1], True)) if len(series) else np.zeros(0, np.int64)
        starts = np.append(0, ends[:-1] + 1) if len(ends) else ends
        newest = rows.take(pa.array(ends))
        firsts = rows["time"].take(pa.array(starts)).cast(pa.int64()).to_pylist()
        columns = zip(
            newest["series"].to_pylist(),
            firsts,
            newest["time"].cast(pa.int64()).to_pylist(),
            newest["value"].to_pylist(),
            newest["rest"].to_pylist(),
            strict=True,
        )
        found = {number: registry.Newest(*rest) for number, *rest in columns}
        numbers = list(found)
        for at in range(0, len(numbers), ROWS_AT_ONCE):
            some = {number: found[number] for number in numbers[at : at + ROWS_AT_ONCE]}
            begun = [number for number, one in some.items() if self._may_begin(number, one.first)]
            self._broker.writer.now(partial(registry.set_newest, newest=some, begun=begun))
        self._broker.writer.now(further)
        for number, one in found.items():
            there = self._by_number.get(number)
            if there is not None and one.time > there.last:
                there.last = one.time

    def _may_begin(self, number: int, first: int) -> bool:
        """Whether a row may be older than all that a series has: not if it is newer than its newest one."""
        there = self._by_number.get(number)
        return there is None or there.last == registry.NOTHING_YET or first <= there.last

    def _remember(self, places: set[Place]) -> None:
        by_tenant: dict[str, list[str]] = {}
        for tenant, id_ in places:
            by_tenant.setdefault(tenant, []).append(id_)
        for tenant, ids in by_tenant.items():
            there = registry.known(self._broker.database.reader(), tenant, ids)
            self._entities.update({(tenant, id_): one for id_, one in there.items()})

    def _differs(self, place: Place, state: registry.State) -> bool:
        there = self._entities.get(place)
        if there is None:
            return True
        return (state.types or there.types, state.scopes, state.deleted) != (there.types, there.scopes, there.deleted)

    def _present(self, place: Place, at: int) -> registry.State:
        """An entity as the present has it."""
        sql = (
            "SELECT e.key, e.body, e.expires, e.created, e.modified, e.times FROM context_entity e "
            "JOIN context_space s ON s.space = e.space WHERE s.tenant = ? AND s.snapshot = '' AND e.id = ?"
        )
        rows = self._broker.database.reader().all(sql, place)
        if not rows:
            return registry.State([], [], at, at)
        entity = entity_of(rows[0])
        return registry.State(entity.types, entity.scopes, entity.created, entity.modified)

    def _make(self, missing: Sequence[tuple[str, Key]]) -> None:
        by_type = {
            kind: policy.number for policy in registry.policies(self._broker.database.reader()) for kind in policy.types
        }
        of: dict[Place, list[Key]] = {}
        for tenant, key in missing:
            of.setdefault((tenant, key.entity), []).append(key)

        def work(writing: Any) -> None:
            wanted = []
            for place, keys in of.items():
                entity = self._entities[place]
                policy = next((by_type[kind] for kind in entity.types if kind in by_type), 0)
                wanted += [(entity.number, key, policy) for key in keys]
            registry.add_series(writing, wanted)
            for place in of:
                for (attribute, dataset), found in registry.series_numbers(
                    writing, self._entities[place].number
                ).items():
                    one = self._series.setdefault(
                        (place[0], Key(place[1], attribute, dataset)), _Series(found[0], found[2], found[1])
                    )
                    self._by_number[one.number] = one

        self._broker.writer.now(work)


def stated(entries: Sequence[Entry]) -> dict[Place, registry.State]:
    """What records say of entities, the last word of each."""
    found: dict[Place, registry.State] = {}
    for entry in entries:
        record = entry.record
        if isinstance(record, Changes):
            for one in record.entities:
                deleted = record.at if one.deleted else None
                found[record.tenant, one.id] = registry.State(one.types, one.scopes, one.created, record.at, deleted)
        elif isinstance(record, Described):
            found[record.tenant, record.id] = registry.State(record.types, record.scopes, record.at, record.at)
        elif isinstance(record, Observations):
            for new in record.entities:
                found.setdefault((record.tenant, new.id), registry.State([new.type], [], record.at, record.at))
    return found
