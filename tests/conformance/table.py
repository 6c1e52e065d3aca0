"""The results by clause as they stand in docs/reference/ngsi-ld.md, and the reasons of the cases that fail."""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from .results import Case, counted

HERE = Path(__file__).parent
BEGIN, END = "<!-- conformance: begin (written by `make conformance TABLE=…`) -->", "<!-- conformance: end -->"
CHAPTERS = {"4": "Framework", "5": "API operations", "6": "HTTP binding"}
# Whose fault a failure is, as a reader should see it.
FAULTS = {"suite": "the suite", "standard": "the standard is silent", "machine": "this machine", "ours": "Yuzhang"}
# Whether the clause itself decides, or our understanding of it.
TEXTS = {"read": "its words", "reading": "our reading"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why cases fail: patterns of case numbers, the clause which decides, whose fault (a key of FAULTS), by what (a key of TEXTS)."""

    cases: tuple[str, ...]
    clause: str
    fault: str
    text: str
    reason: str

    def fits(self, case: Case) -> bool:
        return any(fnmatchcase(case.number, pattern) for pattern in self.cases)


def reasons(file: Path = HERE / "reasons.toml") -> list[Reason]:
    """The hand-kept reasons. Raises ValueError if one lacks a part, or names an unknown fault or text."""
    found = []
    for number, row in enumerate(tomllib.loads(file.read_text(encoding="utf-8")).get("reason", []), 1):
        try:
            words = " ".join(row["reason"].split())
            reason = Reason(tuple(row["cases"]), row["clause"], row["fault"], row["text"], words)
        except KeyError as err:
            raise ValueError(f"{file.name}: reason {number} has no {err.args[0]}.") from err
        for name, value, known in (("fault", reason.fault, FAULTS), ("text", reason.text, TEXTS)):
            if value not in known:
                raise ValueError(f"{file.name}: reason {number}: {name} is one of {', '.join(known)}, not {value}.")
        found.append(reason)
    return found


def order(clause: str) -> tuple[int, ...]:
    """
    >>> sorted(["5.10.1", "5.9.2"], key=order)
    ['5.9.2', '5.10.1']
    """
    return tuple(int(part) for part in clause.split("."))


def by_clause(cases: Iterable[Case]) -> dict[str, Counter[str]]:
    """How many cases of each clause passed and failed; a case counts for every clause that it names."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for case in cases:
        for clause in case.clauses:
            found[clause][case.status] += 1
    return dict(sorted(found.items(), key=lambda item: order(item[0])))


def table(cases: list[Case], known: list[Reason], heading: str) -> list[str]:
    """The lines between the markers."""
    titles = tomllib.loads((HERE / "clauses.toml").read_text(encoding="utf-8"))
    lines = [f"{heading} {counted(cases)}.", ""]
    lines += _failures(cases, known)
    lines += ["### By clause", ""]
    lines += ["A case counts for every clause which it names; the numbers and titles are those of v1.9.1.", ""]
    rows = by_clause(cases)
    for chapter, name in CHAPTERS.items():
        lines += [
            f"**Clause {chapter}: {name}**",
            "",
            "| clause | | passed | failed |",
            "|---|---|--:|--:|",
        ]
        for clause, count in rows.items():
            if clause.split(".")[0] == chapter:
                numbers = " | ".join(str(count[one] or "") for one in ("passed", "failed"))
                lines.append(f"| {clause} | {titles.get(clause, '')} | {numbers} |")
        lines.append("")
    return lines


def _failures(cases: list[Case], known: list[Reason]) -> list[str]:
    failed = [case for case in cases if case.status == "failed"]
    lines = ["### Cases that fail", ""]
    if not failed:
        return [*lines, "None.", ""]
    lines += ["| case | clause | lies with | by | reason |", "|---|---|---|---|---|"]
    for reason in known:
        names = sorted({case.number for case in failed if reason.fits(case)})
        if names:
            why = (FAULTS[reason.fault], TEXTS[reason.text], reason.reason.replace("|", "\\|"))
            row = (", ".join(names), reason.clause, *why)
            lines.append(f"| {' | '.join(row)} |")
    unexplained = sorted({case.number for case in failed} - {c.number for c in failed for r in known if r.fits(c)})
    if unexplained:
        lines += ["", f"Without a known reason yet: {', '.join(unexplained)}."]
    return [*lines, ""]


def stale(cases: list[Case], known: list[Reason]) -> list[str]:
    """Patterns of cases which were run and do not fail (any more); to be taken out of reasons.toml."""
    failed = [case.number for case in cases if case.status == "failed"]
    ran = [case.number for case in cases]
    return [
        pattern
        for reason in known
        for pattern in reason.cases
        if any(fnmatchcase(one, pattern) for one in ran) and not any(fnmatchcase(one, pattern) for one in failed)
    ]


def write(page: Path, lines: list[str]) -> None:
    """Puts the lines between the page's markers. Raises ValueError if it has none."""
    text = page.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise ValueError(f"{page} has no place for the table: it needs the lines {BEGIN} and {END}.")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text("\n".join([f"{before}{BEGIN}", "", *lines, f"{END}{after}"]), encoding="utf-8")
