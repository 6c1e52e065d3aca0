"""One's own account over HTTP, for programs."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter

from yuzhang.entrance.identity import account, sessions
from yuzhang.entrance.identity.model import Credential, Session
from yuzhang.entrance.identity.pages.asked import Room
from yuzhang.web.asking import Caller

router = APIRouter(prefix="/api/account", tags=["account"])


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """Who one is. `roles_rest`: the roles are not in force until a second factor is shown."""

    id: str
    kind: str
    name: str
    login: str | None
    email: str
    phone: str
    identifier: str
    unit: str
    post: str
    region: str
    language: str
    roles: tuple[str, ...]
    roles_rest: bool
    factors: int
    acting_for: str
    confirmed_at: datetime | None
    credentials: tuple[Credential, ...]


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session that lasts; `current`: the one that asks."""

    session: Session
    current: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """How many sessions were ended."""

    ended: int


@router.get("")
def own_account(identity: Room, caller: Caller) -> OwnAccount:
    """Who the caller is, their roles, and how they can sign in."""
    found = account.profile(identity, caller)
    who = found.account
    return OwnAccount(
        who.id,
        who.kind,
        who.name,
        who.login,
        who.email,
        who.phone,
        who.identifier,
        who.unit,
        who.post,
        who.region,
        who.language,
        found.roles,
        found.roles_rest,
        caller.factors,
        caller.acting_for,
        who.confirmed_at,
        found.credentials,
    )


@router.get("/sessions")
def own_sessions(identity: Room, caller: Caller) -> tuple[OwnSession, ...]:
    """Where the caller is signed in, the newest first."""
    return tuple(OwnSession(one, one.id == caller.session) for one in sessions.sessions(identity, caller))


@router.delete("/sessions")
def end_others(identity: Room, caller: Caller) -> Ended:
    """End all the caller's sessions but the one that asks."""
    return Ended(sessions.end_others(identity, caller))


@router.delete("/sessions/{session}")
def end_session(identity: Room, caller: Caller, session: str) -> Ended:
    """End one of the caller's sessions."""
    sessions.end(identity, caller, session)
    return Ended(1)
