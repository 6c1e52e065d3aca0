"""One case: what it is about, what was done, and what is to be done now."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from yuzhang.brain.cases import actions
from yuzhang.brain.cases.attachments.kinds import PICTURES
from yuzhang.brain.cases.life.asking import does, leads
from yuzhang.brain.cases.model import Content
from yuzhang.brain.cases.pages.asked import Line, Room, Sent, Words, decisions, with_map, words
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused, YuzhangError
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import page

router = APIRouter(prefix="/cases", include_in_schema=False)


def _page(
    request: Request,
    cases: Cases,
    caller: Party,
    number: str,
    refused: YuzhangError | None = None,
    given: dict[str, Any] | None = None,
) -> HTMLResponse:
    found = actions.case(cases, caller, number)
    answer = page(
        request,
        "cases/case.html",
        status=200 if refused is None else refused.status,
        found=found,
        case=found.case,
        mine={one.id: does(caller, found.case, one) for one in found.tasks},
        leading={one.id: leads(caller, found.case, one) for one in found.tasks},
        units=sorted(cases.registry.units(), key=lambda one: one.id),
        matter=cases.catalogue.matter(found.case.matter),
        pictures=PICTURES,
        refused=refused,
        given=given or {},
        decisions=decisions(cases, found.case),
        **words(request, cases),
    )
    return with_map(answer, request)


def _back(number: str) -> Response:
    return RedirectResponse(f"/cases/{number}", 303)


@router.get("/of-event/{event}")
def of_event(cases: Room, caller: Caller, event: str) -> Response:
    """The case that an event opened."""
    return _back(actions.of_event(cases, caller, event).number)


@router.get("/{number}", response_class=HTMLResponse)
def case_page(request: Request, cases: Room, caller: Caller, number: str) -> HTMLResponse:
    """A case with all that is known of it, but who reported it."""
    return _page(request, cases, caller, number)


@router.post("/{number}/steps/{task}", response_class=HTMLResponse)
def step(request: Request, cases: Room, caller: Caller, number: str, task: str, sent: Sent) -> Response:
    """Do an open task."""
    fields = next((one.fields for one in actions.case(cases, caller, number).tasks if one.id == task), ())
    try:
        actions.step(cases, caller, number, task, sent.values(fields), sent.text("note"), sent.files)
    except InputRefused as refused:
        return _page(request, cases, caller, number, refused, {"task": task, **sent.said})
    return _back(number)


@router.post("/{number}/tasks/{task}/hand-over", response_class=HTMLResponse)
def hand_over(
    request: Request, cases: Room, caller: Caller, number: str, task: str, unit: Line = "", note: Words = ""
) -> Response:
    """Give a task to another unit, or take it oneself."""
    try:
        if unit == "-":
            actions.hand_over(cases, caller, number, task, person=caller.id, note=note)
        else:
            actions.hand_over(cases, caller, number, task, unit, note=note)
    except InputRefused as refused:
        return _page(request, cases, caller, number, refused)
    return _back(number)


@router.post("/{number}/tasks/{task}/give-back", response_class=HTMLResponse)
def give_back(request: Request, cases: Room, caller: Caller, number: str, task: str, note: Words = "") -> Response:
    """Return a task to whom it came from."""
    try:
        actions.give_back(cases, caller, number, task, note)
    except InputRefused as refused:
        return _page(request, cases, caller, number, refused, {"note": note})
    return _back(number)


@router.post("/{number}/notes", response_class=HTMLResponse)
def remark(request: Request, cases: Room, caller: Caller, number: str, sent: Sent) -> Response:
    """Write a note, add files, or both."""
    try:
        actions.remark(cases, caller, number, sent.text("note"), sent.files)
    except InputRefused as refused:
        return _page(request, cases, caller, number, refused, dict(sent.said))
    return _back(number)


@router.post("/{number}/merge", response_class=HTMLResponse)
def merge(request: Request, cases: Room, caller: Caller, number: str, into: Line = "") -> Response:
    """Let a case be the same as another one, and show that."""
    try:
        kept = actions.merge(cases, caller, number, into.strip())
    except InputRefused as refused:
        return _page(request, cases, caller, number, refused)
    return _back(kept.number)


@router.post("/{number}/reopen", response_class=HTMLResponse)
def reopen(request: Request, cases: Room, caller: Caller, number: str, note: Words = "") -> Response:
    """Open a closed case again for a reporter who called."""
    try:
        actions.reopen_for(cases, caller, number, note)
    except InputRefused as refused:
        return _page(request, cases, caller, number, refused, {"note": note})
    return _back(number)


@router.get("/{number}/reporter", response_class=HTMLResponse)
def reporter_page(request: Request, cases: Room, caller: Caller, number: str) -> HTMLResponse:
    """Who reported a case: asked for with a purpose, and recorded."""
    found = actions.reporter(cases, caller, number)
    return page(request, "cases/reporter.html", number=number, reporter=found)


@router.get("/{number}/attachments/{identifier}")
def attachment(cases: Room, caller: Caller, number: str, identifier: str) -> Response:
    """A file of a case."""
    return sent_as(actions.attachment(cases, caller, number, identifier))


def sent_as(found: Content) -> Response:
    """A file as a browser takes it: pictures are shown, anything else is saved; nothing of it runs."""
    kind = found.attachment.type
    how = "inline" if kind in PICTURES else f'attachment; filename="{found.attachment.id}"'
    return Response(
        found.content,
        media_type=kind,
        headers={"content-disposition": how, "content-security-policy": "default-src 'none'; sandbox"},
    )
