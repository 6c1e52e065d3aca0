"""Makes a backup while others write.

The order is what makes it whole: the log is held at history's place, so that nothing is forgotten that a copy of the lake may lack;
the lake's catalog is copied, then the state with the log, each as of one moment. A restored system files again what the log has and
the lake had not. The lake's files that the copied catalog names are copied last: they never change, and while a backup has the lead of
cleaning, none is removed.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from yuzhang import __version__
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.history.backup import postgres
from yuzhang.brain.history.backup.archive import Moved, Target, target
from yuzhang.brain.history.backup.errors import BackupNeeds, UnfitBackup
from yuzhang.brain.history.backup.manifest import CATALOG, DATA, DUMP, FORMAT, NAME, STATE, BackedUp, Manifest, written
from yuzhang.brain.history.keeping.actions import CLEANING, alone
from yuzhang.core.access import Party, action
from yuzhang.core.errors import TryAgain
from yuzhang.core.language import Title
from yuzhang.core.storage import newest_tables

HOLDER = "backup"
HELD_S = 6 * 3600.0
PATIENCE_S = 60.0
BUSY_S = 30.0
PASSING = (".lock", ".part", "-wal", "-shm", "-journal", ".tmp")
"""Files whose names end so are of a moment, and no part of what is kept."""
SQLITE = b"SQLite format 3\0"
NAMED = """SELECT s.path, s.path_is_relative, t.path, t.path_is_relative, f.path, f.path_is_relative FROM (
    SELECT table_id, path, path_is_relative FROM ducklake_data_file
    UNION SELECT table_id, path, path_is_relative FROM ducklake_delete_file) f
    JOIN ducklake_table t ON t.table_id = f.table_id JOIN ducklake_schema s ON s.schema_id = t.schema_id"""
Started = Callable[[int], None]


@action("operator")
def back_up(
    broker: Broker,
    caller: Party,
    to: Path,
    *,
    started: Started = lambda _: None,
    moved: Moved = lambda _: None,
    left_out: frozenset[str] = frozenset(),
) -> Manifest:
    """Write a backup of everything to `to`, a folder that is empty or not there, or a name that ends in .tar or .tar.zst.

    `left_out`: files of the data folder that are not to be in it, as the key of its secrets.
    `started` hears how many bytes there are to read, `moved` of bytes read. The broker's process must not have the lake open.
    Raises: FolderNotEmpty, BackupNeeds; UnfitBackup if the lake misses a file; TidyingElsewhere if another backup is being made.
    """
    folder = broker.folder
    if broker.stream is not None:
        raise BackupNeeds(
            Title("城市方案的备份由各部件自己完成。", "In the profile city each part is backed up by its own means."),
            fix=Title("见 docs/how-to/back-up-and-restore.zh.md。", "See docs/how-to/back-up-and-restore.md."),
        )
    if broker.settings.database:
        postgres.program("pg_dump")
    inside = folder.resolve()
    if inside == to.resolve() or inside in to.resolve().parents:
        raise BackupNeeds(
            Title("备份不能放在数据目录里。", "A backup cannot lie inside of the data folder."),
            where=str(to),
            fix=Title("请另选一个位置。", "Name another place."),
        )
    with (
        alone(broker.lead(CLEANING), PATIENCE_S),
        target(to) as out,
        TemporaryDirectory(prefix=".backup-", dir=to.parent) as beside,
    ):
        return _copy(broker, out, Path(beside), started, moved, left_out)


def _copy(
    broker: Broker, out: Target, beside: Path, started: Started, moved: Moved, left_out: frozenset[str]
) -> Manifest:
    folder = broker.folder
    place = broker.log.place("history")
    copies = {STATE: beside / "state.db"}
    broker.log.hold(HOLDER, place, HELD_S)
    try:
        if (folder / CATALOG).exists():
            copies[CATALOG] = beside / "catalog.sqlite"
            copy_sqlite(folder / CATALOG, copies[CATALOG])
        if broker.settings.database:
            copies[DUMP] = beside / DUMP
            postgres.dump(broker.settings.database, copies[DUMP])
        copy_sqlite(folder / STATE, copies[STATE])
        for number, path in enumerate(one for one in _others(folder) if one not in copies and is_sqlite(folder / one)):
            # Such as the audit: what it was acknowledged to hold may still be in the log beside it.
            copies[path] = beside / f"{number}.sqlite"
            copy_sqlite(folder / path, copies[path])
    finally:
        broker.log.release(HOLDER)
    snapshot, named = _named(copies[CATALOG]) if CATALOG in copies else (0, [])
    missing = [path for path in named if not (folder / path).is_file()]
    if missing:
        raise UnfitBackup.at(missing[0], "数据湖缺少此文件。", "the lake misses this file.")
    rest = [path for path in _others(folder) if path not in copies and path not in left_out]
    sizes = [one.stat().st_size for one in (*copies.values(), *(folder / path for path in (*named, *rest)))]
    started(sum(sizes))
    files: list[BackedUp] = [out.put(source, path, moved) for path, source in copies.items()]
    files += [out.put(folder / path, path, moved, linked=True) for path in named]
    files += [out.put(folder / path, path, moved) for path in rest]
    database = "postgresql" if broker.settings.database else "sqlite"
    made = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(FORMAT, __version__, made, newest_tables(), snapshot, place, database, files)
    out.put_bytes(written(manifest), NAME)
    return manifest


def is_sqlite(path: Path) -> bool:
    """Whether a file is a SQLite database. Source: its file format, section 1.3."""
    with path.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def copy_sqlite(source: Path, to: Path) -> None:
    """Copy a SQLite database as of one moment while others write to it. Raises TryAgain if it cannot be read."""
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=BUSY_S)) as old,
            closing(sqlite3.connect(to)) as new,
        ):
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    except sqlite3.Error as err:
        raise TryAgain(Title(f"无法复制 {source}：{err}", f"{source} cannot be copied: {err}")) from err


def _named(catalog: Path) -> tuple[int, list[str]]:
    """The newest snapshot of a copied catalog, and the files it names, as paths in the data folder.

    What was to be removed is not in the backup, so the copy forgets it.
    """
    with closing(sqlite3.connect(catalog)) as copy, copy:
        copy.execute("DELETE FROM ducklake_files_scheduled_for_deletion")
        snapshot = copy.execute("SELECT max(snapshot_id) FROM ducklake_snapshot").fetchone()[0]
        names = {_path(row) for row in copy.execute(NAMED)}
    return int(snapshot or 0), sorted(names)


def _path(row: tuple[str, int, str, int, str, int]) -> str:
    schema, _, table, table_relative, file, file_relative = row
    if not (table_relative and file_relative):
        raise BackupNeeds(
            Title(f"数据湖的文件 {file} 在数据目录之外。", f"The lake's file {file} lies outside of the data folder."),
        )
    return f"{DATA}/{schema}{table}{file}"


def _others(folder: Path) -> list[str]:
    """All that lies in the data folder beside state and lake."""
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink() and not name.startswith("lake/") and not name.endswith(PASSING):
            found.append(name)
    return found
