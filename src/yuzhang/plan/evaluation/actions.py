"""What can be asked: how far a plan was kept, as known on a date."""

from datetime import date

from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage
from yuzhang.core.tables.sheets import SheetFormat, write_sheet
from yuzhang.plan.evaluation.errors import IndicatorNotFound, QuestionRefused, YearOutside
from yuzhang.plan.evaluation.evaluate import evaluate_plan
from yuzhang.plan.evaluation.model import Evaluation, EvaluationKind, IndicatorAssessment
from yuzhang.plan.figures.actions import figures_known
from yuzhang.plan.registry.actions import registered
from yuzhang.plan.registry.model import Plan

COLUMNS = (
    "indicator", "title_zh", "title_en", "category_zh", "binding", "target", "target_zh", "method", "comparator", "low", "high",
    "unit", "base", "base_year", "due", "status", "as_of", "actual", "expected", "gap", "needed", "needed_unit", "reason_zh", "reason_en",
)  # fmt: skip


def judged_year(plan: Plan, kind: EvaluationKind, year: int | None, known: date) -> int:
    """The year whose end is judged: `year`, else the plan's middle or last year, else the last year over by `known`.

    Raises: YearOutside if `year` is before the plan's first or after its last year.
    """
    if year is not None:
        if not plan.first_year <= year <= plan.last_year:
            raise YearOutside(
                Title(f"{year} 年不在规划期内。", f"{year} is not a year of the plan."),
                where="/year",
                fix=Title(
                    f"请选择 {plan.first_year}–{plan.last_year}。", f"Choose {plan.first_year}–{plan.last_year}."
                ),
            )
        return year
    if kind is EvaluationKind.MID_TERM:
        return (plan.first_year + plan.last_year) // 2
    if kind is EvaluationKind.FINAL:
        return plan.last_year
    return min(max(known.year - 1, plan.first_year), plan.last_year)


@action("reader")
def evaluate(
    storage: Storage,
    caller: Party,
    /,
    plan: str,
    *,
    kind: EvaluationKind = EvaluationKind.FINAL,
    known: date | None = None,
    year: int | None = None,
    snapshot: int | None = None,
    revision: int | None = None,
) -> Evaluation:
    """The plan held against the figures known on `known` (today by default), judged at the end of a year.

    `snapshot` and `revision`, as an earlier evaluation named them, compute that evaluation again.
    Raises: PlanNotFound, YearOutside, QuestionRefused for a day that is yet to come.
    """
    if known is not None and known > date.today():
        raise QuestionRefused(
            Title(
                f"{known} 还没有到，无法知道那天已知的数据。",
                f"{known} is yet to come: nobody knows what will be known then.",
            ),
            where="/known",
            fix=Title("请选择今天或更早的日期。", "Choose today or an earlier day."),
        )
    found = registered(storage, caller, plan, revision=revision)
    figures = figures_known(storage, caller, found.plan.region, as_of=known, snapshot=snapshot)
    return evaluate_plan(found, figures, kind=kind, year=judged_year(found.plan, kind, year, figures.as_of))


def one_indicator(evaluation: Evaluation, indicator: str) -> IndicatorAssessment:
    """The evaluation's indicator of that id. Raises IndicatorNotFound."""
    found = next((one for one in evaluation.indicators if one.indicator.id == indicator), None)
    if found is None:
        raise IndicatorNotFound(
            Title(f"规划中没有指标“{indicator}”。", f"The plan has no indicator “{indicator}”."),
            fix=Title("请从规划页的指标表中选择。", "Choose one from the table on the plan's page."),
        )
    return found


@action("reader")
def export_evaluation(
    storage: Storage,
    caller: Party,
    /,
    plan: str,
    format: SheetFormat,
    *,
    kind: EvaluationKind = EvaluationKind.FINAL,
    known: date | None = None,
    year: int | None = None,
) -> bytes:
    """The evaluation of every target as CSV or Excel."""
    found = evaluate(storage, caller, plan, kind=kind, known=known, year=year)
    return write_sheet(COLUMNS, _rows(found), format)


def _rows(evaluation: Evaluation) -> list[list[str | float]]:
    def cell(value: float | None) -> str | float:
        # Ten digits: what binary fractions add beyond them (0.30000000000000004) is no part of the number.
        return "" if value is None else float(f"{value:.10g}")

    return [
        [
            one.indicator.id, one.indicator.title.zh, one.indicator.title.en, one.indicator.category.zh, one.indicator.binding.value,
            target.id, target.title.zh, target.method.value, target.comparator.value, cell(target.low), cell(target.high), target.unit,
            cell(target.base), target.base_year, target.due, found.status.value, cell(found.year), cell(found.actual),
            cell(found.expected), cell(found.gap), cell(found.needed), found.needed_unit or "", found.reason.zh, found.reason.en,
        ]
        for one in evaluation.indicators
        for found in one.targets
        for target in (found.target,)
    ]  # fmt: skip
