"""The newest value of many series, written as JSON, Arrow or CSV, some series at a time."""

import io
from collections.abc import Iterable, Iterator

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.history.store.searching import AT_ONCE, NEWEST

NAMED = "series, entity, attribute, dataset, strftime(time, '%Y-%m-%dT%H:%M:%S.%fZ') AS time"
# Numbers first and apart: looking into the JSON of the rest takes three times as long.
OBJECTS = f"""SELECT to_json(one)::VARCHAR AS line FROM (SELECT {NAMED}, value FROM part WHERE value IS NOT NULL) one
    UNION ALL SELECT to_json(one)::VARCHAR FROM (SELECT {NAMED}, coalesce(rest -> '$.value', rest -> '$.object',
        rest -> '$.languageMap', rest -> '$.vocab', rest -> '$.json', rest -> '$.valueList', rest -> '$.objectList') AS value
    FROM part WHERE value IS NULL) one"""  # noqa: S608  # names of columns


def written_newest(parts: Iterable[pa.Table], form: str) -> Iterator[bytes]:
    """The parts (NEWEST) as one JSON object with `values`, an Arrow stream, or CSV."""
    if form == "json":
        yield from _json(parts)
    else:
        yield from _columns(parts, form)


def _json(parts: Iterable[pa.Table]) -> Iterator[bytes]:
    yield b'{"values":['
    first = True
    with duckdb.connect() as writing:
        for part in parts:
            writing.register("part", part)
            lines = ",".join(writing.execute(OBJECTS).to_arrow_table()["line"].to_pylist())
            yield lines.encode() if first else b"," + lines.encode()
            first = False
    yield b"]}"


def _columns(parts: Iterable[pa.Table], form: str) -> Iterator[bytes]:
    from pyarrow import csv, ipc  # each takes its time to load

    sink = io.BytesIO()
    if form == "csv":
        sink.write(b"\xef\xbb\xbf")
    options = csv.WriteOptions(batch_size=AT_ONCE)
    with (
        csv.CSVWriter(sink, NEWEST, write_options=options) if form == "csv" else ipc.new_stream(sink, NEWEST) as writing
    ):
        for part in parts:
            writing.write_table(part)
            yield sink.getvalue()
            sink.seek(0)
            sink.truncate()
    yield sink.getvalue()
