"""A reviewed commitment as a target, so that it is computed like an indicator."""

from collections.abc import Iterable
from dataclasses import replace

from yuzhang.core.language import Title
from yuzhang.plan.model import CommitmentKind, Comparator
from yuzhang.plan.registry.model import Indicator, Method, Plan, Review, ReviewedCommitment, Target

ABOUT_SHARE = 0.02
"""What 左右 and 约 allow in a commitment, as a share of its number; an indicator's target states its own tolerance."""

METHOD_OF = {
    CommitmentKind.LEVEL: Method.LINEAR,
    CommitmentKind.GROWTH_RATE: Method.AVERAGE_GROWTH,
    CommitmentKind.SHARE: Method.SHARE,
    CommitmentKind.COUNT: Method.LINEAR,
    CommitmentKind.CUMULATIVE: Method.CUMULATIVE,
    CommitmentKind.COVERAGE: Method.SHARE,
    CommitmentKind.MULTIPLE: Method.LINEAR,
    CommitmentKind.QUALITATIVE_FULL: Method.QUALITATIVE,
}
"""The method where the reviewer has set none."""


def counts(reviewed: ReviewedCommitment) -> bool:
    """Whether a person has taken the commitment as one: what is pending or rejected is not evaluated."""
    return reviewed.review in (Review.ACCEPTED, Review.CORRECTED)


Repeated = dict[tuple[str | None, float | None, int], Target]


def repeated_by(indicators: Iterable[Indicator]) -> Repeated:
    """The indicators' targets by series, number and year: a commitment with the same three repeats that target."""
    return {(t.series, t.low, t.due): t for indicator in indicators for t in indicator.targets if t.series}


def target_of(reviewed: ReviewedCommitment, plan: Plan, table: Repeated) -> Target:
    """The target that a commitment states; it starts from the plan's base year. One that repeats a target of the table
    takes over its base, method and tolerance, so that the same promise is not judged in two ways."""
    commitment = reviewed.commitment
    title = Title(commitment.subject, reviewed.title_en or commitment.subject)
    written = commitment.quote or commitment.subject
    if known := table.get((reviewed.series, commitment.low, commitment.due)):
        return replace(known, id=reviewed.id, title=title, written=written)
    method = reviewed.method or METHOD_OF[commitment.kind]
    about = commitment.comparator is Comparator.ABOUT
    return Target(
        id=reviewed.id,
        title=title,
        method=method,
        comparator=commitment.comparator,
        low=commitment.low,
        high=commitment.high,
        unit=_unit(reviewed, method),
        base=commitment.baseline,
        base_year=plan.base_year,
        due=commitment.due,
        tolerance=abs(commitment.low) * ABOUT_SHARE if about else 0.0,
        series=reviewed.series,
        written=written,
        lower_is_better=commitment.comparator in (Comparator.AT_MOST, Comparator.BELOW),
    )


def _unit(reviewed: ReviewedCommitment, method: Method) -> str:
    """The unit of the commitment's numbers. "A year" is no part of it: a yearly figure is counted in the thing itself."""
    commitment = reviewed.commitment
    if commitment.comparator is Comparator.TIMES and commitment.unit in (None, "", "番"):
        return "倍"
    if commitment.unit is None:
        return "%" if method in (Method.SHARE, Method.QUALITATIVE, Method.AVERAGE_GROWTH) else ""
    return commitment.unit if commitment.per in (None, "", "年") else f"{commitment.unit}/{commitment.per}"
