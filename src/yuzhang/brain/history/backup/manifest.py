"""What a backup says of itself: what is in it, each file with its checksum, of which moment, made by which Yuzhang."""

from hashlib import sha256
from pathlib import PurePosixPath

import msgspec

from yuzhang.brain.history.backup.errors import UnfitBackup

NAME = "manifest.json"
FORMAT = 1
STATE, CATALOG, DATA, DUMP = "state.db", "lake/catalog.sqlite", "lake/data", "context.pgdump"


class BackedUp(msgspec.Struct, frozen=True):
    """One file: its path in the backup and in the data folder, bytes, SHA-256."""

    path: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """The last file of a backup; a backup without it is not complete.

    `tables`: the number of the state's tables. `snapshot`: the lake's newest snapshot. `place`: how far the log was filed at least when
    the backup began. `database`: where the present is, sqlite or postgresql.
    """

    format: int
    version: str
    made: str
    tables: str
    snapshot: int
    place: int
    database: str
    files: list[BackedUp]
    checksum: str = ""
    """SHA-256 of all the rest, so that it can be trusted itself."""


def written(manifest: Manifest) -> bytes:
    """The manifest as its file."""
    return msgspec.json.format(
        msgspec.json.encode(msgspec.structs.replace(manifest, checksum=_checksum(manifest))), indent=2
    )


def _checksum(manifest: Manifest) -> str:
    return sha256(msgspec.json.encode(msgspec.structs.replace(manifest, checksum=""))).hexdigest()


def read(content: bytes) -> Manifest:
    """The manifest in `content`. Raises UnfitBackup if it is none, or one that this program does not know."""
    try:
        found = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise UnfitBackup.at(NAME, f"已损坏（{err}）。", f"it is damaged ({err}).") from err
    if found.format > FORMAT:
        raise UnfitBackup.at(
            NAME, f"由更新的豫章 {found.version} 制作。", f"it was made by a newer Yuzhang, {found.version}."
        )
    if found.checksum != _checksum(found):
        raise UnfitBackup.at(NAME, "已损坏。", "it is damaged.")
    for one in found.files:
        check_path(one.path)
    return found


def check_path(path: str) -> None:
    """Raises UnfitBackup for a path that leads out of the folder, or is not written plainly."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or str(pure) != path or path in {".", ""} or "\0" in path:
        raise UnfitBackup.at(path[:200], "路径指向备份之外。", "the path leads out of the backup.")
