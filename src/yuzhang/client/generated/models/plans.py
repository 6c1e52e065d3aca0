"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field

from . import shared

Binding: TypeAlias = Annotated[
    Literal["expected", "binding"],
    Meta(description="Whether a target obliges the government (约束性) or states what it expects (预期性)."),
]


CommitmentKind: TypeAlias = Annotated[
    Literal["level", "growth_rate", "share", "count", "cumulative", "coverage", "multiple", "qualitative_full"],
    Meta(description="What sort of quantity a commitment speaks of."),
]


Comparator: TypeAlias = Annotated[
    Literal[">=", "<=", "=", "~", ">", "<", "+", "x"],
    Meta(description="How a promised number binds; the signs of the commitment format."),
]


class Correction(Struct):
    """
    The values that a reviewer puts in place of those read.
    """

    subject: str
    comparator: Comparator
    low: float
    due: int
    kind: CommitmentKind
    high: float | UnsetType | None = UNSET
    unit: str | UnsetType | None = UNSET
    per: str | UnsetType | None = UNSET
    baseline: float | UnsetType | None = UNSET


EvaluationKind: TypeAlias = Annotated[
    Literal["annual", "mid-term", "final"],
    Meta(description="Which evaluation a report is; the computation is the same, only the year differs."),
]


class ForecastPoint(Struct):
    """
    A year's forecast with its interval.
    """

    year: int
    value: float
    low: float
    high: float


Method: TypeAlias = Annotated[
    Literal[
        "linear",
        "compound",
        "average_growth",
        "cumulative",
        "share",
        "at_least",
        "at_most",
        "stable",
        "assigned",
        "qualitative",
    ],
    Meta(description="How a target is computed; the formula and source of each stand in docs/reference/methods.md."),
]


class Point(Struct):
    """
    A value of a year.
    """

    year: int
    value: float


Review: TypeAlias = Annotated[
    Literal["pending", "accepted", "corrected", "rejected"],
    Meta(description="Where a candidate stands with its reviewer."),
]


class Revision(Struct):
    """
    One change of a plan's registry: who, when, what (load, read, review, import, undo) and of what.
    """

    number: int
    made_at: datetime
    made_by: str
    what: str
    subject: str
    undoes: int | None


Status: TypeAlias = Annotated[
    Literal["kept", "nearly", "missed", "on_track", "behind", "off_track", "no_data", "not_assessable"],
    Meta(
        description='Kept, nearly and missed are said only of the due year; the track words are said "as of" an earlier year.'
    ),
]


class Step(Struct):
    """
    One line of the computation, as a reader would check it by hand: what, the formula, with numbers, the result.
    """

    title: shared.Title
    formula: str
    numbers: str
    result: str


class Place(Struct):
    """
    Where something stands in a plan; numbers as the plan counts them, None where there is none.
    """

    part: int | UnsetType | None = UNSET
    chapter: int | UnsetType | None = UNSET
    section: int | UnsetType | None = UNSET
    box: int | UnsetType | None = UNSET
    item: int | UnsetType | None = UNSET


class Difference(Struct):
    """
    One field that an import would change: None where a row is new or goes away.
    """

    key: str
    title: str
    field_: str = field(name="field")
    before: str | None
    after: str | None


class Chapter(Struct):
    """
    A chapter of the plan by number, with the part it belongs to.
    """

    number: int
    part: int | None
    title: shared.Title


class Commitment(Struct):
    """
    A quantified promise as found in a text.

    `start` and `end` are offsets in characters of the decoded text and `quote` is what stands there. `low` and `high` are
    in `unit`; `high` is None unless the plan gives a range. `confidence` is 0 to 1; `note` says why it is low.
    """

    quote: str
    start: int
    end: int
    place: Place
    subject: str
    comparator: Comparator
    low: float
    high: float | None
    unit: str | None
    per: str | None
    baseline: float | None
    due: int
    kind: CommitmentKind
    confidence: float | UnsetType = 1.0
    note: str | UnsetType | None = UNSET


