"""Plans, indicators, targets and reviewed commitments as a city has registered them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from yuzhang.core.language import Title
from yuzhang.plan.model import Binding, Commitment, Comparator


class Method(StrEnum):
    """How a target is computed; the formula and source of each stand in docs/reference/methods.md."""

    LINEAR = "linear"
    COMPOUND = "compound"
    AVERAGE_GROWTH = "average_growth"
    CUMULATIVE = "cumulative"
    SHARE = "share"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    STABLE = "stable"
    ASSIGNED = "assigned"
    QUALITATIVE = "qualitative"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the plan by number, with the part it belongs to."""

    number: int
    part: int | None
    title: Title


@dataclass(frozen=True, slots=True)
class Plan:
    """A city's plan. `base_year` is the year the targets start from; `text_sha256` names the text that was reviewed."""

    id: str
    region: str
    title: Title
    first_year: int
    last_year: int
    base_year: int
    text_sha256: str
    text_characters: int
    source: str
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """One promised number of an indicator.

    `low`, `high`, `base` and `tolerance` are in `unit`; `tolerance` is how far below (or beside) the number still counts as
    kept, and stands for 左右 and "keep stable". `series` names the figures that measure it. `due` is a year.
    `base_is_estimate` is true where the plan says that its base value is an estimate.
    """

    id: str
    title: Title
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
    lower_is_better: bool = False
    base_is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class Indicator:
    """A row of the plan's indicator table, with one target or several (a level and its growth)."""

    id: str
    number: int
    category: Title
    title: Title
    binding: Binding
    chapters: tuple[int, ...]
    targets: tuple[Target, ...]
    note: Title | None = None


class Review(StrEnum):
    """Where a candidate stands with its reviewer."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ReviewedCommitment:
    """A commitment with the reviewer's decision. `commitment.quote` is empty where the text is not at hand.

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


@dataclass(frozen=True, slots=True)
class RegisteredProject:
    """A package of projects with its investment estimate in 亿元, or a named project in one (estimate None)."""

    number: int
    title: Title
    package: int | None
    investment: float | None


@dataclass(frozen=True, slots=True)
class RegisteredPlan:
    """A plan with everything registered of it, at one revision of the registry."""

    plan: Plan
    revision: int
    indicators: tuple[Indicator, ...]
    commitments: tuple[ReviewedCommitment, ...]
    projects: tuple[RegisteredProject, ...]


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of a plan's registry: who, when, what (load, read, review, import, undo) and of what."""

    number: int
    made_at: datetime
    made_by: str
    what: str
    subject: str
    undoes: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that an import would change: None where a row is new or goes away."""

    key: str
    title: str
    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What an import would change; `token` names the file and the revision it was compared with."""

    differences: tuple[Difference, ...]
    rows: int
    token: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reading of the text brought: new candidates, those known before, and reviewed ones not found again."""

    new: int
    known: int
    lost: tuple[str, ...]
    withdrawn: int
