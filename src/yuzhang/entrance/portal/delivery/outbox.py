"""The outbox: a thread that sends what is due, tries again what did not arrive, later each time, and gives up after a day.

A try is noted before it is made, so that of several processes only one makes it; one that dies leaves it to be made again:
a message may come twice, never not at all.
"""

import logging
import time
from collections.abc import Callable
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError

from yuzhang.core.errors import YuzhangError
from yuzhang.core.storage import Storage
from yuzhang.entrance.portal import store
from yuzhang.entrance.portal.delivery.sending import Undelivered
from yuzhang.entrance.portal.model import Waiting

FIRST_WAIT_S, LONGEST_WAIT_S = 15.0, 3_600.0
MOST_TRIES = 32
"""With these waits that is a little more than a day."""
SET_ASIDE_S = 120.0
AT_ONCE = 20
LOOK_S = 30.0
log = logging.getLogger(__name__)


def wait_s(tries: int) -> float:
    """Seconds until the next try, after so many.

    >>> [wait_s(1), wait_s(2), wait_s(20)]
    [15.0, 30.0, 3600.0]
    """
    return float(min(FIRST_WAIT_S * 2 ** min(tries - 1, 20), LONGEST_WAIT_S))


class Outbox:
    """Sends with `send`, which raises Undelivered."""

    def __init__(self, storage: Storage, send: Callable[[Waiting], None], now: Callable[[], float] = time.time) -> None:
        self._storage, self._send, self._now = storage, send, now
        self._wake, self._ended = Event(), Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the message that is being sent."""
        self._ended.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def wake(self) -> None:
        """There is something new."""
        self._wake.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._wake.clear()
            due = None
            try:
                while self.send_due() and not self._ended.is_set():
                    pass
                with self._storage.reading() as connection:
                    due = store.waiting(connection)[2]
            except (YuzhangError, SQLAlchemyError) as error:
                log.warning("outbox: %s; it goes on", type(error).__name__)
            self._wake.wait(LOOK_S if due is None else min(LOOK_S, max(0.1, due - self._now())))

    def send_due(self) -> int:
        """Try once what is due now; how many tries were made."""
        with self._storage.reading() as connection:
            due = store.waiting(connection)[2]
        if due is None or due > self._now():
            return 0
        with self._storage.writing() as connection:
            found = store.take_due(connection, self._now(), self._now() + SET_ASIDE_S, AT_ONCE)
        for at, one in enumerate(found):
            if self._ended.is_set():
                return at
            self._try(one)
        return len(found)

    def _try(self, one: Waiting) -> None:
        try:
            self._send(one)
        except Undelivered as problem:
            over = problem.for_good or one.tries >= MOST_TRIES
            log.warning(
                "notification %d by %s, try %d: %s%s",
                one.notification.id,
                one.channel.value,
                one.tries,
                problem,
                "; given up" if over else "",
            )
            with self._storage.writing() as connection:
                if over:
                    store.give_up(connection, one.id)
                else:
                    store.postpone(connection, one.id, self._now() + wait_s(one.tries))
            return
        with self._storage.writing() as connection:
            store.sent(connection, one.id)
