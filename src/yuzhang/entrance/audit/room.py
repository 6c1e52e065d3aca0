"""The audit of one data folder: takes notes from all threads, and makes them durable records in groups.

While it is started, a thread of its own writes; what waits is written in one transaction, so that a hundred who wait at once wait for one disk
access. Before and after, whoever notes writes themselves. What cannot be kept is not begun: the future of such a note raises.
"""

import logging
import time
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, RLock, Thread

from yuzhang.core.access import Outcome, Party, Policy
from yuzhang.core.errors import YuzhangError
from yuzhang.core.language import Title
from yuzhang.core.secrets import Secrets
from yuzhang.entrance.audit.chain.signing import PublicKey
from yuzhang.entrance.audit.counting import Counting, noted
from yuzhang.entrance.audit.errors import AuditBusy
from yuzhang.entrance.audit.model import EVERY, EVERY_S, Note, Statement
from yuzhang.entrance.audit.store.writing import AuditFile, refusal

MOST_AT_ONCE = 1_000
MOST_WAITING = 20_000
TICK_S = 1.0
TURN_S, REST_S = 0.05, 0.002
Waiting = tuple[Note, "Future[None]"]
log = logging.getLogger(__name__)


class Auditor:
    """Keeps records. The file is made with the first one."""

    def __init__(self, folder: Path, secrets: Secrets) -> None:
        self.file = AuditFile(folder, secrets)
        self.secrets = secrets
        self.lock = RLock()
        """Whoever uses `file` holds it."""
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._counting = Counting()
        self._unkept: list[Note] = []
        self._gate = Lock()
        self._thread: Thread | None = None
        self._stopped = False
        self._unsigned = 0
        self._since = 0.0

    @property
    def path(self) -> Path:
        """Where the records are."""
        return self.file.path

    def note(self, caller: Party, policy: Policy, outcome: Outcome, subject: str) -> Future[None] | None:
        """Keep what `caller` did; what is returned is done when the record is durable, None where it is only counted.

        The future raises DiskFull or AuditBusy if it cannot be kept.
        """
        if outcome == "read" and policy.reads and not policy.personal:
            over = self._counting.read(caller, policy)
            if self._stopped or (over and self._thread is None):
                self._count_out()
            return None
        if outcome == "refused" and caller.kind == "stranger" and self._counting.refusal(caller, policy, subject):
            if self._stopped:
                self._count_out()
            return None
        return self._keep(noted(caller, policy, outcome, subject, time.time_ns() // 1_000))

    def _keep(self, note: Note) -> Future[None]:
        waiting: Future[None] = Future()
        waiting.set_running_or_notify_cancel()  # whoever no longer waits does not take the record back
        with self._gate:
            if self._thread is not None:
                if self._queue.qsize() >= MOST_WAITING:
                    waiting.set_exception(_crowded())
                else:
                    self._queue.put((note, waiting))
                return waiting
        self._write([(note, waiting)])
        self._sign_if_due()
        return waiting

    def start(self) -> None:
        """Write in a thread from now on."""
        with self._gate:
            if self._thread is None:
                self._stopped = False
                self._thread = Thread(target=self._run, name="audit", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Write and sign what waits. Whoever notes afterwards writes at once."""
        with self._gate:
            thread, self._thread, self._stopped = self._thread, None, True
            self._queue.put(None)
        if thread is not None:
            thread.join()
        else:
            self._queue.get()
        self._count_out()
        self.sign()
        with self.lock:
            self.file.close()

    def flush(self) -> None:
        """Write what was counted up to now."""
        self._count_out()

    def sign(self, least: int = 1) -> Statement | None:
        """A checkpoint on the newest record, if `least` have none; None if there is nothing to sign, or it cannot be done now."""
        self._since = 0.0
        if not self.path.exists():
            return None
        try:
            with self.lock:
                return self.file.sign(time.time_ns() // 1_000, least=least)
        except YuzhangError as error:
            log.warning("the audit's checkpoint: %s", error)
            return None

    def signing_key(self) -> PublicKey:
        """The key that it signs with now. Raises DiskFull, AuditBusy."""
        with self.lock:
            return self.file.public

    def index(self) -> None:
        """Have all records in the index of words. Raises DiskFull, AuditBusy."""
        while self.path.exists():
            with self.lock:
                if not self.file.index():
                    return

    def _run(self) -> None:
        ended, rested = False, time.monotonic()
        while not ended:
            batch, ended = self._batch()
            self._write(batch)
            if time.monotonic() - rested > TURN_S and not ended:
                time.sleep(REST_S)  # so that another process that appends has its turn
                rested = time.monotonic()
            if self._counting.over:
                self._count_out()
            self._sign_if_due()

    def _batch(self) -> tuple[list[Waiting], bool]:
        """What waits, at least one unless nothing comes for a while; and whether that was the last."""
        found: list[Waiting] = []
        try:
            one = self._queue.get(timeout=TICK_S)
            while one is not None:
                found.append(one)
                if len(found) >= MOST_AT_ONCE:
                    return found, False
                one = self._queue.get_nowait()
        except Empty:
            return found, False
        return found, True

    def _sign_if_due(self) -> None:
        if self._unsigned >= EVERY or (self._since and time.monotonic() - self._since >= EVERY_S):
            self._unsigned = 0
            self.sign()
            self._index_quietly()

    def _write(self, batch: list[Waiting]) -> None:
        if not batch:
            return
        try:
            self._append([note for note, _ in batch])
        except Exception as err:  # noqa: BLE001  # whoever waits hears of it, whatever it is; the thread has to live
            log.error("records of the audit cannot be kept: %s", err)
            told = err if isinstance(err, YuzhangError) else refusal(err)
            for _, waiting in batch:
                waiting.set_exception(told)
            return
        for _, waiting in batch:
            waiting.set_result(None)

    def _append(self, notes: list[Note]) -> None:
        with self.lock:
            self.file.append(notes)
        self._unsigned += len(notes)
        self._since = self._since or time.monotonic()

    def _count_out(self) -> None:
        with self.lock:
            notes = self._unkept + self._counting.take()
            self._unkept = []
            try:
                if notes:
                    self._append(notes)
            except Exception as err:  # noqa: BLE001  # nobody waits for it; it is tried again with the next
                log.error("counts of the audit cannot be kept yet: %s", err)
                self._unkept = notes[:MOST_WAITING]

    def _index_quietly(self) -> None:
        try:
            with self.lock:
                self.file.index()
        except YuzhangError as error:
            log.warning("the audit's index: %s", error)


def _crowded() -> AuditBusy:
    return AuditBusy(
        Title("等待写入的审计记录过多，因此没有执行。", "Too many records wait to be kept, so nothing was done."),
        fix=Title("请稍候再试。", "Try again in a moment."),
    )
