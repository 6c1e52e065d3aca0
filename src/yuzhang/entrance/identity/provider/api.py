"""The endpoints that programs ask: discovery, keys, tokens, userinfo, revocation, introspection."""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from yuzhang.core.errors import NotAllowed
from yuzhang.entrance.identity.provider import discovery, tokens
from yuzhang.entrance.identity.provider.asked import single
from yuzhang.entrance.identity.provider.claims import granted_by, told
from yuzhang.entrance.identity.provider.clients.proving import proven
from yuzhang.entrance.identity.provider.errors import OAuthRefused
from yuzhang.entrance.identity.provider.keys import PUBLISHED_S
from yuzhang.entrance.identity.provider.model import OPENID, Client
from yuzhang.entrance.identity.provider.room import Provider

router = APIRouter(tags=["openid-connect"])
FORM = "application/x-www-form-urlencoded"
KEPT = {"cache-control": f"public, max-age={PUBLISHED_S // 2}"}
OPEN = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
"""Programs in a browser, from other sites, may read these answers: no cookie counts at these addresses."""
FORM_BODY: dict[str, Any] = {"requestBody": {"content": {FORM: {"schema": {"type": "object"}}}}}


def provider_of(request: Request) -> Provider:
    """The application's provider."""
    found = request.app.state.entrance.provider
    assert isinstance(found, Provider)  # noqa: S101  # the entrance puts it there
    return found


Room = Annotated[Provider, Depends(provider_of)]
Endpoint = Callable[[Request, Room], Awaitable[Response]]


async def form_of(request: Request) -> dict[str, str]:
    """The form that was sent. Raises OAuthRefused if it is none, holds files, or names a thing twice."""
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        raise OAuthRefused("invalid_request", f"正文应为 {FORM}。", f"The body has to be {FORM}.")
    form = await request.form(max_fields=100)
    return single([(name, str(value)) for name, value in form.multi_items()])


def answer_refused(refused: OAuthRefused, *, basic: bool = False) -> JSONResponse:
    """A refusal in the protocol's form. Source: RFC 6749, 5.2."""
    headers = dict(OPEN)
    if refused.answers == 401:
        headers["www-authenticate"] = 'Basic realm="yuzhang"' if basic else 'Bearer realm="yuzhang"'
    told_so = {"error": refused.error, "error_description": refused.detail.en}
    return JSONResponse(told_so, refused.answers, headers=headers)


def oauth(endpoint: Endpoint) -> Endpoint:
    """An endpoint whose refusals are told in the protocol's form."""

    @wraps(endpoint)
    async def answered(request: Request, provider: Room) -> Response:
        try:
            return await endpoint(request, provider)
        except OAuthRefused as refused:
            return answer_refused(refused, basic=True)
        except NotAllowed:
            return answer_refused(OAuthRefused("unauthorized_client", "没有权限。", "It is not allowed.", status=403))

    return answered


def _asked_by(request: Request, provider: Provider, form: Mapping[str, str]) -> tuple[Client, Any]:
    client = proven(provider, request.headers.get("authorization"), form)
    return client, provider.application(client, request.client.host if request.client else "")


@router.get("/.well-known/openid-configuration")
def configuration(provider: Room) -> JSONResponse:
    """What the OpenID Connect provider says of itself (OpenID Connect Discovery 1.0)."""
    return JSONResponse(discovery.document(provider.issuer), headers=KEPT | OPEN)


@router.get("/oauth2/jwks")
def jwks(provider: Room) -> JSONResponse:
    """The public keys that tokens are signed with, and those that will be (RFC 7517)."""
    return JSONResponse(provider.keys.published(), headers=KEPT | OPEN)


@router.post("/oauth2/token", openapi_extra=FORM_BODY)
@oauth
async def token(request: Request, provider: Room) -> Response:
    """Tokens for a code, a refresh token, or a client itself (RFC 6749)."""
    form = await form_of(request)

    def work() -> dict[str, Any]:
        client, caller = _asked_by(request, provider, form)
        return tokens.issue(provider, caller, client, form)

    return JSONResponse(
        await run_in_threadpool(work), headers={"cache-control": "no-store", "pragma": "no-cache"} | OPEN
    )


@router.post("/oauth2/revoke", openapi_extra=FORM_BODY)
@oauth
async def revoke(request: Request, provider: Room) -> Response:
    """End a token, and all that was granted with it (RFC 7009)."""
    form = await form_of(request)

    def work() -> None:
        client, caller = _asked_by(request, provider, form)
        if "token" not in form:
            raise OAuthRefused("invalid_request", "缺少 token。", "The token is missing.")
        tokens.revoke(provider, caller, client, form["token"])

    await run_in_threadpool(work)
    return JSONResponse({}, headers=OPEN)


@router.post("/oauth2/introspect", openapi_extra=FORM_BODY)
@oauth
async def introspect(request: Request, provider: Room) -> Response:
    """Whether a token holds, and what it says (RFC 7662)."""
    form = await form_of(request)

    def work() -> dict[str, Any]:
        client, caller = _asked_by(request, provider, form)
        if "token" not in form:
            raise OAuthRefused("invalid_request", "缺少 token。", "The token is missing.")
        return tokens.introspect(provider, caller, client, form["token"])

    return JSONResponse(await run_in_threadpool(work))


@router.get("/oauth2/userinfo")
async def userinfo(request: Request, provider: Room) -> Response:
    """What a client may know of the party that an access token speaks for (OpenID Connect Core 1.0, 5.3)."""
    return await run_in_threadpool(_userinfo, provider, _bearer(request))


@router.post("/oauth2/userinfo", openapi_extra=FORM_BODY)
async def userinfo_by_post(request: Request, provider: Room) -> Response:
    """The same, with the token in the header or in the form (RFC 6750, 2.2)."""
    found = _bearer(request)
    if not found and request.headers.get("content-type", "").lower().startswith(FORM):
        found = str((await request.form(max_fields=100)).get("access_token") or "")
    return await run_in_threadpool(_userinfo, provider, found)


def _bearer(request: Request) -> str:
    kind, _, found = request.headers.get("authorization", "").partition(" ")
    return found.strip() if kind.lower() == "bearer" else ""


def _userinfo(provider: Provider, access: str) -> Response:
    """Source: RFC 6750, 3.1."""
    if not access:
        return Response(status_code=401, headers={"www-authenticate": 'Bearer realm="yuzhang"'} | OPEN)
    found = granted_by(provider, access)
    profile = None if found is None else provider.people.profile(found[0].party)
    if found is None or profile is None:
        return _bearer_refused(401, "invalid_token", "The token does not hold.")
    grant, said = found
    scopes = frozenset(str(said["scope"]).split())
    if OPENID not in scopes:
        return _bearer_refused(403, "insufficient_scope", "The scope openid is needed.")
    return JSONResponse(told(profile, scopes, grant.claims.get("userinfo", ())), headers=OPEN)


def _bearer_refused(status: int, error: str, description: str) -> JSONResponse:
    return JSONResponse(
        {"error": error, "error_description": description},
        status,
        headers={"www-authenticate": f'Bearer realm="yuzhang", error="{error}", error_description="{description}"'}
        | OPEN,
    )
