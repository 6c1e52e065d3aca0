"""Polling of documents with rows: JSON of a REST interface, CSV, and Excel workbooks."""

import io
import zipfile
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from yuzhang.core.language import Title
from yuzhang.foundation.sources.connectors.kinds.fetching import Address, Document
from yuzhang.foundation.sources.connectors.mapping import Mapping
from yuzhang.foundation.sources.connectors.model import Fetched, Kind
from yuzhang.foundation.sources.connectors.reaching import Reach, may_know
from yuzhang.foundation.sources.connectors.settings import setting
from yuzhang.foundation.sources.payloads.errors import UnreadablePayload
from yuzhang.foundation.sources.payloads.plain import (
    ENCODINGS,
    MOST_ROWS,
    Row,
    csv_rows,
    document,
    json_rows,
    pick,
    too_many,
)

MOST_PAGES = 50
MOST_UNPACKED = 200_000_000
PIECE = 2**20


@dataclass(frozen=True, kw_only=True)
class RestSettings(Address):
    """A REST interface that answers JSON."""

    next: str = setting(
        "下一页地址的路径",
        "Where the next page's address lies",
        "",
        hint=("如 links.next；空则只有一页", "such as links.next; empty for one page"),
    )


class Rest:
    """Polls JSON."""

    def __init__(self, settings: RestSettings, mapping: Mapping) -> None:
        self._settings, self._mapping = settings, mapping
        self._document = Document(settings, mapping, "application/json")

    def fetch(self, reach: Reach, cursor: str, now_us: int) -> Fetched:
        """What changed, all pages of it."""
        if not self._settings.next:
            return self._document.fetched(reach, cursor, now_us, self)
        return self._document.fetched(reach, cursor, now_us, _Pages(self, self._settings, reach))

    def read(self, body: bytes) -> list[Row]:
        """The rows of one page."""
        return json_rows(body, self._mapping.rows)


class _Pages:
    """Reads a page and those behind it."""

    def __init__(self, rest: Rest, settings: RestSettings, reach: Reach) -> None:
        self._rest, self._settings, self._reach = rest, settings, reach

    def read(self, body: bytes) -> list[Row]:
        rows = self._rest.read(body)
        address = self._settings.url
        for page in range(MOST_PAGES + 1):
            told = pick(document(body), self._settings.next)
            there = urljoin(address, told) if isinstance(told, str) and told else ""
            if not there or there == address or not may_know(address, there):  # it would be sent the key of this one
                break
            if page == MOST_PAGES or len(rows) > MOST_ROWS:
                raise too_many()
            address = there
            body = self._reach.get(address, {"accept": "application/json", **self._settings.headers}).body
            rows += self._rest.read(body)
        return rows


@dataclass(frozen=True, kw_only=True)
class CsvSettings(Address):
    """A table as CSV."""

    delimiter: str = setting("分隔符", "Delimiter", ",", choices=(",", ";", "tab", "|"))
    encoding: str = setting("编码", "Encoding", "utf-8", choices=ENCODINGS)
    heading: str = setting("列名（表中没有表头时，逗号分隔）", "Names of the columns, where the table has none", "")


class Csv:
    """Polls a CSV table."""

    def __init__(self, settings: CsvSettings, mapping: Mapping) -> None:
        self._settings = settings
        self._document = Document(settings, mapping, "text/csv, */*")

    def fetch(self, reach: Reach, cursor: str, now_us: int) -> Fetched:
        """The table, if it changed."""
        return self._document.fetched(reach, cursor, now_us, self)

    def read(self, body: bytes) -> list[Row]:
        """Its rows."""
        one = self._settings
        return csv_rows(body, "\t" if one.delimiter == "tab" else one.delimiter, one.encoding, one.heading)


@dataclass(frozen=True, kw_only=True)
class ExcelSettings(Address):
    """A workbook."""

    sheet: str = setting("工作表（空：第一张）", "Sheet (empty: the first)", "")
    heading_row: int = setting("表头所在行", "Row of the heading", 1, least=1, most=1000)


class Excel:
    """Polls a workbook (xlsx, xls, ods)."""

    def __init__(self, settings: ExcelSettings, mapping: Mapping) -> None:
        self._settings = settings
        self._document = Document(settings, mapping)

    def fetch(self, reach: Reach, cursor: str, now_us: int) -> Fetched:
        """The workbook, if it changed."""
        return self._document.fetched(reach, cursor, now_us, self)

    def read(self, body: bytes) -> list[Row]:
        """The rows of its sheet."""
        return excel_rows(body, self._settings.sheet, self._settings.heading_row)


def excel_rows(body: bytes, sheet: str = "", heading_row: int = 1) -> list[Row]:
    """The rows of a sheet below its heading. Raises UnreadablePayload."""
    _measure(body)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        found = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
        table = found.to_python(skip_empty_area=False, nrows=heading_row + MOST_ROWS + 1)
    except (CalamineError, IndexError, ValueError) as error:
        raise UnreadablePayload.because(
            f"不是可读的工作簿：{error}。", f"It is no workbook that can be read: {error}."
        ) from error
    except BaseException as error:
        # The reader is Rust: where it gives up on a file in a way it did not foresee, this is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadablePayload.because("工作簿已损坏。", "The workbook is damaged.") from error
    if len(table) < heading_row:
        raise UnreadablePayload.because(
            f"没有第 {heading_row} 行。", f"There is no row {heading_row}.", f"row {heading_row}"
        )
    if len(table) > heading_row + MOST_ROWS:
        raise too_many()
    names = [str(cell).strip() for cell in table[heading_row - 1]]
    rows = [
        {name: _cell(cell) for name, cell in zip(names, cells, strict=False) if name} for cells in table[heading_row:]
    ]
    return [row for row in rows if any(value is not None for value in row.values())]


def _cell(cell: Any) -> Any:
    return None if cell == "" else cell


def _measure(body: bytes) -> None:
    """Return if a workbook does not unpack to far more than it seems. Raises UnreadablePayload."""
    if not body.startswith(b"PK"):
        return
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            for member in packed.infolist():
                with packed.open(member) as stream:
                    while part := stream.read(PIECE):
                        left -= len(part)
                        if left < 0:
                            raise UnreadablePayload.because("解压后过大。", "It unpacks to too much.")
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise UnreadablePayload.because("工作簿已损坏。", "The workbook is damaged.") from error


REST = Kind(
    "rest",
    Title("REST/JSON 轮询", "REST/JSON, polled"),
    Title("定时读取返回 JSON 的接口。", "Reads an interface that answers JSON, at an interval."),
    RestSettings,
    poller=Rest,
)
CSV = Kind(
    "csv",
    Title("CSV 轮询", "CSV, polled"),
    Title("定时读取 CSV 表，地址或文件均可。", "Reads a table as CSV, from an address or a file."),
    CsvSettings,
    poller=Csv,
)
EXCEL = Kind(
    "excel",
    Title("Excel 轮询", "Excel, polled"),
    Title("定时读取工作簿的一张工作表。", "Reads a sheet of a workbook, from an address or a file."),
    ExcelSettings,
    poller=Excel,
)
