"""Reads whole requests, and files slice by slice: what came as bytes becomes batches."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.foundation.sources.formats.assembling import batch_of, merged
from yuzhang.foundation.sources.formats.faults import unreadable
from yuzhang.foundation.sources.formats.kinds import ARROW_STREAM, Format, Packing
from yuzhang.foundation.sources.formats.lines import batch_of_arrays, batch_of_lines
from yuzhang.foundation.sources.formats.tables import tables
from yuzhang.foundation.sources.formats.unpacking import MAX_UNPACKED_BYTES, too_much, unpacked, unpacked_stream
from yuzhang.foundation.sources.model import Batch, Resolve

MAX_ROWS = 5_000_000
"""Of one request, which is taken whole."""
LINES_AT_ONCE = 100_000
LINES_BYTES = 32 * 2**20
MAX_LINE_BYTES = 2**20
TABULAR = frozenset({Format.CSV, Format.ARROW, Format.PARQUET})


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows of a file, from the row `first` on; they can be read here, or sent to a server as they are."""

    form: Format
    content: Any
    first: int = 1
    rows: int = 0

    def batch(self, resolve: Resolve | None = None, tenant: str = "") -> Batch:
        """The observations. Raises UnreadableObservations, TooMuchInside."""
        if self.form in TABULAR:
            return batch_of(self.content, self.first)
        if self.form is Format.LINES:
            return batch_of_lines(self.content, self.first)
        return batch_of_arrays(self.content, resolve, tenant)

    def message(self) -> tuple[bytes, str]:
        """The body and the Content-Type of a request that carries it."""
        if self.form in TABULAR:
            sink = pa.BufferOutputStream()
            options = pa.ipc.IpcWriteOptions(compression="zstd")
            with pa.ipc.new_stream(sink, self.content.schema, options=options) as writer:
                writer.write_table(self.content)
            return sink.getvalue().to_pybytes(), ARROW_STREAM
        if self.form is Format.LINES:
            return b"".join(self.content), "application/x-ndjson"
        return self.content, "application/json"


def whole(content: bytes, form: Format, packing: Packing, resolve: Resolve | None = None, tenant: str = "") -> Batch:
    """All observations of a request as one batch. Raises UnreadableObservations, TooMuchInside."""
    plain = unpacked(content, packing)
    found: list[Batch] = []
    rows = weight = 0
    for one in slices(io.BytesIO(plain), form):
        if one.form in TABULAR:
            rows += one.rows
            weight += one.content.nbytes
            if rows > MAX_ROWS or weight > MAX_UNPACKED_BYTES:
                raise too_much()
        found.append(one.batch(resolve, tenant))
    if not found:
        raise unreadable("没有数据行。", "There are no rows.")
    return merged(found)


def slices(source: BinaryIO, form: Format, packing: Packing = Packing.NONE) -> Iterator[Slice]:
    """A file slice by slice; memory is that of a slice, except for data arrays and packed Arrow and Parquet, which are read whole.

    Raises: UnreadableObservations, TooMuchInside; OSError if the file cannot be read.
    """
    if packing is not Packing.NONE and form not in {Format.CSV, Format.LINES}:
        source, packing = io.BytesIO(unpacked(_bounded(source), packing)), Packing.NONE
    stream: Any = source if packing is Packing.NONE else unpacked_stream(source, packing)
    if form is Format.DATA_ARRAY:
        yield Slice(form, _bounded(source))
    elif form is Format.LINES:
        yield from _line_slices(stream)
    else:
        first = 1
        if packing is Packing.NONE:
            stream = pa.PythonFile(stream, mode="r")
        for table in tables(stream, form):
            yield Slice(form, table, first, table.num_rows)
            first += table.num_rows


def _bounded(source: BinaryIO) -> bytes:
    content = source.read(MAX_UNPACKED_BYTES + 1)
    if len(content) > MAX_UNPACKED_BYTES:
        raise too_much()
    return content


def _line_slices(stream: Any) -> Iterator[Slice]:
    first, lines, weight = 1, [], 0
    for line in _lines(stream):
        lines.append(line)
        weight += len(line)
        if len(lines) == LINES_AT_ONCE or weight > LINES_BYTES:
            yield Slice(Format.LINES, lines, first, len(lines))
            first, lines, weight = first + len(lines), [], 0
    if any(line.strip() for line in lines):
        yield Slice(Format.LINES, lines, first, len(lines))


def _lines(stream: Any) -> Iterator[bytes]:
    """Lines with their ends. Raises UnreadableObservations for one that is too long, and for damaged packing."""
    kept, count = b"", 0
    while True:
        try:
            part = stream.read(2**20)
        except (OSError, pa.ArrowException) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise unreadable("压缩内容已损坏。", "The packed content is damaged.") from error
        if not part:
            break
        *whole_lines, kept = (kept + bytes(part)).split(b"\n")
        for line in whole_lines:
            count += 1
            yield line + b"\n"
        if len(kept) > MAX_LINE_BYTES:
            raise InputTooLong.at(count + 1)
    if kept:
        yield kept


class InputTooLong(InputRefused):
    """A line of JSON is longer than is read."""

    code = "line-too-long"
    title = Title("行过长", "Line too long")

    @classmethod
    def at(cls, row: int) -> "InputTooLong":
        """At line `row`."""
        kib = MAX_LINE_BYTES // 1024
        return cls(
            Title(f"第 {row} 行超过 {kib} KiB。", f"Line {row} is longer than {kib} KiB."),
            where=f"row {row}",
            fix=Title("每行一个 JSON 对象。", "Write one JSON object a line."),
        )
