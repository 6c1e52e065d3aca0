"""The definitions of series as a city keeps them in `series.toml`: one `[[series]]` a measure.

[[series]]
name = "GDP"                                 # as the figures call it
title = { zh = "地区生产总值", en = "GDP" }     # zh may be left out: then it is the name
unit = "亿元"
low = 0                                      # what is plausible, in the unit
high = 10000
region = "…"                                 # optional: figures of this region only
aliases = ["地区总产值"]                       # optional
"""

import math
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from yuzhang.core.language import Title
from yuzhang.core.units import UnknownUnit, same_dimension
from yuzhang.plan.figures.errors import SeriesRefused
from yuzhang.plan.figures.model import Series

KEYS = frozenset({"name", "title", "unit", "low", "high", "region", "aliases"})
LIMIT_BYTES = 5_000_000


def read_series(path: Path) -> tuple[Series, ...]:
    """The series that the file defines. Raises: SeriesRefused with the entry and what is wrong in it."""
    try:
        entries = tomllib.loads(_text_of(path)).get("series")
    except tomllib.TOMLDecodeError as err:
        raise SeriesRefused(
            Title(f"无法读取：不是 TOML：{err}", f"It cannot be read, since it is no TOML: {err}"),
            where=path.name,
            fix=Title("请改正所指的那一行。", "Correct the line that is named."),
        ) from err
    if not isinstance(entries, list) or not entries:
        raise _refused(path.name, "没有 [[series]]。", "It holds no [[series]].")
    found = tuple(_series(entry, f"{path.name}: series {place}") for place, entry in enumerate(entries, 1))
    check_names(found, path.name)
    return found


def _text_of(path: Path) -> str:
    try:
        content = path.read_bytes()
        if len(content) > LIMIT_BYTES:
            raise _unread(path, "文件超过 5 MB", "it is over 5 MB")
        return content.decode("utf-8-sig")  # editors on Windows begin a file with the mark
    except FileNotFoundError as err:
        raise _unread(path, "没有这个文件", "there is no such file") from err
    except IsADirectoryError as err:
        raise _unread(path, "这是目录，不是文件", "it is a folder, not a file") from err
    except OSError as err:
        raise _unread(path, f"{err.strerror}", f"{err.strerror}") from err
    except UnicodeDecodeError as err:
        raise SeriesRefused(
            Title("无法读取：文件编码不是 UTF-8。", "It cannot be read: its encoding is not UTF-8."),
            where=path.name,
            fix=Title("请用 UTF-8 编码另存。", "Save it again as UTF-8."),
        ) from err


def _unread(path: Path, zh: str, en: str) -> SeriesRefused:
    return SeriesRefused(
        Title(f"无法读取：{zh}。", f"It cannot be read: {en}."),
        where=str(path),
        fix=Title("请给出 series.toml 文件的路径。", "Give the path of a series.toml."),
    )


def check_names(series: Iterable[Series], where: str) -> None:
    """Return if no name or alias stands for two series."""
    seen: dict[str, str] = {}
    for one in series:
        for name in (one.name, *one.aliases):
            if name in seen:
                raise _refused(
                    where,
                    f"“{name}”同时指“{seen[name]}”和“{one.name}”。",
                    f"“{name}” stands for “{seen[name]}” and for “{one.name}”.",
                )
            seen[name] = one.name


def _refused(where: str, zh: str, en: str) -> SeriesRefused:
    return SeriesRefused(
        Title(zh, en),
        where=where,
        fix=Title(
            "每个 [[series]] 需要 name、title.en、unit、low、high。",
            "Each [[series]] needs name, title.en, unit, low and high.",
        ),
    )


def _text(entry: dict[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > 200:
        raise _refused(where, f"{key} 应为一行文字。", f"{key} must be a line of text.")
    return value.strip()


def _number(entry: dict[str, Any], key: str, where: str) -> float:
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _refused(where, f"{key} 应为数字。", f"{key} must be a number.")
    return float(value)


def _series(entry: object, where: str) -> Series:
    if not isinstance(entry, dict):
        raise _refused(where, "不是一个表。", "It is no table.")
    if strange := ", ".join(sorted(entry.keys() - KEYS)):
        raise _refused(where, f"未知的键：{strange}。", f"Unknown keys: {strange}.")
    name, unit = _text(entry, "name", where), _text(entry, "unit", where)
    where = f"{where} ({name})"
    title, aliases = entry.get("title"), entry.get("aliases", [])
    if not isinstance(title, dict) or not title.keys() <= {"zh", "en"}:
        raise _refused(where, "title 应有 en（和 zh）。", "title needs en (and zh).")
    if not isinstance(aliases, list):
        raise _refused(where, "aliases 应为列表。", "aliases must be a list.")
    try:
        same_dimension(unit, unit)
    except UnknownUnit as err:
        raise SeriesRefused(err.detail, where=where, fix=err.fix) from err
    low, high = _number(entry, "low", where), _number(entry, "high", where)
    if low >= high:
        raise _refused(where, "low 应小于 high。", "low must be below high.")
    return Series(
        name=name,
        title=Title(_text({"zh": name} | title, "zh", where), _text(title, "en", where)),
        unit=unit,
        low=low,
        high=high,
        region=_text(entry, "region", where) if "region" in entry else None,
        aliases=tuple(_text({"aliases": alias}, "aliases", where) for alias in aliases),
    )
