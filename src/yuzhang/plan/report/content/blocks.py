"""The blocks of a report: plain values, the same for every format. Texts are final, in the report's language."""

from dataclasses import dataclass
from typing import Literal

from yuzhang.core.language import Language
from yuzhang.plan.evaluation.model import Forecast, Point, Status

Align = Literal["left", "center", "right"]
Scheme = Literal["section", "annex", "plain"]
"""How a heading is numbered: with the sections, with the annexes, or not at all (a chapter brings the plan's number)."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 3; `number` is what stands before it ("一、", "1.2 "), "" for none."""

    level: int
    text: str
    scheme: Scheme = "section"
    number: str = ""

    @property
    def whole(self) -> str:
        """Number and text, as it is read."""
        return f"{self.number}{self.text}"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the body, or a note below a table."""

    text: str
    note: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; `tone` colours a status, `link` is the web address printed below the text."""

    text: str
    tone: Status | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `width` is its share of the text's width in percent."""

    title: str
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; a group row has one cell over the whole width."""

    cells: tuple[Cell, ...]
    group: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; its header row stands again on every page. `number` is "表 1"."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    number: str = ""


@dataclass(frozen=True, slots=True)
class StatusBars:
    """One bar a group, made of the counts of each status; `names` says the statuses in the report's language."""

    groups: tuple[tuple[str, tuple[int, ...]], ...]
    names: tuple[tuple[Status, str], ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """The words in a chart of one target."""

    unit: str
    path: str
    measured: str
    forecast: str
    interval: str
    goal: str


@dataclass(frozen=True, slots=True)
class Course:
    """A target's path from base to due year, the figures beside it, and the forecast with its interval."""

    labels: Labels
    path: tuple[Point, ...]
    measured: tuple[Point, ...]
    forecast: Forecast | None
    first_year: int
    due: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart; `alt` says in words what it shows, for who cannot see it."""

    caption: str
    alt: str
    drawing: StatusBars | Course
    number: str = ""


Block = Heading | Paragraph | Table | Chart


@dataclass(frozen=True, slots=True)
class Report:
    """A report: its cover, then its blocks; `facts` are label and value. `date` is when the figures were known (ISO)."""

    language: Language
    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    contents: str
    date: str
    blocks: tuple[Block, ...]
