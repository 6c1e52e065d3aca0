"""What the cases gave: read from Robot Framework's output.xml, counted, kept as JSON, compared with an earlier run."""

import json
import re
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree

_CLAUSE = re.compile(r"\d+(?:_\d+)+")


@dataclass(frozen=True, slots=True)
class Case:
    """One case as it ended. `status` is passed, failed or skipped."""

    file: str
    name: str
    status: str
    message: str
    clauses: tuple[str, ...]
    seconds: float

    @property
    def key(self) -> str:
        return f"{self.file}::{self.name}"

    @property
    def number(self) -> str:
        """The case's number, with which the suite's papers name it.

        >>> Case("a/001_01.robot", "001_01_02 EntityWith…", "passed", "", (), 0.1).number
        '001_01_02'
        """
        first = self.name.split()[0]
        return first if first[:1].isdigit() or "_" in first else f"{Path(self.file).stem} {self.name}"


def clauses_of(tags: list[str]) -> tuple[str, ...]:
    """The clauses among a case's tags.

    >>> clauses_of(["e-create", "5_6_1", "since_v1.5.1"])
    ('5.6.1',)
    """
    return tuple(dict.fromkeys(tag.replace("_", ".") for tag in tags if _CLAUSE.fullmatch(tag)))


def one_line(message: str, length: int = 400) -> str:
    """A message on one line.

    >>> one_line("a\\n\\n  b", 10)
    'a b'
    """
    text = " ".join(message.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def read_output(output: Path, suite: Path) -> list[Case]:
    """The cases of one output.xml; none if the run was cut off before it wrote one."""
    cases: list[Case] = []
    sources: list[Path] = []
    try:
        for event, element in ElementTree.iterparse(output, events=("start", "end")):  # noqa: S314  our own robot wrote it
            if event == "start":
                if element.tag == "suite":
                    sources.append(Path(element.get("source", "")))
            elif element.tag == "kw":
                element.clear()  # keywords fill most of the file
            elif element.tag == "test":
                cases.append(_case(element, sources[-1], suite))
            elif element.tag == "suite":
                sources.pop()
                element.clear()
    except (ElementTree.ParseError, FileNotFoundError):
        pass
    return cases


def _case(test: ElementTree.Element, source: Path, suite: Path) -> Case:
    state = test.find("status")
    if state is None:
        raise ElementTree.ParseError(f"A case without status in {source}.")
    file = source.relative_to(suite).as_posix()
    status = {"PASS": "passed", "FAIL": "failed"}.get(state.get("status", ""), "skipped")
    clauses = clauses_of([tag.text or "" for tag in test.findall("tag")]) or _clauses_in(source)
    return Case(file, test.get("name", ""), status, one_line(state.text or ""), clauses, float(state.get("elapsed", 0)))


def _clauses_in(source: Path) -> tuple[str, ...]:
    """The clauses that a case file names anywhere: some carry them on the template's keyword, not on the cases."""
    lines = [line for line in source.read_text(encoding="utf-8").splitlines() if line.strip().startswith("[Tags]")]
    return clauses_of([word for line in lines for word in line.split()])


def counted(cases: list[Case]) -> str:
    """
    >>> counted([])
    '0 cases'
    """
    found = Counter(case.status for case in cases)
    parts = [f"{found[status]} {status}" for status in ("passed", "failed", "skipped") if found[status]]
    return ", ".join([f"{len(cases)} cases", *parts])


def save(cases: list[Case], to: Path) -> None:
    to.write_text(json.dumps([asdict(case) for case in cases], ensure_ascii=False, indent=1), encoding="utf-8")


def load(file: Path) -> list[Case]:
    rows = json.loads(file.read_text(encoding="utf-8"))
    return [Case(**{**row, "clauses": tuple(row["clauses"])}) for row in rows]


def compared(old: list[Case], new: list[Case]) -> list[str]:
    """What got better or worse among the cases that both runs ran, worse first."""
    before = {case.key: case for case in old}
    worse, better = [], []
    for case in new:
        was = before.get(case.key)
        if was is None or (was.status == "passed") == (case.status == "passed"):
            continue
        if case.status == "passed":
            better.append(f"better  {case.file}  {case.name}")
        else:
            worse.append(f"WORSE   {case.file}  {case.name}: {case.message}")
    return worse + better
