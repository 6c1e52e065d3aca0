"""The text of a file: txt in UTF-8 or GB18030, docx, pdf with a text layer. Offsets of a draft count in this text.

A docx or pdf of strangers can unpack to gigabytes: it is read in a process of its own (`python -m` this module), which may take so
much memory and time, and sends back the text.
"""

import logging
import os
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

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
# Of the process that reads a docx or pdf. A manual of 36 pages took 43 MB and 1.4 s.
MAX_MEMORY_BYTES = 2_000_000_000
MAX_PROCESSOR_S = 300
MAX_WAIT_S = 600
# How that process ends; anything else means that it was stopped.
READ, DAMAGED, OVER_LIMIT, OUT_OF_MEMORY = 0, 3, 4, 5
PDF_MAGIC = b"%PDF-"
ZIP_MAGIC = b"PK\x03\x04"

Format = Literal["txt", "docx", "pdf"]
log = logging.getLogger(__name__)


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
        document = Document(_text_apart(path, "pdf"), "pdf", None)
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
        raise _too_large(
            name,
            f"{name} 有 {amount:,} {zh}，上限是 {limit:,}。",
            f"{name} has {amount:,} {en}; the limit is {limit:,}.",
        )


def _too_large(name: str, zh: str, en: str) -> FileTooLarge:
    return FileTooLarge(Title(zh, en), fix=Title("请只提供规划正文。", "Give only the plan's own text."), where=name)


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
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError) as err:
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
    return _text_apart(path, "docx")


def _text_apart(path: Path, format: Literal["docx", "pdf"]) -> str:
    """The text, read by a process of its own. Raises: FileDamaged, FileTooLarge."""
    command = [sys.executable, "-P", "-m", "yuzhang.plan.reading.documents", format, str(path), str(MAX_MEMORY_BYTES)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(command, capture_output=True, env=environment, timeout=MAX_WAIT_S, check=False)  # noqa: S603  # this Python
    except subprocess.TimeoutExpired as err:
        raise _too_much(path.name) from err
    if done.returncode == READ:
        return done.stdout.decode()
    if done.returncode == OVER_LIMIT:
        zh, _, en = done.stdout.decode().partition("\n")
        raise _too_large(path.name, zh, en)
    if done.returncode == OUT_OF_MEMORY or done.returncode < 0:  # below 0: stopped by the system
        raise _too_much(path.name)
    if done.returncode != DAMAGED:
        log.warning("%s was not read: %s", path.name, done.stderr.decode(errors="replace")[-2_000:])
    raise _damaged(path.name)


def _too_much(name: str) -> FileTooLarge:
    memory = f"{MAX_MEMORY_BYTES / 1e9:g} GB"
    return _too_large(
        name,
        f"读取 {name} 需要的内存超过 {memory}，或时间超过 {MAX_PROCESSOR_S} 秒。",
        f"Reading {name} takes more than {memory} of memory or {MAX_PROCESSOR_S} s.",
    )


def _damaged(name: str) -> FileDamaged:
    return FileDamaged(
        Title(f"{name} 无法打开，可能已损坏或加密。", f"{name} cannot be opened; it may be damaged or encrypted."),
        fix=Title("请用原软件重新保存，或另存为文本。", "Save it again with its own program, or as text."),
        where=name,
    )


# From here on: what the process of its own does.


def _read_apart(format: str, path: Path, memory_bytes: int) -> int:
    """Write the text of a docx or pdf to standard output; how it went."""
    import resource

    for limit, most in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CPU, MAX_PROCESSOR_S)):
        with suppress(ValueError, OSError):  # not every system has each limit, or lets it be set
            resource.setrlimit(limit, (most, most))
    out, sys.stdout = sys.stdout.buffer, sys.stderr  # only the text goes there, whatever a library prints
    try:
        text = _docx_text_here(path) if format == "docx" else _pdf_text_here(path)
        out.write(text.encode(errors="replace"))
    except FileTooLarge as err:
        out.write(f"{err.detail.zh}\n{err.detail.en}".encode())
        return OVER_LIMIT
    except FileDamaged as err:
        return OUT_OF_MEMORY if _lacked_memory(err) else DAMAGED
    except MemoryError:
        return OUT_OF_MEMORY
    return READ


def _lacked_memory(err: BaseException) -> bool:
    """Whether an error, or what lies behind it, is that the memory was used up: libraries wrap it."""
    behind = [one for one in (err.__cause__, err.__context__, *err.args) if isinstance(one, BaseException)]
    return isinstance(err, MemoryError) or any(map(_lacked_memory, behind))


def _docx_text_here(path: Path) -> str:
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from lxml.etree import ErrorTypes, XMLSyntaxError

    try:
        return _within_limit(_docx_lines(docx.Document(str(path))), "\n", path.name)
    except XMLSyntaxError as err:
        if getattr(err, "code", None) == ErrorTypes.ERR_NO_MEMORY:  # its message says "unknown error" then
            raise MemoryError from err
        raise _damaged(path.name) from err
    except (PackageNotFoundError, zipfile.BadZipFile, zlib.error, EOFError) as err:
        raise _damaged(path.name) from err
    except (KeyError, ValueError, OSError, RuntimeError, NotImplementedError) as err:  # the last two: encrypted parts
        raise _damaged(path.name) from err


def _within_limit(pieces: Iterable[str], between: str, name: str) -> str:
    """The pieces as one text. Raises: FileTooLarge as soon as they are too many."""
    kept: list[str] = []
    total = 0
    for piece in pieces:
        kept.append(piece)
        total += len(piece) + len(between)
        _refuse_above(total, MAX_TEXT_CHARACTERS, name, "字", "characters")
    return between.join(kept)


def _docx_lines(document: Any) -> Iterator[str]:
    """Paragraphs as lines with blank lines between; tables as lines of tab-separated cells, a cell merged across once."""
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            yield block.text
            yield ""
        elif isinstance(block, Table):
            yield from _table_lines(block)
            yield ""


def _table_lines(table: Any) -> Iterator[str]:
    """The rows. Spans are counted, never unfolded: a file can claim any width."""
    from docx.table import _Cell

    above: dict[int, str] = {}
    for row in table._tbl.tr_lst:
        column = row.grid_before
        texts: dict[int, str] = {}
        for cell in row.tc_lst:
            if cell.vMerge == "continue" and column in above:  # merged downward: each row repeats it
                texts[column] = above[column]
            else:
                texts[column] = _Cell(cell, table).text.replace("\n", "").replace("\t", " ").strip()
            column += max(cell.grid_span, 1)
        yield "\t".join(texts.values())
        above = texts


def _pdf_text_here(path: Path) -> str:
    import pdfplumber
    from pdfminer.pdfexceptions import PDFException
    from pdfplumber.utils.exceptions import PdfminerException

    try:
        with pdfplumber.open(path) as pdf:
            _refuse_above(len(pdf.pages), MAX_PAGES, path.name, "页", "pages")
            text = _within_limit(map(_page_text, pdf.pages), "\n\n", path.name)
            return text if text.strip() else ""
    except (PDFException, PdfminerException, ValueError, KeyError, TypeError, OSError) as err:
        raise _damaged(path.name) from err


def _page_text(page: Any) -> str:
    text = page.extract_text() or ""
    page.close()
    return str(text)


if __name__ == "__main__":
    sys.exit(_read_apart(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
