"""The page on which a system administrator registers clients. A secret is shown once, in the answer that made it."""

from typing import Annotated, cast

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.entrance.identity.provider.api import Room
from yuzhang.entrance.identity.provider.clients import actions
from yuzhang.entrance.identity.provider.clients.actions import Registered
from yuzhang.entrance.identity.provider.model import ALGORITHMS, GRANT_TYPES, METHODS, SCOPES, Algorithm, Client, Method
from yuzhang.entrance.identity.provider.room import Provider
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=20_000)]
Words = Annotated[list[str], Form()]


def _page(
    request: Request,
    provider: Provider,
    caller: Party,
    *,
    made: Registered | None = None,
    refused: InputRefused | None = None,
) -> HTMLResponse:
    return page(
        request,
        "provider/clients.html",
        status=200 if refused is None else refused.status,
        clients=actions.registered(provider, caller),
        made=made,
        refused=refused,
        scopes=SCOPES,
        methods=METHODS,
        grants=GRANT_TYPES,
        algorithms=ALGORITHMS,
        issuer=provider.issuer,
    )


@router.get("/admin/clients", response_class=HTMLResponse)
def clients_page(request: Request, provider: Room, caller: Caller) -> HTMLResponse:
    """All clients, and a form for the next."""
    return _page(request, provider, caller)


@router.post("/admin/clients", response_class=HTMLResponse)
def register(
    request: Request,
    provider: Room,
    caller: Caller,
    client: Text,
    name: Text,
    name_en: Text = "",
    method: Text = "client_secret_basic",
    redirects: Text = "",
    after_logout: Text = "",
    logout_address: Text = "",
    scopes: Words = ["openid"],  # noqa: B006  # FastAPI copies it
    grants: Words = ["authorization_code"],  # noqa: B006
    algorithm: Text = "ES256",
    own: bool = Form(default=False),
    without_pkce: bool = Form(default=False),
    introspects: bool = Form(default=False),
    party: Text = "",
    jwks: Text = "",
) -> HTMLResponse:
    """Register a client; one address a line."""
    wanted = Client(
        client,
        Title(name, name_en or name),
        cast(Method, method),
        tuple(redirects.split()),
        tuple(after_logout.split()),
        logout_address.strip(),
        frozenset(scopes),
        frozenset(grants),
        cast(Algorithm, algorithm),
        third_party=not own,
        pkce=not without_pkce,
        introspects=introspects,
        party=party.strip(),
        jwks=jwks.strip(),
    )
    try:
        return _page(request, provider, caller, made=actions.register(provider, caller, client, wanted))
    except InputRefused as refused:
        return _page(request, provider, caller, refused=refused)


@router.post("/admin/clients/{client}/secret", response_class=HTMLResponse)
def rotate_secret(request: Request, provider: Room, caller: Caller, client: str) -> HTMLResponse:
    """A new secret in the old one's place."""
    return _page(request, provider, caller, made=actions.rotate_secret(provider, caller, client))


@router.post("/admin/clients/{client}/remove")
def remove(provider: Room, caller: Caller, client: str) -> Response:
    """Take a client out."""
    actions.remove(provider, caller, client)
    return RedirectResponse("/admin/clients", 303)
