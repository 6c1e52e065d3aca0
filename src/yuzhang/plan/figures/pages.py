"""The page "Figures" of a plan: what is known, every vintage, imports with their differences, undo."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from yuzhang.brain.history.sql.workers import Workers
from yuzhang.plan.figures import actions
from yuzhang.plan.figures.computing import Reckoning, compute_figures, own_packs
from yuzhang.plan.registry.actions import registered
from yuzhang.web.asking import Caller, Carried, Store
from yuzhang.web.rendering import back_to, page

router = APIRouter(include_in_schema=False)
PAGE_LENGTH = 60


@router.get("/plan/{plan}/figures", response_class=HTMLResponse)
def figures_page(
    request: Request,
    storage: Store,
    caller: Caller,
    plan: str,
    series: Annotated[str, Query(max_length=200)] = "",
    page_number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """The figures known today, or every vintage of one series."""
    found = registered(storage, caller, plan).plan
    return page(
        request,
        "figures/figures.html",
        plan=found,
        result=None,
        **_listed(storage, caller, found.region, series, page_number),
    )


def _listed(storage: Store, caller: Caller, region: str, series: str, number: int) -> dict[str, Any]:
    if series:
        listed = actions.figure_history(storage, caller, region, series)
    else:
        known = actions.figures_known(storage, caller, region)
        listed = tuple(sorted(known.figures, key=lambda one: (one.series, one.period)))
    pages = max(1, -(-len(listed) // PAGE_LENGTH))
    number = min(number, pages)
    return {
        "figures": listed[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH],
        "total": len(listed),
        "number": number,
        "pages": pages,
        "wanted": series,
        "defined": actions.series_defined(storage, caller),
        "imports": actions.imports(storage, caller),
    }


@router.post("/plan/{plan}/figures", response_class=HTMLResponse)
def compare_page(request: Request, storage: Store, caller: Caller, plan: str, file: UploadFile) -> HTMLResponse:
    """What importing the file would do, with a button that does it."""
    content, name = file.file.read(), file.filename or "-"
    result = actions.import_figures(storage, caller, content, name, dry_run=True)
    found = registered(storage, caller, plan).plan
    listed = _listed(storage, caller, found.region, "", 1)
    return page(
        request, "figures/figures.html", plan=found, result=result, content=base64.b64encode(content).decode(), **listed
    )


@router.post("/plan/{plan}/figures/confirm")
def confirm(storage: Store, caller: Caller, plan: str, file: Carried) -> Response:
    """Take in the file whose differences were shown."""
    actions.import_figures(storage, caller, file.content, file.name)
    return back_to(f"/plan/{plan}/figures", "/plan")


@router.post("/plan/{plan}/figures/compute")
def compute(request: Request, storage: Store, caller: Caller, plan: str) -> Response:
    """Compute the indicators of all packs from what was observed, and take in what is new."""
    workers = request.app.state.sql
    assert isinstance(workers, Workers)  # noqa: S101  # app.py puts it there
    region = registered(storage, caller, plan).plan.region
    compute_figures(Reckoning(storage, workers, own_packs(storage)), caller, region)
    return back_to(f"/plan/{plan}/figures", "/plan")


@router.post("/plan/{plan}/figures/undo/{import_id}")
def undo(storage: Store, caller: Caller, plan: str, import_id: int) -> Response:
    """Take back one import."""
    actions.undo_import(storage, caller, import_id)
    return back_to(f"/plan/{plan}/figures", "/plan")
