"""What was found lately, kept up to a bound."""

from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """The newest values by key: at least the last `most` of them, at most twice as many.

    Two generations instead of a list of uses: looking up needs no lock and changes nothing. Safe for several threads, which may at worst
    find the same value twice.
    """

    __slots__ = ("_most", "_new", "_old")

    def __init__(self, most: int) -> None:
        self._most = most
        self._new: dict[Hashable, V] = {}
        self._old: dict[Hashable, V] = {}

    def get(self, key: Hashable) -> V | None:
        """The value, None if it is not kept.

        >>> kept = Recent[str](1)
        >>> kept.keep("a", "first"), kept.keep("b", "second"), kept.keep("c", "third"), kept.get("a"), kept.get("b")
        ('first', 'second', 'third', None, 'second')
        """
        found = self._new.get(key)
        if found is None and self._old:
            found = self._old.get(key)
            if found is not None:
                self.keep(key, found)
        return found

    def keep(self, key: Hashable, value: V) -> V:
        """Keep the value and return it."""
        if len(self._new) >= self._most:
            self._old, self._new = self._new, {}
        self._new[key] = value
        return value

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._new.keys() | self._old.keys())
