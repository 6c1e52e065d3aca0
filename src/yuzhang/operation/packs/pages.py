"""The page "Packs": each with what it brings and what is wrong with it."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from yuzhang.operation.packs import actions
from yuzhang.operation.packs.api import Here
from yuzhang.operation.packs.presentation import place
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/packs", response_class=HTMLResponse)
def packs_page(request: Request, room: Here, caller: Caller) -> HTMLResponse:
    """All packs."""
    return page(request, "packs/packs.html", packs=actions.packs(room, caller), place=place)
