"""What is sent in one format and what is sent in another one is the same; what cannot be read is refused, and nothing else."""

import gzip
import io
import json
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.sources.written import WRITERS, Seen, as_csv, as_lines, as_stream, read_back
from yuzhang.core.errors import InputRefused
from yuzhang.foundation.log.model import Key
from yuzhang.foundation.sources.errors import TooMuchInside, UnreadableObservations
from yuzhang.foundation.sources.formats import unpacking
from yuzhang.foundation.sources.formats.kinds import Format, Packing, by_header
from yuzhang.foundation.sources.formats.reading import slices, whole

ENTITIES = [f"urn:ngsi-ld:Sensor:{number}" for number in range(5)]
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
OTHERS = st.one_of(
    st.booleans(),
    st.integers(2**53, 2**63 - 1),
    st.text("开关onf,\"' ;\n", max_size=8).map(lambda text: f"开{text}关"),
    st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(-5, 5), max_size=2),
    st.lists(st.integers(-5, 5), max_size=3),
)
TIMES = st.integers(-(10**15), 4 * 10**15)
DAY = 1_767_225_600_000_000
ARROW = Format.ARROW, Packing.NONE
HEAD = "entity,attribute,time,value\n"
GOOD = "urn:x:1,speed,2026-01-01T00:00:00Z,5\n"


def observed(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Seen]]:
    """Some observations of a few entities, each of a type of its own or of none that is told."""
    one = st.builds(
        Seen,
        st.sampled_from(ENTITIES),
        st.sampled_from(["speed", "https://example.org/load"]),
        TIMES,
        values,
        st.sampled_from(["", "urn:ngsi-ld:Dataset:1"]),
        st.sampled_from(["", "CEL", "P1"]),
    )
    typed = one.map(lambda row: Seen(**{**row.__dict__, "type": "Sensor" if row.entity in ENTITIES[:3] else ""}))
    return st.lists(typed, min_size=1, max_size=20)


@pytest.mark.parametrize("name", WRITERS)
@given(rows=st.one_of(observed(NUMBERS), observed(st.one_of(NUMBERS, OTHERS))))
@settings(max_examples=40, deadline=None)
def test_observations_read_the_same_in_every_format(name: str, rows: list[Seen]) -> None:
    form, write = WRITERS[name]

    assert read_back(whole(write(rows), form, Packing.NONE)) == rows


@pytest.mark.parametrize("form", Format)
@given(garbage=st.binary(max_size=300), packing=st.sampled_from(Packing))
@settings(max_examples=60, deadline=None)
def test_garbage_is_refused_and_nothing_worse(form: Format, garbage: bytes, packing: Packing) -> None:
    with pytest.raises(InputRefused):
        whole(garbage, form, packing)


ROWS = [Seen(ENTITIES[0], "speed", DAY + number, float(number)) for number in range(30)]


@pytest.mark.parametrize("name", WRITERS)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_is_read_or_refused_and_nothing_worse(name: str, data: st.DataObject) -> None:
    form, write = WRITERS[name]
    content = bytearray(write(ROWS))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))

    for damaged in (bytes(content), bytes(content[:cut])):
        try:
            whole(damaged, form, Packing.NONE)
        except InputRefused:
            continue


def arrays(*some: dict[str, Any]) -> bytes:
    """A request CreateObservations."""
    return json.dumps(list(some)).encode()


def test_data_arrays_of_numbered_and_of_named_datastreams_are_read() -> None:
    numbered = {
        "Datastream": {"@iot.id": 7},
        "components": ["phenomenonTime", "result", "FeatureOfInterest/id"],
        "dataArray@iot.count": 2,
        "dataArray": [["2026-01-01T08:00:00+08:00", 5, 1], ["2026-01-01T00:00:01Z", "wet", 1]],
    }
    named = {
        "Datastream": {"@iot.id": "urn:x:2/https://example.org/load"},
        "components": ["result", "phenomenonTime"],
        "dataArray": [[6.5, "2026-01-01T00:00:00.5Z"]],
    }

    def numbers(tenant: str, some: Any) -> dict[int, Key]:
        assert (tenant, some) == ("city", [7])
        return {7: Key("urn:x:1", "speed", "urn:d:1")}

    found = whole(arrays(numbered, named), Format.DATA_ARRAY, Packing.NONE, numbers, "city")

    assert read_back(found) == [
        Seen("urn:x:1", "speed", DAY, 5.0, "urn:d:1"),
        Seen("urn:x:1", "speed", DAY + 1_000_000, "wet", "urn:d:1"),
        Seen("urn:x:2", "https://example.org/load", DAY + 500_000, 6.5),
    ]


