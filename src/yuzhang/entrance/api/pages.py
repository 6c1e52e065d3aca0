"""The page of keys and applications. A key's text is shown once, in the answer that made it."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.entrance.api import keys
from yuzhang.entrance.api.api import Room
from yuzhang.entrance.api.errors import UnfitKey
from yuzhang.entrance.api.keys import Wanted
from yuzhang.entrance.api.model import READ, SCOPES, NewKey
from yuzhang.entrance.api.owning import own_application
from yuzhang.entrance.api.plotting import bars
from yuzhang.entrance.api.room import Api
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=200)]


def _page(
    request: Request, api: Api, caller: Party, made: NewKey | None = None, refused: InputRefused | None = None
) -> HTMLResponse:
    return page(
        request,
        "api/keys.html",
        status=200 if refused is None else refused.status,
        keys=keys.keys(api, caller),
        applications=dict(keys.applications(api, caller)),
        scopes=SCOPES,
        usage=keys.usage_of_all(api, caller),
        bars=bars,
        today=api.now().date(),
        now=api.now(),
        made=made,
        refused=refused,
    )


@router.get("/api-keys", response_class=HTMLResponse)
def keys_page(request: Request, api: Room, caller: Caller) -> HTMLResponse:
    """Keys of one's applications, and a form for the next."""
    return _page(request, api, caller)


@router.post("/api-keys", response_class=HTMLResponse)
def add(
    request: Request,
    api: Room,
    caller: Caller,
    party: Text,
    label: Text,
    scopes: Annotated[list[str], Form()] = [READ],  # noqa: B006  # FastAPI copies it
    until: Text = "",
    rate: Text = "",
    burst: Text = "",
    daily: Text = "",
) -> HTMLResponse:
    """Make a key."""
    try:
        wanted = Wanted(
            label,
            tuple(scopes),
            _end_of(until),
            _number("/rate", rate),
            _number("/burst", burst),
            _number("/daily", daily),
        )
        return _page(request, api, caller, made=keys.add(api, caller, party, wanted))
    except InputRefused as refused:
        return _page(request, api, caller, refused=refused)


@router.post("/api-keys/{key}/rotate", response_class=HTMLResponse)
def rotate(request: Request, api: Room, caller: Caller, key: str) -> HTMLResponse:
    """A new key in the old one's place, which holds for another day."""
    return _page(request, api, caller, made=keys.rotate(api, caller, key))


@router.post("/api-keys/{key}/revoke")
def revoke(api: Room, caller: Caller, key: str) -> Response:
    """End a key."""
    keys.revoke(api, caller, key)
    return RedirectResponse("/api-keys", 303)


@router.post("/api-keys/applications", response_class=HTMLResponse)
def register(request: Request, api: Room, caller: Caller, name: Text) -> Response:
    """Register an application of one's own."""
    try:
        own_application(api, caller, name)
    except InputRefused as refused:
        return _page(request, api, caller, refused=refused)
    return RedirectResponse("/api-keys", 303)


def _number(where: str, given: str) -> int | None:
    if not given.strip():
        return None
    if not (given.strip().isascii() and given.strip().isdigit() and len(given) < 12):
        raise UnfitKey(Title("应为整数。", "It is a whole number."), where=where)
    return int(given)


def _end_of(day: str) -> datetime | None:
    if not day:
        return None
    try:
        return datetime.combine(datetime.fromisoformat(day), time(), UTC) + timedelta(days=1)
    except (ValueError, OverflowError) as err:
        raise UnfitKey(Title("日期无法读取。", "The day cannot be read."), where="/until") from err
