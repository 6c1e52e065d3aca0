"""The present as a reader of the log: the newest observation of each series becomes the value of its attribute.

An observation that is older than what the attribute holds changes nothing: late data are history's.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic
from typing import Any

import msgspec
import numpy as np

from yuzhang.brain.context.drafts import Draft
from yuzhang.brain.context.merging import created
from yuzhang.brain.context.model import Entity, Instance, Microseconds
from yuzhang.brain.context.moments import microseconds, stamp
from yuzhang.brain.context.store.kept import Edit
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.core.errors import YuzhangError
from yuzhang.core.leading import Leading
from yuzhang.foundation.log.embedded import SET_PLACE
from yuzhang.foundation.log.following import Log
from yuzhang.foundation.log.model import DELETED, OBSERVED, Columns, Entry, Key, Observations

READER = "context"
BYTES_AT_ONCE = 16 * 2**20
ENTITIES_AT_ONCE = 300
"""So many are changed in one transaction, so that other writers do not wait for long."""
AGAIN_S = 1.0
REST_S = 0.25
log = logging.getLogger(__name__)


class Newest(msgspec.Struct, frozen=True, gc=False):
    """The newest observation of a series."""

    name: str
    instance: Instance
    time: Microseconds
    plain: bool
    """It is a number and a time, and says nothing of the rest of the attribute, as its unit."""


class Observing:
    """Follows the log in a thread of its own while the broker serves; `write` does a work in the next transaction and waits."""

    def __init__(self, source: Log, write: Callable[[Callable[[Transaction], Any]], Any], lead: Leading) -> None:
        """`lead` is that of the one process of all that does this."""
        self._log = source
        self._write = write
        self._lead = lead
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()

    def start(self) -> None:
        """Begin."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="context-observing", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; what was not taken yet is taken the next time."""
        if self._thread is not None:
            self._ending.set()
            self._log.grew()
            self._thread.join()
            self._thread = None
            self._lead.release()

    def _run(self) -> None:
        place: int | None = None
        while not self._ending.is_set():
            try:
                if not self._lead.held() or place is None:
                    place = None
                    if not self._lead.take():
                        self._ending.wait(AGAIN_S)
                        continue
                    place = self._log.place(READER)
                if self._log.wait(place, AGAIN_S) and not self._ending.is_set():
                    begun = monotonic()
                    place = self._take(place)
                    # Under load: what changes again meanwhile is written once, and half of the time is for whoever sends.
                    self._ending.wait(min(monotonic() - begun, REST_S))
            except (YuzhangError, OSError) as error:  # the database is away or full: the next second may be better
                log.warning("the present could not take observations: %s", error)
                place = None
                self._ending.wait(AGAIN_S)

    def _take(self, place: int) -> int:
        entries, last = self._log.read(place, BYTES_AT_ONCE)
        works = newest_of(entries)
        for at in range(0, len(works), ENTITIES_AT_ONCE):
            self._write(partial(learn, works=works[at : at + ENTITIES_AT_ONCE]))
        self._write(lambda transaction: transaction.many(SET_PLACE, [(READER, last)]))
        return last


Work = tuple[str, str, str | None, list[Newest], Microseconds]
"""Tenant, entity, the type to make it with, what is new of it, and when it was accepted."""


def newest_of(entries: list[Entry]) -> list[Work]:
    """The newest observation of each series among the records that the present shall learn, entity by entity."""
    newest: dict[tuple[str, str], dict[tuple[str, str], tuple[Microseconds, Key, int, Columns]]] = {}
    types: dict[tuple[str, str], str] = {}
    accepted: dict[tuple[str, str], Microseconds] = {}
    for entry in entries:
        record = entry.record
        if not isinstance(record, Observations) or not record.of_context:
            continue
        types.update({(record.tenant, one.id): one.type for one in record.entities})
        for time, key, row, columns in _last_rows(record):
            place = record.tenant, key.entity
            of = newest.setdefault(place, {})
            there = of.get((key.attribute, key.dataset))
            if there is None or time >= there[0]:
                of[key.attribute, key.dataset] = time, key, row, columns
                accepted[place] = record.at
    return [
        (
            tenant,
            entity,
            types.get((tenant, entity)),
            [_newest(*one) for one in found.values()],
            accepted[tenant, entity],
        )
        for (tenant, entity), found in newest.items()
    ]


def _last_rows(record: Observations) -> Iterator[tuple[Microseconds, Key, int, Columns]]:
    """Each key of a record with the time and the row of its newest observation."""
    columns = record.columns()
    order = np.lexsort((columns.time, columns.series))
    sorted_series = columns.series[order]
    ends = np.flatnonzero(np.append(sorted_series[1:] != sorted_series[:-1], True))
    rows = order[ends]
    if columns.flags is not None:
        rows = rows[columns.flags[rows] & DELETED == 0]
    for row, series, time in zip(
        rows.tolist(), columns.series[rows].tolist(), columns.time[rows].tolist(), strict=True
    ):
        yield time, record.keys[series], row, columns


def _newest(time: Microseconds, key: Key, row: int, columns: Columns) -> Newest:
    text = columns.rest[row] if columns.rest is not None else None
    instance: Instance = {"type": "Property"} if text is None else msgspec.json.decode(text)
    value = float(columns.value[row])
    if value == value:  # not NaN
        instance["value"] = int(value) if value.is_integer() and abs(value) < 2**53 else value
    if columns.flags is None or columns.flags[row] & OBSERVED:
        instance["observedAt"] = stamp(time)
    if key.dataset:
        instance["datasetId"] = key.dataset
    return Newest(key.attribute, instance, time, text is None)


def learn(transaction: Transaction, works: list[Work]) -> None:
    """Put what is newer than what is kept into the present; makes entities that are not there and whose type is known."""
    by_tenant: dict[str, list[Work]] = {}
    for work in works:
        by_tenant.setdefault(work[0], []).append(work)
    for tenant, some in by_tenant.items():
        space = transaction.make_space(tenant)
        there = transaction.load(space, [work[1] for work in some])
        edits = []
        for _, id_, kind, found, accepted in some:
            kept = there.get(id_)
            if kept is None and kind is None:
                continue
            entity = kept.entity if kept else created({"id": id_, "type": kind}, transaction.now)[0]
            draft = Draft(entity, transaction.now)
            for one in found:
                if is_newer(entity, one, accepted):
                    draft.put(one.name, _beside(draft, one))
            if draft.touched or kept is None:
                merged = draft.done()
                edits.append(Edit(kept, merged.entity, merged.touched if kept else {}, merged.shape if kept else None))
        transaction.apply(space, tenant, edits, recorded=True)


def _beside(draft: Draft, one: Newest) -> Instance:
    """The instance as it shall be: a plain number takes over what the attribute has beside its value."""
    there = draft.find(one.name, one.instance.get("datasetId")) if one.plain else None
    return {**there, **one.instance} if there is not None and there["type"] == "Property" else one.instance


def is_newer(entity: Entity, one: Newest, accepted: Microseconds) -> bool:
    """Whether an observation is newer than what the entity holds; equal times: the one accepted later counts."""
    dataset = one.instance.get("datasetId")
    for there in entity.instances(one.name):
        if there.get("datasetId") == dataset:
            observed = there.get("observedAt")
            if observed is not None:
                return one.time >= microseconds(observed)
            return accepted >= entity.attribute_times(one.name, dataset)[1]
    return True
