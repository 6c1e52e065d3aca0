"""What a check says: of each part how much was looked at, and what is wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from yuzhang.core.language import Title

Told = Callable[[int], None]
"""Hears of things looked at."""
MOST_TOLD = 20


@dataclass(slots=True)
class Part:
    """One part. `problems` make the data unfit; `notes` are good to know, and no fault."""

    name: str
    title: Title
    looked: int = 0
    problems: list[Title] = field(default_factory=list)
    notes: list[Title] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.problems

    def wrong(self, chinese: str, english: str) -> None:
        """Something is wrong; beyond MOST_TOLD it is only counted."""
        if len(self.problems) < MOST_TOLD:
            self.problems.append(Title(chinese, english))

    def note(self, chinese: str, english: str) -> None:
        """Something is good to know."""
        self.notes.append(Title(chinese, english))
