"""Tables as people keep them: CSV (UTF-8 or GB18030) and Excel, in and out, as text cells."""

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter import Workbook

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title

SheetFormat = Literal["csv", "xlsx"]
MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 10 * MAX_BYTES
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MEDIA_TYPES: dict[SheetFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class SheetRefused(InputRefused):
    """A file that should be a table cannot be read as one."""

    code = "sheet-refused"
    title = Title("无法读取表格文件", "The table file cannot be read")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet by column name; `number` is its row as a spreadsheet shows it (the header is 1)."""

    number: int
    cells: dict[str, str]


def read_sheet(content: bytes, filename: str, columns: Sequence[str]) -> list[Row]:
    """The rows of a CSV or Excel file that has these columns (others are ignored); cells without blanks at their ends.

    Raises: SheetRefused if it is empty, too large, of another format or encoding, or lacks a column.
    """
    if not content.strip():
        raise SheetRefused(Title("文件是空的。", "The file is empty."), where=filename, fix=_send_table())
    if len(content) > MAX_BYTES:
        raise SheetRefused(
            Title(
                f"文件有 {len(content):,} 字节，上限 {MAX_BYTES:,}。",
                f"The file has {len(content):,} bytes, the limit is {MAX_BYTES:,}.",
            ),
            where=filename,
            fix=Title("请拆分后导入。", "Split it and import the pieces."),
        )
    lines = _excel(content, filename) if content.startswith(b"PK") else _csv(content, filename)
    if not lines:
        raise SheetRefused(Title("文件里没有表头。", "The file has no header row."), where=filename, fix=_send_table())
    header = [cell.strip() for cell in lines[0]]
    missing = [column for column in columns if column not in header]
    if missing:
        names = ", ".join(missing)
        raise SheetRefused(
            Title(f"缺少列：{names}。", f"These columns are missing: {names}."),
            where=f"{filename}:1",
            fix=Title("请先导出一份表格，按其表头填写。", "Export a table first and keep its header row."),
        )
    return [
        Row(number, {name: (line[at].strip() if at < len(line) else "") for at, name in enumerate(header) if name})
        for number, line in enumerate(lines[1:], start=2)
        if any(cell.strip() for cell in line)
    ]


def _send_table() -> Title:
    return Title(
        "请提供 CSV（UTF-8 或 GB18030）或 Excel（.xlsx）表格。",
        "Send a CSV (UTF-8 or GB18030) or an Excel (.xlsx) table.",
    )


def _csv(content: bytes, filename: str) -> list[list[str]]:
    try:
        decoded = _decoded(content)
        return [
            [unguarded(cell) for cell in line] for line in csv.reader(io.StringIO(decoded, newline=""), strict=True)
        ]
    except (UnicodeDecodeError, csv.Error) as err:
        raise SheetRefused(
            Title(f"不是可读的 CSV：{err}。", f"It is no readable CSV: {err}."), where=filename, fix=_send_table()
        ) from err


def _decoded(content: bytes) -> str:
    if b"\0" in content:
        raise csv.Error("NUL")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _excel(content: bytes, filename: str) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise SheetRefused(
                Title(
                    f"解压后有 {unpacked:,} 字节，超过上限。", f"Unpacked it has {unpacked:,} bytes, above the limit."
                ),
                where=filename,
                fix=_send_table(),
            )
        rows = (
            CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)
        )
    except (zipfile.BadZipFile, CalamineError, OSError, ValueError) as err:
        raise SheetRefused(
            Title(f"不是可读的 Excel 文件：{err}。", f"It is no readable Excel file: {err}."),
            where=filename,
            fix=_send_table(),
        ) from err
    return [[_cell(cell) for cell in line] for line in rows]


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def guarded(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula: text that starts like one gets an apostrophe before it.

    Source: OWASP, CSV Injection. Numbers stay as they are.

    >>> guarded("=1+1"), guarded("-5.2")
    ("'=1+1", '-5.2')
    """
    if not cell.startswith((*FORMULA_STARTS, "'")):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def unguarded(cell: str) -> str:
    """The cell as it was before `guarded`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*FORMULA_STARTS, "'")) else cell


def write_sheet(columns: Sequence[str], rows: Sequence[Sequence[str]], format: SheetFormat) -> bytes:
    """A table as CSV (UTF-8 with BOM, which Excel needs) or Excel (text cells, numbers as numbers, header frozen)."""
    if format == "csv":
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows([guarded(cell) for cell in row] for row in rows)
        return out.getvalue().encode("utf-8-sig")
    buffer = io.BytesIO()
    with Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for at, column in enumerate(columns):
            sheet.write_string(0, at, column, bold)
        for line, row in enumerate(rows, start=1):
            for at, cell in enumerate(row):
                _write_cell(sheet, line, at, cell)
        sheet.autofit(max_width=300)
    return buffer.getvalue()


def _write_cell(sheet: object, line: int, at: int, cell: str) -> None:
    try:
        value = float(cell)
    except ValueError:
        sheet.write_string(line, at, cell)  # type: ignore[attr-defined]  # xlsxwriter has no types
        return
    if repr(value) == cell or str(int(value) if value.is_integer() else value) == cell:
        sheet.write_number(line, at, value)  # type: ignore[attr-defined]
    else:
        sheet.write_string(line, at, cell)  # type: ignore[attr-defined]
