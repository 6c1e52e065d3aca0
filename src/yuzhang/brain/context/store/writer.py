"""The one thread that writes: it takes what waits, does all of it in one durable transaction, and only then answers.

While one transaction is on its way to the disk, the next requests gather, so that a hundred writers cost one `fsync` (group
commit). Each work stands for itself: if it fails it is rolled back to its savepoint, the others are kept.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import time_ns
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection

from yuzhang.brain.context.model import Change
from yuzhang.brain.context.store.engines import Database, explained
from yuzhang.brain.context.store.numbering import Numbering
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.core.errors import TryAgain
from yuzhang.core.language import Title
from yuzhang.core.storage import DiskFull

R = TypeVar("R")
Work = Callable[[Transaction], Any]
Listener = Callable[[Transaction, list[Change]], None]
AT_ONCE = 256
_Result = tuple[Any, BaseException | None]


class _Asked(NamedTuple):
    """One work that waits; `finish` is called with what came of it, in `loop` if there is one."""

    work: Work
    finish: Callable[[Any, BaseException | None], None]
    loop: asyncio.AbstractEventLoop | None


class Writer:
    """Durable writes in order. `start` before the first one; `stop` waits for what was taken."""

    def __init__(self, database: Database, numbering: Numbering) -> None:
        self._database = database
        self._numbering = numbering
        self._waiting: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._listeners: list[Listener] = []
        self._committed: list[Callable[[], None]] = []
        self._learners: list[Callable[[Transaction], None]] = [numbering.learn_declared]
        self._thread: threading.Thread | None = None
        self._last = 0

    def on_change(self, listener: Listener) -> None:
        """Call `listener` inside the transaction of every change, after it."""
        self._listeners.append(listener)

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` in the writer's thread after each transaction that is durable, before its requests are answered."""
        self._committed.append(listener)

    def on_begin(self, learner: Callable[[Transaction], None]) -> None:
        """Call `learner` before the first work of each transaction: it reads what another process may have changed."""
        self._learners.append(learner)

    def start(self) -> None:
        """Begin to take work."""
        self._thread = threading.Thread(target=self._run, name="context-writer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what was taken and end."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None

    def now(self, work: Callable[[Transaction], R]) -> R:
        """Do `work` and wait: for terminals and tests, not for an event loop."""
        done = threading.Event()
        kept: list[Any] = [None, None]

        def finish(result: Any, error: BaseException | None) -> None:
            kept[:] = [result, error]
            done.set()

        self._waiting.put(_Asked(work, finish, None))
        done.wait()
        if kept[1] is not None:
            raise kept[1]
        found: R = kept[0]
        return found

    async def write(self, work: Callable[[Transaction], R]) -> R:
        """Do `work` in the next transaction; returns when it is durable. Raises what `work` raises, then nothing was changed."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()

        self._waiting.put(_Asked(work, partial(_settle, future), loop))
        return await future

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch = [first]
            last = False
            while len(batch) < AT_ONCE:
                try:
                    one = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if one is None:
                    last = True
                    break
                batch.append(one)
            self._do(batch)
            if last:
                return

    def _do(self, batch: "list[_Asked]") -> None:
        results: list[_Result] = []
        committing = False
        try:
            with self._database.engine.connect() as connection:
                try:
                    self._database.begin(connection)
                    self._all(connection, [asked.work for asked in batch], results)
                    committing = True
                    connection.commit()
                    self._numbering.keep()
                    for listener in self._committed:
                        listener()
                except BaseException:
                    self._numbering.forget()
                    connection.rollback()
                    raise
        except BaseException as err:  # noqa: BLE001  # every waiting request gets its answer, whatever happened
            error = _unfinished(err, committing=committing)
            results = [(None, error)] * len(batch)
        _answer(batch, results)

    def _all(self, connection: Connection, works: list[Work], results: list[_Result]) -> None:
        single = len(works) == 1
        first = True
        for work in works:
            # Two writes in the same microsecond are still told apart by their times.
            self._last = max(time_ns() // 1000, self._last + 1)
            transaction = Transaction(self._database, connection, self._numbering, self._last)
            if first:
                for learn in self._learners:
                    learn(transaction)
                first = False
            if single:
                results.append((self._one(transaction, work), None))
                return
            transaction.all("SAVEPOINT work")
            try:
                results.append((self._one(transaction, work), None))
                transaction.all("RELEASE SAVEPOINT work")
            except Exception as err:  # it belongs to the one who asked, unless the database itself gave up
                if explained(err) is not None:
                    raise
                transaction.all("ROLLBACK TO SAVEPOINT work")
                transaction.all("RELEASE SAVEPOINT work")
                self._numbering.forget()
                self._numbering.learn_declared(transaction)
                results.append((None, err))

    def _one(self, transaction: Transaction, work: Work) -> Any:
        result = work(transaction)
        if transaction.changes:
            for listener in self._listeners:
                listener(transaction, transaction.changes)
        return result


def _answer(batch: list[_Asked], results: list[_Result]) -> None:
    """Tell all who asked. An event loop is woken once, however many wait in it."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[_Asked, _Result]]] = {}
    for asked, result in zip(batch, results, strict=True):
        if asked.loop is None:
            asked.finish(*result)
        else:
            loops.setdefault(asked.loop, []).append((asked, result))
    for loop, some in loops.items():
        with suppress(RuntimeError):  # a loop that was closed meanwhile has nobody left who waits
            loop.call_soon_threadsafe(_finish, some)


def _finish(some: list[tuple[_Asked, _Result]]) -> None:
    for asked, result in some:
        asked.finish(*result)


def _settle(future: "asyncio.Future[Any]", result: Any, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)


def _unfinished(error: BaseException, *, committing: bool) -> BaseException:
    reason = explained(error)
    if reason is None or isinstance(reason, DiskFull):
        return reason or error
    if committing:  # the answer of a server that went away at this moment was lost
        said = Title(
            "数据库在提交时断开，写入可能已经完成。", "The database went away at the commit; the write may be done."
        )
        fix = Title("请先查看，再决定是否重试。", "Look before you try again.")
    else:
        said = Title("写入没有完成，什么都没有改变。", "The write was not completed; nothing was changed.")
        fix = Title("请稍候再试。", "Wait a moment and try again.")
    found = TryAgain(said, fix=fix)
    found.__cause__ = error
    return found
