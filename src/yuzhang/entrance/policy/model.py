"""The words of the room: a statement, and what it says of one question."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cedarpy import pst

from yuzhang.core.access import Object, Party, Policy
from yuzhang.core.language import Title

Effect = Literal["permit", "forbid"]
ROLES: dict[str, Title] = {
    "plan-officer": Title("规划人员", "Plan officer"),
    "duty-officer": Title("值班人员", "Duty officer"),
    "department-officer": Title("部门人员", "Department officer"),
    "data-officer": Title("数据管理员", "Data officer"),
    "domain-engineer": Title("领域工程师", "Domain engineer"),
    "system-administrator": Title("系统管理员", "System administrator"),
    "security-administrator": Title("安全管理员", "Security administrator"),
    "audit-administrator": Title("审计管理员", "Audit administrator"),
}
KINDS: dict[str, Title] = {
    "official": Title("公务人员", "Official"),
    "enterprise": Title("企业", "Enterprise"),
    "citizen": Title("公民", "Citizen"),
    "device": Title("设备", "Device"),
    "application": Title("应用", "Application"),
    "process": Title("系统自身", "The system itself"),
    "stranger": Title("未登录者", "Stranger"),
}
READ_SCOPE, WRITE_SCOPE = "yuzhang.read", "yuzhang.write"


@dataclass(frozen=True, slots=True)
class Clause:
    """One `when` or `unless` of a statement, as it is written and as it is read."""

    text: str
    node: pst.Clause


@dataclass(frozen=True, slots=True)
class Statement:
    """One policy of a file. `why`: the law or the clause of a standard that it follows. `line`: where it begins."""

    id: str
    effect: Effect
    title: Title
    why: str
    file: Path
    line: int
    text: str
    clauses: tuple[Clause, ...]
    node: pst.Template

    @property
    def place(self) -> str:
        """The file and line to look at."""
        return f"{self.file.name}:{self.line}"


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks, which action, about what."""

    caller: Party
    policy: Policy
    about: Object


@dataclass(frozen=True, slots=True)
class Nearest:
    """A statement that decides otherwise than was hoped for, and what would have to be different."""

    statement: Statement
    missing: tuple[Title, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with its reasons.

    `decided`: the statements that gave it; none, where nothing permits. `nearest`: for a no, what would have to change, beginning with the
    least. `remedies`: what of the asker's circumstances alone would turn a no into a yes.
    """

    question: Question
    allowed: bool
    decided: tuple[Statement, ...]
    nearest: tuple[Nearest, ...]
    remedies: tuple[Title, ...]
