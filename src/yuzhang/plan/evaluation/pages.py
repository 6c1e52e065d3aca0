"""Pages of the evaluation: the plan, an indicator, the commitments by chapter."""

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from yuzhang.core.language import Language
from yuzhang.core.unit_words import unit_word
from yuzhang.plan.evaluation import actions
from yuzhang.plan.evaluation.api import Asked, Question
from yuzhang.plan.evaluation.headline import headline
from yuzhang.plan.evaluation.model import Assessment, CommitmentAssessment, Evaluation, IndicatorAssessment
from yuzhang.plan.evaluation.titles import BINDING_TITLES, KIND_TITLES, METHOD_TITLES, STATUS_TITLES
from yuzhang.plan.figures.model import Figure
from yuzhang.plan.registry.actions import plans
from yuzhang.plan.registry.model import Chapter
from yuzhang.web.asking import Caller, Store
from yuzhang.web.reader import reader_of
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
Search = Annotated[str, Query(max_length=200)]
Word = Annotated[str, Query(max_length=60)]


@router.get("/plan", response_model=None)
def first_plan(request: Request, storage: Store, caller: Caller) -> Response:
    """The plan, if there is one; the plans to choose from, or how to load one."""
    listed = plans(storage, caller)
    if len(listed) != 1:
        return page(request, "evaluation/plans.html", listed=listed)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/plan/{listed[0].id}{query}", status_code=307)


def _asked(evaluation: Evaluation, asked: Question) -> dict[str, Any]:
    """What every page of an evaluation needs; `carry` keeps the question in the links."""
    carried = {"kind": asked.kind.value, "known": asked.known or "", "year": asked.year or ""}
    return {
        "plan": evaluation.plan,
        "evaluation": evaluation,
        "asked": asked,
        "carry": "&".join(f"{name}={value}" for name, value in carried.items() if value),
        "kinds": KIND_TITLES,
        "statuses": STATUS_TITLES,
        "bindings": BINDING_TITLES,
        "methods": METHOD_TITLES,
        "years": range(evaluation.plan.first_year, evaluation.plan.last_year + 1),
    }


@router.get("/plan/{plan}", response_class=HTMLResponse)
def plan_page(
    request: Request,
    storage: Store,
    caller: Caller,
    plan: str,
    asked: Asked,
    chapter: Word = "",
    category: Word = "",
    status: Word = "",
    q: Search = "",
) -> HTMLResponse:
    """The headline, and the table of indicators with these filters."""
    evaluation = actions.evaluate(storage, caller, plan, kind=asked.kind, known=asked.known, year=asked.year)
    shown = [
        one
        for one in evaluation.indicators
        if (not chapter or chapter in map(str, one.indicator.chapters))
        and (not category or one.indicator.category.zh == category)
        and (not status or one.status == status)
        and _found(q, one.indicator.title.zh, one.indicator.title.en, one.indicator.id)
    ]
    return page(
        request,
        "evaluation/plan.html",
        headline=headline(evaluation),
        shown=shown,
        categories={one.indicator.category.zh: one.indicator.category for one in evaluation.indicators},
        chapters=_chapters(evaluation, {number for one in evaluation.indicators for number in one.indicator.chapters}),
        filters={"chapter": chapter, "category": category, "status": status, "q": q},
        commitments_found=_matching(evaluation, q) if q else (),
        deciding=deciding,
        lines=lines,
        **_asked(evaluation, asked),
    )


def _found(q: str, *texts: str) -> bool:
    return all(any(word in text.lower() for text in texts) for word in q.lower().split())


def _matching(evaluation: Evaluation, q: str) -> tuple[CommitmentAssessment, ...]:
    return tuple(
        one for one in evaluation.commitments if _found(q, one.commitment.commitment.subject, one.commitment.title_en)
    )


def _chapters(evaluation: Evaluation, numbers: Iterable[int]) -> list[Chapter]:
    wanted = set(numbers)
    return [chapter for chapter in evaluation.plan.chapters if chapter.number in wanted]


