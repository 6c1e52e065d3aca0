"""The log as readers see it, whichever it is: in the database of the present, or a stream on the city's bus."""

from threading import Event
from typing import Protocol

from yuzhang.foundation.log.model import Entry


class Log(Protocol):
    """Positions grow; a reader keeps how far it has come in the table `log_place`, in its own transaction."""

    def grew(self) -> None:
        """Wake the readers of this process."""

    def wait(self, after: int, seconds: float, ending: Event | None = None) -> bool:
        """Wait until there is a record after position `after`, `seconds` at most or until `grew`; whether there is one.

        `ending`: set before the `grew` that is to end the waiting, which may come before it has begun.
        """

    def read(self, after: int, most_bytes: int) -> tuple[list[Entry], int]:
        """Records after position `after` in order, about `most_bytes` of them but at least one, and the position read up to."""

    def place(self, reader: str) -> int:
        """How far `reader` has come; 0 at its beginning."""

    def head(self) -> int:
        """The newest position of all that was accepted before."""

    def trim(self) -> None:
        """Forget what every reader is past."""

    def hold(self, name: str, position: int, seconds: float) -> None:
        """Keep what comes after `position` for `seconds`, whoever has filed it."""

    def release(self, name: str) -> None:
        """End a `hold`."""

    def waiting_bytes(self) -> int:
        """How much is not filed yet."""

    def check_room(self) -> None:
        """Raises LogBusy if more waits than may."""