def test_a_wide_table_has_an_attribute_a_column_and_leaves_empty_cells_out() -> None:
    text = b"entity,type,time_ms,speed,state\nurn:x:1,Gate,1000,5,open\nurn:x:2,Gate,2000,,closed\n"

    found = whole(text, Format.CSV, Packing.NONE)

    assert sorted(read_back(found), key=lambda one: (one.entity, one.attribute)) == [
        Seen("urn:x:1", "speed", 1_000_000, 5.0, type="Gate"),
        Seen("urn:x:1", "state", 1_000_000, "open", type="Gate"),
        Seen("urn:x:2", "state", 2_000_000, "closed", type="Gate"),
    ]


BROKEN = {
    "no time": (HEAD + GOOD + "urn:x:1,speed,,5\n", "row 2, column time"),
    "a time without its zone": (HEAD + "urn:x:1,speed,2026-01-01T00:00:00,5\n", "row 1, column time"),
    "a day that is none": (HEAD + "urn:x:1,speed,2026-02-30T00:00:00Z,5\n", "row 1, column time"),
    "no value": (HEAD + GOOD * 3 + "urn:x:1,speed,2026-01-01T00:00:00Z,\n", "row 4, column value"),
    "a value that is not a number": (HEAD + GOOD + "urn:x:1,speed,2026-01-01T00:00:00Z,NaN\n", "row 2, column value"),
    "a value too large": (HEAD + GOOD + "urn:x:1,speed,2026-01-01T00:00:00Z,1e999\n", "row 2, column value"),
    "JSON that is none": (HEAD + "urn:x:1,speed,2026-01-01T00:00:00Z,{x\n", "row 1, column value"),
    "no entity": (HEAD + ",speed,2026-01-01T00:00:00Z,5\n", "row 1, column entity"),
    "a cell too few": (HEAD + GOOD + "urn:x:1,speed,5\n", "row 2, column –"),
    "whole numbers for times": (HEAD.replace("time", "time_ms") + GOOD, "row 1, column time_ms"),
    "no column of times": ("entity,value\nurn:x:1,5\n", None),
    "a column of no meaning": (HEAD.replace("\n", ",unitcode\n") + GOOD.replace("\n", ",CEL\n"), "unitcode"),
    "a column twice": (HEAD.replace("value", "value,value") + GOOD.replace("\n", ",5\n"), "value"),
    "no rows": (HEAD, None),
    "two types": (
        HEAD.replace("\n", ",type\n") + GOOD.replace("\n", ",A\n") + GOOD.replace("\n", ",B\n"),
        "row 2, column type",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_refusal_names_row_and_column_and_says_what_to_do(name: str) -> None:
    text, where = BROKEN[name]

    with pytest.raises(UnreadableObservations) as refusal:
        whole(text.encode(), Format.CSV, Packing.NONE)

    assert refusal.value.where == where
    assert refusal.value.fix is not None


def test_text_that_is_not_utf8_is_refused_and_its_line_named() -> None:
    content = as_csv(ROWS) + "urn:x:1,南昌\n".encode("gb18030")

    with pytest.raises(UnreadableObservations) as refusal:
        whole(content, Format.CSV, Packing.NONE)

    assert refusal.value.where == f"line {len(ROWS) + 2}"


def test_the_first_ten_bad_rows_are_named_and_the_others_counted() -> None:
    text = HEAD + GOOD + "urn:x:1,speed,never,5\n" * 30

    with pytest.raises(UnreadableObservations) as refusal:
        whole(text.encode(), Format.CSV, Packing.NONE)

    assert "row 2, time" in refusal.value.detail.en
    assert "row 11, time" in refusal.value.detail.en
    assert "row 12" not in refusal.value.detail.en
    assert "20 more" in refusal.value.detail.en


def test_a_bad_line_of_json_is_named() -> None:
    good = as_lines(ROWS[:1])

    with pytest.raises(UnreadableObservations, match=r"row 3.*attribut"):
        whole(good + b"\n" + b'{"entity": "urn:x:1", "attribut": "speed"}\n', Format.LINES, Packing.NONE)


@pytest.mark.parametrize("packing", [Packing.GZIP, Packing.ZSTD])
def test_packed_content_is_read_and_a_bomb_is_refused(packing: Packing, monkeypatch: pytest.MonkeyPatch) -> None:
    def pack(content: bytes) -> bytes:
        return gzip.compress(content) if packing is Packing.GZIP else bytes(pa.compress(content, "zstd", asbytes=True))

    assert read_back(whole(pack(as_csv(ROWS)), Format.CSV, packing)) == ROWS
    monkeypatch.setattr(unpacking, "MAX_UNPACKED_BYTES", 2**20)
    with pytest.raises(TooMuchInside):
        whole(pack(bytes(2**21)), Format.CSV, packing)


def test_a_bomb_in_the_buffers_of_arrow_or_in_parquet_is_refused_before_it_goes_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = 40_000
    table = pa.table(
        {
            "entity": ["urn:x:1"] * rows,
            "time": pa.array(np.full(rows, DAY), pa.timestamp("us", "UTC")),
            "load": np.zeros(rows),
        }
    )
    monkeypatch.setattr("yuzhang.foundation.sources.formats.tables.MAX_UNPACKED_BYTES", 200_000)
    packed = as_stream(table, "zstd", 40_000)
    assert len(packed) < 200_000

    with pytest.raises(TooMuchInside):
        whole(packed, Format.ARROW, Packing.NONE)
    plain = io.BytesIO()
    pq.write_table(table, plain, use_dictionary=False)
    with pytest.raises(TooMuchInside):
        whole(plain.getvalue(), Format.PARQUET, Packing.NONE)


def test_a_large_file_is_read_in_slices_that_know_their_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yuzhang.foundation.sources.formats.tables.SLICE_ROWS", 8)
    content = as_csv([*ROWS, Seen(ENTITIES[0], "speed", DAY, "NaN")])

    found = list(slices(io.BytesIO(gzip.compress(content)), Format.CSV, Packing.GZIP))

    assert [(one.first, one.rows) for one in found] == [(1, 8), (9, 8), (17, 8), (25, 7)]
    with pytest.raises(UnreadableObservations) as refusal:
        found[-1].batch()
    assert refusal.value.where == "row 31, column value"


def test_a_file_of_several_blocks_is_one_slice_so_that_a_fault_at_its_end_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("yuzhang.foundation.sources.formats.tables.BLOCK_BYTES", 400)
    content = as_csv(ROWS)
    assert len(content) > 1000

    assert [one.rows for one in slices(io.BytesIO(content), Format.CSV)] == [len(ROWS)]
    with pytest.raises(UnreadableObservations) as refusal:
        list(slices(io.BytesIO(content + b"too,few\n"), Format.CSV))
    assert refusal.value.where == f"row {len(ROWS) + 1}, column –"


def test_what_a_slice_sends_to_a_server_reads_the_same_there() -> None:
    for form, write in WRITERS.values():
        messages = [one.message() for one in slices(io.BytesIO(write(ROWS)), form)]

        assert [row for one, media in messages for row in read_back(whole(one, *by_header(media, "")))] == ROWS


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_time_stamps_of_every_unit_are_read_and_those_out_of_range_refused(unit: str) -> None:
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]

    def read(count: int) -> list[Seen]:
        stamps = pa.array([count], pa.timestamp(unit, "Asia/Shanghai"))
        return read_back(whole(as_stream(pa.table({"entity": ["urn:x:1"], "time": stamps, "load": [5]})), *ARROW))

    assert read(-7 * per_second) == [Seen("urn:x:1", "load", -7_000_000, 5.0)]
    if unit in {"s", "ms"}:
        with pytest.raises(UnreadableObservations):
            read(9 * 10**18)


def test_times_before_1970_and_of_leap_seconds_are_read() -> None:
    text = HEAD + "urn:x:1,speed,1969-12-31T23:59:59.5Z,5\nurn:x:1,speed,2016-12-31t23:59:60z,6\n"

    found = read_back(whole(text.encode(), Format.CSV, Packing.NONE))

    assert found[0].time == -500_000
    assert found[1].moment.isoformat() == "2016-12-31T23:59:59.999999+00:00"
