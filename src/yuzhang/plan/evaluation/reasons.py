"""Why a target has its status, in a sentence. What is known only of an earlier year is said "as of" that year."""

from yuzhang.core.language import Title
from yuzhang.plan.evaluation.computation.columns import Why
from yuzhang.plan.evaluation.computation.methods import BOUNDS
from yuzhang.plan.evaluation.computation.status import BEHIND_SHARE, NEARLY_SHARE, PACE_FACTOR
from yuzhang.plan.evaluation.explanation import Judged, goal_text, rounded
from yuzhang.plan.registry.model import Method

STANDING = (*BOUNDS, Method.STABLE)
FULL = 100
"""全覆盖, in %."""


def reason(judged: Judged) -> Title:
    """The reason of one assessment."""
    if judged.why in (Why.NO_FIGURE, Why.GAP, Why.IMPOSSIBLE, Why.NO_BASE, Why.NO_PATH):
        said = _without(judged)
    elif judged.why in (Why.KEPT, Why.NEARLY, Why.MISSED):
        said = _final(judged)
    elif judged.why in (Why.REACHED, Why.ON_PATH, Why.CLOSE, Why.PACE, Why.OFF):
        said = _track(judged)
    else:
        said = _unassessable(judged)
    return _with_unused(judged, _with_estimates(judged, said))


def _with_estimates(judged: Judged, said: Title) -> Title:
    periods = judged.estimates
    if not periods:
        return said
    many = "estimates" if len(periods) > 1 else "an estimate"
    return Title(f"{said.zh}含预计数（{'、'.join(periods)}）。", f"{said.en} This uses {many} ({', '.join(periods)}).")


def _with_unused(judged: Judged, said: Title) -> Title:
    unused = judged.readings.unused
    if not unused:
        return said
    return Title(
        f"{said.zh}另有 {unused} 个季度、月度或其他时段的数据，按年度评价时不使用。",
        f"{said.en} {unused} figure{'s' if unused > 1 else ''} of quarters, months or other spans "
        f"{'are' if unused > 1 else 'is'} not used: years are judged.",
    )


def _unassessable(judged: Judged) -> Title:
    sentences = {
        Why.ASSIGNED: Title(
            "目标由上级下达，下达前不能评价。",
            "The target is to be assigned by the province: not assessable until it is.",
        ),
        Why.YEARS: Title(
            "目标年不晚于基期，无法评价。", "The due year does not lie after the base year: not assessable."
        ),
        Why.NO_CRITERION: Title(
            "规划没有给出可衡量的标准，无法评价。",
            "The plan states no measurable criterion: not assessable.",
        ),
        Why.NO_NUMBER: Title("规划没有给出目标数值，无法评价。", "The plan gives no number to reach: not assessable."),
    }
    said = sentences[judged.why]
    if judged.year is None or judged.actual is None:
        return said
    value = rounded(judged.actual, judged.target.unit, None)
    return Title(f"{said.zh}{judged.year} 年为 {value}。", f"{said.en} It was {value} in {judged.year}.")


def _without(judged: Judged) -> Title:
    if judged.readings.problem:
        return judged.readings.problem
    target = judged.target
    if target.method is Method.QUALITATIVE and (target.low, target.unit) == (FULL, "%") and not judged.readings.values:
        return Title(
            "承诺是全覆盖，没有另给数值，需要覆盖率数据才能评价。",
            "The promise is full coverage and states no other number: a figure of coverage is needed.",
        )
    if target.series is None:
        return Title("没有关联已公布的数据。", "No published figure is linked.")
    if judged.why is Why.NO_FIGURE:
        last = min(judged.asked, target.due)
        return Title(
            f"尚无 {target.base_year + 1}–{last} 年的年度数据。",
            f"There is no yearly figure of {target.base_year + 1}–{last} yet.",
        )
    if judged.why is Why.GAP:
        return _gap(judged)
    if judged.why is Why.IMPOSSIBLE:
        return Title("数据中有不可能的数值。", "A figure is impossible for this method.")
    if judged.why is Why.NO_BASE or judged.actual is None:
        return Title("没有基期值，无法确定目标。", "There is no base value: the target cannot be computed.")
    value = rounded(judged.actual, target.unit, None)
    return Title(
        f"没有可用的基期值，无法确定路径；{judged.year} 年为 {value}，尚未达到 {goal_text(judged)}。",
        f"There is no usable base value, so no path; {value} in {judged.year} does not yet reach {goal_text(judged)}.",
    )


