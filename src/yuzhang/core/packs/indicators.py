"""The indicators of a pack: `indicators.sql`, one SELECT each, with what it is in comments above it.

    -- indicator: PM2.5年均浓度        the series, as the plan's figures call it
    -- zh: PM2.5年均浓度
    -- en: Mean concentration of PM2.5 over the year
    -- unit: 微克/立方米
    -- source: GB 3095                what it is computed by
    SELECT … AS period, … AS value FROM observations …;

Whether the SELECT may run is decided by `brain/history/sql`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yuzhang.core.language import Title
from yuzhang.core.packs.model import Fault, Pack

FILE = "indicators.sql"
ENTRY = re.compile(r"^--\s*(indicator|zh|en|unit|source)\s*:\s*(.*?)\s*$", re.MULTILINE)
KEYS = ("indicator", "zh", "en", "unit", "source")
PIECES = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|;|[^-/'\";]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure that a pack computes. `line`: where its SELECT begins, from 1."""

    series: str
    title: Title
    unit: str
    source: str
    query: str
    path: Path
    line: int


def read_indicators(pack: Pack) -> tuple[list[Indicator], list[Fault]]:
    """The indicators of a pack, and what is missing in their headings."""
    path = pack.folder / FILE
    if not path.is_file():
        return [], []
    found: list[Indicator] = []
    faults: list[Fault] = []
    for statement, line in statements(path.read_text(encoding="utf-8", errors="replace")):
        made, wrong = _indicator(path, statement, line)
        faults += wrong
        found.append(made)
    seen: set[str] = set()
    for one in found:
        if one.series and one.series in seen:
            faults.append(
                Fault(
                    path,
                    one.line,
                    "indicator.name",
                    Title(f"“{one.series}”出现两次", f"{one.series} stands there twice"),
                    Title("合为一条 SELECT", "make one SELECT of them"),
                )
            )
        seen.add(one.series)
    return found, faults


def statements(text: str) -> Iterator[tuple[str, int]]:
    """The statements of a script with the line of each one's first word; its comments stay with it. Marks within texts end none.

    >>> [(one.strip(), line) for one, line in statements("-- a;\\nSELECT ';' AS x;\\n\\nSELECT 2")]
    [("-- a;\\nSELECT ';' AS x", 2), ('SELECT 2', 4)]
    """
    begun, first, place = 0, -1, 0
    for match in PIECES.finditer(text):
        piece = match[0]
        if piece == ";":
            if first >= 0:
                yield text[begun : match.start()], text.count("\n", 0, first) + 1
            begun, first = match.end(), -1
        elif first < 0 and piece.strip() and not piece.startswith(("--", "/*")):
            first = match.start() + len(piece) - len(piece.lstrip())
        place = match.end()
    if first >= 0:
        yield text[begun:place], text.count("\n", 0, first) + 1


def _indicator(path: Path, statement: str, line: int) -> tuple[Indicator, list[Fault]]:
    said = dict(ENTRY.findall(statement))
    # What stands above the entries speaks of the whole file.
    query = statement.strip()
    made = Indicator(
        said.get("indicator", ""),
        Title(said.get("zh", ""), said.get("en", "")),
        said.get("unit", ""),
        said.get("source", ""),
        query,
        path,
        line,
    )
    return made, [
        Fault(
            path,
            line,
            "indicator.heading",
            Title(f"SELECT 上方缺少 {key}", f"above the SELECT, {key} is missing"),
            Title(f"写一行 -- {key}: …", f"write a line -- {key}: …"),
        )
        for key in KEYS
        if not said.get(key)
    ]
