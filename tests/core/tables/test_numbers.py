"""One way to read a number in a cell, and one to write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhang.core.tables.numbers import number_in, number_text


@pytest.mark.parametrize(("text", "value"), [("7203.5", 7203.5), ("-5", -5.0), ("+8", 8.0), ("1.5e-3", 0.0015)])
def test_plain_number_is_read(text: str, value: float) -> None:
    assert number_in(text) == value


@pytest.mark.parametrize(
    "text",
    ["", " ", "8_200", "8,200", "nan", "NaN", "inf", "-Infinity", "1e999", "8200亿元", "８２００", "٣", "0x10", "5\n"],
)
def test_what_is_no_plain_finite_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the rooms say where it stands
        number_in(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_that_is_written_is_read_back_as_the_same(value: float) -> None:
    assert number_in(number_text(value)) == value
