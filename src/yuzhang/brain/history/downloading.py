"""Rows of history as files: CSV, newline JSON, Arrow, Parquet, written as they are read, so that memory stays flat however many there are.

All of a download is read as of one snapshot of the lake, whose number is in its header, and in the metadata of Arrow and Parquet.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.history.model import Series, Window
from yuzhang.brain.history.room import History
from yuzhang.brain.history.store.lake import Lake, condition, source
from yuzhang.core.lake import newest_snapshot

ROWS_AT_ONCE = 500_000
BATCH = 50_000
COLUMNS = pa.schema(
    [
        ("series", pa.int32()),
        ("entity", pa.string()),
        ("attribute", pa.string()),
        ("dataset", pa.string()),
        ("time", pa.timestamp("us", "UTC")),
        ("value", pa.float64()),
        ("rest", pa.string()),
        ("modified", pa.timestamp("us", "UTC")),
        ("created", pa.timestamp("us", "UTC")),
        ("deleted", pa.bool_()),
        ("observed", pa.bool_()),
    ]
)
"""A row of history with the names of its series. `rest` is JSON of what is no number, with the unit; `observed`: `time` is observedAt."""
COUNTS = """SELECT series, date_trunc('month', time) AS month, count(*) FROM {observations} SEMI JOIN chosen USING (series)
    WHERE series BETWEEN ? AND ? AND {where} GROUP BY ALL ORDER BY ALL"""
PART = """SELECT o.series, c.entity, c.attribute, c.dataset, o.time, o.value, o.rest, o.modified, coalesce(o.created, o.modified) AS created,
    o.deleted, o.observed FROM (SELECT * FROM {observations} WHERE series BETWEEN ? AND ? AND time >= ?::TIMESTAMP AND time < ?::TIMESTAMP
    AND {where}) o JOIN chosen c USING (series)"""
ORDERED = "SELECT * FROM ({part}) ORDER BY series, time"
LINE = "SELECT to_json(one)::VARCHAR FROM (SELECT * FROM part) one"
FOREVER = ("-infinity", "infinity")


class Format(StrEnum):
    """What a download may be."""

    CSV = "csv"
    NDJSON = "ndjson"
    ARROW = "arrow"
    PARQUET = "parquet"


MEDIA = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.NDJSON: "application/x-ndjson",
    Format.ARROW: "application/vnd.apache.arrow.stream",
    Format.PARQUET: "application/vnd.apache.parquet",
}
ENDING = {Format.CSV: "csv", Format.NDJSON: "ndjson", Format.ARROW: "arrows", Format.PARQUET: "parquet"}


@dataclass(frozen=True, slots=True)
class Slice:
    """Series from one number to another, and the months of them, whose rows fit into memory."""

    first: int
    last: int
    start: str = FOREVER[0]
    end: str = FOREVER[1]


def slices(counts: Sequence[tuple[int, Any, int]], most: int = ROWS_AT_ONCE) -> list[Slice]:
    """Rows counted by series and month, in that order, as parts of at most `most` rows; a month of one series is never cut."""
    found: list[Slice] = []
    open_rows = 0
    total: dict[int, int] = {}
    for series, _, rows in counts:
        total[series] = total.get(series, 0) + rows
    for series, rows in total.items():
        if rows > most:
            found += _months([(month, count) for number, month, count in counts if number == series], series, most)
            open_rows = 0
        elif open_rows and open_rows + rows <= most:
            found[-1] = Slice(found[-1].first, series)
            open_rows += rows
        else:
            found.append(Slice(series, series))
            open_rows = rows
    return found


def _months(counts: Sequence[tuple[Any, int]], series: int, most: int) -> list[Slice]:
    starts, held = [FOREVER[0]], 0
    for month, rows in counts:
        if held and held + rows > most:
            starts.append(str(month))
            held = 0
        held += rows
    return [Slice(series, series, *pair) for pair in zip(starts, [*starts[1:], FOREVER[1]], strict=True)]


class Download:
    """The rows of series in a window, as of a snapshot, to be written in a format."""

    def __init__(
        self, history: History, series: Sequence[Series], window: Window, snapshot: int | None, form: Format
    ) -> None:
        """Read the rows if they are few, and else count them. Raises what DuckDB raises if the snapshot is not there."""
        self._history = history
        self._where, self._bounds = condition(window)
        self._chosen = pa.table(
            {
                "series": pa.array([one.number for one in series], pa.int32()),
                "entity": [one.entity for one in series],
                "attribute": [one.attribute for one in series],
                "dataset": [one.dataset for one in series],
            },
            schema=pa.schema([COLUMNS.field(at) for at in range(4)]),
        )
        self.form = form
        numbers = [one.number for one in series]
        all_of_it = Slice(min(numbers), max(numbers))
        with history.lake() as lake:
            self.snapshot = newest_snapshot(lake) if snapshot is None else snapshot
            self._few = self._read(lake, all_of_it, f"{PART} LIMIT {BATCH + 1}").to_arrow_table()
            if self._few.num_rows <= BATCH:
                self._slices = []
                return
            self._few = self._few.slice(0, 0)
            counted = COUNTS.format(observations=source(self.snapshot), where=self._where)
            self._slices = slices(lake.execute(counted, [all_of_it.first, all_of_it.last, *self._bounds]).fetchall())

    def content(self) -> Iterator[bytes]:
        """The file, part by part."""
        sink = _Sink()
        with _writer(self.form, sink, self.snapshot) as writing:
            if self._few.num_rows:
                writing.write(named(self._few))
            for one in self._slices:
                # A lake's cursor for each part: a reader who goes away leaves nothing open.
                with self._history.lake() as lake:
                    for batch in self._read(lake, one, PART).to_arrow_reader(BATCH):
                        writing.write(named(pa.Table.from_batches([batch])))
                        yield from sink.taken()
        yield from sink.taken()

    def _read(self, lake: Lake, part: Slice, sql: str) -> Lake:
        lake.register("chosen", self._chosen)
        read = ORDERED.format(part=sql.format(observations=source(self.snapshot), where=self._where))
        return lake.execute(read, [part.first, part.last, part.start, part.end, *self._bounds])


def named(rows: pa.Table) -> pa.Table:
    """Rows of PART as COLUMNS: their times are UTC."""
    columns = [
        pa.compute.assume_timezone(column, "UTC") if pa.types.is_timestamp(column.type) else column
        for column in rows.columns
    ]
    return pa.table(columns, names=COLUMNS.names).cast(COLUMNS)


class _Sink(io.RawIOBase):
    """A file that keeps what is written until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Keep a part."""
        part = bytes(data)
        self._parts.append(part)
        return len(part)

    def taken(self) -> list[bytes]:
        """What was written since the last time."""
        parts, self._parts = self._parts, []
        return [b"".join(parts)] if parts else []


class _Writing(Protocol):
    """Writes batches of COLUMNS into a sink; at the end of `with` the file is whole."""

    def __enter__(self) -> "_Writing": ...

    def __exit__(self, *_: object) -> None: ...

    def write(self, table: pa.Table) -> None:
        """Write a batch."""


def _writer(form: Format, sink: _Sink, snapshot: int) -> _Writing:
    if form is Format.NDJSON:
        return _Lines(sink)
    return _Columns(form, sink, COLUMNS.with_metadata({"yuzhang.snapshot": str(snapshot)}))


class _Lines:
    def __init__(self, sink: _Sink) -> None:
        self._sink = sink
        self._turning = duckdb.connect()

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(self, *_: object) -> None:
        self._turning.close()

    def write(self, table: pa.Table) -> None:
        """A line of JSON for each row."""
        self._turning.register("part", table)
        lines = [row[0] for row in self._turning.execute(LINE).fetchall()]
        self._sink.write(("\n".join(lines) + "\n").encode())


class _Columns:
    def __init__(self, form: Format, sink: _Sink, schema: pa.Schema) -> None:
        from pyarrow import csv, ipc, parquet  # each takes its time to load

        self._schema, self._form = schema, form
        self._writer: Any
        if form is Format.CSV:
            sink.write(
                b"\xef\xbb\xbf"
            )  # spreadsheets take a file with Chinese in it for another encoding without this mark
            self._writer = csv.CSVWriter(sink, schema, write_options=csv.WriteOptions(batch_size=BATCH))
        elif form is Format.ARROW:
            self._writer = ipc.new_stream(sink, schema)
        else:
            self._writer = parquet.ParquetWriter(sink, schema, compression="zstd")

    def __enter__(self) -> "_Columns":
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def write(self, table: pa.Table) -> None:
        """A batch of the file."""
        self._writer.write_table(table.cast(self._schema))