def deciding(one: IndicatorAssessment) -> Assessment:
    """The assessment that decided an indicator's status."""
    return next(found for found in one.targets if found.target.id == one.deciding)


def lines(found: Assessment) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    """The two lines of a sparkline: the promised path and the measured values."""
    return [(point.year, point.value) for point in found.path], [(point.year, point.value) for point in found.measured]


@router.get("/plan/{plan}/indicators/{indicator}", response_class=HTMLResponse)
def indicator_page(
    request: Request, storage: Store, caller: Caller, plan: str, indicator: str, asked: Asked
) -> HTMLResponse:
    """One indicator: path, figures, forecast, sources, and the computation step by step."""
    evaluation = actions.evaluate(storage, caller, plan, kind=asked.kind, known=asked.known, year=asked.year)
    one = actions.one_indicator(evaluation, indicator)
    charts = {
        found.target.id: _chart(found, reader_of(request).language)
        for found in one.targets
        if found.measured or found.path
    }
    ids = [each.indicator.id for each in evaluation.indicators]
    at = ids.index(indicator)
    return page(
        request,
        "evaluation/indicator.html",
        one=one,
        charts=charts,
        figures_of=figures_of,
        previous=evaluation.indicators[at - 1] if at else None,
        following=evaluation.indicators[at + 1] if at + 1 < len(ids) else None,
        chapters=_chapters(evaluation, one.indicator.chapters),
        **_asked(evaluation, asked),
    )


def figures_of(found: Assessment) -> list[Figure]:
    """The figures that a target was computed from, each once, by period."""
    used = {figure.id: figure for point in found.measured for figure in point.figures}
    return sorted(used.values(), key=lambda figure: (figure.period, figure.vintage))


def _chart(found: Assessment, language: Language) -> str:
    """What the browser draws, as JSON; `<` is escaped, so that it may stand in a script element."""
    drawn = {
        "title": found.target.title.in_language(language),
        "unit": unit_word(found.target.unit, language),
        "path": [[point.year, point.value] for point in found.path],
        "measured": [[point.year, point.value] for point in found.measured],
        "forecast": _band(found),
    }
    return msgspec.json.encode(drawn).decode().replace("<", "\\u003c")


def _band(found: Assessment) -> list[list[float]]:
    """Year, value and interval of the forecast; it starts at the last figure, where nothing is uncertain yet."""
    if found.forecast is None:
        return []
    last = found.measured[-1]
    start = [last.year, last.value, last.value, last.value]
    return [start, *([point.year, point.value, point.low, point.high] for point in found.forecast.points)]


@router.get("/plan/{plan}/commitments", response_class=HTMLResponse)
def commitments_page(
    request: Request,
    storage: Store,
    caller: Caller,
    plan: str,
    asked: Asked,
    chapter: Word = "",
    status: Word = "",
    q: Search = "",
) -> HTMLResponse:
    """The reviewed commitments, chapter by chapter."""
    evaluation = actions.evaluate(storage, caller, plan, kind=asked.kind, known=asked.known, year=asked.year)
    shown: dict[int | None, list[CommitmentAssessment]] = {}
    for one in evaluation.commitments:
        number = one.commitment.commitment.place.chapter
        if (chapter and str(number) != chapter) or (status and one.assessment.status != status):
            continue
        if _found(q, one.commitment.commitment.subject, one.commitment.title_en):
            shown.setdefault(number, []).append(one)
    numbers = {one.commitment.commitment.place.chapter for one in evaluation.commitments}
    return page(
        request,
        "evaluation/commitments.html",
        shown=shown,
        total=sum(map(len, shown.values())),
        titles={one.number: one.title for one in evaluation.plan.chapters},
        chapters=_chapters(evaluation, (number for number in numbers if number is not None)),
        filters={"chapter": chapter, "status": status, "q": q},
        **_asked(evaluation, asked),
    )
