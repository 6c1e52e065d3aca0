"""What reading a plan yields: a draft that a person reviews."""

from dataclasses import dataclass
from enum import StrEnum

from yuzhang.plan.model import Binding, Commitment, Place


class NodeKind(StrEnum):
    """The parts of a plan's outline."""

    PREFACE = "preface"
    PART = "part"
    CHAPTER = "chapter"
    SECTION = "section"
    BOX = "box"
    TABLE = "table"
    FIGURE = "figure"
    FOOTNOTE = "footnote"


@dataclass(frozen=True, slots=True)
class Node:
    """One entry of the outline; `start` and `end` bound its whole text (its heading included)."""

    kind: NodeKind
    number: int | None
    title: str
    start: int
    end: int
    place: Place


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One row of an indicator table: what is written, and the numbers read from it (None where none can be read)."""

    table: int
    category: str
    name: str
    unit: str | None
    base_text: str
    target_text: str
    growth_text: str
    base: float | None
    target_low: float | None
    target_high: float | None
    comparator: str | None
    growth: float | None
    cumulative: bool
    binding: Binding | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Project:
    """A named project, or a package of projects with its estimate of investment (in `unit`, as written)."""

    name: str
    package: str | None
    investment: float | None
    unit: str | None
    start: int
    end: int
    place: Place


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan as read: nothing in it is decided before a person reviews it."""

    text: str
    text_sha256: str
    first_year: int
    last_year: int
    outline: tuple[Node, ...]
    rows: tuple[IndicatorRow, ...]
    commitments: tuple[Commitment, ...]
    packages: tuple[Project, ...]
    projects: tuple[Project, ...]
