"""The page from which reports are downloaded."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from yuzhang.plan.evaluation.titles import KIND_TITLES
from yuzhang.plan.registry.actions import registered
from yuzhang.web.asking import Caller, Store
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/plan/{plan}/report", response_class=HTMLResponse)
def report_page(request: Request, storage: Store, caller: Caller, plan: str) -> HTMLResponse:
    """Each kind of evaluation in each format."""
    return page(request, "report/downloads.html", plan=registered(storage, caller, plan).plan, kinds=KIND_TITLES)
