"""What a dead letter is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from yuzhang.core.language import Title
from yuzhang.core.moments import moment

LONGEST_PAYLOAD = 2**20
LONGEST_PLACE = 500


@dataclass(frozen=True, slots=True)
class Lost:
    """A message that could not be read, before it is a letter. `place`: where it came in, as a topic or a row; `arrived_us`: when;
    `sender`: the device that sent it, empty for whoever is none."""

    source: str
    place: str
    payload: bytes
    code: str
    detail: Title
    arrived_us: int
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter. `payload` is empty in lists; `whole`: nothing of it was cut off; `tried`: how often it was replayed in vain."""

    number: int
    source: str
    place: str
    payload: bytes
    size: int
    whole: bool
    code: str
    detail: Title
    arrived_us: int
    tried: int
    sender: str = ""

    @property
    def arrived(self) -> datetime:
        """When it came."""
        return moment(self.arrived_us)

    @property
    def is_text(self) -> bool:
        """Whether the payload can be read as text."""
        try:
            text = self.payload.decode()
        except UnicodeDecodeError:
            return False
        return all(one.isprintable() or one in "\r\n\t" for one in text)

    @property
    def shown(self) -> str:
        """The payload as text, or as hexadecimal digits, sixteen bytes a line.

        >>> Letter(1, "a", "b", bytes([0, 255]), 2, True, "c", Title("", ""), 0, 0).shown
        '00 ff'
        """
        if self.is_text:
            return self.payload.decode()
        return "\n".join(self.payload[at : at + 16].hex(" ") for at in range(0, len(self.payload), 16))


@dataclass(frozen=True, slots=True)
class Kept:
    """How many letters of a source lie there, in bytes too; how many ever came, and how many gave way to newer ones."""

    source: str
    letters: int
    bytes: int
    came: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of letters that were delivered again: taken, or still bad."""

    taken: int
    bad: int


Redeliver = Callable[[Letter], None]
"""Delivers a letter the way that it came. Raises InputRefused if it is still bad, TryAgain if nothing can be taken now."""
