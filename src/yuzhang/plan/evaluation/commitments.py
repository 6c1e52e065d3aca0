"""A reviewed commitment as a target, so that it is computed like an indicator."""

from yuzhang.core.language import Title
from yuzhang.plan.model import CommitmentKind, Comparator
from yuzhang.plan.registry.model import Method, Plan, Review, ReviewedCommitment, Target

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


def target_of(reviewed: ReviewedCommitment, plan: Plan) -> Target:
    """The target that a commitment states; it starts from the plan's base year."""
    commitment = reviewed.commitment
    method = reviewed.method or METHOD_OF[commitment.kind]
    about = commitment.comparator is Comparator.ABOUT
    return Target(
        id=reviewed.id,
        title=Title(commitment.subject, reviewed.title_en or commitment.subject),
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
        written=commitment.quote or commitment.subject,
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
