"""Rows of an answer as JSON, CSV, Arrow or Parquet."""

import io
import math
from typing import Any

import msgspec
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.history.sql.model import Format


def written(table: pa.Table, form: Format, cut: bool, snapshot: int) -> bytes:
    """`table` in a format; which snapshot of the lake it is of stands in the JSON, and in the metadata of Arrow and Parquet."""
    if form is Format.JSON:
        return msgspec.json.encode(
            {
                "columns": [{"name": one.name, "type": str(one.type)} for one in table.schema],
                "rows": _rows(table),
                "cut": cut,
                "snapshot": snapshot,
            },
            enc_hook=str,
        )
    if form is Format.CSV:
        return _csv(table)
    table = table.replace_schema_metadata({"yuzhang-snapshot": str(snapshot), "yuzhang-cut": str(cut).lower()})
    sink = io.BytesIO()
    if form is Format.ARROW:
        from pyarrow import ipc

        with ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    else:
        from pyarrow import parquet

        parquet.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _rows(table: pa.Table) -> list[list[Any]]:
    columns = [[_plain(value) for value in column.to_pylist()] for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no such numbers
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, int) and not -(2**53) < value < 2**53:
        return str(value)  # nor does JavaScript have such whole ones
    return value


def _csv(table: pa.Table) -> bytes:
    import csv

    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(table.column_names)
    for row in _rows(table):
        writer.writerow(
            [msgspec.json.encode(one, enc_hook=str).decode() if isinstance(one, list | dict) else one for one in row]
        )
    return sink.getvalue().encode()
