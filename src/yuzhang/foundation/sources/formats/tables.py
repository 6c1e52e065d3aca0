"""CSV, Arrow and Parquet as tables, a slice of rows at a time."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types
import pyarrow.csv as pacsv  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from yuzhang.core.language import Title
from yuzhang.foundation.sources.formats.arrow_bodies import check_bodies
from yuzhang.foundation.sources.formats.faults import Faults, unreadable
from yuzhang.foundation.sources.formats.kinds import Format
from yuzhang.foundation.sources.formats.unpacking import MAX_UNPACKED_BYTES, too_much

BLOCK_BYTES = 2 * 2**20
"""A row of CSV cannot be longer. Arrow reads some thirty blocks ahead, which is what a large file costs in memory."""
SLICE_ROWS = 200_000
SLICE_BYTES = 32 * 2**20
MAX_COLUMNS = 4000
ARROW_FILE = b"ARROW1"
_NAMES = {Format.CSV: "CSV", Format.ARROW: "Arrow", Format.PARQUET: "Parquet"}


def tables(source: Any, form: Format) -> Iterator[Any]:
    """The tables of a seekable stream, or of one that is not if it is CSV; each of at most SLICE_ROWS rows, checked to be sound.

    Raises: UnreadableObservations, TooMuchInside; OSError if the stream itself cannot be read.
    """
    read = {Format.CSV: _csv, Format.ARROW: _arrow, Format.PARQUET: _parquet}[form]
    with _readable(form):
        for table in read(source):
            for at in range(0, table.num_rows, SLICE_ROWS):
                part = table.slice(at, SLICE_ROWS)
                part.validate(full=True)
                yield part


@contextmanager
def _readable(form: Format) -> Iterator[None]:
    name = _NAMES[form]
    try:
        yield
    except (pa.ArrowException, ValueError, TypeError, NotImplementedError, MemoryError, KeyError) as error:
        raise _damaged(name, error) from error
    except OSError as error:
        # What is not from the operating system is Arrow's word for damaged content.
        if error.errno is not None:
            raise
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> Exception:
    said = " ".join(str(error).split())[:200]
    return unreadable(f"内容不是完好的 {name}：{said}", f"The content is no sound {name}: {said}")


class Utf8:
    """A stream of text that is checked while it is read: Arrow passes over rows that are neither whole nor text."""

    closed = False

    def __init__(self, source: Any) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._lines = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises UnreadableObservations, naming the line."""
        part = bytes(self._source.read(size))
        try:
            self._decoder.decode(part, final=not part)
        except UnicodeDecodeError as error:
            line = self._lines + part.count(b"\n", 0, error.start) + 1
            raise unreadable(
                f"第 {line} 行不是 UTF-8 文本。",
                f"Line {line} is no UTF-8 text.",
                f"line {line}",
                Title("请另存为 UTF-8 编码的 CSV。", "Save it as CSV in UTF-8."),
            ) from error
        self._lines += part.count(b"\n")
        return part


def _csv(source: Any) -> Iterator[Any]:
    faults = Faults()

    def skipped(row: Any) -> str:
        # Arrow counts the heading; a row's number here begins below it.
        what = Title(
            f"有 {row.actual_columns} 格，表头有 {row.expected_columns} 格",
            f"it has {row.actual_columns} cells, the heading {row.expected_columns}",
        )
        faults.add((row.number or 2) - 2, "–", what)
        return "skip"

    reading = pacsv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES)
    parsing = pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=skipped)
    converting = pacsv.ConvertOptions(default_column_type=pa.string(), strings_can_be_null=True, null_values=[""])
    text = pa.PythonFile(Utf8(source), mode="r")
    with pacsv.open_csv(text, read_options=reading, parse_options=parsing, convert_options=converting) as reader:
        gathered, rows, weight = [], 0, 0
        for batch in reader:
            faults.check()
            gathered.append(batch)
            rows, weight = rows + batch.num_rows, weight + batch.nbytes
            if rows >= SLICE_ROWS or weight >= SLICE_BYTES:
                yield pa.Table.from_batches(gathered)
                gathered, rows, weight = [], 0, 0
    faults.check()
    if gathered:
        yield pa.Table.from_batches(gathered)


def _arrow(source: Any) -> Iterator[Any]:
    start = source.read(len(ARROW_FILE))
    source.seek(0)
    if start == ARROW_FILE:
        source.seek(8)  # a file is a stream between two marks
    check_bodies(source, MAX_UNPACKED_BYTES)
    source.seek(8 if start == ARROW_FILE else 0)
    with pa.ipc.open_stream(source) as reader:
        _check_width(len(reader.schema))
        for batch in reader:
            yield pa.Table.from_batches([batch])


def _parquet(source: Any) -> Iterator[Any]:
    with pq.ParquetFile(source) as file:
        meta = file.metadata
        _check_width(meta.num_columns)
        for at in range(meta.num_row_groups):
            if meta.row_group(at).total_byte_size > MAX_UNPACKED_BYTES:
                raise too_much()
        texts = [
            one.name for one in file.schema_arrow if pa.types.is_string(one.type) or pa.types.is_large_string(one.type)
        ]
    with pq.ParquetFile(source, read_dictionary=texts) as file:
        for batch in file.iter_batches(batch_size=SLICE_ROWS, use_threads=False):
            yield pa.Table.from_batches([batch])


def _check_width(columns: int) -> None:
    if columns > MAX_COLUMNS:
        raise unreadable(f"列数超过 {MAX_COLUMNS}。", f"There are more than {MAX_COLUMNS} columns.")
