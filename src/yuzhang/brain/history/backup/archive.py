"""Where a backup is written and read: a folder, or a tar file, plain or compressed with zstd.

In a folder the lake's files are hard links where the disk allows it: they are never changed, and take no room twice.
"""

import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.history.backup.errors import FolderNotEmpty, UnfitBackup
from yuzhang.brain.history.backup.manifest import BackedUp, check_path
from yuzhang.core.language import Title

CHUNK = 2**20
OWNER_ONLY = 0o600
Moved = Callable[[int], None]
"""Hears of bytes as they are read."""


DAMAGE = (tarfile.TarError, OSError, EOFError, pa.ArrowException)


class Target(Protocol):
    """What takes the files of a backup."""

    def put(self, source: Path, path: str, moved: Moved, *, linked: bool = False) -> BackedUp:
        """Keep `source` as `path`; `linked`: it is never changed, so that a hard link will do."""

    def put_bytes(self, content: bytes, path: str) -> None:
        """Keep `content` as `path`."""


class HashingReader:
    """A file that counts and hashes what is read of it."""

    def __init__(self, file: IO[bytes], moved: Moved) -> None:
        self._file, self._moved = file, moved
        self.hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        found = self._file.read(size)
        self.hash.update(found)
        self._moved(len(found))
        return found


class PackedReader(HashingReader):
    """The same for a file inside of an archive, which may end too early or be damaged anywhere."""

    def __init__(self, file: IO[bytes], moved: Moved, archive: Path) -> None:
        super().__init__(file, moved)
        self._archive = archive

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises UnfitBackup."""
        try:
            return super().read(size)
        except DAMAGE as err:
            raise _unreadable(self._archive, err) from err


class FolderTarget:
    """A folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, source: Path, path: str, moved: Moved, *, linked: bool = False) -> BackedUp:
        """Keep `source` as `path`."""
        to = self.folder / path
        to.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as file:
            reader = HashingReader(file, moved)
            if linked and _link(source, to):
                while reader.read(CHUNK):
                    pass
            else:
                with to.open("wb") as out:
                    os.fchmod(out.fileno(), OWNER_ONLY)  # the key of the secrets may be among them
                    shutil.copyfileobj(reader, out, CHUNK)
                    _durable(out)
        return BackedUp(path, to.stat().st_size, reader.hash.hexdigest())

    def put_bytes(self, content: bytes, path: str) -> None:
        """Keep `content` as `path`."""
        with (self.folder / path).open("wb") as out:
            out.write(content)
            _durable(out)


class TarTarget:
    """A tar file that is being written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def put(
        self, source: Path, path: str, moved: Moved, *, linked: bool = False
    ) -> BackedUp:  # there are no links in it
        """Keep `source` as `path`."""
        info = tarfile.TarInfo(path)
        info.size, info.mtime = source.stat().st_size, int(source.stat().st_mtime)
        with source.open("rb") as file:
            reader = HashingReader(file, moved)
            self._tar.addfile(info, reader)
        return BackedUp(path, info.size, reader.hash.hexdigest())

    def put_bytes(self, content: bytes, path: str) -> None:
        """Keep `content` as `path`."""
        info = tarfile.TarInfo(path)
        info.size = len(content)
        self._tar.addfile(info, io.BytesIO(content))


def _link(source: Path, to: Path) -> bool:
    try:
        os.link(source, to)
    except OSError:  # another disk, or one that has no links
        return False
    return True


def _durable(out: IO[bytes]) -> None:
    out.flush()
    os.fsync(out.fileno())


def is_tar(path: Path) -> bool:
    """Whether a name says that it is a tar file, not a folder."""
    return path.name.endswith((".tar", ".tar.zst"))


@contextmanager
def target(path: Path) -> Iterator[Target]:
    """Where to write; it bears its name only when all is written. Raises FolderNotEmpty if something is there."""
    if path.exists() and not (path.is_dir() and not is_tar(path) and not any(path.iterdir())):
        raise not_empty(path)
    if not is_tar(path):
        path.mkdir(parents=True, exist_ok=True)
        try:
            yield FolderTarget(path)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)  # it was empty, and half a backup is none
            raise
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            os.fchmod(file.fileno(), OWNER_ONLY)
            if path.name.endswith(".zst"):
                with (
                    pa.CompressedOutputStream(pa.PythonFile(file, "w"), "zstd") as packed,
                    tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
                ):
                    yield TarTarget(tar)
            else:
                with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                    yield TarTarget(tar)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def not_empty(path: Path) -> FolderNotEmpty:
    """The refusal to write where something is."""
    return FolderNotEmpty(
        Title(f"{path} 已存在且非空。", f"{path} is there already and not empty."),
        where=str(path),
        fix=Title("请另选一个位置。", "Name another place."),
    )


def unpack(source: Path, folder: Path, moved: Moved) -> dict[str, BackedUp]:
    """Write the files of a backup into `folder`: what each one was, by its path. Raises UnfitBackup if the backup cannot be read."""
    found: dict[str, BackedUp] = {}
    for path, reader in _files(source, moved):
        check_path(path)
        to = folder / path
        to.parent.mkdir(parents=True, exist_ok=True)
        with to.open("wb") as out:
            shutil.copyfileobj(reader, out, CHUNK)
            _durable(out)
        found[path] = BackedUp(path, to.stat().st_size, reader.hash.hexdigest())
    return found


def _files(source: Path, moved: Moved) -> Iterator[tuple[str, HashingReader]]:
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_file():
                with path.open("rb") as file:
                    yield path.relative_to(source).as_posix(), HashingReader(file, moved)
        return
    try:
        with source.open("rb") as file:
            stream: Any = file
            if source.name.endswith(".zst"):
                stream = pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd")
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                for member in tar:
                    inside = tar.extractfile(member) if member.isreg() else None
                    if inside is not None:
                        yield member.name, PackedReader(inside, moved, source)
    except DAMAGE as err:
        raise _unreadable(source, err) from err


def _unreadable(source: Path, err: Exception) -> UnfitBackup:
    return UnfitBackup.at(str(source), f"无法读取（{err}）。", f"it cannot be read ({err}).")
