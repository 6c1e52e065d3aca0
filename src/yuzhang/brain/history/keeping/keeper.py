"""Tidies while the server runs, in the process that records: merges every some seconds, lets go what is due every hour."""

import logging
import threading
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

import duckdb

from yuzhang.brain.history.keeping.actions import TIDYING, alone, tidy
from yuzhang.brain.history.keeping.errors import TidyingElsewhere
from yuzhang.brain.history.keeping.merging import merge
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import YuzhangError

if TYPE_CHECKING:
    from yuzhang.brain.history.room import History

MERGE_S = 15.0
TIDY_S = 3600.0
FIRST_S = 60.0
"""After its start the server has other things to do."""
log = logging.getLogger(__name__)


class Keeper:
    """A thread of its own. `start` and `stop` belong to the process that serves."""

    def __init__(self, history: "History") -> None:
        self._history = history
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._seen = -1

    def start(self) -> None:
        """Begin."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="history-keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; a merge that has begun is finished."""
        if self._thread is not None:
            self._ending.set()
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        tidy_at = monotonic() + FIRST_S
        while not self._ending.wait(MERGE_S):
            if self._history.recorder.place < 0:  # another process records, and tidies
                continue
            try:
                if monotonic() >= tidy_at:
                    tidy(self._history, OPERATOR)
                    tidy_at = monotonic() + TIDY_S
                else:
                    self._merge()
            except TidyingElsewhere:
                continue
            except (YuzhangError, OSError, duckdb.Error) as error:  # nothing is lost by it; the next time may be better
                log.warning("history could not be tidied, and is tried again: %s", error)

    def _merge(self) -> None:
        snapshot = self._history.snapshot()
        if snapshot != self._seen:
            with alone(self._history.broker.lead(TIDYING), 0):
                merge(self._history.storage, datetime.now(UTC))
            self._seen = self._history.snapshot()
