"""A file of figures as rows of text: CSV (UTF-8 or GB18030), an Excel workbook (xlsx), or a JSON array; and back.

Nothing is judged here but the form: that it is a table, that it has the columns, that it is not too large.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from yuzhang.core.language import Title
from yuzhang.core.tables.errors import SheetUnreadable
from yuzhang.core.tables.sheets import LIMIT_BYTES, SheetFormat, decoded, flat, plain, sheet_rows
from yuzhang.core.tables.sheets import write_sheet as write_cells

COLUMNS = (
    *("indicator", "period", "region", "value", "unit", "vintage"),
    *("source_title", "source_url", "quote", "confidence"),
)
CHINESE = dict(
    zip(
        ("指标", "时期", "地区", "数值", "单位", "发布时间", "来源标题", "来源网址", "原文", "可信度"),
        COLUMNS,
        strict=True,
    )
)
MONTHS = frozenset({"period", "时期"})


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it (heading = 1; in a list, the item), and its cells by column.

    `width` is how many cells it has, which a shifted row betrays.
    """

    number: int
    cells: dict[str, str]
    width: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as read; `width` is the number of its columns."""

    width: int
    rows: tuple[Row, ...]


def read_sheet(content: bytes, filename: str) -> Sheet:
    """The rows of `content`; its form is told by its first bytes, and JSON by the name or the first sign.

    Raises: SheetUnreadable, SheetTooLarge (over 20 MB, or a workbook that unpacks to too much).
    """
    if len(content) <= LIMIT_BYTES and _is_json(content, filename):
        return _from_json(decoded(content, filename), filename)
    return _table(sheet_rows(content, filename, months=MONTHS), filename)


def _is_json(content: bytes, filename: str) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"[" or PurePath(filename).suffix.lower() == ".json"


def _unreadable(filename: str, zh: str, en: str) -> SheetUnreadable:
    columns = ", ".join(COLUMNS)
    return SheetUnreadable(
        Title(zh, en),
        where=filename,
        fix=Title(
            f"请提供 CSV（UTF-8 或 GB18030）或 xlsx，列为：{columns}。",
            f"Give a CSV (UTF-8 or GB18030) or xlsx with the columns {columns}.",
        ),
    )


def _table(rows: list[list[str]], filename: str) -> Sheet:
    """The rows below the first filled one, which is the heading, by column."""
    start = next((place for place, row in enumerate(rows) if any(map(str.strip, row))), None)
    if start is None:
        raise _unreadable(filename, "文件是空的。", "The file is empty.")
    heading = _heading([cell.strip() for cell in rows[start]], filename)
    found = []
    for number, row in enumerate(rows[start + 1 :], start + 2):
        filled = [plain(cell) for cell in row]
        while len(filled) > len(heading) and not filled[-1]:
            filled.pop()
        if any(filled):
            found.append(Row(number, dict(zip(heading, filled, strict=False)), len(filled)))
    return _checked(Sheet(len(heading), tuple(found)), filename)


def _checked(sheet: Sheet, filename: str) -> Sheet:
    if not sheet.rows:
        raise _unreadable(filename, "文件里没有数据行。", "The file holds no figures.")
    return sheet


def _heading(written: list[str], filename: str) -> list[str]:
    while written and not written[-1]:
        written.pop()
    heading = [CHINESE.get(name, name.lower()) for name in written]
    missing = [name for name in COLUMNS if name not in heading]
    if missing:
        names = ", ".join(missing)
        raise _unreadable(filename, f"第一行缺少列：{names}。", f"The first row lacks the columns {names}.")
    strange = [name or "(空)" for name in heading if name not in COLUMNS]
    twice = [name for name in COLUMNS if heading.count(name) > 1]
    if strange or twice:
        names = ", ".join((*strange, *twice))[:200].encode(errors="replace").decode()
        raise _unreadable(filename, f"多余或重复的列：{names}。", f"Columns not known or given twice: {names}.")
    return heading


def _from_json(text: str, filename: str) -> Sheet:
    try:
        items = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as err:
        raise _unreadable(filename, f"JSON 有误：{err}", f"The JSON is broken: {err}") from err
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _unreadable(filename, "JSON 应为对象的数组。", "The JSON must be an array of objects.")
    if not items:
        raise _unreadable(filename, "文件里没有数据行。", "The file holds no figures.")
    rows = []
    for number, item in enumerate(items, 1):
        heading = _heading(list(item), f"{filename}: item {number}")
        cells = {
            name: "" if cell is None else flat(cell) if isinstance(cell, str) else json.dumps(cell)
            for name, cell in zip(heading, item.values(), strict=True)
        }
        rows.append(Row(number, cells, len(heading)))
    return Sheet(len(COLUMNS), tuple(rows))


def write_sheet(rows: Sequence[Mapping[str, str | float]], format: SheetFormat) -> bytes:
    """The rows, each with all columns, as a file that `read_sheet` reads back to the same."""
    return write_cells(COLUMNS, [[row[name] for name in COLUMNS] for row in rows], format)
