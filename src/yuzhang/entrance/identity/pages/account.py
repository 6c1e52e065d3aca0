"""Pages of one's own account: who one is, how one signs in, where one is signed in."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from yuzhang.core.access import Party
from yuzhang.core.errors import YuzhangError
from yuzhang.entrance.identity import account, second_factors, sessions
from yuzhang.entrance.identity.errors import ProofNeeded
from yuzhang.entrance.identity.pages.asked import (
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
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import page

router = APIRouter(prefix="/account", include_in_schema=False)
ACCOUNT = "/account"
PROOF = f"/account/proof?{urlencode({'next': ACCOUNT})}"
Text = Annotated[str, Body(max_length=100_000)]
Short = Annotated[str, Body(max_length=2_000)]


@router.get("", response_class=HTMLResponse)
def account_page(request: Request, identity: Room, caller: Caller) -> HTMLResponse:
    """One's own account."""
    return page(request, "identity/account.html", problem=None, **_account(request, identity, caller))


@router.post("/profile")
def set_profile(
    request: Request,
    identity: Room,
    caller: Caller,
    name: Word = "",
    language: Word = "zh",
    email: Word = "",
    phone: Word = "",
) -> Response:
    """Change one's name, language and addresses."""
    values = {"language": language, "email": email, "phone": phone} | ({"name": name} if name else {})
    try:
        account.set_profile(identity, caller, values)
    except YuzhangError as error:
        return _wrong(request, identity, caller, error)
    return RedirectResponse(ACCOUNT, 303)


@router.post("/password")
def set_password(
    request: Request, identity: Room, caller: Caller, current: Secret = "", password: Secret = ""
) -> Response:
    """Change the password; other sessions end."""
    try:
        entered = account.set_password(identity, caller, current, password, agent=agent_of(request))
    except YuzhangError as error:
        return _wrong(request, identity, caller, error)
    return remember(RedirectResponse(ACCOUNT, 303), identity, entered)


@router.post("/totp/offer")
def offer_totp(request: Request, identity: Room, caller: Caller) -> Response:
    """A key for a code generator, as a picture and as text."""
    try:
        offered = second_factors.offer_totp(identity, caller)
    except YuzhangError as error:
        return _wrong(request, identity, caller, error)
    return page(request, "identity/totp.html", problem=None, offered=offered)


@router.post("/totp")
def add_totp(
    request: Request, identity: Room, caller: Caller, step: Secret = "", code: Word = "", label: Word = ""
) -> Response:
    """Keep the key once its code is right."""
    try:
        entered = second_factors.add_totp(identity, caller, step, code, label, agent=agent_of(request))
    except YuzhangError as error:
        if error.where != "/code" and error.status != 429:
            return _wrong(request, identity, caller, error)
        offered = second_factors.offered_totp(identity, caller, step)
        return again(request, "identity/totp.html", error, offered=offered)
    return remember(RedirectResponse(ACCOUNT, 303), identity, entered)


@router.post("/recovery-codes")
def recovery_codes(request: Request, identity: Room, caller: Caller) -> Response:
    """New recovery codes, shown this once."""
    try:
        codes = second_factors.new_recovery_codes(identity, caller)
    except YuzhangError as error:
        return _wrong(request, identity, caller, error)
    return page(request, "identity/recovery-codes.html", codes=codes)


@router.post("/passkeys/options")
def passkey_options(request: Request, identity: Room, caller: Caller) -> JSONResponse:
    """What a browser needs to make another passkey."""
    asked = second_factors.ask_new_passkey(identity, caller, site_of(request))
    return JSONResponse({"step": asked.token, "options": asked.options})


@router.post("/passkeys")
def add_passkey(
    request: Request, identity: Room, caller: Caller, step: Short, answer: Text, label: Short = ""
) -> JSONResponse:
    """Keep the passkey that the browser made."""
    entered = second_factors.add_passkey(
        identity, caller, step, answer, label, site_of(request), agent=agent_of(request)
    )
    return onward(identity, entered, ACCOUNT)


@router.post("/credentials/{credential}/rename")
def rename(request: Request, identity: Room, caller: Caller, credential: str, label: Word = "") -> Response:
    """Give a proof another name."""
    try:
        account.rename(identity, caller, credential, label)
    except YuzhangError as error:
        return _wrong(request, identity, caller, error)
    return RedirectResponse(ACCOUNT, 303)


@router.post("/credentials/{credential}/remove")
def remove(request: Request, identity: Room, caller: Caller, credential: str) -> Response:
    """Forget a proof."""
    try:
        account.remove(identity, caller, credential)
    except YuzhangError as error:
        return _wrong(request, identity, caller, error)
    return RedirectResponse(ACCOUNT, 303)


@router.post("/sessions/{session}/end")
def end_session(identity: Room, caller: Caller, session: str) -> Response:
    """End one session."""
    sessions.end(identity, caller, session)
    return RedirectResponse(ACCOUNT, 303)


@router.post("/end-others")
def end_others(identity: Room, caller: Caller) -> Response:
    """End all sessions but this one."""
    sessions.end_others(identity, caller)
    return RedirectResponse(ACCOUNT, 303)


@router.post("/sign-out-everywhere")
def sign_out_everywhere(identity: Room, caller: Caller) -> Response:
    """End all sessions."""
    sessions.sign_out_everywhere(identity, caller)
    return forget(RedirectResponse("/sign-in", 303), identity)


@router.get("/proof", response_class=HTMLResponse)
def proof_page(
    request: Request, identity: Room, caller: Caller, onto: Annotated[str, Query(alias="next", max_length=2_000)] = ""
) -> HTMLResponse:
    """The question for a proof once more."""
    return page(request, "identity/proof.html", problem=None, **_proof(request, identity, caller, onto))


@router.post("/proof")
def prove(
    request: Request, identity: Room, caller: Caller, password: Secret = "", code: Word = "", onto: Onto = ""
) -> Response:
    """Show a proof once more."""
    try:
        entered = account.prove(identity, caller, password, code, agent=agent_of(request))
    except YuzhangError as error:
        if error.status == 404:
            raise
        return again(request, "identity/proof.html", error, **_proof(request, identity, caller, onto))
    return remember(RedirectResponse(inside(onto, ACCOUNT), 303), identity, entered)


def _account(request: Request, identity: Room, caller: Party) -> dict[str, Any]:
    return {
        "profile": account.profile(identity, caller),
        "sessions": sessions.sessions(identity, caller),
        "passkeys": passkeys_possible(request),
    }


def _proof(request: Request, identity: Room, caller: Party, onto: str) -> dict[str, Any]:
    return {
        "profile": account.profile(identity, caller),
        "next": inside(onto, ACCOUNT),
        "passkeys": passkeys_possible(request),
    }


def _wrong(request: Request, identity: Room, caller: Party, error: YuzhangError) -> Response:
    """To the question for a proof, or the account with what was wrong; a stranger is told to sign in."""
    if caller.kind in ("stranger", "process"):
        raise error
    if isinstance(error, ProofNeeded):
        return RedirectResponse(PROOF, 303)
    return again(request, "identity/account.html", error, **_account(request, identity, caller))
