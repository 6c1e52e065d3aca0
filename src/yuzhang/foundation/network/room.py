"""Health of the network: follows the log, and keeps what was heard of each device and what is silent.

What was heard is written every few seconds, together with how far the log was read: a process that is killed reads the rest again, and
counts nothing twice. One process of all follows the log; the others read what it wrote.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from yuzhang.core.errors import YuzhangError
from yuzhang.core.leading import FileLead, Leading
from yuzhang.core.moments import microseconds
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.following import Log
from yuzhang.foundation.network import store
from yuzhang.foundation.network.findings import finding_of, judged, row_of
from yuzhang.foundation.network.heard import heard
from yuzhang.foundation.network.model import Finding
from yuzhang.foundation.network.silence import Silence, silence
from yuzhang.foundation.network.state import State
from yuzhang.foundation.registry.room import Registry

READER = store.READER
FLUSH_S = 5.0
LOOK_S = 1.0
GATHER_S = 0.2
AGAIN_S = 1.0
BYTES_AT_ONCE = 32 * 2**20
BEHIND_US = 10_000_000
OnChange = Callable[[Connection, Sequence[Finding]], None]
KeepPlace = Callable[[int], None]
log = logging.getLogger(__name__)


class Network:
    """Listens for the devices of one registry. `on_change`: called with findings that begin, end, or cover more or fewer devices, in the
    transaction that keeps them; `told`: with the same ones, after it is durable.

    `lead`: of the one process of all that follows the log; `keep_place`: tells the log how far it was read, so that it may forget.
    """

    def __init__(
        self,
        storage: Storage,
        registry: Registry,
        source: Log,
        lead: Leading | None = None,
        keep_place: KeepPlace | None = None,
    ) -> None:
        self.storage, self.registry = storage, registry
        self.on_change: list[OnChange] = []
        self.told: list[Callable[[Sequence[Finding]], None]] = []
        self._log, self._keep_place = source, keep_place
        self._lead = lead or FileLead(storage.folder / f"{READER}.lock")
        self._lock = threading.RLock()
        self._flushing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._leading = False
        self._state = State()
        self._open: dict[tuple[str, str], Finding] = {}
        self._place = self._told = self._since = self._read_at = 0
        self._revision = -1
        self._looked = -FLUSH_S

    def start(self) -> None:
        """Begin to follow the log, in a thread of its own."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, with what was heard written; the rest waits in the log."""
        if self._thread is not None:
            self._ending.set()
            self._log.grew()
            self._thread.join()
            self._thread = None
            self._lead.release()

    @contextmanager
    def state(self) -> Iterator[State]:
        """What was heard, and nobody changes it meanwhile; not older than a few seconds."""
        with self._lock:
            if not self._leading and monotonic() - self._looked >= FLUSH_S:
                self._load()
            yield self._state

    def now(self) -> int:
        """The time in microseconds."""
        return microseconds(self.registry.now())

    def open_findings(self) -> list[Finding]:
        """What is silent now, the longest first."""
        with self.state():
            return sorted(self._open.values(), key=lambda one: (one.began_at, one.id))

    def ended_findings(self, limit: int) -> list[Finding]:
        """What was silent and is not any more, the newest first."""
        with self.storage.reading() as connection:
            rows = store.ended_findings(connection, limit)
        with self.state() as state:
            return [finding_of(state, row) for row in rows]

    def covered(self) -> frozenset[str]:
        """The entities of all that is behind a gateway, or in a network, that is silent now."""
        with self.state() as state:
            if not any(kind != "device" for kind, _ in self._open):
                return frozenset()
            return state.entities(silence(state, self.now()).covered)

    def silences(self) -> Silence:
        """What is silent by the clock, whoever listened."""
        with self.state() as state:
            return silence(state, self.now())

    def follow(self) -> bool:
        """Read what is new in the log; whether there was anything. The process must have the lead."""
        entries, last = self._log.read(self._place, BYTES_AT_ONCE)
        if last <= self._place:
            return False
        try:
            with self._lock:
                self._state.take(heard(entries, self._state.number_of))
        except Exception:  # the log waits for this reader, and all that sends for the log: no record may stop it
            log.exception("records up to %d say nothing of devices that could be read", last)
        self._read_at = entries[-1].record.at if entries else self._read_at
        self._place = last
        return True

    def flush(self, *, judge: bool = True) -> list[Finding]:
        """Write what was heard and how far; `judge`: look for what is silent too. What began or ended."""
        with self._flushing:
            with self._lock:
                rows = self._state.dirty()
                changed, grown = judged(self._state, self._open, self.now(), self._since) if judge else ([], [])
                self._state.kept()
                position = self._place
            try:
                with self.storage.writing() as connection:
                    store.put_heard(connection, rows)
                    store.set_place(connection, position)
                    store.put_findings(connection, map(row_of, [*changed, *grown]))
                    for listener in self.on_change if changed or grown else ():
                        listener(connection, [*changed, *grown])
            except BaseException:
                with self._lock:
                    self._mark([row[0] for row in rows])
                raise
            with self._lock:
                for one in [*changed, *grown]:
                    if one.ended_at is None:
                        self._open[one.kind, one.device] = one
                    else:
                        self._open.pop((one.kind, one.device), None)
            for tell in self.told if changed or grown else ():
                tell([*changed, *grown])
        if self._keep_place is not None and position > self._told:
            self._keep_place(position)
            self._told = position
        return changed

    def learn(self) -> None:
        """Take what changed in the registry since the last look."""
        changed, revision = self.registry.everything(self._revision)
        with self._lock:
            self._state.put(changed)
            self._revision = revision

    def begin(self) -> None:
        """Take over from whoever followed the log before."""
        with self._lock:
            self._load()
            self._leading = True
            # Nobody may have listened before: silence counts from here, so that a restart raises nothing.
            self._since = self.now()
        if self._keep_place is not None:  # what comes from here on has to wait for this reader
            self._keep_place(self._place)
            self._told = self._place

    def _run(self) -> None:
        flushed = looked = 0.0
        while not self._ending.is_set():
            try:
                if not self._lead.held() or not self._leading:
                    self._leading = False
                    if not self._lead.take():
                        self._ending.wait(AGAIN_S)
                        continue
                    self.begin()
                if monotonic() - looked >= LOOK_S:
                    self.learn()
                    looked = monotonic()
                behind = self._read()
                if monotonic() - flushed >= FLUSH_S:
                    begun = monotonic()
                    # While old messages are still being read, everything looks silent.
                    self._write(judge=not behind)
                    # Who writes for long rests for long: others write into the same file.
                    flushed = monotonic() + max(10 * (monotonic() - begun) - FLUSH_S, 0)
            except (YuzhangError, SQLAlchemyError, OSError) as error:
                # It waits in the log; the next second may be better.
                log.warning("what was heard of devices could not be kept, and is tried again: %s", error)
                self._leading = False
                self._ending.wait(AGAIN_S)
            except Exception:  # a fault of ours must not end it: what was read waits in the log
                log.exception("what was heard of devices could not be kept, and is tried again")
                self._leading = False
                self._ending.wait(AGAIN_S)
        if self._leading:
            self._last_flush()

    def _read(self) -> bool:
        """Read what is new, and wait for it a moment; whether what was read is old, and more waits."""
        if not self._log.wait(self._place, AGAIN_S, self._ending):
            return False
        self._ending.wait(GATHER_S)
        self.follow()
        return self.now() - self._read_at > BEHIND_US and self._log.wait(self._place, 0)

    def _write(self, *, judge: bool) -> None:
        try:
            self.flush(judge=judge)
        except (YuzhangError, SQLAlchemyError):
            raise
        except Exception:  # of whoever listens: they are told the next time, and the log goes on
            log.exception("what is silent could not be told")
            self.flush(judge=False)

    def _last_flush(self) -> None:
        try:
            self.flush(judge=False)
        except (YuzhangError, SQLAlchemyError) as error:  # it is read again the next time
            log.warning("what was heard of devices last was not kept: %s", error)
        self._leading = False

    def _load(self) -> None:
        self._state, self._revision = State(), -1
        self.learn()
        with self.storage.reading() as connection:
            self._state.load(store.heard(connection))
            self._place = store.place(connection)
            found = [finding_of(self._state, row) for row in store.open_findings(connection)]
        self._open = {(one.kind, one.device): one for one in found}
        self._looked = monotonic()

    def _mark(self, ids: Sequence[str]) -> None:
        dirty = self._state.marks("dirty")
        for one in ids:
            if one in self._state.numbers:
                dirty[self._state.numbers[one]] = True
