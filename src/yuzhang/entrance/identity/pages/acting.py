"""Pages for acting in somebody's name: whom one may act for, whom one lets act, and to begin and stop."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused, NotAllowed, YuzhangError
from yuzhang.core.language import Title
from yuzhang.entrance.identity import mandates
from yuzhang.entrance.identity.errors import ProofNeeded
from yuzhang.entrance.identity.mandates import Scope
from yuzhang.entrance.identity.pages.asked import Room, Word, again, agent_of, remember
from yuzhang.entrance.identity.room import Identity
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import page

router = APIRouter(prefix="/account/acting", include_in_schema=False)
ACTING = "/account/acting"
Words = Annotated[list[str], Form()]
Lines = Annotated[str, Form(max_length=10_000)]


def scope_of(roles: list[str], matters: str, since: str, until: str) -> Scope:
    """The scope that a form names: matters one a line, days in UTC, the last one included. Raises InputRefused."""
    return Scope(
        tuple(roles), tuple(matters.splitlines()), day_of("/since", since), day_of("/until", until, after=True)
    )


def day_of(where: str, text: str, *, after: bool = False) -> datetime | None:
    """The begin of a day in UTC, or of the day after it; None for no text. Raises InputRefused."""
    try:
        found = date.fromisoformat(text) if text else None
        begin = None if found is None else datetime(found.year, found.month, found.day, tzinfo=UTC)
        return begin + timedelta(days=1) if begin is not None and after else begin
    except (ValueError, OverflowError) as err:
        raise InputRefused(
            Title("日期应为 YYYY-MM-DD。", "A day is written YYYY-MM-DD."),
            where=where,
            fix=Title("请修改后重试。", "Correct it and try again."),
        ) from err


@router.get("", response_class=HTMLResponse)
def acting_page(request: Request, identity: Room, caller: Caller) -> HTMLResponse:
    """One's mandates, given and received."""
    return page(request, "identity/acting.html", problem=None, **_own(identity, caller))


@router.post("/begin")
def begin(request: Request, identity: Room, caller: Caller, party: Word = "") -> Response:
    """Act for a party from now on."""
    try:
        entered = mandates.act(identity, caller, party, agent=agent_of(request))
    except YuzhangError as error:
        return _wrong(request, identity, caller, error)
    return remember(RedirectResponse(ACTING, 303), identity, entered)


@router.post("/stop")
def stop(request: Request, identity: Room, caller: Caller) -> Response:
    """Act in one's own name again."""
    entered = mandates.stop(identity, caller, agent=agent_of(request))
    return remember(RedirectResponse(ACTING, 303), identity, entered)


@router.post("/mandates")
def give(
    request: Request,
    identity: Room,
    caller: Caller,
    party: Word = "",
    roles: Words = [],  # noqa: B006  # FastAPI copies it
    matters: Lines = "",
    since: Word = "",
    until: Word = "",
) -> Response:
    """Let somebody act in one's name."""
    try:
        mandates.give(identity, caller, party.strip(), scope_of(roles, matters, since, until))
    except YuzhangError as error:
        return _wrong(request, identity, caller, error)
    return RedirectResponse(ACTING, 303)


@router.post("/mandates/{mandate}/revoke")
def revoke(request: Request, identity: Room, caller: Caller, mandate: str) -> Response:
    """End a mandate."""
    try:
        mandates.revoke(identity, caller, mandate)
    except YuzhangError as error:
        return _wrong(request, identity, caller, error)
    return RedirectResponse(ACTING, 303)


def _own(identity: Identity, caller: Party) -> dict[str, Any]:
    return {"found": mandates.own(identity, caller)}


def _wrong(request: Request, identity: Room, caller: Party, error: YuzhangError) -> Response:
    if isinstance(error, ProofNeeded) and caller.session:
        return RedirectResponse(f"/account/proof?next={ACTING}", 303)
    if isinstance(error, NotAllowed):
        raise error
    return again(request, "identity/acting.html", error, **_own(identity, caller))
