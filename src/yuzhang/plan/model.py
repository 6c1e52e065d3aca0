"""The words of a plan that all its rooms share: where a promise stands, and what it promises."""

from dataclasses import dataclass
from enum import StrEnum


class Comparator(StrEnum):
    """How a promised number binds; the signs of the commitment format."""

    AT_LEAST = ">="
    AT_MOST = "<="
    EXACT = "="
    ABOUT = "~"
    ABOVE = ">"
    BELOW = "<"
    GROWS_BY = "+"
    TIMES = "x"


class CommitmentKind(StrEnum):
    """What sort of quantity a commitment speaks of."""

    LEVEL = "level"
    GROWTH_RATE = "growth_rate"
    SHARE = "share"
    COUNT = "count"
    CUMULATIVE = "cumulative"
    COVERAGE = "coverage"
    MULTIPLE = "multiple"
    QUALITATIVE_FULL = "qualitative_full"


class Binding(StrEnum):
    """Whether a target obliges the government (约束性) or states what it expects (预期性)."""

    EXPECTED = "expected"
    BINDING = "binding"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a plan; numbers as the plan counts them, None where there is none."""

    part: int | None = None
    chapter: int | None = None
    section: int | None = None
    box: int | None = None
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Commitment:
    """A quantified promise as found in a text.

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
    confidence: float = 1.0
    note: str | None = None
