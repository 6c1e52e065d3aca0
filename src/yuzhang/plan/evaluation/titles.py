"""How statuses, kinds and methods are called, for pages, terminal and reports."""

from yuzhang.core.language import Title
from yuzhang.plan.evaluation.model import EvaluationKind, Status
from yuzhang.plan.model import Binding
from yuzhang.plan.registry.model import Method

STATUS_TITLES: dict[Status, Title] = {
    Status.KEPT: Title("已实现", "kept"),
    Status.NEARLY: Title("基本实现", "nearly kept"),
    Status.MISSED: Title("未实现", "missed"),
    Status.ON_TRACK: Title("进度正常", "on track"),
    Status.BEHIND: Title("略滞后", "behind"),
    Status.OFF_TRACK: Title("明显滞后", "off track"),
    Status.NO_DATA: Title("暂无数据", "no data"),
    Status.NOT_ASSESSABLE: Title("暂不可评", "not assessable"),
}
BINDING_TITLES: dict[Binding, Title] = {
    Binding.BINDING: Title("约束性", "binding"),
    Binding.EXPECTED: Title("预期性", "expected"),
}
KIND_TITLES: dict[EvaluationKind, Title] = {
    EvaluationKind.ANNUAL: Title("年度监测", "annual monitoring"),
    EvaluationKind.MID_TERM: Title("中期评估", "mid-term evaluation"),
    EvaluationKind.FINAL: Title("总结评估", "final evaluation"),
}
METHOD_TITLES: dict[Method, Title] = {
    Method.LINEAR: Title("水平，直线路径", "level, linear path"),
    Method.COMPOUND: Title("水平，复合增长路径", "level, compound path"),
    Method.AVERAGE_GROWTH: Title("年均实际增长", "average real growth"),
    Method.CUMULATIVE: Title("累计", "cumulative"),
    Method.SHARE: Title("比重（百分点）", "share (percentage points)"),
    Method.AT_LEAST: Title("不低于", "at least"),
    Method.AT_MOST: Title("以内", "at most"),
    Method.STABLE: Title("保持稳定", "keep stable"),
    Method.ASSIGNED: Title("省下达目标", "assigned by the province"),
    Method.QUALITATIVE: Title("定性", "qualitative"),
}
