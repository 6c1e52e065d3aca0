"""The sources of an installation: those that fetch run at their interval, those that are sent to wait for messages."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Lock, Thread
from time import time_ns
from typing import Any

from yuzhang.core.errors import InputRefused, YuzhangError
from yuzhang.core.leading import FileLead, Leading
from yuzhang.core.packs import Pack
from yuzhang.core.secrets import Secrets
from yuzhang.core.storage import Storage
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.sources.connectors import reading, store
from yuzhang.foundation.sources.connectors.connecting import Ending
from yuzhang.foundation.sources.connectors.live import Live, connector_of, deliver, letters_of
from yuzhang.foundation.sources.connectors.model import Run, Source
from yuzhang.foundation.sources.connectors.own_topics import MQTT, check_sender, own_only, way_of
from yuzhang.foundation.sources.connectors.polling import Ground, run
from yuzhang.foundation.sources.connectors.reaching import Reach
from yuzhang.foundation.sources.connectors.templates import Template
from yuzhang.foundation.sources.dead.model import Letter
from yuzhang.foundation.sources.dead.room import DeadLetters
from yuzhang.foundation.sources.model import Door
from yuzhang.foundation.sources.payloads.errors import UnreadablePayload

FOLDER, LEAD, LOCKS = "sources", "sources.lead", "sources.locks"
AT_ONCE = 4
LOOK_S = 1.0
log = logging.getLogger(__name__)


def _now_us() -> int:
    return time_ns() // 1000


class Remembered:
    """What a source remembers of those who send, in the database."""

    def __init__(self, storage: Storage, source: str) -> None:
        self._storage, self._source = storage, source
        with storage.reading() as connection:
            self._known = store.known(connection, source)

    def get(self, about: str) -> dict[str, Any] | None:
        """What is known."""
        return self._known.get(about)

    def put(self, about: str, known: dict[str, Any]) -> None:
        """Remember it."""
        if self._known.get(about) == known:
            return
        with self._storage.writing() as connection:
            store.remember(connection, self._source, about, known)
        self._known[about] = known


class Sources:
    """Started and stopped with the application. `private`: sources may lie in inner networks; `lead`: that of who polls;
    `registry`: knows what a device may write."""

    def __init__(
        self,
        storage: Storage,
        door: Door,
        dead: DeadLetters,
        secrets: Secrets,
        packs: Sequence[Pack] = (),
        *,
        private: bool = False,
        folder: Path | None = None,
        lead: Leading | None = None,
        registry: Registry | None = None,
        now_us: Callable[[], int] = _now_us,
    ) -> None:
        self.registry = registry
        self.storage, self.door, self.dead, self.secrets, self.now_us = storage, door, dead, secrets, now_us
        self._woken, self._ending = Event(), Event()
        self.reach = Reach(folder or storage.folder / FOLDER, private, self._ending)
        self.on_templates: list[Callable[[tuple[Template, ...]], None]] = []
        """Called with the templates of topics whenever they changed."""
        self.templates: tuple[Template, ...] = ()
        self._packs = tuple(packs)
        self._lead = lead or FileLead(storage.folder / LEAD)
        self._live: dict[str, Live] = {}
        self._mark: tuple[int, int] | None = None
        self._running: set[str] = set()
        self._waiting: set[str] = set()
        """Those that were given to the pool, and did not end there yet."""
        self._lock, self._reloading = Lock(), Lock()
        self._thread: Thread | None = None
        self._pool: ThreadPoolExecutor | None = None

    def start(self) -> None:
        """Begin; sources of packs are brought in first."""
        self.reach.folder.mkdir(parents=True, exist_ok=True)
        for fault in reading.bring_in(self.storage, self._packs, self.now_us()):
            log.warning("%s", fault.said("en"))
        self.reload()
        self.dead.register(MQTT, way_of(self.door, lambda: self.templates, self.registry))
        self._ending.clear()
        self._waiting.clear()  # of those that waited when it ended none begins any more
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="source")
        self._thread = Thread(target=self._run, name="sources", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; runs that wait for an answer end with the next step of it, and are begun anew after the next start."""
        if self._thread is None or self._pool is None:
            return
        self._ending.set()
        self._woken.set()
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._thread = self._pool = None
        self._write_counts()
        self._lead.release()

    def wake(self) -> None:
        """Look at once: something changed."""
        self._woken.set()

    def live(self, name: str) -> Live | None:
        """A source as it works."""
        return self._live.get(name)

    def reload(self, *, at_all_events: bool = True) -> None:
        """Make connectors of what is configured, where it changed. `at_all_events`: even if nothing seems to have."""
        with self._reloading:
            with self.storage.reading() as connection:
                mark = store.mark(connection)
                if mark == self._mark and not at_all_events:
                    return
                wanted = {one.name: one for one in store.sources(connection)}
            for name in [one for one in self._live if one not in wanted]:
                del self._live[name]
                self.dead.unregister(name)
            self._mark = mark
            changed = False
            for name, source in wanted.items():
                there = self._live.get(name)
                if there is None or there.source != source:
                    self._live[name] = self._made(source)
                    self.dead.register(name, self.redeliver)
                    changed = True
            templates = tuple(
                Template(one, self.dead, self.registry)
                for _, one in sorted(self._live.items())
                if one.pattern is not None and not one.source.paused
            )
            if changed or len(templates) != len(self.templates):
                self.templates = templates
                for tell in self.on_templates:
                    tell(templates)

    def _made(self, source: Source) -> Live:
        try:
            return Live(source, connector_of(source, self.secrets, Remembered(self.storage, source.name)))
        except InputRefused as wrong:
            return Live(source, None, wrong)

    def run(self, name: str) -> Run | None:
        """Run a source now, unless it is running, here or in another process of this machine; how it fares then."""
        live = self._live.get(name)
        if live is None:
            return None
        with self._lock:
            if name in self._running:
                return None
            self._running.add(name)
        alone = FileLead(self.storage.folder / LOCKS / name)
        try:
            if not alone.take():
                return None
            return run(Ground(self.storage, self.door, self.dead, self.reach, self.now_us), live)
        except Ending:
            return None
        finally:
            alone.release()
            with self._lock:
                self._running.discard(name)

    def redeliver(self, letter: Letter) -> None:
        """Deliver a dead letter the way that it came, by the mapping of now. Raises InputRefused if it is still bad, TryAgain."""
        check_sender(letter)
        live = self._live.get(letter.source)
        if live is None:
            raise UnreadablePayload.because("该来源已不存在。", "The source is gone.", "source")
        found = live.again(letter)
        own_only(self.registry, letter.sender, {one.entity for one in found.readings})
        taken, refused = deliver(self.door, live.source, found.taken)
        bad = [*found.bad, *refused]
        if bad and not taken:
            raise UnreadablePayload.because(bad[0].why.zh, bad[0].why.en, "row")
        if bad:
            with self.storage.writing() as connection:
                self.dead.add(connection, letters_of(letter.source, bad, letter.arrived_us, sender=letter.sender))

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self.reload(at_all_events=False)
                self._write_counts()
                if self._lead.held() or self._lead.take():
                    self._begin_due()
            except (YuzhangError, OSError) as error:  # the database is busy or full: the next second may be better
                log.warning("sources: %s", error)
            except Exception:  # the edge of the thread: sources wait, and the log says why
                log.exception("sources")
            self._woken.wait(LOOK_S)
            self._woken.clear()

    def _begin_due(self) -> None:
        with self.storage.reading() as connection:
            runs = store.runs(connection)
        for name, live in list(self._live.items()):
            with self._lock:
                waits = name in self._waiting or name in self._running
            if not waits and self._pool is not None and self._is_due(live, runs.get(name, Run(name))):
                with self._lock:
                    self._waiting.add(name)
                self._pool.submit(self._one, name)

    def _is_due(self, live: Live, fares: Run) -> bool:
        return live.poller is not None and not live.source.paused and fares.next_at <= self.now_us()

    def _one(self, name: str) -> None:
        more = False
        try:
            if not self._ending.is_set() and self._is_due_still(name):
                fares = self.run(name)
                more = fares is not None and fares.next_at <= self.now_us()
        except Exception:  # the edge of the thread
            log.exception("source %s", name)
            with self.storage.writing() as connection:
                store.note(connection, name, next_at=self.now_us() + 60_000_000)
        finally:
            with self._lock:
                self._waiting.discard(name)
            if more:
                self.wake()

    def _is_due_still(self, name: str) -> bool:
        """It may have waited for long, and have been run, paused or removed by somebody meanwhile."""
        live = self._live.get(name)
        with self.storage.reading() as connection:
            return live is not None and self._is_due(live, store.run(connection, name))

    def _write_counts(self) -> None:
        found = [(name, counts) for name, live in self._live.items() if (counts := live.counted()) is not None]
        if found:
            with self.storage.writing() as connection:
                for name, one in found:
                    store.count(connection, name, one.taken, one.refused, one.gaps, one.at_us)
