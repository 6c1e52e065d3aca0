"""The pages that a browser is sent to: authorization, consent, sign-out, and what one has allowed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from yuzhang.core.access import Party
from yuzhang.core.language import Title
from yuzhang.entrance.identity.provider import authorizing, consenting, leaving
from yuzhang.entrance.identity.provider.api import Room, form_of
from yuzhang.entrance.identity.provider.asked import Asked, RefusedByRedirect, read, single, target
from yuzhang.entrance.identity.provider.authorizing import AskFirst, SignInFirst
from yuzhang.entrance.identity.provider.model import SCOPES
from yuzhang.entrance.identity.provider.people import in_person
from yuzhang.entrance.identity.provider.room import Provider
from yuzhang.web.asking import Caller
from yuzhang.web.problems import SIGN_IN
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
PROVE = "/account/proof"
"""Where a party shows its proofs once more, and keeps its session: so the programs it came to before are not signed out."""
Field = Annotated[str, Form(max_length=20_000)]


@router.get("/oauth2/authorize")
def authorize(request: Request, provider: Room, caller: Caller) -> Response:
    """A client wants its user signed in. What is wrong with the request is told to the client, once it is certain whose it is."""
    params = single(parse_qsl(request.url.query, keep_blank_values=True))
    client, redirect = target(provider.client(params.get("client_id", "")), params)
    try:
        asked = read(client, redirect, params)
        sent = authorizing.sent_at(provider, params)
        found = authorizing.step(provider, caller, asked, sent)
        if isinstance(found, SignInFirst):
            return _to_sign_in(provider, caller, params, asked, found)
        if isinstance(found, AskFirst):
            return _consent_page(request, provider, caller, params, asked, found)
        address = authorizing.authorize(provider, caller, client.id, asked)
    except RefusedByRedirect as refused:
        return _away(request, client.name, authorizing.answer_refused(provider, refused), by_form=False)
    return _away(request, client.name, address, by_form=sent is not None)


@router.post("/oauth2/authorize")
async def authorize_by_post(request: Request) -> Response:
    """The same by a form (OpenID Connect Core 1.0, 3.1.2.1): it goes on as a GET, with which the browser also sends its session."""
    form = await form_of(request)
    return RedirectResponse(f"{authorizing.ENDPOINT}?{urlencode(form)}", 303)


def _to_sign_in(
    provider: Provider, caller: Party, params: Mapping[str, str], asked: Asked, found: SignInFirst
) -> Response:
    wanted = {"next": authorizing.marked(provider, caller, params)}
    if found.again:
        wanted["again"] = "1"
    if asked.login_hint and not found.same:
        wanted["login"] = asked.login_hint
    if asked.language:
        wanted["lang"] = asked.language
    return RedirectResponse(f"{PROVE if found.same else SIGN_IN}?{urlencode(wanted)}", 303)


def _consent_page(
    request: Request, provider: Provider, caller: Party, params: Mapping[str, str], asked: Asked, found: AskFirst
) -> Response:
    query = urlencode({name: value for name, value in params.items() if name != authorizing.MARK})
    return page(
        request,
        "provider/consent.html",
        client=asked.client,
        host=urlsplit(asked.redirect).hostname or urlsplit(asked.redirect).scheme,
        scopes=[(scope, SCOPES[scope]) for scope in SCOPES if scope in found.scopes],
        new=found.new,
        query=query,
        proof=consenting.proof(provider, caller, query),
    )


def _away(request: Request, name: Title, address: str, *, by_form: bool) -> Response:
    """To another site. After a form, by a page: browsers do not follow a form's redirect to a site that `form-action` does not name."""
    if not by_form:
        return RedirectResponse(address, 303)
    return page(request, "provider/away.html", name=name, address=address)


@router.post("/oauth2/consent")
def consent(
    request: Request, provider: Room, caller: Caller, query: Field = "", proof: Field = "", decision: Field = ""
) -> Response:
    """The party's answer: yes is remembered, and the client gets its code; no is told to the client."""
    consenting.was_shown(provider, caller, query, proof)
    params = single(parse_qsl(query, keep_blank_values=True))
    client, redirect = target(provider.client(params.get("client_id", "")), params)
    try:
        asked = read(client, redirect, params)
        if decision != "allow":
            raise authorizing.refused_by(asked, "access_denied", "用户没有同意。", "The user did not allow it.")
        authorizing.allow(provider, caller, client.id, asked.scopes)
        address = authorizing.authorize(provider, caller, client.id, asked)
    except RefusedByRedirect as refused:
        address = authorizing.answer_refused(provider, refused)
    return _away(request, client.name, address, by_form=True)


@router.get("/account/applications", response_class=HTMLResponse)
def applications(request: Request, provider: Room, caller: Caller) -> HTMLResponse:
    """What one has allowed other programs."""
    found = consenting.consents(provider, caller)
    given = {one.client.id: datetime.fromtimestamp(one.given, UTC) for one in found}
    return page(request, "provider/applications.html", consents=found, titles=SCOPES, given=given)


@router.post("/account/applications/{client}/withdraw")
def withdraw(provider: Room, caller: Caller, client: str) -> Response:
    """Take it back: the program's tokens end at once."""
    consenting.withdraw(provider, caller, client)
    return RedirectResponse("/account/applications", 303)


@router.get("/oauth2/logout")
async def logout(request: Request, provider: Room, caller: Caller) -> Response:
    """A client wants its user signed out (RP-Initiated Logout 1.0)."""
    params = single(parse_qsl(request.url.query, keep_blank_values=True))
    return await run_in_threadpool(_logout, request, provider, caller, params, sure=False)


@router.post("/oauth2/logout")
async def logout_by_post(request: Request, provider: Room, caller: Caller) -> Response:
    """The same by a form; or the party's own yes, on the page that asked."""
    form = await form_of(request)
    sure = "sure" in form and leaving.proven(provider, caller, form.get("sure", ""))
    if caller.kind == "stranger" and not sure:  # from another site, so without the session: it goes on as a GET
        return RedirectResponse(f"/oauth2/logout?{urlencode({k: v for k, v in form.items() if k != 'sure'})}", 303)
    return await run_in_threadpool(_logout, request, provider, caller, form, sure=sure)


def _logout(request: Request, provider: Provider, caller: Party, params: Mapping[str, str], *, sure: bool) -> Response:
    asked = leaving.read(provider, params)
    own = caller.session if in_person(caller) else ""
    if own and not sure and not leaving.same_party(caller, asked):
        return page(
            request, "provider/logout.html", params=params, sure=leaving.proof(provider, caller), client=asked.client
        )
    session = own or asked.session
    if session:
        leaving.leave(provider, caller, session, asked)
    if asked.redirect and asked.client is not None:
        answer = _away(request, asked.client.name, leaving.address(asked), by_form=sure)
    else:
        answer = page(request, "provider/left.html")
    if own:
        provider.identity.gate.sign_out(answer)
    return answer
