"""Mappings: rows as departments write them, and mappings that cannot be used."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.sources.connectors.conftest import AT
from yuzhang.foundation.sources.connectors.clock import moment_of
from yuzhang.foundation.sources.connectors.errors import UnfitSource
from yuzhang.foundation.sources.connectors.mapped import batch_of, mapped
from yuzhang.foundation.sources.connectors.mapping import attribute_of, mapping_of

GOOD: dict[str, Any] = {
    "entity": "id",
    "type": "Pump",
    "time": "at",
    "zone": "Asia/Shanghai",
    "attributes": "v = level MTR",
}


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-01T00:00:00Z", "2026-01-01 08:00:00", "2026/1/1 8:00", "2026.1.1 08:00", "2026年1月1日 8时0分", "2026年1月1日8时",
        "20260101080000", "202601010800", 1767225600, "1767225600", 1767225600000, 1767225600000000, 1767225600000000000,
        1767225600.0, datetime(2026, 1, 1, 8), "2026-01-01T08:00:00.000+08:00",
    ],
)  # fmt: skip
def test_times_are_understood_as_departments_write_them(written: Any) -> None:
    assert moment_of(written, "Asia/Shanghai") == AT


@pytest.mark.parametrize("written", [date(2026, 1, 1), "2026-01-01", "20260101", "2026年1月1日"])
def test_a_day_is_its_first_moment_in_its_zone(written: Any) -> None:
    assert moment_of(written, "UTC") == AT


@pytest.mark.parametrize(
    "written", ["", "soon", None, True, "2026-13-01", "25:00", float("nan"), 1e300, "2026-02-30 08:00"]
)
def test_what_is_no_time_is_refused(written: Any) -> None:
    with pytest.raises((ValueError, OverflowError)):
        moment_of(written)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (3, 3.0), ("3.50", 3.5), (Decimal("3.5"), 3.5), (" 1e3 ", 1000.0), ("-", None), ("", None), (None, None),
        ("NaN", None), (float("inf"), None), ("-9999", None), (-9999, None),
    ],
)  # fmt: skip
def test_numbers_are_numbers_and_what_means_nothing_is_left_out(value: Any, kept: float | None) -> None:
    found = mapped(mapping_of({**GOOD, "missing": "-9999, x"}), [{"id": 1, "at": AT, "v": value}], 0)
    assert found.bad == []
    assert [one.value for one in found.readings] == ([] if kept is None else [kept])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"at": AT, "v": 1}, "names no thing"),
        ({"id": " ", "at": AT, "v": 1}, "names no thing"),
        ({"id": {"a": 1}, "at": AT, "v": 1}, "names no thing"),
        ({"id": 1, "v": 1}, "is no time"),
        ({"id": 1, "at": AT, "v": "full"}, "is no number"),
        ({"id": 1, "at": AT, "v": True}, "is no number"),
        ({"id": 1, "at": AT, "w": 1}, "None of these columns"),
    ],
)
def test_a_row_that_is_no_observation_says_why(row: dict[str, Any], said: str) -> None:
    [bad] = mapped(mapping_of(GOOD), [row], 0).bad
    assert said in bad.why.en
    assert bad.why.zh


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"type": ""}, "/mapping/type"),
        ({"type": "a b"}, "/mapping/type"),
        ({"entity": ""}, "/mapping/entity"),
        ({"zone": "Mars/Base"}, "/mapping/zone"),
        ({"zone": "../../etc/passwd"}, "/mapping/zone"),
        ({"attributes": ""}, "/mapping/attributes"),
        ({"attributes": "v"}, "/mapping/attributes/0"),
        ({"attributes": "v = 1x"}, "/mapping/attributes/0"),
        ({"attributes": "v = level" + "a" * 600}, "/mapping/attributes/0"),
        ({"attribute": "a"}, "/mapping/value"),
        ({"longitude": "a"}, "/mapping/latitude"),
        ({"colour": "red"}, "/mapping/mapping"),
        ({"rows": "x" * 100_001}, "/mapping/attributes"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused_and_says_where(change: dict[str, Any], where: str) -> None:
    with pytest.raises(UnfitSource) as refused:
        mapping_of({**GOOD, **change})
    assert refused.value.where == where


@given(
    st.floats(0.001, 1000, allow_nan=False),
    st.floats(-100, 100, allow_nan=False),
    st.sampled_from(["", "MTR", "%", "P1"]),
)
def test_an_attribute_written_as_a_line_and_read_again_is_the_same(factor: float, offset: float, unit: str) -> None:
    line = f"v = level {unit} *{factor!r} {offset:+}" if unit else f"v = level *{factor!r} {offset:+}"
    found = attribute_of(line)
    assert attribute_of(found.line) == found
    assert (found.unit, found.factor, found.offset) == (unit, factor, offset)


def test_a_place_becomes_a_location_and_one_outside_the_world_is_refused() -> None:
    mapping = mapping_of({**GOOD, "attributes": "", "longitude": "x", "latitude": "y"})
    found = mapped(
        mapping, [{"id": 1, "at": AT, "x": "115.8", "y": 28.6}, {"id": 1, "at": AT, "x": 28.6, "y": 115.8}], 0
    )
    assert len(found.bad) == 1
    batch = batch_of(found.readings, "Pump")
    assert batch.columns.rest == ['{"type":"GeoProperty","value":{"type":"Point","coordinates":[115.8,28.6]}}']


def test_a_name_with_spaces_is_still_an_identifier() -> None:
    [reading] = mapped(
        mapping_of({**GOOD, "entity": "{a}/{id}"}), [{"a": "东 湖", "id": 7.0, "at": AT, "v": 1}], 0
    ).readings
    assert reading.entity == "urn:ngsi-ld:Pump:东%20湖/7"
