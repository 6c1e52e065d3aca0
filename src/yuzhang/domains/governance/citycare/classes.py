"""The national classes of city care, as they lie in `data/`."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from yuzhang.core.language import Title

DATA = Path(__file__).parent / "data"
Evidence = Literal["agreed", "list", "name"]
EVIDENCE: tuple[Evidence, ...] = ("agreed", "list", "name")


@dataclass(frozen=True, slots=True)
class Class:
    """A class of components or events. `code`: of GB/T 30428.2, "" where it is not known; `evidence`: how sure that is;
    `code_2026`: of GB/T 47678.5-2026, "" where it is not known."""

    id: str
    code: str
    major: str
    group: Title
    title: Title
    evidence: Evidence
    code_2026: str


@cache
def classes(kind: Literal["components", "events"]) -> tuple[Class, ...]:
    """All classes of a kind, in the standard's order.

    >>> [one.title.en for one in classes("events") if one.code == "0102"]
    ['Exposed refuse']
    """
    return tuple(_read(DATA / f"{kind}.csv"))


def _read(path: Path) -> Iterator[Class]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            sure = next(one for one in EVIDENCE if one == row["evidence"])
            group = Title(row["major_zh"], row["major_en"])
            title = Title(row["zh"], row["en"])
            yield Class(row["id"], row["code"], row["major"], group, title, sure, row["code_2026"])