def _gap(judged: Judged) -> Title:
    known, base = judged.readings, judged.target.base_year
    bridged = max(judged.to_date, default=base)
    years = [y for y in range(bridged + 1, judged.year or base) if y not in known.values]
    growth = judged.target.method is Method.AVERAGE_GROWTH
    listed = "、".join(map(str, years)), ", ".join(map(str, years))
    return Title(
        f"缺少 {listed[0]} 年的数据，无法得出 {base} 年以来的{'平均增速' if growth else '累计数'}。",
        f"Figures of {listed[1]} are missing: the {'average growth' if growth else 'sum'} since {base} cannot be stated.",
    )


def _final(judged: Judged) -> Title:
    value = rounded(judged.actual or 0.0, judged.target.unit, judged.bound)
    goal, year = goal_text(judged), judged.year
    if judged.why is Why.KEPT:
        return Title(f"{year} 年为 {value}，达到目标（{goal}）。", f"{value} in {year} keeps the target ({goal}).")
    if judged.why is Why.NEARLY:
        share = f"{judged.progress or 0.0:.1%}"
        return Title(
            f"{year} 年为 {value}，未达到目标（{goal}），但已完成承诺变化的 {share}（不低于 {NEARLY_SHARE:.0%}）。",
            f"{value} in {year} falls short of the target ({goal}), but {share} of the promised way was gone "
            f"(at least {NEARLY_SHARE:.0%}).",
        )
    bound = ("约束性目标", "binding target") if judged.binding else ("目标", "target")
    return Title(
        f"{year} 年为 {value}，未达到{bound[0]}（{goal}）。", f"{value} in {year} misses the {bound[1]} ({goal})."
    )


def _track(judged: Judged) -> Title:
    actual, asked, unit = judged.actual or 0.0, judged.expected or 0.0, judged.target.unit
    value, path = rounded(actual, unit, asked), rounded(asked, unit, actual)
    said = {
        Why.REACHED: _met(judged, value)
        if judged.target.method in STANDING
        else Title(
            f"为 {value}，已达到目标（{goal_text(judged)}）", f"{value} already meets the target ({goal_text(judged)})"
        ),
        Why.ON_PATH: _on_path(judged, value, path),
        Why.CLOSE: _near(judged, value)
        if not judged.way
        else Title(f"为 {value}，略差于路径（{path}）", f"{value} is a little short of the path ({path})"),
        Why.PACE: Title(
            f"为 {value}，差于路径（{path}），但所需速度不超过承诺速度的 {PACE_FACTOR:g} 倍",
            f"{value} is short of the path ({path}), but needs no more than {PACE_FACTOR:g} times the promised pace",
        ),
        Why.OFF: _off(judged, value, path),
    }[judged.why]
    last = min(judged.asked, judged.target.due)
    late = judged.year is not None and judged.year < last
    return Title(
        f"截至 {judged.year} 年：{said.zh}{f'；尚无 {last} 年数据' if late else ''}。",
        f"As of {judged.year}: {said.en}{f'; there is no figure of {last} yet' if late else ''}.",
    )


def _on_path(judged: Judged, value: str, path: str) -> Title:
    if judged.gap is not None and judged.gap < 0:
        return Title(
            f"为 {value}，在路径（{path}）的允许偏差内", f"{value} is on the path ({path}) within its tolerance"
        )
    return Title(f"为 {value}，不差于路径（{path}）", f"{value} is on the path ({path}) or better")


def _met(judged: Judged, value: str) -> Title:
    goal = goal_text(judged)
    return Title(f"为 {value}，当年符合要求（{goal}）", f"{value} meets the bound ({goal}) in that year")


def _near(judged: Judged, value: str) -> Title:
    room = (
        ("相差不超过十分之一", "by no more than a tenth")
        if judged.direction
        else ("偏离不超过允许值的两倍", "by no more than the tolerance again")
    )
    goal = goal_text(judged)
    return Title(f"为 {value}，不符合要求（{goal}），{room[0]}", f"{value} does not meet {goal}, {room[1]}")


def _off(judged: Judged, value: str, path: str) -> Title:
    if not judged.way:
        room = ("相差超过十分之一", "by more than a tenth") if judged.direction else ("偏离过大", "by too much")
        goal = goal_text(judged)
        return Title(
            f"为 {value}，不符合要求（{goal}），{room[0]}", f"{value} fails what is asked for ({goal}), {room[1]}"
        )
    return Title(
        f"为 {value}，明显差于路径（{path}）：进度不到应有的 {BEHIND_SHARE:.0%}，所需速度超过承诺速度的 {PACE_FACTOR:g} 倍",
        f"{value} is far from the path ({path}): less than {BEHIND_SHARE:.0%} of the progress asked for, and more than "
        f"{PACE_FACTOR:g} times the promised pace is needed",
    )