class Comparison(Struct):
    """
    What an import would change; `token` names the file and the revision it was compared with.
    """

    differences: list[Difference]
    rows: int
    token: str


class Decision(Struct):
    """
    What a reviewer decides of one candidate; `corrected` belongs to the review "corrected".
    """

    review: Review
    corrected: Correction | UnsetType | None = UNSET


class Forecast(Struct):
    """
    The expected course to the due year; `level` is the interval's coverage (0.8 = 80 %), `model` its name.
    """

    model: str
    level: float
    points: list[ForecastPoint]


class Plan(Struct):
    """
    A city's plan. `base_year` is the year the targets start from; `text_sha256` names the text that was reviewed.
    """

    id: str
    region: str
    title: shared.Title
    first_year: int
    last_year: int
    base_year: int
    text_sha256: str
    text_characters: int
    source: str
    chapters: list[Chapter]


class RegisteredProject(Struct):
    """
    A package of projects with its investment estimate in 亿元, or a named project in one (estimate None).
    """

    number: int
    title: shared.Title
    package: int | None
    investment: float | None


class ReviewedCommitment(Struct):
    """
    A commitment with the reviewer's decision. `commitment.quote` is empty where the text is not at hand.

    `series` and `method` are set where published figures can measure it. `title_en` is the English subject, "" if none.
    """

    id: str
    plan: str
    commitment: Commitment
    review: Review
    series: str | None
    method: Method | None
    title_en: str
    decided_by: str | None
    decided_at: datetime | None


class Target(Struct):
    """
    One promised number of an indicator.

    `low`, `high`, `base` and `tolerance` are in `unit`; `tolerance` is how far below (or beside) the number still counts as
    kept, and stands for 左右 and "keep stable". `series` names the figures that measure it. `due` is a year.
    `base_is_estimate` is true where the plan says that its base value is an estimate.
    """

    id: str
    title: shared.Title
    method: Method
    comparator: Comparator
    low: float | None
    high: float | None
    unit: str
    base: float | None
    base_year: int
    due: int
    tolerance: float
    series: str | None
    written: str
    lower_is_better: bool | UnsetType = False
    base_is_estimate: bool | UnsetType = False


class Indicator(Struct):
    """
    A row of the plan's indicator table, with one target or several (a level and its growth).
    """

    id: str
    number: int
    category: shared.Title
    title: shared.Title
    binding: Binding
    chapters: list[int]
    targets: list[Target]
    note: shared.Title | UnsetType | None = UNSET


class Measured(Struct):
    """
    A year's value as used in the computation, in the target's unit, with the figures it was made from.
    """

    year: int
    value: float
    figures: list[shared.Figure]


class RegisteredPlan(Struct):
    """
    A plan with everything registered of it, at one revision of the registry.
    """

    plan: Plan
    revision: int
    indicators: list[Indicator]
    commitments: list[ReviewedCommitment]
    projects: list[RegisteredProject]


class Assessment(Struct):
    """
    One target or commitment held against the figures.

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
    path: list[Point]
    measured: list[Measured]
    forecast: Forecast | None
    no_forecast: shared.Title | None
    reason: shared.Title
    steps: list[Step]


class CommitmentAssessment(Struct):
    """
    A commitment with its assessment.
    """

    commitment: ReviewedCommitment
    assessment: Assessment


class IndicatorAssessment(Struct):
    """
    An indicator with its targets' assessments; its status is that of `deciding`, the worst that can be assessed.
    """

    indicator: Indicator
    status: Status
    reason: shared.Title
    deciding: str
    targets: list[Assessment]


class Evaluation(Struct):
    """
    A plan held against the figures known on `known`, judged at the end of `year`.

    `snapshot` and `revision` name the figures and the registry that were read: the same four give the same evaluation.
    """

    plan: Plan
    kind: EvaluationKind
    year: int
    known: date
    snapshot: int
    revision: int
    indicators: list[IndicatorAssessment]
    commitments: list[CommitmentAssessment]
    projects: list[RegisteredProject]
