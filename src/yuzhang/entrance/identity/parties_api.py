"""Parties over HTTP, for administrators in person: policies refuse tokens and keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from yuzhang.entrance.identity import parties
from yuzhang.entrance.identity.model import Account
from yuzhang.entrance.identity.pages.asked import Room
from yuzhang.entrance.identity.parties import PAGE, Listed
from yuzhang.entrance.identity.store.parties import Wanted
from yuzhang.web.asking import Caller

router = APIRouter(prefix="/api/parties", tags=["parties"])
MOST_START = 10_000_000
Text = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class GivenRole:
    """A role of a party. `until`: None until it is taken back."""

    role: str
    at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class PartyShown:
    """What an administrator sees of a party; its addresses are its own."""

    id: str
    kind: str
    name: str
    login: str | None
    identifier: str
    unit: str
    post: str
    region: str
    status: str
    created_at: datetime
    confirmed_at: datetime | None
    roles: tuple[GivenRole, ...]


@dataclass(frozen=True, slots=True)
class PartyList:
    """Some parties by name, and how many there are in all."""

    total: int
    parties: tuple[PartyShown, ...]


@router.get("")
def list_parties(
    identity: Room,
    caller: Caller,
    text: Text = "",
    kind: Text = "",
    role: Text = "",
    status: Text = "",
    start: Annotated[int, Query(ge=0, le=MOST_START)] = 0,
    limit: Annotated[int, Query(ge=1, le=10 * PAGE)] = PAGE,
) -> PartyList:
    """Parties by name. It is personal data: send the header Yuzhang-Purpose."""
    found = parties.parties(identity, caller, Wanted(text, kind, role, status), start, limit)
    return PartyList(found.total, tuple(_shown(found, one) for one in found.accounts))


@router.get("/{party}")
def one_party(identity: Room, caller: Caller, party: str) -> PartyShown:
    """A party by its id or sign-in name. It is personal data: send the header Yuzhang-Purpose."""
    found = parties.one(identity, caller, party)
    return _shown(found, found.accounts[0])


def _shown(listed: Listed, one: Account) -> PartyShown:
    return PartyShown(
        one.id,
        one.kind,
        one.name,
        one.login,
        one.identifier,
        one.unit,
        one.post,
        one.region,
        one.status,
        one.created_at,
        one.confirmed_at,
        tuple(GivenRole(given.role, given.at, given.until) for given in listed.roles(one.id)),
    )
