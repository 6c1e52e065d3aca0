"""What an evaluation says of each promise, and how it came to say so."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from yuzhang.core.language import Title
from yuzhang.plan.figures.model import Figure
from yuzhang.plan.registry.model import Indicator, Plan, RegisteredProject, ReviewedCommitment, Target


class EvaluationKind(StrEnum):
    """Which evaluation a report is; the computation is the same, only the year differs."""

    ANNUAL = "annual"
    MID_TERM = "mid-term"
    FINAL = "final"


class Status(StrEnum):
    """Kept, nearly and missed are said only of the due year; the track words are said "as of" an earlier year."""

    KEPT = "kept"
    NEARLY = "nearly"
    MISSED = "missed"
    ON_TRACK = "on_track"
    BEHIND = "behind"
    OFF_TRACK = "off_track"
    NO_DATA = "no_data"
    NOT_ASSESSABLE = "not_assessable"


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a year."""

    year: int
    value: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A year's value as used in the computation, in the target's unit, with the figures it was made from."""

    year: int
    value: float
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class ForecastPoint:
    """A year's forecast with its interval."""

    year: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """The expected course to the due year; `level` is the interval's coverage (0.8 = 80 %), `model` its name."""

    model: str
    level: float
    points: tuple[ForecastPoint, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the computation, as a reader would check it by hand: what, the formula, with numbers, the result."""

    title: Title
    formula: str
    numbers: str
    result: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """One target or commitment held against the figures.

    `gap` = measured − what the path asks for that year, in the target's unit, positive when better. `needed` is what
    is still needed each year to the due year in `needed_unit` ("%" of growth a year, or unit a year). None where
    undefined.
    """

    target: Target
    status: Status
    year: int | None
    actual: float | None
    expected: float | None
    gap: float | None
    needed: float | None
    needed_unit: str | None
    path: tuple[Point, ...]
    measured: tuple[Measured, ...]
    forecast: Forecast | None
    no_forecast: Title | None
    reason: Title
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class IndicatorAssessment:
    """An indicator with its targets' assessments; its status is that of `deciding`, the worst that can be assessed."""

    indicator: Indicator
    status: Status
    reason: Title
    deciding: str
    targets: tuple[Assessment, ...]


@dataclass(frozen=True, slots=True)
class CommitmentAssessment:
    """A commitment with its assessment."""

    commitment: ReviewedCommitment
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A plan held against the figures known on `known`, judged at the end of `year`.

    `snapshot` and `revision` name the figures and the registry that were read: the same four give the same evaluation.
    """

    plan: Plan
    kind: EvaluationKind
    year: int
    known: date
    snapshot: int
    revision: int
    indicators: tuple[IndicatorAssessment, ...]
    commitments: tuple[CommitmentAssessment, ...]
    projects: tuple[RegisteredProject, ...]
