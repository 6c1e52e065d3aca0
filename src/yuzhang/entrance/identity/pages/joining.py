"""Pages for becoming a party, by sign-up or by a one-time link, and for coming back without a password."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from yuzhang.core.errors import YuzhangError
from yuzhang.entrance.identity import joining
from yuzhang.entrance.identity.naming import Names
from yuzhang.entrance.identity.pages.asked import (
    Here,
    Room,
    Secret,
    Word,
    again,
    agent_of,
    onward,
    passkeys_possible,
    remember,
    site_of,
)
from yuzhang.web.asking import Caller
from yuzhang.web.reader import reader_of
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
ACCOUNT = "/account"
Text = Annotated[str, Body(max_length=100_000)]
Short = Annotated[str, Body(max_length=2_000)]


def names_of(request: Request, name: Word = "", login: Word = "", identifier: Word = "") -> Names:
    """What a form says of a new party, in the language that its page was read in."""
    return Names(name, login, identifier, reader_of(request).language)


def names_in_body(request: Request, name: Short = "", login: Short = "", identifier: Short = "") -> Names:
    """The same from a script."""
    return Names(name, login, identifier, reader_of(request).language)


Given = Annotated[Names, Depends(names_of)]
GivenInBody = Annotated[Names, Depends(names_in_body)]
NOTHING = Names("", "")


@router.get("/sign-up", response_class=HTMLResponse)
def sign_up_page(request: Request, identity: Room, kind: str = "citizen") -> HTMLResponse:
    """The form for an account of one's own."""
    return page(request, "identity/sign-up.html", problem=None, given=NOTHING, **_sign_up(request, identity, kind))


@router.post("/sign-up", dependencies=[Here])
def sign_up(
    request: Request, identity: Room, caller: Caller, given: Given, kind: Word = "citizen", password: Secret = ""
) -> Response:
    """Make the account, with a password."""
    try:
        entered = joining.sign_up(identity, caller, kind, given, password, agent=agent_of(request))
    except YuzhangError as error:
        return again(request, "identity/sign-up.html", error, given=given, **_sign_up(request, identity, kind))
    return remember(RedirectResponse(ACCOUNT, 303), identity, entered)


@router.get("/join/{token}", response_class=HTMLResponse)
def join_page(request: Request, identity: Room, caller: Caller, token: str) -> HTMLResponse:
    """The form of an invitation, or of the first administrator's link."""
    link = joining.invitation(identity, caller, token)
    given = Names(link.name, "")
    return page(
        request,
        "identity/join.html",
        problem=None,
        link=link,
        token=token,
        given=given,
        passkeys=passkeys_possible(request),
    )


@router.post("/join/{token}", dependencies=[Here])
def join(request: Request, identity: Room, caller: Caller, token: str, given: Given, password: Secret = "") -> Response:
    """Become that party, with a password."""
    link = joining.invitation(identity, caller, token)
    try:
        entered = joining.join(identity, caller, token, given, password, agent=agent_of(request))
    except YuzhangError as error:
        return again(
            request,
            "identity/join.html",
            error,
            link=link,
            token=token,
            given=given,
            passkeys=passkeys_possible(request),
        )
    return remember(RedirectResponse(ACCOUNT, 303), identity, entered)


@router.post("/sign-up/by-passkey/options", dependencies=[Here])
def passkey_options(
    request: Request, identity: Room, caller: Caller, given: GivenInBody, kind: Short = "", token: Short = ""
) -> JSONResponse:
    """What a browser needs to make the first passkey."""
    asked = joining.ask_first_passkey(identity, caller, kind, token, given, site_of(request))
    return JSONResponse({"step": asked.token, "options": asked.options})


@router.post("/sign-up/by-passkey", dependencies=[Here])
def by_passkey(
    request: Request,
    identity: Room,
    caller: Caller,
    given: GivenInBody,
    step: Short,
    answer: Text,
    kind: Short = "",
    token: Short = "",
) -> JSONResponse:
    """Become a party with the passkey that the browser made."""
    entered = joining.join_by_passkey(
        identity, caller, kind, token, given, step, answer, site_of(request), agent=agent_of(request)
    )
    return onward(identity, entered, ACCOUNT)


@router.get("/recover", response_class=HTMLResponse)
def recover_page(request: Request) -> HTMLResponse:
    """The form for a recovery code, and what to do without one."""
    return page(request, "identity/recover.html", problem=None, login="", done=False)


@router.post("/recover", dependencies=[Here])
def recover(
    request: Request, identity: Room, caller: Caller, login: Word = "", code: Word = "", password: Secret = ""
) -> Response:
    """Set a new password by a recovery code."""
    try:
        joining.recover_by_code(identity, caller, login, code, password, agent=agent_of(request))
    except YuzhangError as error:
        return again(request, "identity/recover.html", error, login=login, done=False)
    return page(request, "identity/recover.html", problem=None, login=login, done=True)


@router.get("/recover/{token}", response_class=HTMLResponse)
def recover_by_link_page(request: Request, token: str) -> HTMLResponse:
    """The form of a security administrator's link. It is looked at when it is used, so that a preview does not use it."""
    return page(request, "identity/new-password.html", problem=None, token=token)


@router.post("/recover/{token}", dependencies=[Here])
def recover_by_link(request: Request, identity: Room, caller: Caller, token: str, password: Secret = "") -> Response:
    """Set a new password by that link."""
    try:
        entered = joining.recover_by_link(identity, caller, token, password, agent=agent_of(request))
    except YuzhangError as error:
        return again(request, "identity/new-password.html", error, token=token)
    return remember(RedirectResponse(ACCOUNT, 303), identity, entered)


def _sign_up(request: Request, identity: Room, kind: str) -> dict[str, Any]:
    kinds = sorted(identity.rules.sign_up)
    return {
        "kind": kind if kind in kinds else next(iter(kinds), ""),
        "kinds": kinds,
        "passkeys": passkeys_possible(request),
    }
