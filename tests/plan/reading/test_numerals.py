"""Numbers as plans write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhang.plan.reading.numerals import CHINESE, read_number, split_magnitude

DIGITS = "零一二三四五六七八九"


def written(value: int) -> str:
    """`value` in Chinese numerals, as a plan would write it."""
    if value >= 100_000_000:
        rest = value % 100_000_000
        return (
            written(value // 100_000_000) + "亿" + (("零" if rest < 10_000_000 else "") + written(rest) if rest else "")
        )
    if value >= 10_000:
        rest = value % 10_000
        return written(value // 10_000) + "万" + (("零" if rest < 1000 else "") + written(rest) if rest else "")
    for unit, name in ((1000, "千"), (100, "百"), (10, "十")):
        if value >= unit:
            rest = value % unit
            gap = "零" if rest and rest < unit // 10 else ""
            return DIGITS[value // unit] + name + (gap + written(rest) if rest else "")
    return DIGITS[value]


@given(st.integers(0, 999_999_999_999))
def test_every_whole_number_written_in_chinese_is_read_back(value: int) -> None:
    assert read_number(written(value)) == value


@given(st.decimals(0, 10**9, places=2))
def test_every_decimal_number_is_read_back_with_and_without_commas(value: object) -> None:
    assert read_number(f"{value}") == read_number(f"{value:,}") == float(str(value))


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_none_and_never_an_error(text: str) -> None:
    assert isinstance(read_number(text), float | None)


@given(st.text(alphabet=CHINESE + "点", max_size=60))
def test_any_heap_of_numerals_is_a_number_or_none_and_never_an_error(text: str) -> None:
    assert isinstance(read_number(text), float | None)
    split_magnitude(text)


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("十", 10), ("十五", 15), ("二十", 20), ("两百", 200), ("一百零五", 105), ("百", 100), ("千", 1000), ("两万", 20_000),
        ("一万二千", 12_000), ("三点五", 3.5), ("二〇二五", 2025), ("1,200", 1200), ("1，200.5", 1200.5),
    ],
)  # fmt: skip
def test_a_numeral_of_the_genre_is_read(numeral: str, value: float) -> None:
    assert read_number(numeral) == value


@pytest.mark.parametrize(
    ("numeral", "split"),
    [
        ("百万", (100, "万")),
        ("千亿", (1000, "亿")),
        ("万亿", (1, "万亿")),
        ("五十", (50, "")),
        ("两万亿", (2, "万亿")),
        ("一亿二千万", (1.2e8, "")),
    ],
)
def test_a_round_number_keeps_its_magnitude_for_the_unit(numeral: str, split: tuple[float, str]) -> None:
    assert split_magnitude(numeral) == split
