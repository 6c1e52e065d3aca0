"""Quantities in plain prose: a number or a range with its unit, the words beside it that say how it binds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from yuzhang.plan.model import Comparator
from yuzhang.plan.reading.numerals import read_number, split_magnitude

MONEY = ("元", "美元", "人民币", "欧元", "港元", "块钱")
MEASURES = (
    "吨标准煤", "吨标煤", "克标准煤", "千克标准煤", "标准煤", "标准箱", "标箱", "TEU", "吨公里", "平方公里", "平方千米",
    "平方米", "平米", "㎡", "km²", "km2", "m²", "立方米/秒", "立方米", "m³", "公里/小时", "公里", "千米", "海里", "km", "米",
    "公顷", "亩", "吨", "公斤", "千克", "毫克", "克", "斤", "升",
    "千瓦时", "千伏安", "千瓦", "兆瓦", "度电", "度", "MW", "kW", "GW", "MWp", "蒸吨", "Gbps", "Mbps", "Tbps", "GB", "TB", "PB",
    "PFlops", "PFLOPS", "P", "EFLOPS", "兆", "微克/立方米", "毫克/升", "μg/m³", "分贝", "摄氏度", "枪", "核心",
)  # fmt: skip
TIMES = (
    "年一遇",
    "个工作日",
    "工作日",
    "个月",
    "小时",
    "分钟",
    "周岁",
    "年",
    "天",
    "岁",
    "学时",
    "课时",
    "日",
    "秒",
    "毫秒",
)
RATES = ("个百分点", "个千分点", "百分点", "%", "‰", "倍", "成", "番")
PEOPLE = (
    "人次",
    "人天",
    "人年",
    "人",
    "名",
    "位",
    "户",
    "架次",
    "班次",
    "艘次",
    "车次",
    "列次",
    "批次",
    "场次",
    "户次",
    "件次",
    "标准车",
    "人口",
)
COUNTS = tuple(
    "个家所座条处张件项块片辆艘架台套栋幢间场次部册种类门只头羽株支颗组对级例宗单起站桩班床列口眼道队盏届期批扇顶柜箱枚根杆幅尊席集首篇卷份笔堂款匹趟轮群"
)
MORE_COUNTS = ("泊位", "床位", "机位", "车位", "学位", "标段", "公顷次")
UNITS = MONEY + MEASURES + TIMES + RATES + PEOPLE + MORE_COUNTS + COUNTS
COUNTING = frozenset(PEOPLE + COUNTS + MORE_COUNTS)

_UNIT = "|".join(re.escape(u) for u in sorted(UNITS, key=len, reverse=True))
_PER = (
    r"(?:10万人|10万|十万人|十万|百平方公里|万平方公里|平方公里|平方米|立方米|公里|万元|千瓦时|小时|万人|千人|百户|吨|亩|人|户|"
    r"日|天|年|月|件|次|册|秒|床)"
)
_ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_CHINESE = r"[一二两三四五六七八九十百千万亿零〇]+(?:点[一二三四五六七八九零〇]+)?"
_LATER = r"(?:以上|以内|以下|左右|上下|之内|之间|及以上|或以上|及以下)"
QUANTITY = re.compile(
    rf"(?P<pct>百分之)?(?:(?P<a>(?<![A-Za-z0-9.])(?:{_ARABIC}))|(?P<c>(?<![第十百千零一二三四五六七八九〇]){_CHINESE}))"
    rf"\s?(?P<more1>余|多)?(?P<m1>[十百千]?(?:万亿|[万亿])?)(?P<u1>{_UNIT})?"
    rf"(?:\s?(?:[-~至]|--|或|到)\s?(?:(?P<a2>{_ARABIC})|(?P<c2>{_CHINESE}))(?P<m2>[十百千]?(?:万亿|[万亿])?))?"
    rf"\s?(?P<more>余|多)?(?P<unit>{_UNIT})?(?P<par>[（(][个名家人项户间套处座所条台张]{{1,3}}[）)])?(?:[/／](?P<per>{_PER}))?(?P<tail>{_LATER})?"
)
TAILS = {
    "以上": Comparator.AT_LEAST, "及以上": Comparator.AT_LEAST, "或以上": Comparator.AT_LEAST, "以内": Comparator.AT_MOST,
    "之内": Comparator.AT_MOST, "以下": Comparator.AT_MOST, "及以下": Comparator.AT_MOST, "左右": Comparator.ABOUT,
    "上下": Comparator.ABOUT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity found at `start`–`end` of a passage; `number` is where its first digit stands and `unit_end` where its
    unit ends. `chinese` if written in Chinese numerals, `tail` is the comparator that follows it."""

    start: int
    end: int
    unit_end: int
    low: float
    high: float | None
    unit: str | None
    measure: str | None
    per: str | None
    tail: Comparator | None
    chinese: bool

    @property
    def counts(self) -> bool:
        """Whether it counts things or people, so that a noun names what is counted."""
        return self.measure in COUNTING


def quantities_in(text: str) -> Iterator[Quantity]:
    """Every quantity of a plain passage, from left to right. A bare number without any unit counts only if Arabic."""
    position = 0
    while True:
        found = QUANTITY.search(text, position)
        if found is None:
            return
        position = max(found.end(), position + 1)
        quantity = _quantity(found)
        if quantity is not None:
            position = max(quantity.end, found.start() + 1)
            yield quantity


def _quantity(found: re.Match[str]) -> Quantity | None:
    first = _value(found["a"], found["c"], found["m1"])
    if first is None:
        return None
    low, magnitude = first
    measure, high = found["unit"] or found["u1"], None
    end = found.end()
    if found["a2"] or found["c2"]:
        second = _value(found["a2"], found["c2"], found["m2"])
        if second is None or second[0] <= low or (found["c"] and found["a2"]):
            return None
        high, other = second
        if magnitude and other and magnitude != other:
            return None
        magnitude = magnitude or other
    elif found["u1"] and found["unit"]:
        # Two units in a row ("20个千伏…"): only the first is this number's.
        measure, end = found["u1"], found.end("u1")
    if found["pct"]:
        measure = "%"
    if measure is None and not magnitude and found["c"]:
        return None
    whole = end == found.end()
    unit = (magnitude + (measure or "")) or None
    if unit and found["par"] and whole:
        unit += found["par"]
    tail = TAILS.get(found["tail"]) if found["tail"] and whole else None
    if tail is None and (found["more"] or found["more1"]):
        tail = Comparator.ABOVE
    unit_end = found.start("tail") if found["tail"] and whole else end
    return Quantity(
        found.start(), end, unit_end, low, high, unit, measure, found["per"] if whole else None, tail, bool(found["c"])
    )


def _value(arabic: str | None, chinese: str | None, magnitude: str) -> tuple[float, str] | None:
    if arabic:
        value = read_number(arabic)
        return None if value is None else (value, magnitude)
    split = split_magnitude(chinese or "")
    return None if split is None else (split[0], split[1] + magnitude)
