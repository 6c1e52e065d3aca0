"""What a pack is, and what can be wrong with one."""

from dataclasses import dataclass, field
from pathlib import Path

from yuzhang.core.language import Language, Title


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a pack that has to be mended: where, which rule it breaks, what is wrong, and what to write instead."""

    path: Path
    line: int
    rule: str
    wrong: Title
    instead: Title

    def said(self, language: Language) -> str:
        """One line: file:line rule — what is wrong — what to write instead."""
        wrong, instead = self.wrong.in_language(language), self.instead.in_language(language)
        return f"{self.path}:{self.line} {self.rule} — {wrong} — {instead}"


@dataclass(frozen=True, slots=True)
class Pack:
    """A folder that adds one application. `id`: domain and name, as `governance/air`. `chapter`: of the plan that it serves.
    `unit`: who answers for it. `needs`: packs that it stands on."""

    id: str
    folder: Path
    title: Title
    chapter: str = ""
    unit: str = ""
    needs: tuple[str, ...] = ()
    summary: Title = field(default_factory=lambda: Title("", ""))

    @property
    def domain(self) -> str:
        """The first half of its id.

        >>> Pack("governance/air", Path("air"), Title("空气", "Air")).domain
        'governance'
        """
        return self.id.partition("/")[0]
