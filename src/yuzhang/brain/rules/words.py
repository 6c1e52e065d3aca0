"""A rule's condition as a sentence, in both languages."""

import math

from yuzhang.brain.rules.durations import said
from yuzhang.brain.rules.model import Aggregate, Compare, Measure, Rule
from yuzhang.core.language import Language, Title

SEVERITIES = {
    4: Title("特别严重（红）", "gravest (red)"),
    3: Title("严重（橙）", "grave (orange)"),
    2: Title("较重（黄）", "serious (yellow)"),
    1: Title("一般（蓝）", "slight (blue)"),
}
COMPARES = {
    Compare.ABOVE: Title("高于 {low}", "above {low}"),
    Compare.AT_LEAST: Title("不低于 {low}", "at least {low}"),
    Compare.BELOW: Title("低于 {low}", "below {low}"),
    Compare.AT_MOST: Title("不高于 {low}", "at most {low}"),
    Compare.BETWEEN: Title("在 {low} 与 {high} 之间", "between {low} and {high}"),
    Compare.OUTSIDE: Title("不在 {low} 与 {high} 之间", "outside of {low} to {high}"),
    Compare.EQUALS: Title("等于 {low}", "equal to {low}"),
}
AGGREGATES = {
    Aggregate.MEAN: Title("平均值", "mean"),
    Aggregate.MAX: Title("最高值", "highest value"),
    Aggregate.MIN: Title("最低值", "lowest value"),
    Aggregate.SUM: Title("合计", "sum"),
    Aggregate.COUNT: Title("观测数", "number of observations"),
    Aggregate.STDDEV: Title("标准差", "standard deviation"),
    Aggregate.RANGE: Title("最高与最低之差", "highest minus lowest"),
}
KINDS = {
    "value": Title("数值", "the value itself"),
    "rate": Title("变化率", "its change in a time"),
    "window": Title("时间窗", "a sliding window of it"),
    "absent": Title("无数据", "its silence"),
    "area": Title("电子围栏", "where it is (geofence)"),
    "neighbours": Title("与邻近设备比较", "its difference from its neighbours"),
    "baseline": Title("与该时刻常值比较", "its difference from what is usual at the hour"),
    "forecast": Title("与预测值比较", "its difference from its forecast"),
}
"""What a rule compares, by the key of a rule."""


def sentence(rule: Rule) -> Title:
    """When the rule opens an event."""
    return Title(_sentence(rule, "zh"), _sentence(rule, "en"))


def _sentence(rule: Rule, language: Language) -> str:
    condition, zh = rule.condition, language == "zh"
    period, name = said(condition.period_us, language), rule.attribute
    if condition.measure is Measure.ABSENCE:
        return f"{period}没有收到 {name}" if zh else f"no {name} for {period}"
    if condition.measure is Measure.AREA:
        area = condition.region or ("多边形" if zh else "a polygon")
        inside = (
            ("位于" if condition.inside else "离开")
            if zh
            else ("is inside of" if condition.inside else "is outside of")
        )
        return f"{name} {inside} {area}"
    compared = _compared(rule, language)
    what = {
        Measure.VALUE: name,
        Measure.RATE: f"{name} 每{period}的变化" if zh else f"the change of {name} per {period}",
        Measure.WINDOW: f"{name} 近{period}的{AGGREGATES[condition.aggregate].zh}" if zh
        else f"the {AGGREGATES[condition.aggregate].en} of {name} over {period}",
        Measure.NEIGHBOURS: f"{name} 与 {condition.within_m:g} 米内同类中位数之差" if zh
        else f"{name} minus the median of its like within {condition.within_m:g} m",
        Measure.BASELINE: f"{name} 与该时刻常值之差" if zh else f"{name} minus what is usual at the hour",
        Measure.FORECAST: f"{name} 与预测值 {condition.forecast} 之差" if zh
        else f"{name} minus its forecast ({condition.forecast})",
    }[condition.measure]  # fmt: skip
    found = f"{what}{compared}" if zh else f"{what} is {compared}"
    if condition.for_us:
        lasting = said(condition.for_us, language)
        found += f"，持续 {lasting}" if zh else f" for {lasting}"
    return found


def _compared(rule: Rule, language: Language) -> str:
    condition = rule.condition
    unit = f" {rule.unit}" if rule.unit not in ("", "1") else ""
    low = str(condition.text) if condition.text is not None else f"{condition.low * rule.factor:g}{unit}"
    high = "" if math.isnan(condition.high) else f"{condition.high * rule.factor:g}{unit}"
    words = COMPARES[condition.compare].in_language(language).format(low=low, high=high)
    return f" {words}" if language == "zh" else words
