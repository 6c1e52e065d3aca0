"""A file of figures as rows of text: CSV (UTF-8 or GB18030), an Excel workbook (xlsx), or a JSON array; and back.

Nothing is judged here but the form: that it is a table, that it has the columns, that it is not too large.
"""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from yuzhang.core.language import Title
from yuzhang.plan.figures.errors import SheetTooLarge, SheetUnreadable
from yuzhang.plan.figures.workbook import number_text, workbook_rows, write_workbook

Form = Literal["csv", "xlsx"]
LIMIT_BYTES = 20_000_000
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
# A cell that begins like this is a formula to a spreadsheet; "'" before it makes it text. A text that has the mark
# already gets one more, so that reading takes off exactly what writing put on. Source: OWASP, "CSV Injection".
GUARDED = re.compile(r"'*[=+\-@\t\r]")


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
    if len(content) > LIMIT_BYTES:
        raise SheetTooLarge(
            Title(
                f"文件有 {len(content) / 1e6:.1f} MB，上限为 {LIMIT_BYTES / 1e6:.0f} MB。",
                f"The file has {len(content) / 1e6:.1f} MB; the limit is {LIMIT_BYTES / 1e6:.0f} MB.",
            ),
            where=filename,
            fix=Title("请分成几个文件导入。", "Split it into several files."),
        )
    if content.startswith(b"PK\x03\x04"):
        return _table(workbook_rows(content, filename), filename)
    text = _decoded(content, filename)
    if not text.strip():
        raise _unreadable(filename, "文件是空的。", "The file is empty.")
    if text.lstrip()[0] == "[" or PurePath(filename).suffix.lower() == ".json":
        return _from_json(text, filename)
    return _table(_csv_rows(text, filename), filename)


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


def _decoded(content: bytes, filename: str) -> str:
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise _unreadable(filename, "这是旧版 Excel（xls）文件。", "This is an old Excel file (xls).")
    if b"\0" in content:  # no text in these encodings holds it: a picture, a PDF, UTF-16
        raise _unreadable(filename, "文件不是 UTF-8 或 GB18030 文本。", "The file is no text in UTF-8 or GB18030.")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable(filename, "文件编码不是 UTF-8 或 GB18030。", "The encoding is neither UTF-8 nor GB18030.")


def _csv_rows(text: str, filename: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return list(reader)
    except csv.Error as err:
        line = reader.line_num
        raise _unreadable(
            f"{filename}:{line}",
            f"第 {line} 行附近的 CSV 有误（引号没有配对？）：{err}",
            f"The CSV is broken near line {line} (a quote that is not closed?): {err}",
        ) from err


def _table(rows: list[list[str]], filename: str) -> Sheet:
    """The rows below the first filled one, which is the heading, by column."""
    start = next((place for place, row in enumerate(rows) if any(map(str.strip, row))), None)
    if start is None:
        raise _unreadable(filename, "文件是空的。", "The file is empty.")
    heading = _heading([cell.strip() for cell in rows[start]], filename)
    found = []
    for number, row in enumerate(rows[start + 1 :], start + 2):
        filled = [_plain(cell) for cell in row]
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


def _plain(cell: str) -> str:
    """The cell without outer space, line breaks inside it as one space, and without the guard of a formula."""
    text = _flat(cell)
    return text[1:] if text.startswith("'") and GUARDED.match(text) else text


def _flat(cell: str) -> str:
    return re.sub(r"\s*[\r\n]\s*", " ", cell.strip())


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
            name: "" if cell is None else _flat(cell) if isinstance(cell, str) else json.dumps(cell)
            for name, cell in zip(heading, item.values(), strict=True)
        }
        rows.append(Row(number, cells, len(heading)))
    return Sheet(len(COLUMNS), tuple(rows))


def write_sheet(rows: Sequence[Mapping[str, str | float]], form: Form) -> bytes:
    """The rows, each with all columns, as a file that `read_sheet` reads back to the same.

    The CSV is UTF-8 with a byte order mark, without which Excel does not show Chinese.
    """
    cells = [[_written(row[name]) for name in COLUMNS] for row in rows]
    if form == "xlsx":
        return write_workbook(COLUMNS, cells)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([number_text(cell) if isinstance(cell, float) else cell for cell in row] for row in cells)
    return out.getvalue().encode("utf-8-sig")


def _written(cell: str | float) -> str | float:
    return f"'{cell}" if isinstance(cell, str) and GUARDED.match(cell) else cell
