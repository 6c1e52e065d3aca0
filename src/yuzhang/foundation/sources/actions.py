"""Who may bring observations, and how many batches may be on their way at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.foundation.sources.errors import TooManySending
from yuzhang.foundation.sources.model import Door

MAX_BYTES_AT_ONCE = 256 * 2**20
"""Of bodies that are received or read at the same moment."""


@action("operator")
def admitted(door: Door, caller: Party, /) -> Door:
    """The door, for who may send; asked before anything of a body is read."""
    return door


class Room:
    """Room in memory for bodies on their way in."""

    def __init__(self, limit: int = MAX_BYTES_AT_ONCE) -> None:
        self._limit = limit
        self._taken = 0
        self._lock = Lock()

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Room for one body of at most `size` bytes. Raises TooManySending if there is none left."""
        with self._lock:
            if self._taken + size > self._limit and self._taken:
                wait = TooManySending.retry_after_s
                raise TooManySending(
                    Title("同时发送的数据过多，这次没有保存。", "Too many send at once; this was not kept."),
                    fix=Title(f"请在 {wait} 秒后重试。", f"Send it again in {wait} s."),
                )
            self._taken += size
        try:
            yield
        finally:
            with self._lock:
                self._taken -= size
