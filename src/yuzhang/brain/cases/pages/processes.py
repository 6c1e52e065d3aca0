"""Processes: which there are, what they look like, and how they are changed."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from yuzhang.brain.cases import actions
from yuzhang.brain.cases.errors import UnfitProcess
from yuzhang.brain.cases.model import Version
from yuzhang.brain.cases.pages.asked import Room, Words, words
from yuzhang.brain.cases.processes.definition import StepOf
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import Party
from yuzhang.web.asking import Caller
from yuzhang.web.navigation import opens
from yuzhang.web.reader import reader_of
from yuzhang.web.rendering import page

router = APIRouter(prefix="/processes", include_in_schema=False)
SAVE = "brain.cases.actions.save_process"
LONGEST = 2_000_000


@router.get("", response_class=HTMLResponse)
def processes_page(request: Request, cases: Room, caller: Caller) -> HTMLResponse:
    """All processes, with how many open cases each runs."""
    return page(request, "cases/processes.html", processes=actions.processes(cases, caller), **words(request, cases))


def _page(
    request: Request, cases: Cases, caller: Party, name: str, shown: Version, refused: UnfitProcess | None = None
) -> HTMLResponse:
    info = next(one for one in actions.processes(cases, caller) if one.name == name)
    reader = reader_of(request)
    return page(
        request,
        "cases/process.html",
        status=200 if refused is None else refused.status,
        info=info,
        shown=shown,
        versions=actions.process_versions(cases, caller, name),
        may_save=opens(caller, SAVE),
        steps=_steps(cases, name, shown),
        refused=refused,
        faults=[] if refused is None else reader.title(refused.detail).split("；" if reader.language == "zh" else "; "),
        **words(request, cases),
    )


def _steps(cases: Cases, name: str, shown: Version) -> list[StepOf]:
    """The steps of a version, in the order of its diagram; none of one that was not kept."""
    if not shown.version:
        return []
    with cases.storage.reading() as connection:
        return list(cases.versions.of(connection, name, shown.version).steps.values())


@router.get("/{name}", response_class=HTMLResponse)
def process_page(
    request: Request, cases: Room, caller: Caller, name: str, version: Annotated[str, Query(max_length=80)] = ""
) -> HTMLResponse:
    """A process as a diagram, as it is now or in one version."""
    return _page(request, cases, caller, name, actions.process(cases, caller, name, version))


@router.get("/{name}/diagram.bpmn")
def diagram(cases: Room, caller: Caller, name: str, version: Annotated[str, Query(max_length=80)] = "") -> Response:
    """Its diagram as a file."""
    found = actions.process(cases, caller, name, version)
    headers = {"content-disposition": f'attachment; filename="{name}-{found.version[:8]}.bpmn"'}
    return Response(found.bpmn, media_type="application/xml", headers=headers)


@router.post("/{name}", response_class=HTMLResponse)
def save(
    request: Request,
    cases: Room,
    caller: Caller,
    name: str,
    bpmn: Annotated[str, Form(max_length=LONGEST)],
    note: Words = "",
) -> Response:
    """Keep it as a new version; all that is wrong with it is shown beside it, and it is not kept then."""
    try:
        made = actions.save_process(cases, caller, name, bpmn, note)
    except UnfitProcess as refused:
        return _page(request, cases, caller, name, Version(name, "", bpmn, note=note), refused)
    return RedirectResponse(f"/processes/{name}?version={made.version}", 303)
