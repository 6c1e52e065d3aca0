"""The pages on which parties are administered: the system administrator makes accounts, the security administrator gives roles."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from yuzhang.core.access import Party
from yuzhang.core.errors import NotAllowed, YuzhangError
from yuzhang.entrance.identity import granting, mandates, parties
from yuzhang.entrance.identity.model import KINDS, PEOPLE, ROLES
from yuzhang.entrance.identity.pages.acting import Lines, Words, day_of, scope_of
from yuzhang.entrance.identity.pages.asked import Room, Word, again, site_of
from yuzhang.entrance.identity.parties import PAGE, Place
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store.parties import Wanted
from yuzhang.web.asking import Caller
from yuzhang.web.navigation import opens
from yuzhang.web.rendering import page

router = APIRouter(prefix="/admin/parties", include_in_schema=False)
HERE = "/admin/parties"
PREFIX = "entrance.identity"
MOST_PAGES = 100_000
Given = Annotated[str, Query(max_length=200)]
NO_WORDS: list[str] = []


@router.get("", response_class=HTMLResponse)
def parties_page(
    request: Request,
    identity: Room,
    caller: Caller,
    text: Given = "",
    kind: Given = "",
    role: Given = "",
    status: Given = "",
    number: Annotated[int, Query(alias="page", ge=1, le=MOST_PAGES)] = 1,
) -> HTMLResponse:
    """Parties by name, and forms for new ones."""
    wanted = Wanted(text.strip(), kind, role, status)
    return page(request, "identity/parties.html", problem=None, **_listed(identity, caller, wanted, number))


@router.post("/invite")
def invite(
    request: Request,
    identity: Room,
    caller: Caller,
    kind: Word = "",
    name: Word = "",
    roles: Words = NO_WORDS,
    unit: Word = "",
    post: Word = "",
    region: Word = "",
) -> Response:
    """Make a one-time link by which somebody becomes a party; it is shown in this answer only."""
    try:
        path = parties.invite(identity, caller, kind, name, [one for one in roles if one], Place(unit, post, region))
    except YuzhangError as error:
        return _wrong_list(request, identity, caller, error)
    return _link(request, path, name, 7)


@router.post("/register")
def register(
    request: Request,
    identity: Room,
    caller: Caller,
    kind: Word = "",
    name: Word = "",
    unit: Word = "",
    region: Word = "",
) -> Response:
    """Register a device or an application."""
    try:
        made = parties.register(identity, caller, kind, name, Place(unit, "", region))
    except YuzhangError as error:
        return _wrong_list(request, identity, caller, error)
    return _back(made.id)


@router.get("/{party}", response_class=HTMLResponse)
def party_page(request: Request, identity: Room, caller: Caller, party: str) -> HTMLResponse:
    """One party, with what the caller may do to it."""
    return page(request, "identity/party.html", problem=None, **_one(identity, caller, party))


@router.post("/{party}/place")
def set_place(
    request: Request,
    identity: Room,
    caller: Caller,
    party: str,
    name: Word = "",
    unit: Word = "",
    post: Word = "",
    region: Word = "",
) -> Response:
    """Change a party's name and place."""
    try:
        parties.set_place(identity, caller, party, name, Place(unit, post, region))
    except YuzhangError as error:
        return _wrong(request, identity, caller, party, error)
    return _back(party)


@router.post("/{party}/confirm")
def confirm(request: Request, identity: Room, caller: Caller, party: str) -> Response:
    """Say that a party's papers were seen."""
    try:
        parties.confirm(identity, caller, party)
    except YuzhangError as error:
        return _wrong(request, identity, caller, party, error)
    return _back(party)


@router.post("/{party}/suspend")
def suspend(request: Request, identity: Room, caller: Caller, party: str) -> Response:
    """Put a party out at once."""
    try:
        parties.set_status(identity, caller, party, "suspended")
    except YuzhangError as error:
        return _wrong(request, identity, caller, party, error)
    return _back(party)


@router.post("/{party}/resume")
def resume(request: Request, identity: Room, caller: Caller, party: str) -> Response:
    """Let a party in again."""
    try:
        parties.set_status(identity, caller, party, "active")
    except YuzhangError as error:
        return _wrong(request, identity, caller, party, error)
    return _back(party)


