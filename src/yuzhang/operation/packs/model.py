"""A pack as it is shown: what it brings, and what is wrong with it."""

from dataclasses import dataclass

from yuzhang.core.language import Title
from yuzhang.core.packs import Fault, Pack


@dataclass(frozen=True, slots=True)
class Brought:
    """One kind of thing that a pack brings, with the names of those things."""

    kind: str
    title: Title
    names: tuple[Title, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A pack that was looked through. `built_in`: it came with the program."""

    pack: Pack
    brought: tuple[Brought, ...]
    faults: tuple[Fault, ...]
    built_in: bool = True

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.faults
