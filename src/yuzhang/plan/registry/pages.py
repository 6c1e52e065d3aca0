"""Pages of the registry: review beside the text, tables in and out, history."""

import base64
from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.plan.model import CommitmentKind, Comparator
from yuzhang.plan.registry import actions, exchange
from yuzhang.plan.registry.api import Correction, merged
from yuzhang.plan.registry.exchange import TableName
from yuzhang.plan.registry.model import Review, ReviewedCommitment
from yuzhang.web.asking import Caller, Carried, Store
from yuzhang.web.rendering import back_to, page
from yuzhang.web.validation import explained

router = APIRouter(include_in_schema=False)
CONTEXT_CHARACTERS = 160
PAGE_LENGTH = 30
CORRECTED_FIELDS = tuple(Correction.model_fields)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A commitment with the piece of text around it, in three pieces: before, itself, after."""

    one: ReviewedCommitment
    before: str
    quote: str
    after: str


def in_context(one: ReviewedCommitment, text: str | None) -> Candidate:
    """The candidate beside its text; empty pieces where the text is not at hand."""
    if text is None:
        return Candidate(one, "", "", "")
    start, end = one.commitment.start, one.commitment.end
    return Candidate(
        one, text[max(0, start - CONTEXT_CHARACTERS) : start], text[start:end], text[end : end + CONTEXT_CHARACTERS]
    )


def _choices() -> dict[str, Any]:
    return {"comparators": list(Comparator), "kinds": list(CommitmentKind), "reviews": list(Review)}


@router.get("/plan/{plan}/review", response_class=HTMLResponse)
def review_page(
    request: Request,
    storage: Store,
    caller: Caller,
    plan: str,
    review: str = "pending",
    chapter: Annotated[str, Query(max_length=8)] = "",
    q: Annotated[str, Query(max_length=200)] = "",
    page_number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """The candidates beside the text they came from, filtered and paged."""
    registered = actions.registered(storage, caller, plan)
    text = actions.plan_text(storage, caller, plan)
    found = [
        one
        for one in registered.commitments
        if (review == "all" or one.review == review)
        and (not chapter or str(one.commitment.place.chapter) == chapter)
        and q.lower() in f"{one.commitment.subject} {one.title_en}".lower()
    ]
    pages = max(1, -(-len(found) // PAGE_LENGTH))
    number = min(page_number, pages)
    shown = found[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]
    return page(
        request,
        "registry/review.html",
        plan=registered.plan,
        counts=Counter(one.review.value for one in registered.commitments),
        candidates=[in_context(one, text) for one in shown],
        has_text=text is not None,
        total=len(found),
        number=number,
        pages=pages,
        wanted={"review": review, "chapter": chapter, "q": q},
        **_choices(),
    )


async def form_of(request: Request) -> dict[str, str]:
    """The text fields of a posted form."""
    async with request.form() as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


@router.post("/plan/{plan}/review/{commitment}")
def decide(
    request: Request,
    storage: Store,
    caller: Caller,
    plan: str,
    commitment: str,
    form: Annotated[dict[str, str], Depends(form_of)],
) -> Response:
    """Take one decision and show the candidate as it stands now (htmx), or go back to the list (plain form)."""
    review = _review(form.get("review", ""))
    corrected = None
    if review is Review.CORRECTED:
        known = actions.one_commitment(actions.registered(storage, caller, plan), commitment)
        corrected = merged(known.commitment, _correction(form))
    decided = actions.decide(storage, caller, plan, commitment, review, corrected=corrected)
    if "hx-request" not in request.headers:
        return back_to(form.get("back", ""), f"/plan/{plan}/review")
    registered = actions.registered(storage, caller, plan)
    candidate = in_context(decided, actions.plan_text(storage, caller, plan))
    return page(request, "registry/candidate.html", plan=registered.plan, candidate=candidate, **_choices())


def _review(word: str) -> Review:
    try:
        return Review(word)
    except ValueError as err:
        raise InputRefused(
            Title(f"没有这种审核决定：{word}。", f"There is no such decision: {word}."),
            where="/review",
            fix=Title(f"可选：{', '.join(Review)}。", f"Choose one of: {', '.join(Review)}."),
        ) from err


def _correction(form: dict[str, str]) -> Correction:
    try:
        return Correction.model_validate({name: form[name] for name in CORRECTED_FIELDS if form.get(name, "").strip()})
    except ValidationError as err:
        first = err.errors()[0]
        where = "/" + "/".join(map(str, first["loc"]))
        raise InputRefused(
            Title(
                f"更正的值不合要求：{explained(first).zh}。", f"A corrected value does not fit: {explained(first).en}."
            ),
            where=where,
            fix=Title("请改正该字段后再保存。", "Correct this field and save again."),
        ) from err


@router.post("/plan/{plan}/undo")
def undo(storage: Store, caller: Caller, plan: str, back: Annotated[str, Form()] = "") -> Response:
    """Take back the newest change and go back to where the reader was."""
    actions.undo(storage, caller, plan)
    return back_to(back, f"/plan/{plan}/history")


@router.get("/plan/{plan}/history", response_class=HTMLResponse)
def history_page(request: Request, storage: Store, caller: Caller, plan: str) -> HTMLResponse:
    """Every change of the plan's registry."""
    registered = actions.registered(storage, caller, plan)
    return page(
        request, "registry/history.html", plan=registered.plan, revisions=actions.revisions(storage, caller, plan)
    )


@router.get("/plan/{plan}/tables", response_class=HTMLResponse)
def tables_page(request: Request, storage: Store, caller: Caller, plan: str) -> HTMLResponse:
    """Where a planner exports targets and commitments and imports them again."""
    registered = actions.registered(storage, caller, plan)
    return page(request, "registry/tables.html", plan=registered.plan, comparison=None)


@router.post("/plan/{plan}/tables", response_class=HTMLResponse)
def compare_page(
    request: Request, storage: Store, caller: Caller, plan: str, table: Annotated[TableName, Form()], file: UploadFile
) -> HTMLResponse:
    """The differences that the file would make, with a button that takes them."""
    content, name = file.file.read(), file.filename or table
    comparison = exchange.compare_table(storage, caller, plan, table, content, name)
    return page(
        request,
        "registry/tables.html",
        plan=actions.registered(storage, caller, plan).plan,
        comparison=comparison,
        table=table,
        name=name,
        content=base64.b64encode(content).decode(),
    )


@router.post("/plan/{plan}/tables/confirm")
def confirm(storage: Store, caller: Caller, plan: str, table: TableName, token: str, file: Carried) -> Response:
    """Take what was compared, and show it in the history."""
    exchange.import_table(storage, caller, plan, table, file.content, file.name, token=token)
    return RedirectResponse(f"/plan/{plan}/history", status_code=303)
