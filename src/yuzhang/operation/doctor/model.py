"""What the doctor says of one thing."""

from dataclasses import dataclass
from typing import Literal

from yuzhang.core.language import Title

Verdict = Literal["ok", "warn", "fault"]
WORDS: dict[Verdict, Title] = {
    "ok": Title("正常", "ok"),
    "warn": Title("注意", "warn"),
    "fault": Title("故障", "fault"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, what was found, and what to do if it is not right."""

    about: Title
    verdict: Verdict
    found: Title
    fix: Title | None = None
