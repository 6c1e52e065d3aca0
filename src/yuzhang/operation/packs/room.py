"""The packs of one application, as the page and the API show them: looked through again when a file of theirs changed."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from yuzhang.core.packs.finding import BUILT_IN, OWN
from yuzhang.core.packs.finding import own_folders as of_server
from yuzhang.core.settings import default_data
from yuzhang.operation.packs.checking import all_checked
from yuzhang.operation.packs.model import Checked


def own_folders(given: Sequence[Path] | None = None) -> tuple[Path, ...]:
    """The folders with packs of one's own: those given, else those that a server over the data folder reads (`core.packs.own_folders`), and
    `packs` in the current one, where they are there."""
    return tuple(given or ()) or tuple(one for one in (*of_server(default_data()), Path(OWN)) if one.is_dir())


class Packs:
    """May be asked by any thread. `extra`: folders with a city's own packs."""

    def __init__(self, extra: Sequence[Path] = ()) -> None:
        self.extra = tuple(extra)
        self._lock = Lock()
        self._seen: frozenset[tuple[str, int, int]] = frozenset()
        self._checked: list[Checked] = []

    def all(self) -> list[Checked]:
        """All packs with what is wrong with them."""
        with self._lock:
            seen = self._state()
            if seen != self._seen:
                self._checked, self._seen = all_checked(self.extra), seen
            return self._checked

    def _state(self) -> frozenset[tuple[str, int, int]]:
        files = (path for root in (BUILT_IN, *self.extra) for path in root.glob("*/*/**/*") if path.is_file())
        return frozenset(
            (str(path), found.st_mtime_ns, found.st_size)
            for path in files
            if "__pycache__" not in path.parts
            for found in [path.stat()]
        )
