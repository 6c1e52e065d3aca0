"""A plan held against published figures: pure, the same registry, figures and year give the same evaluation."""

from yuzhang.core.language import Title
from yuzhang.plan.evaluation.assessment import assess
from yuzhang.plan.evaluation.commitments import counts, repeated_by, target_of
from yuzhang.plan.evaluation.model import (
    Assessment,
    CommitmentAssessment,
    Evaluation,
    EvaluationKind,
    IndicatorAssessment,
    Status,
)
from yuzhang.plan.figures.model import Snapshot
from yuzhang.plan.model import Binding
from yuzhang.plan.registry.model import Indicator, RegisteredPlan

WORST_FIRST = (Status.MISSED, Status.OFF_TRACK, Status.BEHIND, Status.NEARLY, Status.ON_TRACK, Status.KEPT)
"""Which of an indicator's targets decides; what cannot be assessed decides only where nothing can."""


def evaluate_plan(registered: RegisteredPlan, snapshot: Snapshot, *, kind: EvaluationKind, year: int) -> Evaluation:
    """The evaluation of a plan at the end of `year` with the figures of `snapshot`.

    Annual, mid-term and final evaluation are the same computation; `kind` is only kept for the report. A series that cannot
    be used makes its own targets "no data" with the reason, and touches nothing else.
    """
    taken = [reviewed for reviewed in registered.commitments if counts(reviewed)]
    targets = [(target, indicator.binding) for indicator in registered.indicators for target in indicator.targets]
    # What the text promises beside the table obliges nobody by law: it is judged as expected.
    table = repeated_by(registered.indicators)
    targets += [(target_of(reviewed, registered.plan, table), Binding.EXPECTED) for reviewed in taken]
    assessed = iter(assess([t for t, _ in targets], [b is Binding.BINDING for _, b in targets], snapshot.figures, year))
    indicators = tuple(_indicator(i, tuple(next(assessed) for _ in i.targets)) for i in registered.indicators)
    commitments = tuple(CommitmentAssessment(reviewed, next(assessed)) for reviewed in taken)
    return Evaluation(
        plan=registered.plan,
        kind=kind,
        year=year,
        known=snapshot.as_of,
        snapshot=snapshot.id,
        revision=registered.revision,
        indicators=indicators,
        commitments=commitments,
        projects=registered.projects,
    )


def _indicator(indicator: Indicator, targets: tuple[Assessment, ...]) -> IndicatorAssessment:
    """An indicator is as good as the worst of its targets that can be assessed."""
    order = (*WORST_FIRST, Status.NO_DATA, Status.NOT_ASSESSABLE)
    worst = min(targets, key=lambda assessment: order.index(assessment.status), default=None)
    if worst is None:
        reason = Title("该指标没有目标。", "The indicator has no target.")
        return IndicatorAssessment(indicator, Status.NOT_ASSESSABLE, reason, "", ())
    return IndicatorAssessment(indicator, worst.status, _reason(worst, targets), worst.target.id, targets)


def _reason(worst: Assessment, targets: tuple[Assessment, ...]) -> Title:
    """The deciding target's reason, and what was left out of the decision."""
    if len(targets) == 1:
        return worst.reason
    said, title = worst.reason, worst.target.title
    unknown = [a.target.title for a in targets if a is not worst and a.status not in WORST_FIRST]
    zh, en = f"{title.zh}：{said.zh}", f"{title.en}: {said.en}"
    if unknown and worst.status in WORST_FIRST:
        zh += f"{'、'.join(t.zh for t in unknown)}无法评价，未计入。"
        en += f" Not counted, for want of figures or a number: {', '.join(t.en for t in unknown)}."
    return Title(zh, en)
