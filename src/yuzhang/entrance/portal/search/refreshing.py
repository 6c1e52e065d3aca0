"""Keeps the index up to date in the background: asks each source now and then whether its documents may have changed."""

import logging
import time
from collections.abc import Sequence
from threading import Event, Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from yuzhang.core.errors import YuzhangError
from yuzhang.entrance.portal.search.index import Index
from yuzhang.web.searching import Searchable

LOOK_S = 3.0
REST = 30
"""A source that took a second to ask or to read is asked again after so many at the earliest: the index never costs more than a thirtieth."""
log = logging.getLogger(__name__)


class Refreshing:
    """The thread that does it. Where it was never started, whoever searches waits for it instead."""

    def __init__(self, index: Index, sources: Sequence[Searchable]) -> None:
        self._index, self._sources = index, sources
        self._ended = Event()
        self._one = Lock()
        self._thread: Thread | None = None
        self._rests: dict[str, float] = {}
        self._taken: set[str] = set()

    def start(self) -> None:
        """Begin."""
        self._thread = Thread(target=self._run, name="search index", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; a source that is being read is read to its end."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def complete(self) -> bool:
        """Whether every source was taken at least once; makes it so where no thread does."""
        if self._thread is None:
            self.refresh()
        missing = [
            one.name for one in self._sources if one.name not in self._taken and self._index.state(one.name) is None
        ]
        return not missing

    def refresh(self) -> None:
        """Take in what changed now. Raises what a source or the index raises."""
        with self._one:
            for one in self._sources:
                self._take(one)

    def _take(self, source: Searchable) -> None:
        began = time.monotonic()
        try:
            state = source.state()  # asked first: what changes meanwhile is seen the next time
            if self._index.state(source.name) != state:
                self._index.take(source.name, state, source.documents())
        finally:  # what cannot be read takes its time too
            self._rests[source.name] = time.monotonic() + REST * (time.monotonic() - began)
        self._taken.add(source.name)

    def _run(self) -> None:
        while not self._ended.is_set():
            for one in self._sources:
                if self._ended.is_set():
                    return
                if time.monotonic() < self._rests.get(one.name, 0):
                    continue
                try:
                    with self._one:
                        self._take(one)
                except (YuzhangError, SQLAlchemyError) as error:
                    log.warning("search: %s is not read now: %s", one.name, type(error).__name__)
            self._ended.wait(LOOK_S)
