"""A watched folder: whole files of observations that are put there are taken, then moved to `done`, or to `refused` with the reason.

A file counts as whole when two looks find it unchanged; who writes slowly writes under a name that ends in `.part` and renames.
A file that takes the place of one that waits or is being read is taken from its beginning.
After a crash between taking and moving a file is taken again: the same observations are filed once.
"""

import json
import logging
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import InputRefused, TryAgain, YuzhangError
from yuzhang.foundation.sources.formats.kinds import by_name
from yuzhang.foundation.sources.formats.reading import slices
from yuzhang.foundation.sources.model import Door

DONE, REFUSED = "done", "refused"
INBOX = "inbox"
UNFINISHED = (".part", ".tmp")
LOOK_S = 1.0
log = logging.getLogger(__name__)
Look = tuple[int, int, int]
"""Size, time of change and inode of a file, in bytes and nanoseconds: where one differs, it is another file of that name."""


@dataclass(slots=True)
class Taken:
    """How far the file of that look got: rows of the slices that were taken before something went wrong, or at the end."""

    look: Look
    rows: int = 0
    slices: int = 0


class WatchedFolder:
    """Takes what is put into a folder, in a thread of its own; without the folder it waits until there is one."""

    def __init__(self, folder: Path, door: Door) -> None:
        self.folder = folder
        self._door = door
        self._seen: dict[str, Look] = {}
        self._half_taken: dict[str, Taken] = {}
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="watched-folder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the slice that is being taken; the file is taken again at the next start."""
        if self._thread is not None:
            self._ending.set()
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._ending.wait(LOOK_S):
            try:
                self.look()
            except OSError as error:  # the disk of the folder is away: it may come back
                log.warning("the watched folder %s cannot be read: %s", self.folder, error)

    def look(self) -> None:
        """Look once, and take every file that has not changed since the last look. Raises OSError if the folder cannot be read."""
        seen = self._files()
        whole = sorted(name for name, look in seen.items() if self._seen.get(name) == look)
        self._seen = seen
        self._half_taken = {name: taken for name, taken in self._half_taken.items() if name in seen}
        for name in whole:
            if self._ending.is_set():
                return
            self._take(name, seen[name])

    def _files(self) -> dict[str, Look]:
        found: dict[str, Look] = {}
        if not self.folder.is_dir():
            return found
        with os.scandir(self.folder) as entries:
            for one in entries:
                if one.name.startswith(".") or one.name.endswith(UNFINISHED) or not one.is_file(follow_symlinks=False):
                    continue
                try:
                    there = one.stat(follow_symlinks=False)
                except FileNotFoundError:  # taken away between the two calls
                    continue
                found[one.name] = look_of(there)
        return found

    def _take(self, name: str, look: Look) -> None:
        path = self.folder / name
        # A file that had to wait goes on where it was; one that took its place begins anew, and after a start each: that doubles nothing.
        taken = self._half_taken.get(name)
        if taken is None or taken.look != look:
            taken = self._half_taken[name] = Taken(look)
        try:
            whole = self._deliver(path, taken)
        except TryAgain as error:  # it stays, and the next look tries again
            log.info("%s waits: %s", name, error)
            return
        except InputRefused as error:
            self._refuse(path, error, taken)
        except (OSError, YuzhangError) as error:
            log.warning("%s could not be taken: %s", name, error)
            return
        else:
            if not whole:
                return
            if put_away(path, self.folder / DONE, look) is not None:
                log.info("%s: %d observations", name, taken.rows)
        del self._half_taken[name]

    def _deliver(self, path: Path, taken: Taken) -> bool:
        """Whether the file was taken to its end; it is not if the server ends, or another file lies there since the look."""
        form, packing = by_name(path.name)
        with path.open("rb") as file:
            if look_of(os.fstat(file.fileno())) != taken.look:
                return False
            for number, one in enumerate(slices(file, form, packing)):
                if number < taken.slices:
                    continue
                if self._ending.is_set():
                    return False
                batch = one.batch(self._door.resolve)
                taken.rows += self._door.acceptor.observe_now(OPERATOR, "", batch.keys, batch.columns, batch.types)
                taken.slices += 1
        return True

    def _refuse(self, path: Path, error: InputRefused, taken: Taken) -> None:
        there = put_away(path, self.folder / REFUSED, taken.look)
        if there is None:
            return
        log.warning("%s was refused: %s", path.name, error)
        problem = {"accepted": taken.rows, "zh": error.problem("zh"), "en": error.problem("en")}
        text = json.dumps(problem, ensure_ascii=False, indent=2) + "\n"
        there.with_name(there.name + ".problem.json").write_text(text, encoding="utf-8")


def look_of(there: os.stat_result) -> Look:
    """The look of a file."""
    return there.st_size, there.st_mtime_ns, there.st_ino


def put_away(path: Path, folder: Path, look: Look) -> Path | None:
    """`path` in `folder`, where it was moved to; None if the file of that look is not there any more: another one stays. Raises OSError."""
    try:
        if look_of(path.stat(follow_symlinks=False)) != look:
            return None
        there = moved(path, folder)
    except FileNotFoundError:
        return None
    if look_of(there.stat(follow_symlinks=False)) == look:
        return there
    moved(there, path.parent)  # another one took its place between the look and the move, and nobody has read it
    return None


def moved(path: Path, folder: Path) -> Path:
    """`path` in `folder`, where it was moved to; under another name if there is one of that name. Raises OSError."""
    folder.mkdir(exist_ok=True)
    there, number = folder / path.name, 1
    while there.exists():
        number += 1
        there = folder / f"{number}-{path.name}"
    path.rename(there)
    return there
