"""Conversion between units as Chinese statistics write them."""

import doctest
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhang.core import units
from yuzhang.core.units import COUNTS, MEASURES, UnitMismatch, UnknownUnit, convert, known_unit, same_dimension

GROUPS = [
    ["元", "万元", "亿元", "万亿元", "百万元"],
    ["斤", "公斤", "吨", "亿斤", "万吨", "千克"],
    ["亩", "万亩", "公顷", "万公顷", "平方公里", "平方米", "km²"],
    ["人", "万人", "亿人"],
    ["%", "‰"],
    ["微克/立方米", "μg/m3", "毫克/立方米"],
    ["公里", "米", "km", "万公里"],
    ["小时", "分钟"],
    ["年", "个月"],
    ["家", "万家"],
    ["元/人", "万元/人", "亿元/万人"],
    ["人/万人", "人/千人"],
    ["美元", "亿美元"],
]


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        (5745.51, "亿元", "万元", 57_455_100.0),
        (1.2, "万亿元", "亿元", 12_000.0),
        (42, "亿斤", "万吨", 210.0),
        (25.89, "万公顷", "平方公里", 2589.0),
        (25.89, "万公顷", "万亩", 388.35),
        (30, "微克/立方米", "mg/m³", 0.03),
        (0.8, "块/万人", "块/千人", 0.08),
        (22_913, "元", "万元", 2.2913),
        (3, "元/人", "万元/万人", 3.0),
        (5, "‰", "%", 0.5),
        (2, "小时", "分钟", 120.0),
        (100, "家", "万家", 0.01),
        (2.5, " 亿 元 ", "亿元", 2.5),
        (90, "％", "%", 90),
    ],
)
def test_value_arrives_in_the_other_unit_exactly(value: float, unit: str, to: str, expected: float) -> None:
    assert convert(value, unit, to) == expected


@pytest.mark.parametrize(
    ("unit", "to"),
    [
        ("%", "个百分点"),
        ("个百分点", "%"),
        ("家", "个"),
        ("人", "名"),
        ("亿元", "亿美元"),
        ("人/万人", "元/万元"),
        ("人/万人", "%"),
        ("元", "元/人"),
        ("吨", "吨标准煤"),
        ("年", "小时"),
        ("年", "岁"),
        ("公顷", "公里"),
    ],
)
def test_units_of_different_things_are_refused(unit: str, to: str) -> None:
    assert not same_dimension(unit, to)
    with pytest.raises(UnitMismatch) as refused:
        convert(1, unit, to)
    assert unit in refused.value.detail.en
    assert refused.value.fix


def test_points_are_told_apart_from_shares_in_the_message() -> None:
    with pytest.raises(UnitMismatch) as refused:
        convert(2, "个百分点", "%")
    assert "difference of two shares" in refused.value.line("en")


@pytest.mark.parametrize("unit", ["", "亿圈", "元/", "/人", "亿万", "万%", "'; DROP TABLE figures", "元//人"])
def test_unknown_unit_is_refused_with_what_to_write(unit: str) -> None:
    assert not known_unit(unit)
    with pytest.raises(UnknownUnit) as refused:
        convert(1, unit, unit)
    assert refused.value.fix


def test_unknown_unit_names_the_near_one() -> None:
    with pytest.raises(UnknownUnit, match="known unit") as refused:
        convert(1, "万平方工里", "公顷")
    assert refused.value.fix
    assert "平方公里" in refused.value.fix.zh


def test_dollars_become_yuan_only_at_the_stated_rate() -> None:
    with pytest.raises(UnitMismatch) as refused:
        convert(43.95, "亿美元", "亿元")
    assert refused.value.fix
    assert "CNY/USD" in refused.value.fix.en
    assert convert(43.95, "亿美元", "亿元", rates={"CNY/USD": 6.45}) == 283.4775
    assert convert(283.4775, "亿元", "亿美元", rates={"CNY/USD": 6.45}) == 43.95
    assert convert(2, "万美元/人", "元/人", rates={"CNY/USD": 7.1}) == 142_000


@pytest.mark.parametrize("rate", [0.0, -7.1, float("nan"), float("inf")])
def test_rate_that_is_no_price_is_refused(rate: float) -> None:
    with pytest.raises(UnitMismatch):
        convert(1, "美元", "元", rates={"CNY/USD": rate})


@given(st.data(), st.floats(-1e12, 1e12, allow_subnormal=False))
def test_there_and_back_is_the_same_value(data: st.DataObject, value: float) -> None:
    group = data.draw(st.sampled_from(GROUPS))
    one, other = data.draw(st.sampled_from(group)), data.draw(st.sampled_from(group))
    assert same_dimension(one, other)
    assert convert(convert(value, one, other), other, one) == pytest.approx(value, rel=1e-12, abs=1e-300)


@given(st.sampled_from([*COUNTS, *MEASURES]), st.sampled_from([*COUNTS, *MEASURES]))
def test_units_fit_both_ways_or_not_at_all(one: str, other: str) -> None:
    assert same_dimension(one, other) == same_dimension(other, one)
    if one != other and (one in COUNTS or other in COUNTS):
        assert not same_dimension(one, other)


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(units).failed == 0


def test_pint_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, yuzhang.core.units; sys.exit('pint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
