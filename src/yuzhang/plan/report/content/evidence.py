"""The figures that an evaluation used."""

from collections.abc import Iterator

from yuzhang.plan.evaluation.model import Assessment, Evaluation
from yuzhang.plan.figures.model import Figure


def assessments(evaluation: Evaluation) -> Iterator[Assessment]:
    """Every target's assessment, of indicators and then of commitments."""
    for indicator in evaluation.indicators:
        yield from indicator.targets
    for commitment in evaluation.commitments:
        yield commitment.assessment


def figures_used(evaluation: Evaluation) -> tuple[Figure, ...]:
    """Each figure that stands in an assessment, once, by series and period."""
    used = {
        (figure.series, figure.period, figure.region, figure.vintage): figure
        for assessment in assessments(evaluation)
        for measured in assessment.measured
        for figure in measured.figures
    }
    return tuple(
        sorted(used.values(), key=lambda figure: (figure.series, figure.period, figure.region, figure.vintage))
    )
