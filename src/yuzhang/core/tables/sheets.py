"""CSV (UTF-8 or GB18030) and Excel files as rows of text cells, and back."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from yuzhang.core.language import Title
from yuzhang.core.tables.errors import SheetTooLarge, SheetUnreadable
from yuzhang.core.tables.numbers import number_text
from yuzhang.core.tables.workbook import workbook_rows, write_workbook

SheetFormat = Literal["csv", "xlsx"]
LIMIT_BYTES = 20_000_000
MEDIA_TYPES: dict[SheetFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# A cell that begins like this is a formula to a spreadsheet (the full-width signs where Chinese or Japanese is set); "'"
# before it makes it text. A text that has the mark already gets one more, so that reading takes off exactly what writing
# put on. Source: OWASP, "CSV Injection".
GUARDED = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")

# No text of a table needs these; a terminal that shows them would obey them.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet by column name; `number` is its row as a spreadsheet shows it (the heading is 1)."""

    number: int
    cells: dict[str, str]


def read_sheet(content: bytes, filename: str, columns: Sequence[str]) -> list[Row]:
    """The rows of a file whose first row has these columns (others are ignored); cells without blanks at their ends.

    Raises: SheetUnreadable if it is no such table, SheetTooLarge.
    """
    lines = sheet_rows(content, filename)
    header = [cell.strip() for cell in lines[0]]
    missing = ", ".join(column for column in columns if column not in header)
    if missing:
        raise SheetUnreadable(
            Title(f"第一行缺少列：{missing}。", f"The first row lacks the columns {missing}."),
            where=f"{filename}:1",
            fix=Title("请先导出一份表格，保留其表头。", "Export a table first and keep its first row."),
        )
    rows = [
        Row(number, {name: (plain(line[at]) if at < len(line) else "") for at, name in enumerate(header) if name})
        for number, line in enumerate(lines[1:], start=2)
        if any(cell.strip() for cell in line)
    ]
    for row in rows:
        for name, cell in row.cells.items():
            if CONTROL.search(cell):
                raise unreadable(
                    f"{filename}:{row.number}",
                    f"“{name}”列含有控制字符。",
                    f"Column “{name}” holds a control character.",
                )
    return rows


def sheet_rows(content: bytes, filename: str, *, months: Collection[str] = ()) -> list[list[str]]:
    """All rows of the file as text cells, at least one of them filled. In the columns named by `months` the first day of
    a month means that month (2023-07), which is what Excel makes of it.

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
    book = content.startswith(b"PK\x03\x04")
    rows = workbook_rows(content, filename, months) if book else _csv_rows(decoded(content, filename), filename)
    if not any(cell.strip() for row in rows for cell in row):
        raise unreadable(filename, "文件是空的。", "The file is empty.")
    return rows


def unreadable(where: str, zh: str, en: str) -> SheetUnreadable:
    """The error, with the kinds of files that can be read."""
    fix = Title("请提供 CSV（UTF-8 或 GB18030）或 xlsx。", "Give a CSV (UTF-8 or GB18030) or an xlsx.")
    return SheetUnreadable(Title(zh, en), where=where, fix=fix)


def decoded(content: bytes, filename: str) -> str:
    """The text of a file in UTF-8 or GB18030. Raises: SheetUnreadable."""
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise unreadable(filename, "这是旧版 Excel（xls）文件。", "This is an old Excel file (xls).")
    if b"\0" in content:  # no text in these encodings holds it: a picture, a PDF, UTF-16
        raise unreadable(filename, "文件不是 UTF-8 或 GB18030 文本。", "The file is no text in UTF-8 or GB18030.")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise unreadable(filename, "文件编码不是 UTF-8 或 GB18030。", "The encoding is neither UTF-8 nor GB18030.")


def _csv_rows(text: str, filename: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return list(reader)
    except csv.Error as err:
        line = reader.line_num
        raise unreadable(
            f"{filename}:{line}",
            f"第 {line} 行附近的 CSV 有误（引号没有配对？）：{err}",
            f"The CSV is broken near line {line} (a quote that is not closed?): {err}",
        ) from err


def flat(cell: str) -> str:
    """The cell without outer space, and with line breaks inside it as one space."""
    return re.sub(r"\s*[\r\n]\s*", " ", cell.strip())


def plain(cell: str) -> str:
    """The flat cell without the guard that `write_sheet` puts before what a spreadsheet would take for a formula."""
    text = cell.strip()  # line breaks are still there: the guard was put before them
    return flat(text[1:] if text.startswith("'") and GUARDED.match(text) else text)


def write_sheet(columns: Sequence[str], rows: Iterable[Sequence[str | float]], format: SheetFormat) -> bytes:
    """The rows as a file that reads back to the same; texts never become formulas, numbers stay numbers.

    The CSV is UTF-8 with a byte order mark, without which Excel does not show Chinese.
    """
    cells = [[_guarded(cell) for cell in row] for row in rows]
    if format == "xlsx":
        return write_workbook(columns, cells)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([number_text(cell) if isinstance(cell, float) else cell for cell in row] for row in cells)
    return out.getvalue().encode("utf-8-sig")


def _guarded(cell: str | float) -> str | float:
    """The cell without outer space, which reading drops as well and behind which a formula could begin."""
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    return f"'{text}" if GUARDED.match(text) else text
