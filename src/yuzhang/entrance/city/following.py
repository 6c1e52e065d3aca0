"""Follows what happens in the city: a thread that reads the log as it grows, and keeps the layer of devices as it is now.

It keeps no place of its own in the log: after a start everything is read anew from the present, which has it all.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.observing import READER as PRESENT
from yuzhang.brain.context.query import Selection
from yuzhang.core.errors import YuzhangError
from yuzhang.entrance.city.entities import thing_of, thing_of_device
from yuzhang.entrance.city.model import DeviceLike, Sources, Thing
from yuzhang.entrance.city.places import Places, Rows
from yuzhang.foundation.log.model import DELETED, Changes, Columns, Entry, Observations

BYTES_AT_ONCE = 16 * 2**20
TICK_S = 1.0
"""Values are told once in so long, as one message."""
ANEW_S = 600.0
"""So often everything is read again, whatever was heard."""
AGAIN_S = 5.0
"""So long after what nobody foresaw everything is read anew."""
SOONEST_S = 30.0
"""After something was missed, everything is read again, but not more often."""
TRIES = 5
"""So often an entity is looked for that observations came of, and that the present did not know yet."""
AT_ONCE = 2_000
PLACE = '"GeoProperty"'
"""Stands in what is said of a place, beside which an observation has no number."""
log = logging.getLogger(__name__)


class Following:
    """Keeps `places` as the present has it; `told` is called once a second with the numbers of what changed."""

    def __init__(
        self,
        broker: Broker,
        sources: Sources,
        places: Places,
        told: Callable[[Rows], None],
        severity_of: Callable[[str], int] = lambda _entity: 0,
    ) -> None:
        self._broker, self.sources, self._places, self._told = broker, sources, places, told
        self._severity_of = severity_of
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._unknown: dict[str, int] = {}
        self._nowhere: set[str] = set()
        """Entities that the present knows, and not where they are: until something is said of that, nobody asks for them again."""
        self._placed: set[str] = set()
        """Entities of which observations said where they are, and that are looked for."""
        self._shown: dict[str, str] = {}
        self._devices: dict[str, DeviceLike] = {}
        self._read_at = 0.0
        self._missed = False
        self._changed: set[str] = set()
        self._classes: object = None
        self.ready = threading.Event()

    def start(self) -> None:
        """Begin."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="city-following", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        if self._thread is not None:
            self._ending.set()
            self._broker.log.grew()
            self._thread.join()
            self._thread = None

    def know(self, device: DeviceLike) -> None:
        """Follow a device that is new or changed."""
        if device.entity:
            self._devices[device.entity] = device
            self._changed.add(device.entity)

    def look_again(self) -> None:
        """Have everything read again soon: the registry changed."""
        self._missed = True

    def _run(self) -> None:
        place: int | None = None
        while not self._ending.is_set():
            try:
                begun = monotonic()
                if place is None or self._is_due(begun):
                    # What the present has not taken yet is read here from the log.
                    place = self._broker.log.place(PRESENT)
                    self._read_all()
                if self._broker.log.wait(place, TICK_S, self._ending) and not self._ending.is_set():
                    entries, last = self._broker.log.read(place, BYTES_AT_ONCE)
                    if entries and entries[0].position > place + 1:
                        self._missed = True  # trimmed before it was read here
                    self._take(entries)
                    place = last
                self._look_for()
                changed = self._places.touched()
                if len(changed):
                    self._told(changed)
                self._ending.wait(max(0.0, TICK_S - (monotonic() - begun)))
            except (YuzhangError, OSError) as error:  # the database is away: the next second may be better
                log.warning("the city's map could not follow, and tries again: %s", error)
                self._missed = True
                self._ending.wait(TICK_S)
            except Exception:  # a fault of ours must not end the map's watch
                log.exception("the city's map could not follow, and tries again")
                place, self._missed = None, True
                self._ending.wait(AGAIN_S)

    def _is_due(self, now: float) -> bool:
        changed = self._classes is not self._broker.sights.classes("")
        return changed or now - self._read_at > (SOONEST_S if self._missed else ANEW_S)

    def _read_all(self) -> None:
        self._read_at, self._missed = monotonic(), False
        self._classes = self._broker.sights.classes("")
        devices = list(self.sources.devices())
        self._devices = {one.entity: one for one in devices if one.entity}
        self._nowhere.clear()
        there: set[str] = set()
        some: list[Thing] = []
        for stored in self._broker.store.every(self._broker.store.plan(1, Selection()), whole=True):
            if self._ending.is_set():
                return
            entity = stored.open()
            thing = self._thing(entity)
            if thing is None:
                self._nowhere.add(entity.id)
            else:
                some.append(thing)
                there.add(thing.id)
            if len(some) >= AT_ONCE:
                self._places.put(some)
                some.clear()
        self._places.put(some)
        waiting = [one for device in devices if (one := thing_of_device(device)) is not None]
        self._places.put(one for one in waiting if one.id not in there)
        self._places.keep_only(there.union(one.id for one in waiting))
        self.ready.set()

    def _thing(self, entity: Entity) -> Thing | None:
        shown = self._shown.get(entity.id, "")
        found = thing_of(entity, self._devices.get(entity.id), self._broker.sights.classes(""), shown)
        if found is None:
            return None
        self._nowhere.discard(entity.id)
        if found.group.attribute:
            self._shown[entity.id] = found.group.attribute
        return replace(found, severity=self._severity_of(entity.id))

    def _take(self, entries: Iterable[Entry]) -> None:
        newest: dict[int, tuple[int, float]] = {}
        changed: set[str] = set()
        for entry in entries:
            record = entry.record
            if isinstance(record, Observations) and not record.tenant and record.of_context:
                self._observed(record, newest)
            elif isinstance(record, Changes) and not record.tenant:
                changed.update(one.id for one in record.entities)
        if newest:
            numbers = np.fromiter(newest, np.int64, len(newest))
            values = np.array([one[1] for one in newest.values()], np.float64)
            times = np.array([one[0] for one in newest.values()], np.int64)
            self._places.observe(numbers, values, times)
        if changed:
            self._reread(changed)

    def _observed(self, record: Observations, newest: dict[int, tuple[int, float]]) -> None:
        columns = record.columns()
        order = np.lexsort((columns.time, columns.series))
        of = columns.series[order]
        rows = order[np.flatnonzero(np.append(of[1:] != of[:-1], True))]
        if columns.flags is not None:
            rows = rows[columns.flags[rows] & DELETED == 0]
        if columns.rest is not None:
            places = {record.keys[series].entity for series in _places(columns, rows)}.difference(self._shown)
            self._placed |= places
            self._nowhere -= places
            self._unknown.update(dict.fromkeys(places, TRIES))
        for series, time, value in zip(
            columns.series[rows].tolist(), columns.time[rows].tolist(), columns.value[rows].tolist(), strict=True
        ):
            key = record.keys[series]
            shown = self._shown.get(key.entity)
            if shown is None:
                if key.entity not in self._nowhere:
                    self._unknown.setdefault(key.entity, TRIES)
            elif shown == key.attribute and not key.dataset:
                number = self._places.number(key.entity)
                if number is not None and time >= newest.get(number, (0, 0.0))[0]:
                    newest[number] = time, value

    def _look_for(self) -> None:
        """Read entities of which observations came, and that were not known here."""
        if self._changed:
            self._known_again()
        if not self._unknown:
            return
        some = dict(list(self._unknown.items())[:AT_ONCE])
        nowhere = self._reread(some, gone=False)
        for id_, tries in some.items():
            is_nowhere = id_ in nowhere and (id_ not in self._placed or tries <= 1)
            if is_nowhere:
                self._nowhere.add(id_)
            if is_nowhere or id_ in self._shown or tries <= 1:
                self._unknown.pop(id_, None)
                self._placed.discard(id_)
            else:
                self._unknown[id_] = tries - 1

    def _known_again(self) -> None:
        """Draw devices that are new or changed: as entities where the present knows them."""
        some, self._changed = self._changed, set()
        self._reread(some, gone=False)
        devices = [self._devices[one] for one in some if one not in self._shown and one in self._devices]
        self._places.put(thing for one in devices if (thing := thing_of_device(one)) is not None)

    def _reread(self, ids: Iterable[str], *, gone: bool = True) -> set[str]:
        """Draw what the present has of these; those that it knows, and not where they are."""
        wanted = list(ids)
        found = self._broker.store.retrieve_all(1, wanted)
        things = [thing for one in found.values() if (thing := self._thing(one.open())) is not None]
        self._places.put(things)
        drawn = {one.id for one in things}
        if gone:
            self._places.drop(set(wanted).difference(drawn))
        return found.keys() - drawn


def _places(columns: Columns, rows: NDArray[np.int64]) -> list[int]:
    """The series of those of some rows that say where something is."""
    assert columns.rest is not None  # noqa: S101  # whoever asks looked
    return [int(columns.series[one]) for one in rows.tolist() if PLACE in (columns.rest[one] or "")]
