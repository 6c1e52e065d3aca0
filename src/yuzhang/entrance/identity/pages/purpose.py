"""The answer to "what for?": a purpose that the browser keeps for this session, and its end."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from yuzhang.entrance.identity import purposes
from yuzhang.entrance.identity.gate import PURPOSE_COOKIE
from yuzhang.entrance.identity.pages.asked import Onto, Room, inside
from yuzhang.web.asking import Caller

router = APIRouter(prefix="/purpose", include_in_schema=False)
HOME = "/"
Words = Annotated[str, Form(max_length=2_000)]


@router.post("")
def declare(
    request: Request, identity: Room, caller: Caller, usual: Words = "", purpose: Words = "", onto: Onto = ""
) -> Response:
    """Keep the purpose, and go back to the page that was refused for want of it."""
    kept = purposes.declare(identity, caller, purpose.strip() or usual)
    response = RedirectResponse(_back(request, onto), 303)
    response.set_cookie(
        PURPOSE_COOKIE, kept, path="/", httponly=True, samesite="strict", secure=identity.gate.secure
    )  # no age: it ends with the browser's session, and with that of the party
    return response


@router.post("/end")
def end(request: Request, identity: Room, caller: Caller, onto: Onto = "") -> Response:
    """Forget it."""
    purposes.end(identity, caller)
    response = RedirectResponse(_back(request, onto), 303)
    response.delete_cookie(PURPOSE_COOKIE, path="/", httponly=True, samesite="strict", secure=identity.gate.secure)
    return response


def _back(request: Request, onto: str) -> str:
    """Where the form was shown: an address of this server."""
    return inside(onto.removeprefix(str(request.base_url).rstrip("/")), HOME)