@router.post("/{party}/roles")
def grant(request: Request, identity: Room, caller: Caller, party: str, role: Word = "", until: Word = "") -> Response:
    """Give a role."""
    try:
        granting.grant(identity, caller, party, role, day_of("/until", until, after=True))
    except YuzhangError as error:
        return _wrong(request, identity, caller, party, error)
    return _back(party)


@router.post("/{party}/roles/{role}/take")
def take(request: Request, identity: Room, caller: Caller, party: str, role: str) -> Response:
    """Take a role back."""
    try:
        granting.take(identity, caller, party, role)
    except YuzhangError as error:
        return _wrong(request, identity, caller, party, error)
    return _back(party)


@router.post("/{party}/end-sessions")
def end_sessions(request: Request, identity: Room, caller: Caller, party: str) -> Response:
    """End all sessions of a party."""
    try:
        granting.end_sessions(identity, caller, party)
    except YuzhangError as error:
        return _wrong(request, identity, caller, party, error)
    return _back(party)


@router.post("/{party}/recovery-link")
def recovery_link(request: Request, identity: Room, caller: Caller, party: str) -> Response:
    """Make a one-time link by which the party sets a new password; it is shown in this answer only."""
    try:
        path = granting.recovery_link(identity, caller, party)
    except YuzhangError as error:
        return _wrong(request, identity, caller, party, error)
    return _link(request, path, party, 1)


@router.post("/{party}/mandates")
def give_mandate(
    request: Request,
    identity: Room,
    caller: Caller,
    party: str,
    subject: Word = "",
    roles: Words = NO_WORDS,
    matters: Lines = "",
    since: Word = "",
    until: Word = "",
) -> Response:
    """Let somebody act for the party, which asked for it in writing."""
    try:
        scope = scope_of(roles, matters, since, until)
        mandates.give_for(identity, caller, party, subject.strip(), scope)
    except YuzhangError as error:
        return _wrong(request, identity, caller, party, error)
    return _back(party)


@router.post("/{party}/mandates/{mandate}/revoke")
def revoke_mandate(request: Request, identity: Room, caller: Caller, party: str, mandate: str) -> Response:
    """End a mandate of the party."""
    try:
        mandates.revoke_for(identity, caller, party, mandate)
    except YuzhangError as error:
        return _wrong(request, identity, caller, party, error)
    return _back(party)


def _listed(identity: Identity, caller: Party, wanted: Wanted, number: int) -> dict[str, Any]:
    found = parties.parties(identity, caller, wanted, (number - 1) * PAGE)
    return {
        "listed": found,
        "wanted": wanted,
        "number": number,
        "last": max(1, -(-found.total // PAGE)),
        "kinds": KINDS,
        "people": PEOPLE,
        "roles": ROLES,
    }


def _one(identity: Identity, caller: Party, party: str) -> dict[str, Any]:
    listed = parties.one(identity, caller, party)
    account = listed.accounts[0]
    secure = opens(caller, f"{PREFIX}.granting.sessions_of")
    return {
        "account": account,
        "grants": listed.roles(account.id),
        "sessions": granting.sessions_of(identity, caller, account.id) if secure else None,
        "found": mandates.of_party(identity, caller, account.id) if secure else None,
        "roles": ROLES,
        "now": identity.now(),
    }


def _link(request: Request, path: str, name: str, days: int) -> Response:
    shown = page(request, "identity/link.html", link=f"{site_of(request).origin}{path}", name=name, days=days)
    shown.headers["Cache-Control"] = "no-store"
    return shown


def _back(party: str) -> Response:
    return RedirectResponse(f"{HERE}/{party}", 303)


def _wrong_list(request: Request, identity: Identity, caller: Party, error: YuzhangError) -> Response:
    if isinstance(error, NotAllowed):
        raise error
    return again(request, "identity/parties.html", error, **_listed(identity, caller, Wanted(), 1))


def _wrong(request: Request, identity: Identity, caller: Party, party: str, error: YuzhangError) -> Response:
    if isinstance(error, NotAllowed) or error.status == 404:
        raise error
    return again(request, "identity/party.html", error, **_one(identity, caller, party))
