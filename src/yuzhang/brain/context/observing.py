"""The present as a reader of the log: the newest observation of each series becomes the value of its attribute.

An observation that is older than what the attribute holds changes nothing: late data are history's.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
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
from yuzhang.foundation.log.model import DELETED, OBSERVED, Entry, Key, Observations

READER = "context"
BYTES_AT_ONCE = 16 * 2**20
ENTITIES_AT_ONCE = 500
"""So many are changed in one transaction, so that other writers do not wait for long."""
AGAIN_S = 1.0
REST, MOST_REST_S = 2.0, 1.0
"""It rests for so many times as long as it worked, up to so long: the more there is to do, the more of it is overtaken meanwhile."""
SHORT = 120
"""Characters of what is remembered as it was read."""
FRACTION = 19
"""Where the point of a moment's text stands, if it has one."""
log = logging.getLogger(__name__)


class Newest(msgspec.Struct, frozen=True, gc=False):
    """The newest observation of a series."""

    name: str
    instance: Instance
    time: Microseconds
    plain: bool
    """It is a number and a time, and says nothing of the rest of the attribute, as its unit."""
    dataset: str = ""


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
                if self._log.wait(place, AGAIN_S, self._ending) and not self._ending.is_set():
                    begun = monotonic()
                    place = self._take(place)
                    # Under load: what changes again meanwhile is written once, and most of the time is for whoever sends.
                    self._ending.wait(min(REST * (monotonic() - begun), MOST_REST_S))
            except (YuzhangError, OSError) as error:  # the database is away or full: the next second may be better
                log.warning("the present could not take observations: %s", error)
                place = None
                self._ending.wait(AGAIN_S)
            except Exception:  # a fault of ours must not end it: what was read waits in the log
                log.exception("the present could not take observations, and tries again")
                place = None
                self._ending.wait(AGAIN_S)

    def _take(self, place: int) -> int:
        entries, last = self._log.read(place, BYTES_AT_ONCE)
        works = newest_of(entries)
        ahead = max(0, (len(works) - 1) // ENTITIES_AT_ONCE * ENTITIES_AT_ONCE)
        for at in range(0, ahead, ENTITIES_AT_ONCE):
            self._write(partial(learn, works=works[at : at + ENTITIES_AT_ONCE]))
        self._write(partial(_finish, works=works[ahead:], place=last))
        return last


def _finish(transaction: Transaction, works: list["Work"], place: int) -> None:
    """The last of what was read, and that all of it is learned."""
    learn(transaction, works)
    transaction.many(SET_PLACE, [(READER, place)])


Work = tuple[str, str, str | None, list[Newest], Microseconds]
"""Tenant, entity, the type to make it with, what is new of it, and when it was accepted."""


Row = tuple[Microseconds, Key, float, str | None, bool]
"""Time, series, number, what is said beside it, and whether the time is that of the observation."""


def newest_of(entries: list[Entry]) -> list[Work]:
    """The newest observation of each series among the records that the present shall learn, entity by entity."""
    newest: dict[tuple[str, str], dict[tuple[str, str], Row]] = {}
    types: dict[tuple[str, str], str] = {}
    accepted: dict[tuple[str, str], Microseconds] = {}
    for entry in entries:
        record = entry.record
        if not isinstance(record, Observations) or not record.of_context:
            continue
        tenant = record.tenant
        types.update({(tenant, one.id): one.type for one in record.entities})
        for row in _last_rows(record):
            key = row[1]
            place = tenant, key.entity
            of = newest.get(place)
            if of is None:
                of = newest[place] = {}
            name = key.attribute, key.dataset
            there = of.get(name)
            if there is None or row[0] >= there[0]:
                of[name] = row
                accepted[place] = record.at
    stamps = _Stamps()
    return [
        (tenant, entity, types.get((tenant, entity)), _instances(found.values(), stamps), accepted[tenant, entity])
        for (tenant, entity), found in newest.items()
    ]


def _last_rows(record: Observations) -> Iterator[Row]:
    """Of each key of a record its newest observation."""
    columns = record.columns()
    order = np.lexsort((columns.time, columns.series))
    sorted_series = columns.series[order]
    ends = np.flatnonzero(np.append(sorted_series[1:] != sorted_series[:-1], True))
    rows = order[ends]
    if columns.flags is not None:
        rows = rows[columns.flags[rows] & DELETED == 0]
    rest, count = columns.rest, len(rows)
    return zip(
        columns.time[rows].tolist(),
        [record.keys[one] for one in columns.series[rows].tolist()],
        columns.value[rows].tolist(),
        [None] * count if rest is None else [rest[one] for one in rows.tolist()],
        [True] * count if columns.flags is None else (columns.flags[rows] & OBSERVED != 0).tolist(),
        strict=True,
    )


class _Stamps(dict[Microseconds, str]):
    """Moments as texts: what one message says is of one moment, mostly."""

    def __missing__(self, moment: Microseconds) -> str:
        found = self[moment] = stamp(moment)
        return found


def _instances(rows: Iterable[Row], stamps: _Stamps) -> list[Newest]:
    made = []
    for time, key, value, text, observed in rows:
        instance: Instance = {"type": "Property"} if text is None else _said(text)
        if value == value:  # not NaN
            instance["value"] = int(value) if value.is_integer() and abs(value) < 2**53 else value
        if observed:
            instance["observedAt"] = stamps[time]
        if key.dataset:
            instance["datasetId"] = key.dataset
        made.append(Newest(key.attribute, instance, time, text is None, key.dataset))
    return made


def _said(text: str) -> Instance:
    """What is said beside a number. Of yes and no, and of short words, the same comes again and again."""
    if (
        len(text) <= SHORT and text.count("{") == 1 and "[" not in text
    ):  # nothing in it can be changed by who has it too
        return dict(_read(text))
    found: Instance = msgspec.json.decode(text)
    return found


@lru_cache(maxsize=1024)
def _read(text: str) -> Instance:
    found: Instance = msgspec.json.decode(text)
    return found


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
            alike = renew(draft, found, accepted)
            if draft.touched or kept is None:
                after = draft.done().entity
                edits.append(Edit(kept, after, draft.touched if kept else {}, values=alike and kept is not None))
        transaction.apply(space, tenant, edits, recorded=True)


def renew(draft: Draft, found: list[Newest], accepted: Microseconds) -> bool:
    """Put what is newer into a draft; whether only values of properties are others now, each the one instance of its attribute."""
    entity, alike = draft.entity, True
    for one in found:
        there = draft.body.get(one.name)
        if not (
            there.__class__ is dict
            and not one.dataset
            and "datasetId" not in there
            and there["type"] == "Property" == one.instance["type"]
        ):
            if is_newer(entity, one, accepted):
                draft.put(one.name, _beside(draft, one))
                alike = False
        elif _is_due(entity, there, one, accepted):
            draft.body[one.name] = {**there, **one.instance} if one.plain else one.instance
            draft.times[one.name] = (entity.attribute_times(one.name)[0], draft.now)
            draft.touched[one.name] = "updated"
    return alike


def _beside(draft: Draft, one: Newest) -> Instance:
    """The instance as it shall be: a plain number takes over what the attribute has beside its value."""
    there = draft.find(one.name, one.instance.get("datasetId")) if one.plain else None
    return {**there, **one.instance} if there is not None and there["type"] == "Property" else one.instance


def is_newer(entity: Entity, one: Newest, accepted: Microseconds) -> bool:
    """Whether an observation is newer than what the entity holds; equal times: the one accepted later counts."""
    dataset = one.dataset or None
    for there in entity.instances(one.name):
        if there.get("datasetId") == dataset:
            return _is_due(entity, there, one, accepted)
    return True


def _is_due(entity: Entity, there: Instance, one: Newest, accepted: Microseconds) -> bool:
    observed = there.get("observedAt")
    if observed is None:
        return accepted >= entity.attribute_times(one.name, one.dataset or None)[1]
    mine = one.instance.get("observedAt")
    if mine is not None and len(mine) == len(observed) and observed[FRACTION] == ".":
        return bool(mine >= observed)  # both to the same digit: texts are in the order of their moments
    return one.time >= microseconds(observed)
