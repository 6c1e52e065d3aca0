"""The log of an installation without a bus: a table in the database of the present.

Records are appended inside the writer's transaction, whose commit makes them durable. Readers are other threads or processes; a
reader learns of records of its own process at once, of others' within POLL_S.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from time import monotonic, time_ns
from typing import Any, Protocol

from yuzhang.foundation.log.errors import DamagedRecord, LogBusy
from yuzhang.foundation.log.framing import framed, unframed
from yuzhang.foundation.log.model import Entry, Record
from yuzhang.foundation.log.recent import Recent

POLL_S = 0.2
MOST_WAITING = 512 * 2**20
"""Bytes that may wait to be filed before whoever sends is told to wait. They lie on the disk, not in memory."""

APPEND = "INSERT INTO log_record (rows, bytes, checksum, payload) VALUES (?, ?, ?, ?)"
NEXT = "SELECT position, bytes FROM log_record WHERE position > ? ORDER BY position LIMIT 10000"
PAYLOADS = "SELECT position, checksum, payload FROM log_record WHERE position > ? AND position <= ? ORDER BY position"
SET_PLACE = (
    "INSERT INTO log_place (reader, position) VALUES (?, ?) "
    "ON CONFLICT (reader) DO UPDATE SET position = excluded.position"
)
HOLD = (
    "INSERT INTO log_place (reader, position, until) VALUES (?, ?, ?) "
    "ON CONFLICT (reader) DO UPDATE SET position = excluded.position, until = excluded.until"
)
SET_ASIDE = "INSERT INTO log_damaged (position, checksum, payload) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
FILED = "SELECT min(position) FROM log_place"


class Transaction(Protocol):
    """One writer's transaction, whichever database it is in."""

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a statement gives; parameters are `?`."""

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row."""


class Reader(Protocol):
    """A connection of this thread that reads."""

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows."""


Write = Callable[[Callable[[Transaction], Any]], Any]
Row = tuple[int, int, int, bytes]
log = logging.getLogger(__name__)


def row_of(record: Record) -> Row:
    """`record` as `append_row` takes it: made outside of the writer's thread, where it is large."""
    payload, checksum = framed(record)
    return record.rows, len(payload), checksum, payload


def append_row(transaction: Transaction, row: Row) -> None:
    """Append a record in the writer's transaction: with its commit it is accepted."""
    transaction.many(APPEND, [row])


def append(transaction: Transaction, record: Record) -> None:
    """The same with a record as it is."""
    append_row(transaction, row_of(record))


class EmbeddedLog:
    """The log as its readers see it. `reader` gives this thread's connection; `write` does a work in the next transaction and waits."""

    def __init__(self, reader: Callable[[], Reader], write: Write) -> None:
        self._reader = reader
        self._write = write
        self._news = threading.Condition()
        self._grown = 0
        self._asked, self._waiting = 0.0, 0
        self._recent = Recent()

    def grew(self) -> None:
        """Wake the readers of this process: something was committed."""
        with self._news:
            self._grown += 1
            self._news.notify_all()

    def wait(self, after: int, seconds: float, ending: threading.Event | None = None) -> bool:
        """Wait until there is a record after position `after`, `seconds` at most or until `grew`; whether there is one."""
        until = monotonic() + seconds
        with self._news:
            seen = self._grown
            if ending is not None and ending.is_set():
                return False
        while not self._is_after(after):
            with self._news:
                if self._grown == seen:
                    self._news.wait(min(max(until - monotonic(), 0), POLL_S))
                woken = self._grown != seen
            if woken or monotonic() >= until:  # who is woken may have to end
                return self._is_after(after)
        return True

    def _is_after(self, position: int) -> bool:
        return bool(self._reader().all("SELECT 1 FROM log_record WHERE position > ? LIMIT 1", (position,)))

    def read(self, after: int, most_bytes: int) -> tuple[list[Entry], int]:
        """Records after position `after` in order, about `most_bytes` of them but at least one, and the position read up to.

        A damaged record is set aside in the table `log_damaged`, is told by a warning of the caller, and is not among them.
        """
        last, taken = after, 0
        wanted: list[int] = []
        for position, size in self._reader().all(NEXT, (after,)):
            if taken and taken + size > most_bytes:
                break
            last, taken = position, taken + size
            wanted.append(position)
        damaged: list[tuple[int, int, bytes]] = []
        with self._recent.reading:
            found = {position: self._recent.get(position) for position in wanted}
            missing = [position for position, entry in found.items() if entry is None]
            for position, checksum, payload in self._payloads(missing):
                try:
                    entry = Entry(position, unframed(position, bytes(payload), checksum))
                except DamagedRecord:
                    damaged.append((position, checksum, payload))
                else:
                    found[position] = entry
                    self._recent.put(entry, len(payload))
        if damaged:
            self._set_aside(damaged)
        return [entry for entry in found.values() if entry is not None], last

    def _payloads(self, positions: list[int]) -> list[tuple[int, int, bytes]]:
        """Position, checksum and bytes of records; all that lie between the first and the last are read, as they mostly lie together."""
        if not positions:
            return []
        wanted = set(positions)
        rows = self._reader().all(PAYLOADS, (positions[0] - 1, positions[-1]))
        return [(position, checksum, payload) for position, checksum, payload in rows if position in wanted]

    def _set_aside(self, damaged: list[tuple[int, int, bytes]]) -> None:
        self._write(lambda transaction: transaction.many(SET_ASIDE, damaged))
        for position, _, _ in damaged:
            log.error("%s", DamagedRecord.at(position))

    def place(self, reader: str) -> int:
        """How far `reader` has come; 0 at its beginning."""
        found = self._reader().all("SELECT position FROM log_place WHERE reader = ?", (reader,))
        return int(found[0][0]) if found else 0

    def head(self) -> int:
        """The newest position; 0 if nothing was ever appended or all is filed."""
        found = self._reader().all("SELECT max(position) FROM log_record")
        return int(found[0][0] or 0)

    def trim(self) -> None:
        """Forget what every reader is past."""
        self._write(_trim)

    def hold(self, name: str, position: int, seconds: float) -> None:
        """Keep what comes after `position` for `seconds`, whoever has filed it: a backup copies it together with the rest."""
        held = [(name, position, time_ns() // 1000 + int(seconds * 1e6))]
        self._write(lambda transaction: transaction.many(HOLD, held))

    def release(self, name: str) -> None:
        """End a `hold`."""
        self._write(
            lambda transaction: transaction.many(
                "DELETE FROM log_place WHERE reader = ? AND until IS NOT NULL", [(name,)]
            )
        )

    def waiting_bytes(self) -> int:
        """How much is not filed yet; a tenth of a second old at most."""
        if monotonic() - self._asked > 0.1:
            found = self._reader().all("SELECT coalesce(sum(bytes), 0) FROM log_record")
            self._asked, self._waiting = monotonic(), int(found[0][0])
        return self._waiting

    def check_room(self) -> None:
        """Raises LogBusy if more waits than may."""
        waiting = self.waiting_bytes()
        if waiting > MOST_WAITING:
            raise LogBusy.at(waiting)


def filed(transaction: Transaction) -> int | None:
    """The position that every reader is past, once those that held the log for a while and are overdue are forgotten; None without readers."""
    transaction.many("DELETE FROM log_place WHERE until <= ?", [(time_ns() // 1000,)])
    found: int | None = transaction.all(FILED)[0][0]
    return found


def _trim(transaction: Transaction) -> None:
    position = filed(transaction)
    if position:
        transaction.many("DELETE FROM log_record WHERE position <= ?", [(position,)])
