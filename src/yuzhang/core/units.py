"""Units as Chinese statistics write them, and checked conversion between them.

A unit is a multiple (万, 亿 …), a word (元, 吨, 家 …) and, for a rate, "/" with another unit: 亿元, 元/人, 人/万人.
What can be converted:

- within one measure: money, mass, area, length, volume, energy, power, clock time, calendar time;
- a count word (个, 家, 所 …) only to its own multiples: 100 家 is 0.01 万家, never 100 个;
- % and ‰ to each other, never to 个百分点, which is a difference of two shares;
- a rate part by part, so 人/万人 goes to 人/千人 but not to 元/万元;
- money between currencies only at a rate that the caller states.

Of the market units 亩 is 1/15 公顷 and 斤 is 0.5 公斤.
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title

if TYPE_CHECKING:
    from pint import UnitRegistry

MULTIPLES = {"十": 1, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8}
MULTIPLES |= {"十亿": 9, "百亿": 10, "千亿": 11, "万亿": 12}

MEASURES = {
    "克": "[mass]", "千克": "1000 * 克", "公斤": "1000 * 克", "斤": "500 * 克", "吨": "1000000 * 克",
    "毫克": "0.001 * 克", "微克": "0.000001 * 克",
    "米": "[length]", "千米": "1000 * 米", "公里": "1000 * 米", "厘米": "0.01 * 米", "毫米": "0.001 * 米",
    "平方米": "米 ** 2", "平方公里": "1000000 * 平方米", "平方千米": "1000000 * 平方米",
    "公顷": "10000 * 平方米", "亩": "公顷 / 15",
    "立方米": "米 ** 3", "升": "0.001 * 立方米",
    "千瓦时": "[energy]", "度": "千瓦时", "兆瓦时": "1000 * 千瓦时",
    "瓦": "[power]", "千瓦": "1000 * 瓦", "兆瓦": "1000000 * 瓦",
    "吨标准煤": "[standard_coal]",
    "秒": "[clock]", "分钟": "60 * 秒", "小时": "3600 * 秒", "天": "86400 * 秒", "日": "86400 * 秒",
    "月": "[calendar]", "个月": "月", "季度": "3 * 月", "年": "12 * 月",
    "百分数": "[share]", "千分数": "0.1 * 百分数", "百分点": "[points]",
    "倍": "[ratio]", "元": "[cny]", "美元": "[usd]", "欧元": "[eur]", "港元": "[hkd]", "日元": "[jpy]",
}  # fmt: skip

COUNT_WORDS = """
人 人次 名 位 岁 户 户次 个 家 家次 所 条 张 块 件 项 座 处 栋 间 套 台 台套 标台 部 辆 艘 架 架次 列 班 班次 次 车次
期 批 起 例 宗 场 场次 届 门 本 册 种 类 支 只 头 棵 株 床 枚 幅 片 段 组 对 双 份 篇 卷 口 眼 孔 盏 根 杆 桩
村 镇 乡 街道 社区 站 点 线 标准箱 级 分 课时 学时 学分 工作日 分贝 摄氏度
"""
COUNTS = tuple(COUNT_WORDS.split())

ALIASES = {
    "%": "百分数", "‰": "千分数", "个百分点": "百分点", "kg": "千克", "g": "克", "t": "吨", "mg": "毫克", "μg": "微克",
    "ug": "微克", "m": "米", "km": "千米", "cm": "厘米", "mm": "毫米", "m2": "平方米", "km2": "平方公里", "ha": "公顷",
    "m3": "立方米", "L": "升", "l": "升", "kWh": "千瓦时", "MWh": "兆瓦时", "W": "瓦", "kW": "千瓦", "MW": "兆瓦",
    "h": "小时", "个小时": "小时", "min": "分钟", "s": "秒", "人民币": "元", "CNY": "元", "USD": "美元", "EUR": "欧元",
    "HKD": "港元", "港币": "港元", "JPY": "日元", "周岁": "岁", "比": "倍", "1": "倍", "平米": "平方米", "立方": "立方米",
    "吨标煤": "吨标准煤", "°C": "摄氏度", "dB": "分贝",
}  # fmt: skip
NAMES = {**ALIASES, **{name: name for name in (*MEASURES, *COUNTS)}}
SHARES = frozenset({"百分数", "千分数", "百分点"})

CURRENCIES = {"[cny]": "CNY", "[usd]": "USD", "[eur]": "EUR", "[hkd]": "HKD", "[jpy]": "JPY"}
MULTIPLE = re.compile("(" + "|".join(sorted(MULTIPLES, key=len, reverse=True)) + ")(.+)")


class UnknownUnit(InputRefused):
    """No unit is written like this."""

    code = "unknown-unit"
    title = Title("未知单位", "Unknown unit")


class UnitMismatch(InputRefused):
    """The two units measure different things."""

    code = "unit-mismatch"
    title = Title("单位不匹配", "The units do not fit")


@cache
def _registry() -> "UnitRegistry[Decimal]":
    # pint takes 0.4 s to import and its own units are not ours: an empty registry of decimals, made on first use.
    from pint import UnitRegistry

    registry: UnitRegistry[Decimal] = UnitRegistry(None, non_int_type=Decimal)
    for name, meaning in MEASURES.items():
        registry.define(f"{name} = {meaning}")
    for position, word in enumerate(COUNTS):
        registry.define(f"{word} = [count_{position}]")
    return registry


def _unknown(unit: str) -> UnknownUnit:
    known = (*MEASURES, *COUNTS, "%", "个百分点")
    base = MULTIPLE.fullmatch(unit)
    near = "、".join(get_close_matches((base[2] if base else unit)[:40], known, 3, 0.5))
    shown = unit[:40]
    return UnknownUnit(
        Title(f"未知单位“{shown}”。", f"“{shown}” is not a known unit."),
        fix=Title(f"相近的单位：{near}。", f"Near to it: {near}.")
        if near
        else Title("请写成如 亿元、万人、%、元/人。", "Write it like 亿元, 万人, %, 元/人."),
    )


def _word(word: str, unit: str) -> tuple[str, Decimal]:
    """The pint name of one unit without "/" and the power of ten before it; `unit` is the whole, for the message."""
    if word in NAMES:  # whole words first: 千米 and 百分点 are not multiples
        return NAMES[word], Decimal(1)
    multiple = MULTIPLE.fullmatch(word)
    if multiple and multiple[2] in NAMES and NAMES[multiple[2]] not in SHARES:
        return NAMES[multiple[2]], Decimal(10) ** MULTIPLES[multiple[1]]
    raise _unknown(unit)


@lru_cache(4096)  # bounded: units come from files of strangers
def _parts(unit: str) -> tuple[tuple[str, Decimal], ...]:
    """The units between the slashes of `unit`, in their order."""
    # NFKC makes m³ to m3, ％ to % and full-width letters to plain ones; the micro sign becomes the Greek letter.
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", unit))
    return tuple(_word(part, unit) for part in plain.split("/"))


@cache
def _dimension(name: str) -> str:
    return str(_registry().get_dimensionality(name))


@lru_cache(4096)
def _dimensions(unit: str) -> tuple[str, ...]:
    return tuple(_dimension(name) for name, _ in _parts(unit))


def known_unit(unit: str) -> bool:
    """Whether `unit` can be read.

    >>> known_unit("亿元"), known_unit("亿圈圈")
    (True, False)
    """
    try:
        _parts(unit)
    except UnknownUnit:
        return False
    return True


def same_dimension(a: str, b: str) -> bool:
    """Whether a value in `a` can be converted to `b` without a stated rate. Raises UnknownUnit.

    >>> same_dimension("亿元", "万元"), same_dimension("%", "个百分点"), same_dimension("家", "个")
    (True, False, False)
    """
    return _dimensions(a) == _dimensions(b)


def convert(value: float, unit: str, to: str, *, rates: Mapping[str, float] | None = None) -> float:
    """`value`, given in `unit`, in the unit `to`.

    `rates` states what one unit of a foreign currency costs in yuan: {"CNY/USD": 7.1}; nothing is assumed without it.
    Raises: UnknownUnit, UnitMismatch.

    >>> convert(5745.51, "亿元", "万元")
    57455100.0
    >>> convert(43.95, "亿美元", "亿元", rates={"CNY/USD": 6.45})
    283.4775
    """
    if unit == to and known_unit(unit):
        return value
    if not math.isfinite(value):
        raise UnitMismatch(Title(f"{value} 不是一个数量。", f"{value} is not a quantity."))
    source, target = _parts(unit), _parts(to)
    if len(source) != len(target):
        raise _mismatch(unit, to)
    factor = Decimal(1)
    for position, (one, other) in enumerate(zip(source, target, strict=True)):
        part = _factor(one, other, rates or {}, unit, to)
        factor = factor * part if position == 0 else factor / part
    return float(Decimal(repr(value)) * factor)


def _factor(
    one: tuple[str, Decimal], other: tuple[str, Decimal], rates: Mapping[str, float], unit: str, to: str
) -> Decimal:
    """How many of `other` one of `one` is."""
    registry = _registry()
    here, there = _dimension(one[0]), _dimension(other[0])
    if here == there:
        # As floats 1 亩 to 公顷 and back would drift; decimals of 28 digits do not show in a float.
        ratio = registry.Quantity(Decimal(1), one[0]).to(other[0]).magnitude
    elif here in CURRENCIES and there in CURRENCIES:
        ratio = _yuan(here, rates, unit, to) / _yuan(there, rates, unit, to)
    else:
        raise _mismatch(unit, to)
    return Decimal(ratio) * one[1] / other[1]


def _yuan(dimension: str, rates: Mapping[str, float], unit: str, to: str) -> Decimal:
    """What one unit of a currency costs in yuan, at the stated rates."""
    if dimension == "[cny]":
        return Decimal(1)
    name = f"CNY/{CURRENCIES[dimension]}"
    rate = rates.get(name)
    if rate is None or not math.isfinite(rate) or rate <= 0:
        raise UnitMismatch(
            Title(f"没有汇率，{unit} 不能换算成 {to}。", f"{unit} cannot become {to} without a stated rate."),
            fix=Title(f"请给出汇率 {name}（大于 0）。", f"State the rate {name}, above 0."),
        )
    return Decimal(repr(float(rate)))


def _mismatch(unit: str, to: str) -> UnitMismatch:
    points = {"百分点", "百分数"} <= {name for name, _ in (*_parts(unit), *_parts(to))}
    return UnitMismatch(
        Title(f"{unit} 不能换算成 {to}。", f"{unit} cannot be converted to {to}."),
        fix=Title("个百分点是两个百分比之差，不是百分比。", "个百分点 is a difference of two shares, not a share.")
        if points
        else Title("两者度量的不是同一种量，请核对单位。", "They measure different things: check the unit."),
    )
