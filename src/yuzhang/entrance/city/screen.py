"""What open screens are told: numbered, the last of it kept, so that one that was away for a moment misses nothing."""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from yuzhang.core.announcing import BEHIND, Announcement, Announcements
from yuzhang.core.language import Title
from yuzhang.entrance.city.errors import TooManyScreens

KEPT = 500
MOST_SCREENS = 400
MOST_OF_ONE = 20
"""Screens of one party, so that one page that is opened again and again does not take everybody's."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message with its id."""

    id: str
    announcement: Announcement


class Screens:
    """The place where the room tells and screens listen. May be told by any thread."""

    def __init__(self) -> None:
        self._mark = secrets.token_hex(4)
        self._last = 0
        self._kept: deque[tuple[int, Announcement]] = deque(maxlen=KEPT)
        self._open: dict[str, int] = {}
        self._lock = Lock()
        self._announcements = Announcements()

    def tell(self, kind: str, body: Mapping[str, Any]) -> None:
        """Tell all screens."""
        with self._lock:
            self._last += 1
            said = Announcement(kind, {**body, "n": self._last})
            self._kept.append((self._last, said))
            self._announcements.tell(said.kind, said.body)

    def check(self, party: str) -> None:
        """Return if there is room for one more screen of a party. Raises TooManyScreens."""
        with self._lock:
            full = sum(self._open.values()) >= MOST_SCREENS or self._open.get(party, 0) >= MOST_OF_ONE
        if full:
            raise TooManyScreens(
                Title("同时打开的大屏已达上限。", "No more screens can be open at once."),
                fix=Title("请关闭一些页面后重试。", "Close some pages and try again."),
            )

    @contextmanager
    def counted(self, party: str) -> Iterator[None]:
        """Count a screen of a party for as long as it is open."""
        with self._lock:
            self._open[party] = self._open.get(party, 0) + 1
        try:
            yield
        finally:
            with self._lock:
                self._open[party] -= 1
                if not self._open[party]:
                    del self._open[party]

    @property
    def open(self) -> int:
        """How many there are."""
        with self._lock:
            return sum(self._open.values())

    async def listen(self, after: str = "") -> AsyncIterator[Said]:
        """What is told from now on; first what was told since the message with the id `after`, or `behind` if nobody knows any more."""
        live = self._announcements.listen()
        waiting = asyncio.ensure_future(anext(live))
        await asyncio.sleep(0)  # it listens from here on
        last = 0
        try:
            for number, one in self._since(after):
                last = max(last, number)
                yield Said(self._id(number), one)
            while True:
                one = await waiting
                waiting = asyncio.ensure_future(anext(live))
                number = int(one.body.get("n", 0))
                if one.kind == BEHIND or number > last:
                    yield Said(self._id(number or self._last), one)
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            await live.aclose()  # type: ignore[attr-defined]  # it is a generator

    def _since(self, after: str) -> list[tuple[int, Announcement]]:
        if not after:
            return []
        mark, _, number = after.partition("-")
        with self._lock:
            kept, last = list(self._kept), self._last
        seen = int(number) if number.isdecimal() and len(number) < 20 else -1
        oldest = kept[0][0] if kept else last + 1
        if mark != self._mark or not oldest - 1 <= seen <= last:
            return [(last, Announcement(BEHIND, {}))]
        return [one for one in kept if one[0] > seen]

    def _id(self, number: int) -> str:
        return f"{self._mark}-{number}"
