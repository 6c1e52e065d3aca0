"""What every way in makes of what it was sent, and the door that takes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from yuzhang.core.access import Party
from yuzhang.foundation.log.model import Columns, Key

Resolve = Callable[[str, Sequence[int]], Mapping[int, Key]]
"""The series of a tenant by their numbers in history; unknown ones are left out."""


class Acceptor(Protocol):
    """The door to the log: checks a batch, makes it durable, and then returns how many rows it has."""

    async def observe(
        self, caller: Party, tenant: str, keys: Sequence[Key], columns: Columns, types: Mapping[str, str]
    ) -> int:
        """Take a batch whole, or raise and keep nothing of it."""
        ...

    def observe_now(
        self, caller: Party, tenant: str, keys: Sequence[Key], columns: Columns, types: Mapping[str, str]
    ) -> int:
        """The same for threads and terminals."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Observations by columns, and the types of entities as far as they were told."""

    keys: Sequence[Key]
    columns: Columns
    types: Mapping[str, str] = field(default_factory=dict)

    def typed(self, type_: str) -> "Batch":
        """The same, with `type_` for the entities of which no type was told."""
        if not type_:
            return self
        return Batch(
            self.keys, self.columns, dict.fromkeys((key.entity for key in self.keys), type_) | dict(self.types)
        )


@dataclass(frozen=True, slots=True)
class Door:
    """Where a way in delivers: the acceptor, and who knows the numbers of series (none does without history)."""

    acceptor: Acceptor
    resolve: Resolve | None = None
