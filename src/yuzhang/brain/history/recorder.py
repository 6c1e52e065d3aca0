"""The recorder: follows the log, and files what was accepted in the lake, a few times a second, each row once.

A row's key is its series and its time. What is newer than the newest row of its series is new; what is not is looked up in the lake:
the same again is dropped, another value of the same moment takes the older one's place. How far the log is filed is kept in the
lake, in the same transaction as the rows, so that a recorder that is killed anywhere files nothing twice and forgets nothing.
"""

import logging
import threading
from time import monotonic
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.history.erasing import erase
from yuzhang.brain.history.errors import LakeAhead, LakeBehind
from yuzhang.brain.history.flattening import Rows, flattened
from yuzhang.brain.history.model import Policy
from yuzhang.brain.history.numbering import Numbering
from yuzhang.brain.history.store import lake as tables
from yuzhang.brain.history.store import registry
from yuzhang.core.errors import TryAgain, YuzhangError
from yuzhang.core.language import Title
from yuzhang.core.leading import Leading
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.embedded import SET_PLACE
from yuzhang.foundation.log.model import DELETED, OBSERVED, Changes, Entry, Erasure, Observations

READER = "history"
GATHER_S, MOST_GATHER_S = 0.2, 1.0
"""Records gather so long, so that a lake of small files is not made of a stream of small batches; under load as long as the last ones took."""
BYTES_AT_ONCE = 32 * 2**20
AGAIN_S = 1.0
PLACES_KEPT = 500
TRIM_S = 2.0
log = logging.getLogger(__name__)


class Recorder:
    """Files the log while this process has the lead; a thread of its own."""

    def __init__(self, broker: Broker, storage: Storage, lead: Leading) -> None:
        self._broker = broker
        self._storage = storage
        self._lead = lead
        self._numbering = Numbering(broker)
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._hurry = threading.Event()
        self._filed = threading.Condition()
        self._lake_series = 0
        self._flushes = 0
        self._trimmed = self._took = 0.0
        self._policies: list[Policy] = []
        self.place = -1
        """How far the log is filed; -1 while another process files it."""

    def start(self) -> None:
        """Begin."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="history-recorder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, with what was read filed; the rest waits in the log."""
        if self._thread is not None:
            self._ending.set()
            self._hurry.set()
            self._broker.log.grew()
            self._thread.join()
            self._thread = None
            self._lead.release()

    def wait(self, position: int, seconds: float) -> bool:
        """Wait until all up to `position` is filed, by this process or another one; False if it is not after `seconds`."""
        until = monotonic() + seconds
        while True:
            with self._filed:
                if self.place < position:
                    self._hurry.set()
                    self._filed.wait(0.05)
            if self.place >= position or (self.place < 0 and self._broker.log.place(READER) >= position):
                return True
            if monotonic() >= until:
                return False

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                if not self._lead.held() or self.place < 0:
                    self.place = -1
                    if not self._lead.take():
                        self._ending.wait(AGAIN_S)
                        continue
                    self.place = self._begin()
                    continue  # somebody may have had it end meanwhile
                if self._broker.log.wait(self.place, AGAIN_S, self._ending) and not self._ending.is_set():
                    self._gather()
                    begun = monotonic()
                    self._take()
                    self._took = monotonic() - begun
                elif self._broker.log.place(READER) < self.place:
                    self._keep_place(self.place)
                self._trim()
            except (YuzhangError, OSError, duckdb.Error) as error:  # it waits in the log; the next second may be better
                log.warning("history could not file what was accepted, and tries again: %s", error)
                self.place = -1
                self._ending.wait(AGAIN_S)
            except Exception:  # a fault of ours must not end it: what was read waits in the log
                log.exception("history could not file what was accepted, and tries again")
                self.place = -1
                self._ending.wait(AGAIN_S)

    def _gather(self) -> None:
        self._hurry.wait(min(max(GATHER_S, self._took), MOST_GATHER_S))
        self._hurry.clear()

    def _begin(self) -> int:
        """Take over from whoever filed before; the position from which to go on."""
        self._numbering.forget()
        with self._storage.lake() as lake:
            tables.make(lake)
            filed, self._lake_series = tables.place(lake), tables.newest_series(lake)
        kept = self._broker.log.place(READER)
        if filed > max(kept, self._broker.log.head()):
            raise LakeAhead.of(filed)
        if filed < kept:
            raise LakeBehind.of(filed, kept)
        while kept < filed:  # the lake has their rows; what is newest of them was not kept when the process was stopped
            entries, kept = self._broker.log.read(kept, BYTES_AT_ONCE)
            self._keep_newest([one for one in entries if one.position <= filed])
        self._keep_place(filed)
        return filed

    def _keep_newest(self, entries: list[Entry]) -> None:
        rows = flattened([one.record for one in entries if isinstance(one.record, Observations | Changes)])
        if len(rows):
            keyed = self._numbering.numbered(rows.keys, entries)
            self._numbering.learn(unique(rows, keyed.numbers)[0], lambda _: None)

    def _take(self) -> None:
        entries, last = self._broker.log.read(self.place, BYTES_AT_ONCE)
        some: list[Entry] = []
        for entry in entries:
            if isinstance(entry.record, Erasure):
                self._file(some, entry.position - 1)
                self._erase(entry.record, entry.position)
                some = []
            else:
                some.append(entry)
        self._file(some, last)

    def _file(self, entries: list[Entry], position: int) -> None:
        """File records, and that the log is filed up to `position`."""
        if position <= self.place:
            return
        rows = flattened([one.record for one in entries if isinstance(one.record, Observations | Changes)])
        keyed = self._numbering.numbered(rows.keys, entries)
        table, late = unique(rows, keyed.numbers, keyed.last, keyed.policies)
        names = registry.series_above(self._broker.database.reader(), self._lake_series) if len(rows) else []
        with self._storage.lake_alone() as lake:
            lake.execute("BEGIN")
            try:
                table = self._without_known(lake, table, late)
                if names:
                    tables.add_series(lake, names)
                if table.num_rows:
                    tables.add_rows(lake, table)
                self._set_place(lake, position)
            except BaseException:
                lake.execute("ROLLBACK")
                raise
            lake.execute("COMMIT")
        self._lake_series = max(self._lake_series, names[-1][0] if names else 0)
        self._numbering.learn(table, lambda transaction: transaction.many(SET_PLACE, [(READER, position)]))
        self._reached(position)

    def _without_known(self, lake: tables.Lake, table: pa.Table, late: np.ndarray[Any, Any]) -> pa.Table:
        """`table` without the rows that the lake has; those it has with another content are taken out of the lake."""
        if not len(late):
            return table
        asked = table.take(pa.array(late)).append_column("row", pa.array(late, pa.int64()))
        found = tables.existing(lake, asked)
        other = [row for row, same in found if not same]
        if other:
            tables.remove(lake, table.take(pa.array(other)).select(["series", "time"]))
        same = [row for row, same in found if same]
        if not same:
            return table
        keep = np.ones(table.num_rows, bool)
        keep[same] = False
        return table.filter(pa.array(keep))

    def _set_place(self, lake: tables.Lake, position: int) -> None:
        if not self._lead.held():  # another process may file already; what is in this transaction is not kept
            raise TryAgain(Title("已由另一进程接手归档。", "Another process files now."))
        tables.set_place(lake, position)
        self._flushes += 1
        if self._flushes % PLACES_KEPT == 0:
            tables.drop_old_places(lake, position)

    def _erase(self, erasure: Erasure, position: int) -> None:
        with self._storage.lake_alone() as lake:
            lake.execute("BEGIN")
            try:
                forget = erase(self._broker.database.reader(), lake, erasure)
                self._set_place(lake, position)
            except BaseException:
                lake.execute("ROLLBACK")
                raise
            lake.execute("COMMIT")

        def work(transaction: registry.Writing) -> None:
            forget(transaction)
            transaction.many(SET_PLACE, [(READER, position)])

        self._broker.writer.now(work)
        self._numbering.forget()
        self._reached(position)

    def _keep_place(self, position: int) -> None:
        self._broker.writer.now(lambda transaction: transaction.many(SET_PLACE, [(READER, position)]))

    def _reached(self, position: int) -> None:
        with self._filed:
            self.place = position
            self._filed.notify_all()

    def _trim(self) -> None:
        if monotonic() - self._trimmed > TRIM_S:
            self._broker.log.trim()
            self._heed_policies()
            self._trimmed = monotonic()

    def _heed_policies(self) -> None:
        """Look the series' policies up again after somebody, perhaps another process, changed them."""
        policies = registry.policies(self._broker.database.reader())
        if policies != self._policies:
            self._policies = policies
            self._numbering.forget()


