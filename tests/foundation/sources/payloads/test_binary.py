"""Binary records by a description."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhang.foundation.sources.payloads.binary import Order, Packed, UnfitLayout, binary_rows, layout_of
from yuzhang.foundation.sources.payloads.errors import UnreadablePayload

METER = "level u16 *0.01\n- skip 1  # status\ntemperature i16 *0.1\nvolts f32\non bool"


def test_a_meters_record_is_read_by_its_description_bytes_left_out_and_factors_applied() -> None:
    record = struct.pack(">HBhf?", 1250, 9, -35, 3.3, True)
    layout = layout_of(METER)
    assert binary_rows(record, layout) == [{"level": 12.5, "temperature": -3.5, "volts": 3.3, "on": True}]
    assert len(binary_rows(record * 3, layout, repeated=True)) == 3


@pytest.mark.parametrize(("packed", "written"), [("hex", b"04e2"), ("base64", b"BOI="), ("bytes", b"\x04\xe2")])
def test_records_come_as_bytes_hexadecimal_digits_or_base64(packed: Packed, written: bytes) -> None:
    assert binary_rows(written, layout_of("level u16"), packed=packed) == [{"level": 1250}]


@given(st.integers(-(2**23), 2**23 - 1), st.integers(0, 2**64 - 1), st.sampled_from(["big", "little"]))
def test_whole_numbers_of_any_width_and_order_come_back(small: int, large: int, order: Order) -> None:
    record = small.to_bytes(3, order, signed=True) + large.to_bytes(8, order)
    assert binary_rows(record, layout_of("a i24\nb u64"), order) == [{"a": small, "b": large}]


@pytest.mark.parametrize("payload", [b"", b"1", b"123", b"1234"])
def test_a_record_of_another_length_is_refused(payload: bytes) -> None:
    with pytest.raises(UnreadablePayload, match="a record has 2"):
        binary_rows(payload, layout_of("level u16"))


@pytest.mark.parametrize("text", ["", "level", "level u17", "level u16 *x", "- skip", "# nothing"])
def test_a_description_that_says_nothing_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(UnfitLayout):
        layout_of(f"{text}\n")
