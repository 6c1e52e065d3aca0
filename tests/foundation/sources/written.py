"""One set of observations, written in each of the formats that are read."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from yuzhang.foundation.sources.formats.kinds import Format
from yuzhang.foundation.sources.model import Batch

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LABELS = ("entity", "attribute", "dataset", "type", "unitCode")


@dataclass(frozen=True)
class Seen:
    """One observation."""

    entity: str
    attribute: str
    time: int
    value: Any
    dataset: str = ""
    unit: str = ""
    type: str = ""

    @property
    def moment(self) -> datetime:
        """Its time."""
        return EPOCH + timedelta(microseconds=self.time)

    @property
    def text(self) -> str:
        """Its value as a cell of a table of texts."""
        return self.value if isinstance(self.value, str) else json.dumps(self.value, ensure_ascii=False)

    def labels(self) -> dict[str, str]:
        """What names it."""
        return dict(zip(LABELS, (self.entity, self.attribute, self.dataset, self.type, self.unit), strict=True))


def as_csv(rows: Sequence[Seen]) -> bytes:
    """RFC 4180."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow([*LABELS, "time", "value"])
    for one in rows:
        writer.writerow([*one.labels().values(), one.moment.isoformat(), one.text])
    return target.getvalue().encode()


def as_lines(rows: Sequence[Seen]) -> bytes:
    """One object a line."""
    found = []
    for one in rows:
        named = {name: word for name, word in one.labels().items() if word}
        found.append(json.dumps({**named, "time_us": one.time, "value": one.value}, ensure_ascii=False) + "\n")
    return "".join(found).encode()


def table_of(rows: Sequence[Seen]) -> Any:
    """Numbers as such if there is nothing else, else texts."""
    numbers = all(type(one.value) is float for one in rows)
    values = [one.value if numbers else one.text for one in rows]
    columns = {name: pa.array([one.labels()[name] or None for one in rows], pa.string()) for name in LABELS}
    columns["entity"] = columns["entity"].dictionary_encode()
    columns["time"] = pa.array([one.time for one in rows], pa.timestamp("us", "UTC"))
    columns["value"] = pa.array(values, pa.float64() if numbers else pa.string())
    return pa.table(columns)


def as_stream(table: Any, compression: str | None = None, rows: int = 7) -> bytes:
    """The streaming format of Arrow."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table, max_chunksize=rows)
    return sink.getvalue()


def as_file(table: Any) -> bytes:
    """The file format of Arrow."""
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def as_parquet(table: Any) -> bytes:
    """Parquet."""
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


WRITERS: dict[str, tuple[Format, Callable[[Sequence[Seen]], bytes]]] = {
    "CSV": (Format.CSV, as_csv),
    "lines": (Format.LINES, as_lines),
    "Arrow stream": (Format.ARROW, lambda rows: as_stream(table_of(rows))),
    "Arrow stream, packed": (Format.ARROW, lambda rows: as_stream(table_of(rows), "zstd")),
    "Arrow file": (Format.ARROW, lambda rows: as_file(table_of(rows))),
    "Parquet": (Format.PARQUET, lambda rows: as_parquet(table_of(rows))),
}


def read_back(batch: Batch) -> list[Seen]:
    """The observations of a batch, in their order."""
    found = []
    columns = batch.columns
    for row in range(len(columns)):
        key = batch.keys[columns.series[row]]
        rest = json.loads((columns.rest[row] if columns.rest else None) or "{}")
        value = rest["value"] if "value" in rest else float(columns.value[row])
        found.append(
            Seen(
                key.entity,
                key.attribute,
                int(columns.time[row]),
                value,
                key.dataset,
                rest.get("unitCode", ""),
                batch.types.get(key.entity, ""),
            )
        )
    return found
