"""The text of a file: txt in UTF-8 or GB18030, docx, pdf with a text layer. Offsets of a draft count in this text."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import docx
import pdfplumber
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml.etree import XMLSyntaxError
from pdfminer.pdfexceptions import PDFException
from pdfplumber.utils.exceptions import PdfminerException

from yuzhang.core.language import Title
from yuzhang.plan.reading.errors import (
    EncodingUnknown,
    FileDamaged,
    FileMissing,
    FileTooLarge,
    FormatUnknown,
    TextEmpty,
)

MAX_FILE_BYTES = 50_000_000
MAX_UNPACKED_BYTES = 200_000_000
MAX_UNPACK_RATIO = 200
MAX_TEXT_CHARACTERS = 20_000_000
MAX_PAGES = 3_000
PDF_MAGIC = b"%PDF-"
ZIP_MAGIC = b"PK\x03\x04"

Format = Literal["txt", "docx", "pdf"]


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text as decoded, unchanged; `encoding` is None where the format has its own."""

    text: str
    format: Format
    encoding: str | None


def read_document(path: Path) -> Document:
    """The text of the file at `path`; what it is shows in its first bytes, not in its name.

    Raises: FileMissing, FileTooLarge, FormatUnknown, FileDamaged, EncodingUnknown, TextEmpty.
    """
    try:
        size = path.stat().st_size
        _refuse_above(size, MAX_FILE_BYTES, path.name, "字节", "bytes")
        content = path.read_bytes()
    except OSError as err:
        raise FileMissing(
            Title(f"无法打开文件 {path}。", f"The file {path} cannot be opened."),
            fix=Title("请检查路径和权限。", "Check the path and its rights."),
        ) from err
    if content.startswith(PDF_MAGIC):
        document = Document(_pdf_text(path), "pdf", None)
    elif content.startswith(ZIP_MAGIC):
        document = Document(_docx_text(path), "docx", None)
    else:
        document = _plain_text(content, path.name)
    _refuse_above(len(document.text), MAX_TEXT_CHARACTERS, path.name, "字", "characters")
    if not document.text.strip().strip("\ufeff"):
        raise TextEmpty(
            Title(f"文件 {path.name} 里没有文字。", f"The file {path.name} holds no text."),
            fix=Title("扫描件请先做文字识别。", "A scan needs text recognition first."),
            where=path.name,
        )
    return document


def _refuse_above(amount: int, limit: int, name: str, zh: str, en: str) -> None:
    if amount > limit:
        raise FileTooLarge(
            Title(
                f"{name} 有 {amount:,} {zh}，上限是 {limit:,}。", f"{name} has {amount:,} {en}; the limit is {limit:,}."
            ),
            fix=Title("请只提供规划正文。", "Give only the plan's own text."),
            where=name,
        )


def _plain_text(content: bytes, name: str) -> Document:
    if b"\x00" in content[:65536]:
        raise FormatUnknown(
            Title(f"{name} 不是文本、docx 或 pdf。", f"{name} is neither text nor docx nor pdf."),
            fix=Title("请另存为 UTF-8 文本、docx 或 pdf。", "Save it as UTF-8 text, docx or pdf."),
            where=name,
        )
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or _looks_chinese(text):
            return Document(text, "txt", encoding)
    raise EncodingUnknown(
        Title(f"{name} 既不是 UTF-8 也不是 GB18030 文本。", f"{name} is neither UTF-8 nor GB18030 text."),
        fix=Title("请用 UTF-8 编码另存。", "Save it again as UTF-8."),
        where=name,
    )


def _looks_chinese(text: str) -> bool:
    """Whether common words of the genre occur: GB18030 decodes almost any bytes into rare characters."""
    outside = sum(1 for c in text if ord(c) > 127)
    common = sum(text.count(c) for c in "的和年，。、业发展建设市人大中一")
    return outside == 0 or common >= outside * 0.05


def _docx_text(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
            packed = sum(info.compress_size for info in archive.infolist())
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError) as err:
        raise _damaged(path.name) from err
    if "word/document.xml" not in names:
        raise FormatUnknown(
            Title(f"{path.name} 是压缩包，但不是 docx。", f"{path.name} is an archive, but no docx."),
            fix=Title("请先解压，再选择其中的规划文件。", "Unpack it and choose the plan's file."),
            where=path.name,
        )
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > 10_000_000 and unpacked > packed * MAX_UNPACK_RATIO):
        _refuse_above(
            unpacked, min(MAX_UNPACKED_BYTES, packed * MAX_UNPACK_RATIO), path.name, "字节（解压后）", "bytes unpacked"
        )
    try:
        return "\n".join(_docx_lines(docx.Document(str(path))))
    except (PackageNotFoundError, XMLSyntaxError, zipfile.BadZipFile, KeyError, ValueError, OSError) as err:
        raise _damaged(path.name) from err


def _docx_lines(document: Any) -> Iterator[str]:
    """Paragraphs as lines with blank lines between; tables as lines of tab-separated cells, a merged cell once."""
    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            yield block.text
            yield ""
        elif isinstance(block, Table):
            for row in block.rows:
                cells: list[str] = []
                previous: object = None
                for cell in row.cells:
                    # Word repeats a merged cell for each column it spans.
                    if cell._tc is not previous:
                        cells.append(cell.text.replace("\n", "").replace("\t", " ").strip())
                    previous = cell._tc
                yield "\t".join(cells)
            yield ""


def _pdf_text(path: Path) -> str:
    try:
        with pdfplumber.open(path) as pdf:
            _refuse_above(len(pdf.pages), MAX_PAGES, path.name, "页", "pages")
            pages: list[str] = []
            total = 0
            for page in pdf.pages:
                pages.append(page.extract_text() or "")
                total += len(pages[-1])
                _refuse_above(total, MAX_TEXT_CHARACTERS, path.name, "字", "characters")
                page.close()
            return "\n\n".join(pages) if total else ""
    except (PDFException, PdfminerException, ValueError, KeyError, TypeError, OSError) as err:
        raise _damaged(path.name) from err


def _damaged(name: str) -> FileDamaged:
    return FileDamaged(
        Title(f"{name} 无法打开，可能已损坏或加密。", f"{name} cannot be opened; it may be damaged or encrypted."),
        fix=Title("请用原软件重新保存，或另存为文本。", "Save it again with its own program, or as text."),
        where=name,
    )
