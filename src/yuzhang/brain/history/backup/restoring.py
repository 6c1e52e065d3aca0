"""Makes a data folder of a backup, after every file of it was found as it was written."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.history.backup import postgres
from yuzhang.brain.history.backup.archive import OWNER_ONLY, Moved, not_empty, unpack
from yuzhang.brain.history.backup.errors import BackupNeeds, UnfitBackup
from yuzhang.brain.history.backup.making import Started
from yuzhang.brain.history.backup.manifest import CATALOG, DUMP, NAME, STATE, BackedUp, Manifest, read
from yuzhang.brain.history.recorder import READER
from yuzhang.brain.history.store import lake as tables
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.secrets import FILE as SECRET_FILE
from yuzhang.core.storage import Storage, newest_tables

FORGET_HOLDS = "DELETE FROM log_place WHERE until IS NOT NULL"
FILE_AGAIN = f"UPDATE log_place SET position = {{0}} WHERE reader = '{READER}' AND position > {{0}}"  # noqa: S608  # ours


def restore(
    source: Path, folder: Path, database: str = "", *, started: Started = lambda _: None, moved: Moved = lambda _: None
) -> Manifest:
    """Make the data folder `folder` of a backup; `database`: an empty PostgreSQL database where the present was in one.

    Until every file is found whole, it bears another name, and a refusal leaves nothing. Raises: FolderNotEmpty, UnfitBackup, BackupNeeds.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise not_empty(folder)
    if not source.exists():
        raise InputRefused(Title(f"没有 {source}。", f"There is no {source}."), where=str(source))
    started(_size(source))
    coming = folder.with_name(folder.name + ".restoring")
    if coming.exists():
        shutil.rmtree(coming)  # of a restoring that was broken off
    coming.mkdir(parents=True)
    try:
        manifest = _checked(unpack(source, coming, moved), coming)
        _finish(manifest, coming, database)
        if folder.exists():
            folder.rmdir()
        coming.rename(folder)
    except BaseException:
        shutil.rmtree(coming, ignore_errors=True)
        raise
    return manifest


def _size(source: Path) -> int:
    files = source.rglob("*") if source.is_dir() else [source]
    return sum(one.stat().st_size for one in files if one.is_file())


def _checked(found: dict[str, BackedUp], coming: Path) -> Manifest:
    if NAME not in found:
        raise UnfitBackup.at(NAME, "缺少此文件，备份不完整。", "it is missing, so the backup is not complete.")
    manifest = read((coming / NAME).read_bytes())
    for one in manifest.files:
        there = found.pop(one.path, None)
        if there is None:
            raise UnfitBackup.at(one.path, "缺少此文件。", "it is missing.")
        if there != one:
            raise UnfitBackup.at(one.path, "内容已损坏。", "it is damaged.")
    del found[NAME]
    if found:
        raise UnfitBackup.at(min(found), "不属于这份备份。", "it does not belong to this backup.")
    if manifest.tables > newest_tables():
        raise UnfitBackup.at(
            NAME, f"由更新的豫章 {manifest.version} 制作。", f"it was made by a newer Yuzhang, {manifest.version}."
        )
    return manifest


def _finish(manifest: Manifest, coming: Path, database: str) -> None:
    (coming / NAME).unlink()
    if (coming / SECRET_FILE).exists():
        (coming / SECRET_FILE).chmod(OWNER_ONLY)
    if (manifest.database == "postgresql") != bool(database):
        raise BackupNeeds(
            Title(
                f"这份备份的当前状态在 {manifest.database} 中。",
                f"The present of this backup is in {manifest.database}.",
            ),
            where="YUZHANG_CONTEXT_DATABASE",
            fix=Title(
                "备份来自 PostgreSQL 时，请让该变量指向一个空数据库；否则请清空该变量。",
                "Let the variable name an empty database if it was in PostgreSQL; else let it be empty.",
            ),
        )
    filed = _filed(coming)
    if database:
        postgres.restore(database, coming / DUMP)
        (coming / DUMP).unlink()
        _file_again_in(database, filed)
        return
    with closing(sqlite3.connect(coming / STATE)) as state, state:
        state.execute(FORGET_HOLDS)
        state.execute(FILE_AGAIN.format("?"), (filed, filed))
        known = [row[0] for row in state.execute("SELECT number FROM history_series")]
    if filed:
        _forget_erased(coming, known)


def _filed(coming: Path) -> int:
    """How far the copy of the lake goes. The state was copied after it, and may say that more was filed: the log has that still."""
    if not (coming / CATALOG).exists():
        return 0
    storage = Storage(coming)
    try:
        with storage.lake_alone() as lake:
            sql = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'lake' AND table_name = 'history_series'"
            made = lake.execute(sql).fetchone()
            return tables.place(lake) if made and made[0] else 0
    finally:
        storage.close()


def _file_again_in(database: str, filed: int) -> None:
    import psycopg

    with psycopg.connect(database) as connection:
        connection.execute(FORGET_HOLDS)
        connection.execute(FILE_AGAIN.format("%s"), (filed, filed))


def _forget_erased(coming: Path, known: list[int]) -> None:
    """Take series out of the lake that were erased between the copy of the lake and that of the state."""
    storage = Storage(coming)
    try:
        with storage.lake_alone() as lake:
            lake.register("known", pa.table({"number": pa.array(known, pa.int32())}))
            erased = "SELECT number FROM history_series WHERE number NOT IN (SELECT number FROM known)"
            found = lake.execute(erased).fetchall()
            if found:
                numbers = ", ".join(str(int(row[0])) for row in found)
                for table, column in (("observations", "series"), ("rollups", "series"), ("history_series", "number")):
                    lake.execute(f"DELETE FROM {table} WHERE {column} IN ({numbers})")  # noqa: S608  # whole numbers
            lake.unregister("known")
    finally:
        storage.close()
