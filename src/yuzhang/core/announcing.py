"""What just happened, told to whoever listens in this process: a screen that is open, a notification on its way.

Nothing is kept: who was away asks for the present state. A listener that falls behind is told so and asks anew.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from threading import Lock
from typing import Any

MOST_WAITING = 1_000
"""Of one listener; what comes beyond is left out, and the listener told to look anew."""
BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Announcement:
    """What happened, of a kind: `event`, `case`, `device`, `value`; or `behind` for a listener that missed some."""

    kind: str
    body: Mapping[str, Any]


class _Listener:
    """One who listens, with what waits for them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.waiting: deque[Announcement] = deque()
        self.behind = False
        self.news = asyncio.Event()


class Announcements:
    """The place of one application where rooms tell and screens listen. May be told by any thread."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()
        self._lock = Lock()

    def tell(self, kind: str, body: Mapping[str, Any]) -> None:
        """Tell everybody who listens now. Never waits."""
        said = Announcement(kind, body)
        with self._lock:
            for one in self._listeners:
                if len(one.waiting) >= MOST_WAITING:
                    one.behind = True
                else:
                    one.waiting.append(said)
                if not one.loop.is_closed():
                    one.loop.call_soon_threadsafe(one.news.set)

    async def listen(self) -> AsyncIterator[Announcement]:
        """What is told from now on, in order."""
        async with aclosing(self.together()) as told:
            async for some in told:
                for said in some:
                    yield said

    async def together(self) -> AsyncGenerator[list[Announcement], None]:
        """The same, all that was told meanwhile at once."""
        own = _Listener(asyncio.get_running_loop())
        with self._lock:
            self._listeners.add(own)
        try:
            while True:
                await own.news.wait()
                own.news.clear()
                with self._lock:
                    some, behind = list(own.waiting), own.behind
                    own.waiting.clear()
                    own.behind = False
                if behind:
                    some.append(Announcement(BEHIND, {}))
                yield some
        finally:
            with self._lock:
                self._listeners.discard(own)
