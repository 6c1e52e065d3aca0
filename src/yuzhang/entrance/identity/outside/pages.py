"""The two addresses of signing in from outside: away, and back."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title
from yuzhang.entrance.identity.outside import actions
from yuzhang.entrance.identity.outside.asking import refused
from yuzhang.entrance.identity.outside.room import RETURN, Outside
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import back_to

router = APIRouter(include_in_schema=False)
COOKIE = "yuzhang_away"


def outside_of(request: Request) -> Outside:
    """The application's outside provider. Raises NotFound where none is configured."""
    found = request.app.state.entrance.outside
    if not isinstance(found, Outside):
        raise NotFound(
            Title("没有配置外部登录。", "No outside provider is configured."),
            fix=Title("见 docs/reference/openid-connect.md。", "See docs/reference/openid-connect.md."),
        )
    return found


Room = Annotated[Outside, Depends(outside_of)]


@router.get("/sign-in/outside")
def leave(outside: Room, caller: Caller, then: str = "/") -> Response:
    """To the provider."""
    away = actions.leave(outside, caller, then)
    answer = RedirectResponse(away.address, 303)
    secure = outside.identity.gate.secure
    answer.set_cookie(
        COOKIE, away.cookie, max_age=actions.AWAY_S, path=RETURN, secure=secure, httponly=True, samesite="lax"
    )
    return answer


@router.get(RETURN)
def come_back(request: Request, outside: Room, caller: Caller) -> Response:
    """Back from the provider, with a code or with why there is none."""
    params = dict(parse_qsl(request.url.query, keep_blank_values=True))
    departure = actions.departed(outside, request.cookies.get(COOKIE, ""), params)
    if "code" not in params:
        raise refused(params.get("error", "code")[:60])
    entered = actions.come_back(outside, caller, departure, params["code"], request.headers.get("user-agent", ""))
    answer = back_to(departure.then, "/")
    gate = outside.identity.gate
    answer.set_cookie(gate.cookie, entered.token, path="/", secure=gate.secure, httponly=True, samesite="lax")
    answer.delete_cookie(COOKIE, path=RETURN, secure=gate.secure, httponly=True, samesite="lax")
    return answer
