"""Pages for coming in and going: sign-in by password or passkey, the second factor, sign-out."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from yuzhang.core.errors import YuzhangError
from yuzhang.entrance.identity import sessions, signing_in
from yuzhang.entrance.identity.pages.asked import (
    STEP_COOKIE,
    STEP_PATH,
    Here,
    Onto,
    Room,
    Secret,
    Word,
    again,
    agent_of,
    forget,
    inside,
    onward,
    passkeys_possible,
    remember,
    site_of,
)
from yuzhang.entrance.identity.signing_in import STEP_S, Step
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
HOME = "/"
Text = Annotated[str, Body(max_length=100_000)]
Short = Annotated[str, Body(max_length=2_000)]


@router.get("/sign-in", response_class=HTMLResponse)
def sign_in_page(
    request: Request, identity: Room, onto: Annotated[str, Query(alias="next", max_length=2_000)] = ""
) -> HTMLResponse:
    """The sign-in form; where it leads on to is an address of this server."""
    return page(request, "identity/sign-in.html", problem=None, login="", **_sign_in(request, identity, onto))


@router.post("/sign-in", dependencies=[Here])
def sign_in(
    request: Request,
    identity: Room,
    caller: Caller,
    login: Word = "",
    password: Secret = "",
    onto: Onto = "",
) -> Response:
    """A name and a password: a session, or the question for the second factor."""
    try:
        found = signing_in.with_password(identity, caller, login, password, agent=agent_of(request))
    except YuzhangError as error:
        return again(request, "identity/sign-in.html", error, login=login, **_sign_in(request, identity, onto))
    address = inside(onto, HOME)
    if isinstance(found, Step):
        response = RedirectResponse(f"/sign-in/code?{urlencode({'next': address})}", 303)
        response.set_cookie(
            STEP_COOKIE,
            found.token,
            max_age=STEP_S,
            path=STEP_PATH,
            httponly=True,
            samesite="lax",
            secure=identity.gate.secure,
        )
        return response
    return remember(RedirectResponse(address, 303), identity, found)


@router.get("/sign-in/code", response_class=HTMLResponse)
def code_page(request: Request, onto: Annotated[str, Query(alias="next", max_length=2_000)] = "") -> Response:
    """The question for the second factor; back to the start for whoever has shown no first one."""
    if STEP_COOKIE not in request.cookies:
        return RedirectResponse("/sign-in", 303)
    return page(request, "identity/code.html", problem=None, **_code(request, onto))


@router.post("/sign-in/code", dependencies=[Here])
def code(request: Request, identity: Room, caller: Caller, code: Word = "", onto: Onto = "") -> Response:
    """The second factor: a generator's or a recovery code."""
    try:
        entered = signing_in.with_code(
            identity, caller, request.cookies.get(STEP_COOKIE, ""), code, agent=agent_of(request)
        )
    except YuzhangError as error:
        return again(request, "identity/code.html", error, **_code(request, onto))
    return remember(RedirectResponse(inside(onto, HOME), 303), identity, entered)


@router.post("/sign-in/passkey/options", dependencies=[Here])
def passkey_options(request: Request, identity: Room, caller: Caller) -> JSONResponse:
    """What a passkey has to sign."""
    asked = signing_in.ask_passkey(identity, caller, site_of(request))
    return JSONResponse({"step": asked.token, "options": asked.options})


@router.post("/sign-in/passkey", dependencies=[Here])
def passkey(
    request: Request,
    identity: Room,
    caller: Caller,
    step: Short,
    answer: Text,
    onto: Annotated[str, Body(alias="next", max_length=2_000)] = "",
) -> JSONResponse:
    """A passkey's answer."""
    entered = signing_in.with_passkey(identity, caller, step, answer, site_of(request), agent=agent_of(request))
    return onward(identity, entered, inside(onto, HOME))


@router.get("/sign-out", response_class=HTMLResponse)
def sign_out_page(request: Request) -> HTMLResponse:
    """A button: a link alone signs nobody out."""
    return page(request, "identity/sign-out.html")


@router.post("/sign-out")
def sign_out(identity: Room, caller: Caller) -> Response:
    """End this session."""
    sessions.sign_out(identity, caller)
    return forget(RedirectResponse("/sign-in", 303), identity)


def _sign_in(request: Request, identity: Room, onto: str) -> dict[str, Any]:
    return {
        "next": inside(onto, ""),
        "sign_up": bool(identity.rules.sign_up),
        "passkeys": passkeys_possible(request),
    }


def _code(request: Request, onto: str) -> dict[str, Any]:
    return {"next": inside(onto, ""), "passkeys": passkeys_possible(request)}
