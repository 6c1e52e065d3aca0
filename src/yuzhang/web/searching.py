"""What a room offers to the search over everything: documents, what one must be allowed to find them, and a mark of their state."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from yuzhang.core.language import Title


@dataclass(frozen=True, slots=True)
class Need:
    """An action that one must be allowed to do, and on what: without `kind` and all else, in its room at all."""

    action: str
    kind: str = ""
    unit: str = ""
    region: str = ""
    level: int = 1
    personal: bool = False


Scope = tuple[tuple[Need, ...], ...]
"""Who finds a document: whoever has one of each of these."""
EVERYBODY: Scope = ()


def having(action: str) -> Scope:
    """Whoever may do an action."""
    return ((Need(action),),)


@dataclass(frozen=True, slots=True)
class Document:
    """Something that can be found. `key` is its own within its source; `text` is what is looked through beside the title."""

    key: str
    kind: str
    title: Title
    text: str
    address: str
    scope: Scope = EVERYBODY


class Searchable(Protocol):
    """A room's documents."""

    @property
    def name(self) -> str:
        """The source's own name."""
        ...

    @property
    def kinds(self) -> tuple[tuple[str, Title], ...]:
        """What each kind of its documents is called, in the order of the page."""
        ...

    def state(self) -> str:
        """Changes whenever the documents may have changed; cheap to ask."""
        ...

    def documents(self) -> Iterable[Document]:
        """All of them."""
        ...