def unique(
    rows: Rows,
    numbers: np.ndarray[Any, Any],
    last: np.ndarray[Any, Any] | None = None,
    policies: np.ndarray[Any, Any] | None = None,
) -> tuple[pa.Table, np.ndarray[Any, Any]]:
    """Rows as the lake's columns, by series and time, of each moment the one accepted last; and which of them are not newer than `last`.

    `numbers`, `last` and `policies` are those of the rows' keys.
    """
    series = numbers[rows.series]
    # Stable: of equal keys the order of the log.
    order = np.lexsort((rows.time, series))
    series, time = series[order], rows.time[order]
    if len(order):
        kept = np.append((series[1:] != series[:-1]) | (time[1:] != time[:-1]), True)
        order, series, time = order[kept], series[kept], time[kept]
    keys, value, flags = rows.series[order], rows.value[order], rows.flags[order]
    late = np.zeros(0, np.int64) if last is None else np.flatnonzero(time <= last[keys])
    created = rows.created[order]
    columns = [
        np.zeros(len(order), np.int32) if policies is None else policies[keys],
        series,
        time.view("datetime64[us]"),
        pa.array(value, mask=np.isnan(value)),
        pa.nulls(len(order), pa.string())
        if rows.rest is None
        else pa.array(rows.rest, pa.string()).take(pa.array(order)),
        rows.modified[order].view("datetime64[us]"),
        pa.array(created.view("datetime64[us]"), mask=created < 0),
        (flags & DELETED) != 0,
        (flags & OBSERVED) != 0,
    ]
    table = pa.table([one if isinstance(one, pa.Array) else pa.array(one) for one in columns], schema=tables.SCHEMA)
    return table, late
