"""A published figure: a value with its unit, its period, when it was published and where."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self


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
        """The period that `text` writes; ValueError with the forms allowed if it writes none."""
        raise NotImplementedError


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
