"""The parts of an installation's data, each with what can be wrong with it."""

import os
import sqlite3
from pathlib import Path

import msgspec
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types
from pyarrow import parquet

from yuzhang.core.errors import YuzhangError
from yuzhang.core.secrets import FILE as SECRET_FILE
from yuzhang.core.secrets import SECRET_VARIABLE, secrets_of
from yuzhang.core.storage import newest_tables
from yuzhang.operation.checking import store
from yuzhang.operation.checking.model import Part, Told

STATE, CATALOG, LAKE, AUDIT = "state.db", "lake/catalog.sqlite", "lake/data", "audit.db"


def tables(data: Path, part: Part, told: Told) -> None:
    """Whether the tables are those of this program."""
    with store.opened(data / STATE) as state:
        found, newest = store.tables_version(state), newest_tables()
    part.looked = 1
    if not found:
        part.wrong("没有数据表", "there are no tables")
    elif found > newest:
        part.wrong(f"版本 {found}，本程序只到 {newest}", f"version {found}; this program knows them up to {newest}")
    elif found < newest:
        part.note(
            f"版本 {found}，下次启动时升级到 {newest}", f"version {found}; the next start brings them to {newest}"
        )
    told(1)


def databases(data: Path, part: Part, told: Told) -> None:
    """Whether SQLite finds every database whole, and no row names another one that is not there."""
    for path in sorted(one for kind in ("*.db", "*.sqlite") for one in data.rglob(kind)):
        name = path.relative_to(data).as_posix()
        try:
            with store.opened(path) as database:
                for fault in store.faults(database):
                    part.wrong(f"{name}：{fault}", f"{name}: {fault}")
                for table, parent in store.loose_rows(database):
                    part.wrong(
                        f"{name}：{table} 引用了 {parent} 中没有的行",
                        f"{name}: {table} names rows that {parent} has not",
                    )
        except sqlite3.Error as error:
            part.wrong(f"{name}：{error}", f"{name}: {error}")
        part.looked += 1
        told(1)


def lake(data: Path, part: Part, told: Told) -> None:
    """Whether the files that the lake's catalog names are there, as large as it says, readable, and with as many rows."""
    if not (data / CATALOG).exists():
        if next((data / LAKE).rglob("*.parquet"), None) is not None:
            part.wrong("缺少目录库，但有数据文件", "the catalog is missing, and there are files")
        return
    with store.opened(data / CATALOG) as catalog:
        files = store.lake_files(catalog)
    for one in files:
        _lake_file(data / LAKE / one.path, one, part)
        part.looked += 1
        told(1)


def _lake_file(path: Path, one: store.LakeFile, part: Part) -> None:
    try:
        size = path.stat().st_size
        rows = parquet.read_metadata(path).num_rows
    except (OSError, pa.ArrowException) as error:
        missing = isinstance(error, FileNotFoundError)
        part.wrong(
            f"{one.path}：{'不存在' if missing else '无法读取'}",
            f"{one.path}: {'missing' if missing else 'unreadable'}",
        )
        return
    if size != one.size or rows != one.rows:
        part.wrong(
            f"{one.path}：{size} 字节 {rows} 行，目录库记为 {one.size} 字节 {one.rows} 行",
            f"{one.path}: {size} bytes, {rows} rows; the catalog says {one.size} bytes, {one.rows} rows",
        )


def log(data: Path, part: Part, told: Told) -> None:
    """Whether the log's readers stand where they can stand, and nothing in it was damaged."""
    with store.opened(data / STATE) as state:
        given, there, places, damaged = store.log_places(state)
    for reader, place in sorted(places.items()):
        if place > max(given, there):
            part.wrong(f"{reader} 在 {place}，日志只到 {given}", f"{reader} is at {place}; the log ends at {given}")
        elif place < there:
            part.note(f"{reader} 落后 {there - place} 条", f"{reader} is {there - place} records behind")
        part.looked += 1
    if damaged:
        part.wrong(
            f"{damaged} 条记录曾损坏，已移入 log_damaged",
            f"{damaged} records were damaged, and set aside in log_damaged",
        )
    told(1)


def registry(data: Path, part: Part, told: Told) -> None:
    """Whether every revision of every plan can be read."""
    from yuzhang.plan.registry.entries import unpacked

    with store.opened(data / STATE) as state:
        for plan, revision in store.plans(state):
            try:
                unpacked(store.entries(state, plan, revision), revision)
            except (msgspec.MsgspecError, YuzhangError, KeyError, IndexError, ValueError) as error:
                part.wrong(
                    f"{plan} 第 {revision} 版无法读取：{type(error).__name__}", f"{plan}, revision {revision}: {error}"
                )
            part.looked += 1
            told(1)


def audit(data: Path, part: Part, told: Told) -> None:
    """Whether the chain of records is unbroken."""
    if not (data / AUDIT).exists():
        part.note("还没有审计记录", "there are no records yet")
        return
    if not (data / SECRET_FILE).exists() and not os.environ.get(SECRET_VARIABLE):
        part.wrong(f"缺少 {SECRET_FILE}，无法验证", f"{SECRET_FILE} is missing, so it cannot be verified")
        return
    # Only here: nobody else who checks needs the audit.
    from yuzhang.entrance.audit.chain.checking import verify

    found = verify(data / AUDIT, secrets_of(data), told=told)
    part.looked = found.records
    for fault in found.faults:
        part.wrong(f"第 {fault.number} 条：{fault.said.zh}", f"record {fault.number}: {fault.said.en}")


def key(data: Path, part: Part, told: Told) -> None:
    """Whether there is a key, and it is one."""
    part.looked = 1
    if os.environ.get(SECRET_VARIABLE) or (data / SECRET_FILE).exists():
        try:
            secrets_of(data)
        except YuzhangError as error:
            part.wrong(error.detail.zh, error.detail.en)
    else:
        part.note(
            f"没有 {SECRET_FILE}；恢复的备份若不含它，请放回原处",
            f"there is no {SECRET_FILE}; if a backup was made without it, put it back",
        )
    told(1)
