"""Evaluations over HTTP."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from yuzhang.core.language import Title
from yuzhang.core.tables.sheets import MEDIA_TYPES, SheetFormat
from yuzhang.plan.evaluation import actions
from yuzhang.plan.evaluation.errors import QuestionRefused
from yuzhang.plan.evaluation.model import Evaluation, EvaluationKind, IndicatorAssessment
from yuzhang.web.asking import Caller, Store

router = APIRouter(prefix="/api/plans/{plan}", tags=["plan evaluation"])
LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Question:
    """Which evaluation is asked for; the same in API and pages, so that an address brings the same view back."""

    kind: EvaluationKind
    known: date | None
    year: int | None


def question(
    kind: EvaluationKind = EvaluationKind.FINAL,
    known: Annotated[
        str, Query(description="figures as known on this day (YYYY-MM-DD); empty: today", max_length=10)
    ] = "",
    year: Annotated[str, Query(description="the year judged; empty: what the kind asks for", max_length=4)] = "",
) -> Question:
    """The question of a request. Raises InputRefused for a day or a year that is none."""
    return Question(kind, _day(known), _year(year))


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError as err:
        raise QuestionRefused(
            Title(f"“{written}”不是日期。", f"“{written}” is no date."),
            where="/known",
            fix=Title("写作 2024-12-31。", "Write it as 2024-12-31."),
        ) from err


def _year(written: str) -> int | None:
    if not written:
        return None
    if not (written.isascii() and written.isdigit()):
        raise QuestionRefused(
            Title(f"“{written}”不是年份。", f"“{written}” is no year."),
            where="/year",
            fix=Title("写作 2024。", "Write it as 2024."),
        )
    return int(written)


Asked = Annotated[Question, Depends(question)]


@router.get("/evaluation")
def evaluation(
    storage: Store,
    caller: Caller,
    plan: str,
    asked: Asked,
    snapshot: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
    revision: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
) -> Evaluation:
    """The whole evaluation; `snapshot` and `revision` compute an earlier one again."""
    return actions.evaluate(
        storage, caller, plan, kind=asked.kind, known=asked.known, year=asked.year, snapshot=snapshot, revision=revision
    )


@router.get("/evaluation/indicators/{indicator}")
def indicator(storage: Store, caller: Caller, plan: str, indicator: str, asked: Asked) -> IndicatorAssessment:
    """One indicator with its targets, figures, sources and computation."""
    found = actions.evaluate(storage, caller, plan, kind=asked.kind, known=asked.known, year=asked.year)
    return actions.one_indicator(found, indicator)


@router.get("/evaluation.{format}", response_class=Response)
def export(storage: Store, caller: Caller, plan: str, format: SheetFormat, asked: Asked) -> Response:
    """Every target with its status as CSV or Excel."""
    content = actions.export_evaluation(
        storage, caller, plan, format, kind=asked.kind, known=asked.known, year=asked.year
    )
    name = f'attachment; filename="evaluation.{format}"'
    return Response(content, media_type=MEDIA_TYPES[format], headers={"content-disposition": name})
