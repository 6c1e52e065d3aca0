"""The first page: who one is decides which cards come first; what one may is decided by the rooms, card by card."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import State

from yuzhang.core.access import Party
from yuzhang.core.errors import NotAllowed
from yuzhang.entrance.audit.actions import overview
from yuzhang.entrance.audit.room import Auditor
from yuzhang.entrance.policy.actions import policies
from yuzhang.entrance.policy.room import Decider
from yuzhang.entrance.portal import actions
from yuzhang.entrance.portal.asking import Here
from yuzhang.entrance.portal.home.cards import in_plain_words, off_track, waiting
from yuzhang.entrance.portal.home.data import holdings, incoming
from yuzhang.plan.evaluation.titles import STATUS_TITLES
from yuzhang.web.asking import Caller
from yuzhang.web.navigation import opens
from yuzhang.web.reader import reader_of
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
ROLES = {
    "plan-officer": ("targets", "reviews", "incoming"),
    "duty-officer": ("incoming", "targets"),
    "department-officer": ("department", "incoming"),
    "data-officer": ("holdings", "incoming"),
    "domain-engineer": ("holdings", "incoming"),
    "system-administrator": ("parties",),
    "security-administrator": ("policies",),
    "audit-administrator": ("audit", "policies"),
}
EVERYTHING = ("targets", "reviews", "incoming", "holdings", "parties", "policies", "audit")
IN_ELDER_MODE = 2
PARTIES = "entrance.identity.parties.invite"


@dataclass(frozen=True, slots=True)
class Card:
    """A card: its name is that of its template, with what the room answered."""

    name: str
    content: Any


def wanted(caller: Party) -> list[str]:
    """The cards that somebody in these roles needs, in their order.

    >>> wanted(Party("a", frozenset({"plan-officer"}), kind="official"))
    ['targets', 'reviews', 'incoming']
    """
    if caller.kind == "process":
        return list(EVERYTHING)
    named = [card for role, cards in ROLES.items() if role in caller.roles for card in cards]
    return list(dict.fromkeys(named or ["published"]))


def _rooms(request: Request, caller: Party) -> dict[str, Callable[[], Any]]:
    """How each card asks its room."""
    state, reader = request.app.state, reader_of(request)
    found: dict[str, Callable[[], Any]] = {
        "targets": lambda: off_track(caller, state.storage),
        "department": lambda: off_track(caller, state.storage),
        "reviews": lambda: waiting(caller, state.storage),
        "published": lambda: in_plain_words(caller, state.storage),
        "incoming": lambda: incoming(state.history, caller, reader),
        "holdings": lambda: holdings(state.storage, state.history, state.sql, caller),
    }
    return found | _administration(state, caller)


def _administration(state: State, caller: Party) -> dict[str, Callable[[], Any]]:
    """The same for the rooms of the entrance, those that this application has."""
    found: dict[str, Callable[[], Any]] = {}
    if isinstance(auditor := getattr(state, "audit", None), Auditor):
        found["audit"] = lambda: overview(auditor, caller)
    if isinstance(decider := getattr(state, "policies", None), Decider):
        found["policies"] = lambda: policies(decider, caller)
    if opens(caller, PARTIES):  # a list of people is personal: it is read on its own page, for a purpose
        found["parties"] = lambda: None
    return found


@router.get("/", response_class=HTMLResponse)
def home_page(request: Request, portal: Here, caller: Caller) -> HTMLResponse:
    """The caller's first page; a stranger's says what this is and where to sign in, and nothing of the data."""
    if caller.kind == "stranger":
        return page(request, "portal/welcome.html")
    rooms, cards = _rooms(request, caller), []
    for name in wanted(caller):
        if name not in rooms:
            continue
        try:
            cards.append(Card(name, rooms[name]()))
        except NotAllowed:  # whoever lacks the right does not see the card
            continue
    told, _, unread = actions.notifications(portal, caller, unread_only=True, limit=5)
    return page(
        request,
        "portal/home.html",
        cards=cards,
        statuses=STATUS_TITLES,
        favourites=actions.favourites(portal, caller),
        told=told,
        unread=unread,
        few=IN_ELDER_MODE,
    )
