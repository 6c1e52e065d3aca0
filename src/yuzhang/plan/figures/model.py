"""A published figure: a value with its unit, its period, when it was published and where."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from yuzhang.core.language import Title

PERIOD = re.compile(r"([0-9]{4})(?:Q([1-4])|-(0[1-9]|1[0-2])|/([0-9]{4}))?", re.ASCII)


class PeriodKind(StrEnum):
    """How long a figure's period is."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    SPAN = "span"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The time a figure speaks of. `first` and `last` are days, both inside.

    Written "2023", "2023Q2", "2023-07" or "2021/2025" (a span of whole years).
    """

    first: date
    last: date
    kind: PeriodKind

    @classmethod
    def parse(cls, text: str) -> Self:
        """The period that `text` writes; ValueError with the forms allowed if it writes none.

        >>> Period.parse("2023Q2").last
        datetime.date(2023, 6, 30)
        """
        found = PERIOD.fullmatch(text)
        if found is None or found[1] < "1000" or found[1] == "9999" or (found[4] and not found[1] < found[4] < "9999"):
            raise ValueError(f"{text!r} is not a period: write 2023, 2023Q2, 2023-07 or 2021/2025")
        year = int(found[1])
        if found[4]:
            return cls(date(year, 1, 1), date(int(found[4]), 12, 31), PeriodKind.SPAN)
        if found[2]:
            return cls(date(year, int(found[2]) * 3 - 2, 1), _month_end(year, int(found[2]) * 3), PeriodKind.QUARTER)
        if found[3]:
            return cls(date(year, int(found[3]), 1), _month_end(year, int(found[3])), PeriodKind.MONTH)
        return cls(date(year, 1, 1), date(year, 12, 31), PeriodKind.YEAR)

    def __str__(self) -> str:
        """The period as `parse` reads it."""
        match self.kind:
            case PeriodKind.YEAR:
                return f"{self.first.year}"
            case PeriodKind.QUARTER:
                return f"{self.first.year}Q{self.last.month // 3}"
            case PeriodKind.MONTH:
                return f"{self.first.year}-{self.first.month:02}"
            case PeriodKind.SPAN:
                return f"{self.first.year}/{self.last.year}"


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as published. `known_from` is the day from which it counts as known (a vintage that gives only a
    year counts from that year's last day); `vintage` is what the source states."""

    id: str
    series: str
    period: Period
    region: str
    value: float
    unit: str
    vintage: str
    known_from: date
    source_title: str
    source_url: str
    quote: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The figures of a region as known on a date: the latest vintage of each series and period, and the lake's snapshot
    they were read at, so that the same figures can be read again."""

    id: int
    region: str
    as_of: date
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """A measure that figures may be given for. `low` and `high` bound what is plausible, in `unit`; `region` limits it to
    one region, None to none. `aliases` are other names that sources use for it."""

    name: str
    title: Title
    unit: str
    low: float
    high: float
    region: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What an import does with one row of its file: `figure` is new, `former` the one that was valid for the same series,
    period and region before it (an earlier vintage, or the mistake that it replaces); None if there was none."""

    row: int
    figure: Figure
    former: Figure | None


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, or (`dry_run`) would do.

    `rows` of the file are `added` + `known` (already stored, skipped). `withdrawn` older figures of the same vintage were
    replaced. `import_id` is None when nothing was written.
    """

    import_id: int | None
    filename: str
    rows: int
    added: int
    known: int
    withdrawn: int
    differences: tuple[Difference, ...]
    dry_run: bool


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One entry of the import history; `undoes` is set on an undo, `undone` on what was undone. `at` is in UTC."""

    id: int
    by: str
    at: datetime
    filename: str
    sha256: str
    rows: int
    added: int
    withdrawn: int
    undoes: int | None
    undone: bool
