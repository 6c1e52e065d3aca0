"""Excel workbooks (xlsx) as rows of text, and rows as a workbook.

A workbook is a ZIP of XML that strangers send: before the reader sees it, it is unpacked once by pieces and measured, because
the reader keeps every cell between the first and the last in memory, each with a text of its own.
"""

import io
import zipfile
import zlib
from collections.abc import Collection, Sequence
from datetime import date, datetime

from yuzhang.core.language import Title
from yuzhang.core.tables.errors import SheetTooLarge, SheetUnreadable
from yuzhang.core.tables.measuring import Excess, Unclear, measure_cells
from yuzhang.core.tables.numbers import number_text as number_text
from yuzhang.core.tables.percentages import percent_cell

UNPACKED_LIMIT = 200_000_000
MEMBER_LIMIT = 1_000
PIECE = 1 << 20
WIDEST_PX = 300


def workbook_rows(content: bytes, filename: str, months: Collection[str] = ()) -> list[list[str]]:
    """The cells of the first sheet as text; in the columns `months` the first of a month means the month.

    Raises: SheetUnreadable, SheetTooLarge (it unpacks to too much).
    """
    _measure(content, filename)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        table = rows.to_python(skip_empty_area=False)
    except (CalamineError, IndexError, ValueError) as err:
        raise _broken(filename, str(err)) from err
    except BaseException as err:
        # The reader is Rust: where it gives up on a file in a way it did not foresee, this is no Exception.
        if type(err).__name__ != "PanicException":
            raise
        raise _broken(filename, str(err)) from err
    heading = next((row for row in table if any(str(cell).strip() for cell in row)), [])
    names = [str(cell).strip().lower() for cell in heading]
    names += [""] * (max(map(len, table), default=0) - len(names))
    return [[cell_text(cell, name in months) for cell, name in zip(row, names, strict=False)] for row in table]


def _broken(filename: str, why: str) -> SheetUnreadable:
    return SheetUnreadable(
        Title(f"这不是可以读取的 xlsx 工作簿：{why}", f"This is no workbook (xlsx) that can be read: {why}"),
        where=filename,
        fix=Title("请在电子表格软件中另存为 xlsx（不加密码）或 CSV。", "Save it as xlsx (no password) or CSV."),
    )


def _measure(content: bytes, filename: str) -> None:
    """Return if the workbook unpacks to what it says, within the limits, and its numbers are what they seem."""
    left = UNPACKED_LIMIT
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            names = {member.filename.lower() for member in members}
            # The reader tells the kind of a workbook by its members: hold it to the one kind that is measured here.
            if "xl/workbook.xml" not in names or names & {"content.xml", "xl/workbook.bin"}:
                raise _broken(filename, "xl/workbook.xml")
            if len(members) > MEMBER_LIMIT:
                raise _bomb(filename, f"{len(members)} 个部件", f"{len(members)} parts")
            for member in members:
                left = _measure_member(archive, member, left, filename)
            measure_cells(archive)
            if cell := percent_cell(archive):
                raise _percentage(filename, cell)
    except Excess as err:
        raise _bomb(filename, err.zh, err.en) from err
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, Unclear) as err:
        raise _broken(filename, str(err)) from err


def _percentage(filename: str, cell: str) -> SheetUnreadable:
    return SheetUnreadable(
        Title(
            f"单元格 {cell} 是百分比格式，Excel 存的是百分之一的值。",
            f"Cell {cell} is formatted as a percentage: Excel keeps a hundredth of what it shows.",
        ),
        where=f"{filename}: {cell}",
        fix=Title(
            "请改为常规格式，写 92.1，单位写 %。", "Format it as a plain number and write 92.1, with % as its unit."
        ),
    )


def _measure_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int, filename: str) -> int:
    """What is left of the limit after unpacking `member`."""
    with archive.open(member) as stream:
        while piece := stream.read(PIECE):
            left -= len(piece)
            if left < 0:
                size = f"{UNPACKED_LIMIT / 1e6:.0f} MB"
                raise _bomb(filename, f"解压后超过 {size}", f"it unpacks to more than {size}")
    return left


def _bomb(filename: str, zh: str, en: str) -> SheetTooLarge:
    return SheetTooLarge(
        Title(f"工作簿太大：{zh}。", f"The workbook is too large: {en}."),
        where=filename,
        fix=Title(
            "请只保留数据行后重新保存，或改用 CSV。", "Keep only the rows of figures and save it again, or use CSV."
        ),
    )


def cell_text(value: object, month: bool = False) -> str:
    """What a cell says. Where months are meant, the first day of one is what Excel makes of 2023-07."""
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return f"{value:%Y-%m}" if month and value.day == 1 else value.isoformat()
    return str(value)


def write_workbook(columns: Sequence[str], rows: Sequence[Sequence[str | float]]) -> bytes:
    """A workbook of one sheet: the columns as its heading, texts as texts (never formulas or links), numbers as numbers."""
    from xlsxwriter import Workbook

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(columns):
            sheet.write_string(0, place, name, book.add_format({"bold": True}))
        for number, row in enumerate(rows, 1):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, place, cell)
                else:
                    sheet.write_number(number, place, cell)
        sheet.autofit(max_width=WIDEST_PX)
    return out.getvalue()
