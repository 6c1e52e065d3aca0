"""What the pages of identity share: the room of a request, where it was sent from, cookies, and forms shown again with what was wrong."""

from typing import Annotated, Any, TypeVar

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from yuzhang.core.errors import NotAllowed, TryAgain, YuzhangError
from yuzhang.core.language import Title
from yuzhang.entrance.identity.opening import Entered
from yuzhang.entrance.identity.proofs.passkeys import Site
from yuzhang.entrance.identity.room import Identity
from yuzhang.web.gate import asking_of
from yuzhang.web.reader import reader_of
from yuzhang.web.rendering import page

R = TypeVar("R", bound=Response)
STEP_COOKIE = "yuzhang_step"
STEP_PATH = "/sign-in"


def identity_of(request: Request) -> Identity:
    """The application's identity room."""
    identity = request.app.state.identity
    assert isinstance(identity, Identity)  # noqa: S101  # app.py puts it there
    return identity


def sent_from_here(request: Request) -> None:
    """Return if a form was sent by a page of this server, or by no browser. Raises NotAllowed.

    The gate looks when there is a session; this is for whoever has none yet: nobody is signed in by another site's page.
    """
    asking, gate = asking_of(request), identity_of(request).gate
    foreign = asking.headers.get("sec-fetch-site", "same-origin") != "same-origin"
    sent_elsewhere = foreign if asking.origin is None else not gate.own_page(asking)
    if sent_elsewhere or not gate.own_name(asking.host):
        raise NotAllowed(
            Title("此请求不是从本系统的页面发出的。", "This was not sent by a page of this server."),
            fix=Title("请从 /sign-in 重新进入。", "Start again at /sign-in."),
        )


def agent_of(request: Request) -> str:
    """What the browser says it is."""
    return request.headers.get("user-agent", "")


def site_of(request: Request) -> Site:
    """Where a passkey holds that is made or shown on this page."""
    return identity_of(request).gate.site(request.headers.get("host", ""))


def passkeys_possible(request: Request) -> bool:
    """Whether the page's address has a name: a passkey holds for a domain, and an address of numbers is none."""
    domain = site_of(request).domain
    return bool(domain) and not domain.replace(".", "").isdigit() and ":" not in domain


def inside(address: str, otherwise: str) -> str:
    """`address` if it is one of this server, else `otherwise`.

    >>> inside("/plan?q=1", "/"), inside("//evil.example", "/"), inside("https://evil.example", "/"), inside("/\\t/evil.example", "/")
    ('/plan?q=1', '/', '/', '/')
    """
    plain = address.isprintable() and "\\" not in address
    return address if plain and address.startswith("/") and not address.startswith("//") else otherwise


def remember(response: R, identity: Identity, entered: Entered) -> R:
    """Give the browser the token of its session. It is a cookie of the browser's session: closing it forgets it."""
    gate = identity.gate
    response.set_cookie(gate.cookie, entered.token, path="/", httponly=True, samesite="lax", secure=gate.secure)
    response.delete_cookie(STEP_COOKIE, path=STEP_PATH, httponly=True, samesite="lax", secure=gate.secure)
    return response


def forget(response: R, identity: Identity) -> R:
    """Take the token away, and what the browser kept of the pages."""
    identity.gate.sign_out(response)
    return response


def again(request: Request, template: str, error: YuzhangError, **context: Any) -> HTMLResponse:
    """The page with what was wrong above its form."""
    problem = error.problem(reader_of(request).language)
    shown = page(request, template, status=error.status, problem=problem, **context)
    if isinstance(error, TryAgain):
        shown.headers["Retry-After"] = str(error.retry_after_s)
    return shown


def onward(identity: Identity, entered: Entered, address: str) -> JSONResponse:
    """What a script is told: where to go on."""
    return remember(JSONResponse({"next": address}), identity, entered)


Room = Annotated[Identity, Depends(identity_of)]
Here = Depends(sent_from_here)
Word = Annotated[str, Form(max_length=300)]
Secret = Annotated[str, Form(max_length=2_000)]
Onto = Annotated[str, Form(alias="next", max_length=2_000)]
