"""Cases in words for people: who must act, until when, how severe it is, what was done."""

from collections.abc import Mapping
from datetime import datetime

from yuzhang.brain.cases.model import BY_REPORTER, Step
from yuzhang.brain.cases.processes.catalogue import Registered, unit_of
from yuzhang.core.language import Title

SEVERITIES: Mapping[int, Title] = {
    1: Title("一般", "minor"),
    2: Title("较重", "moderate"),
    3: Title("严重", "severe"),
    4: Title("特别严重", "critical"),
}
MARKS: Mapping[int, str] = {1: "●", 2: "▲", 3: "◆", 4: "■"}
"""A shape for each severity: colour is never the only sign."""
ROLES: Mapping[str, Title] = {
    "duty-officer": Title("值班席", "Duty office"),
    "department-officer": Title("部门人员", "Department officers"),
    "domain-engineer": Title("领域工程师", "Domain engineers"),
    "data-officer": Title("数据管理员", "Data officers"),
    "plan-officer": Title("规划人员", "Plan officers"),
}
STATUSES: Mapping[str, Title] = {
    "open": Title("办理中", "Open"),
    "closed": Title("已办结", "Closed"),
    "withdrawn": Title("已撤回", "Withdrawn"),
}
STEPS: Mapping[str, Title] = {
    "opened": Title("立案", "Opened"),
    "done": Title("已办理", "Done"),
    "returned": Title("退回", "Returned"),
    "handed-over": Title("转交", "Handed over"),
    "noted": Title("批注", "Note"),
    "attached": Title("添加附件", "File added"),
    "merged": Title("并入他案", "Merged into another case"),
    "took-in": Title("并入一案", "Took in another case"),
    "reopened": Title("重新打开", "Reopened"),
    "withdrawn": Title("撤回", "Withdrawn"),
    "closed": Title("结案", "Closed"),
    "reminded": Title("催办", "Reminded"),
    "overdue": Title("超期", "Overdue"),
    "escalated": Title("升级督办", "Escalated"),
    "cleared": Title("事件已解除", "The event cleared"),
    "deadline": Title("时限调整", "Deadline changed"),
}
REPORTER = Title("上报人", "The reporter")
SYSTEM = Title("系统", "The system")
NOBODY = Title("尚无责任方", "Nobody yet")
MINUTE, HOUR, DAY = 60, 3600, 86_400


def due(at: datetime | None, now: datetime) -> Title:
    """How long there is left, or for how long it is overdue.

    >>> from datetime import UTC, timedelta
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> due(now + timedelta(hours=3, minutes=5), now).en, due(now - timedelta(days=2), now).zh
    ('in 3 h', '超期 2 天')
    """
    if at is None:
        return Title("无时限", "no deadline")
    left = (at - now).total_seconds()
    amount, zh, en = _amount(abs(left))
    if left >= 0:
        return Title(f"{amount} {zh}后", f"in {amount} {en}")
    return Title(f"超期 {amount} {zh}", f"overdue by {amount} {en}")


def overdue(at: datetime | None, now: datetime) -> bool:
    """Whether its time has passed."""
    return at is not None and at < now


def _amount(seconds: float) -> tuple[int, str, str]:
    if seconds < HOUR:
        return max(1, int(seconds / MINUTE)), "分钟", "min"
    if seconds < 2 * DAY:
        return int(seconds / HOUR), "小时", "h"
    return int(seconds / DAY), "天", "days"


def unit_name(id_: str, registry: Registered) -> Title:
    """What a unit is called; its id where the registry does not know it."""
    found = unit_of(id_, registry)
    return Title(id_, id_) if found is None else found.name


def party_name(party: str, registry: Registered, called: Mapping[str, str] | None = None) -> Title:
    """Who must act, as pages name them. `called`: names of persons, where they are known."""
    kind, _, name = party.partition(":")
    match kind:
        case "":
            return NOBODY
        case "reporter":
            return REPORTER
        case "unit":
            return unit_name(name, registry)
        case "role":
            return ROLES.get(name, Title(name, name))
        case _:
            known = name if called is None else called.get(name, name)
            return Title(known, known)


def doer(step: Step, called: Mapping[str, str]) -> Title:
    """Who did a step. The reporter is not named: who that is, is asked for with a purpose."""
    if step.by == BY_REPORTER:
        return REPORTER
    if step.by in ("system", "operator"):
        return SYSTEM
    known = called.get(step.by, step.by)
    return Title(known, known)
