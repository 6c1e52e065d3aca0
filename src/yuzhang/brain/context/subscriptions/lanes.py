"""Places for attempts that are under way at the same time: endpoints that are away or slow do not take those of the others."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar
from urllib.parse import urlsplit

R = TypeVar("R")
SLOW_S = 1.0
"""Who needs longer than this for an answer, or gives none, waits among the slow ones from then on."""
MOST_KNOWN = 10_000


class Lanes:
    """Of `at_once` places a quarter is for endpoints whose last answer was slow or did not come, the rest for all others."""

    def __init__(self, at_once: int) -> None:
        slow = max(1, at_once // 4)
        self._quick = asyncio.Semaphore(max(1, at_once - slow))
        self._slow = asyncio.Semaphore(slow)
        self._known_slow: set[str] = set()

    async def take(self, uri: str, attempt: Callable[[], Awaitable[R | None]]) -> R | None:
        """What `attempt` at `uri` gives once there is a place for it: None is an answer, everything else that none came."""
        host = urlsplit(uri).netloc
        if host not in self._known_slow:
            async with self._quick:
                # What was learned while this one waited counts already.
                if host not in self._known_slow:
                    return await self._measured(host, attempt)
        async with self._slow:
            return await self._measured(host, attempt)

    async def _measured(self, host: str, attempt: Callable[[], Awaitable[R | None]]) -> R | None:
        began = monotonic()
        found = await attempt()
        if found is None and monotonic() - began < SLOW_S:
            self._known_slow.discard(host)
        else:
            if len(self._known_slow) >= MOST_KNOWN:  # it is only a hint: to forget it costs one slow attempt each
                self._known_slow.clear()
            self._known_slow.add(host)
        return found
