"""Reports of people: what is wrong, where, a photo; and how it goes with what one reported, until one says that it is done."""

from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from yuzhang.brain.cases import actions
from yuzhang.brain.cases.attachments.kinds import PICTURES
from yuzhang.brain.cases.model import Matter, Report
from yuzhang.brain.cases.pages.asked import Filled, Room, Sent, Words, decisions, place, regions, with_map, words
from yuzhang.brain.cases.pages.one import sent_as
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import Object as About
from yuzhang.core.access import Party, need
from yuzhang.core.errors import InputRefused, YuzhangError
from yuzhang.web.asking import Caller
from yuzhang.web.navigation import opens
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
HOTLINE = "brain.cases.actions.enter"
SIMPLER_DEGREES = 0.002


def public(cases: Cases, caller: Party) -> list[Matter]:
    """What people may report."""
    return [one for one in actions.matters(cases, caller) if one.public]


def _form(
    request: Request, cases: Cases, caller: Party, refused: YuzhangError | None = None, given: Filled | None = None
) -> HTMLResponse:
    groups: dict[str, list[Matter]] = {}
    hotline = opens(caller, HOTLINE)
    for one in actions.matters(cases, caller) if hotline else public(cases, caller):
        groups.setdefault(one.group.zh, []).append(one)
    return with_map(
        page(
            request,
            "cases/report.html",
            status=200 if refused is None else refused.status,
            groups=list(groups.values()),
            hotline=hotline,
            refused=refused,
            given=given or Filled({"matter": request.query_params.get("matter", "")}, ()),
            **words(request, cases),
        ),
        request,
    )


@router.get("/report", response_class=HTMLResponse)
def report_page(request: Request, cases: Room, caller: Caller) -> HTMLResponse:
    """The form for what is wrong."""
    need(caller, "brain.cases.actions.report", About("brain.cases"))
    return _form(request, cases, caller)


@router.post("/report", response_class=HTMLResponse)
def report(request: Request, cases: Room, caller: Caller, sent: Sent) -> Response:
    """Open a case of it, and show that."""
    hotline = sent.text("hotline") == "yes"
    try:
        lon, lat = place(sent.text("lon"), sent.text("lat"))
        given = Report(
            sent.text("matter"),
            sent.text("description"),
            lon,
            lat,
            sent.text("address"),
            severity=int(sent.text("severity")) if hotline and sent.text("severity") in ("1", "2", "3", "4") else 2,
            reporter_name=sent.text("name"),
            reporter_contact=sent.text("contact"),
            attachments=sent.files,
        )
        made = (actions.enter if hotline else actions.report)(cases, caller, given)
    except InputRefused as refused:
        return _form(request, cases, caller, refused, sent)
    return RedirectResponse(f"/cases/{made.number}" if hotline else f"/reports/{made.number}", 303)


@router.get("/report/boundaries.json")
def boundaries(cases: Room, caller: Caller) -> JSONResponse:
    """The regions' boundaries, simplified, so that a map without a base map shows where one is."""
    need(caller, "brain.cases.actions.mine", About("brain.cases"))
    features = [
        {"type": "Feature", "properties": {"zh": one.name.zh, "en": one.name.en}, "geometry": _simple(one.boundary)}
        for one in regions(cases)
        if one.boundary is not None
    ]
    return JSONResponse({"type": "FeatureCollection", "features": features})


def _simple(boundary: Any) -> dict[str, Any]:
    drawn: dict[str, Any] = shapely.geometry.mapping(boundary.simplify(SIMPLER_DEGREES))
    return drawn


@router.get("/reports", response_class=HTMLResponse)
def reports_page(
    request: Request, cases: Room, caller: Caller, after: Annotated[str, Query(max_length=500)] = ""
) -> HTMLResponse:
    """What the caller reported, the newest first."""
    found = actions.mine(cases, caller, after)
    return page(request, "cases/reports.html", found=found, **words(request, cases))


def _own(
    request: Request, cases: Cases, caller: Party, number: str, refused: YuzhangError | None = None, note: str = ""
) -> HTMLResponse:
    found = actions.own(cases, caller, number)
    answer = page(
        request,
        "cases/reported.html",
        status=200 if refused is None else refused.status,
        found=found,
        case=found.case,
        asks=any(one.role == "reporter" for one in found.tasks),
        pictures=PICTURES,
        refused=refused,
        note=note,
        decisions=decisions(cases, found.case),
        **words(request, cases),
    )
    return with_map(answer, request)


@router.get("/reports/{number}", response_class=HTMLResponse)
def reported_page(request: Request, cases: Room, caller: Caller, number: str) -> HTMLResponse:
    """How it goes with one's report."""
    return _own(request, cases, caller, number)


@router.post("/reports/{number}/confirm", response_class=HTMLResponse)
def confirm(
    request: Request, cases: Room, caller: Caller, number: str, satisfied: Annotated[bool, Form()], note: Words = ""
) -> Response:
    """Say whether it is done."""
    try:
        actions.confirm(cases, caller, number, satisfied, note)
    except InputRefused as refused:
        return _own(request, cases, caller, number, refused, note)
    return RedirectResponse(f"/reports/{number}", 303)


@router.post("/reports/{number}/reopen", response_class=HTMLResponse)
def reopen(request: Request, cases: Room, caller: Caller, number: str, note: Words = "") -> Response:
    """Open it again: it is not done."""
    try:
        actions.reopen(cases, caller, number, note)
    except InputRefused as refused:
        return _own(request, cases, caller, number, refused, note)
    return RedirectResponse(f"/reports/{number}", 303)


@router.post("/reports/{number}/withdraw", response_class=HTMLResponse)
def withdraw(request: Request, cases: Room, caller: Caller, number: str, note: Words = "") -> Response:
    """Take it back."""
    try:
        actions.withdraw(cases, caller, number, note)
    except InputRefused as refused:
        return _own(request, cases, caller, number, refused, note)
    return RedirectResponse(f"/reports/{number}", 303)


@router.get("/reports/{number}/attachments/{identifier}")
def own_attachment(cases: Room, caller: Caller, number: str, identifier: str) -> Response:
    """A file of one's own report."""
    return sent_as(actions.own_attachment(cases, caller, number, identifier))
