"""What is found by whoever asks: in each scope that the policies let them look into, and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from yuzhang.core.access import POLICIES, Object, Party, action, may
from yuzhang.core.language import Title
from yuzhang.entrance.portal.search.index import Found
from yuzhang.entrance.portal.search.words import Part, parts
from yuzhang.web.searching import Need, Scope

if TYPE_CHECKING:
    from yuzhang.entrance.portal.room import Portal

OF_EACH_KIND = 5
PAGE_LENGTH = 20
MOST_SUGGESTED = 8
LAST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind: how many, and some of them."""

    kind: str
    title: Title
    total: int
    found: list[Found]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found. `asked`: the parts of the question; `complete`: the index has everything already."""

    asked: list[Part]
    groups: list[Group]
    total: int
    complete: bool


def allowed(portal: "Portal", caller: Party) -> list[int]:
    """The numbers of the scopes that the caller may look into."""
    return [number for number, scope in portal.index.scopes() if _may(caller, scope)]


def _may(caller: Party, scope: Scope) -> bool:
    return all(any(_has(caller, one) for one in choice) for choice in scope)


def _has(caller: Party, one: Need) -> bool:
    policy = POLICIES.get(one.action)
    if policy is None:
        return False
    about = Object(policy.room, kind=one.kind, unit=one.unit, region=one.region, level=one.level, personal=one.personal)
    # Both: the action at all, as its room will ask when the thing is opened, and the action on such a thing.
    return may(caller, one.action, policy.about) and (one == Need(one.action) or may(caller, one.action, about))


@action("self", reads=True)
def search(portal: "Portal", caller: Party, /, text: str, *, kind: str = "", page: int = 1) -> Answer:
    """What fits all parts of the text: a few of each kind, or a page of the one kind that is asked for. Raises IndexAway."""
    complete, asked = portal.refreshing.complete(), parts(text)
    if not asked:
        return Answer([], [], 0, complete)
    scopes = allowed(portal, caller)
    counts = portal.index.count(asked, scopes)
    groups = []
    for name, title in kinds(portal):
        total = counts.get(name, 0)
        if total and kind in ("", name):
            start, length = ((page - 1) * PAGE_LENGTH, PAGE_LENGTH) if kind else (0, OF_EACH_KIND)
            groups.append(Group(name, title, total, portal.index.find(asked, scopes, name, start, length)))
    return Answer(asked, groups, sum(counts.values()), complete)


@action("self", reads=True)
def suggest(portal: "Portal", caller: Party, /, text: str) -> Answer:
    """The best of what fits, of all kinds, for whoever is still typing. Raises IndexAway."""
    complete, asked = portal.refreshing.complete(), parts(text)
    if not asked:
        return Answer([], [], 0, complete)
    found = portal.index.find(asked, allowed(portal, caller), "", 0, MOST_SUGGESTED)
    titles = dict(kinds(portal))
    groups = [Group(one.kind, titles.get(one.kind, Title(one.kind, one.kind)), 1, [one]) for one in found]
    return replace(Answer(asked, groups, len(found), complete))


def kinds(portal: "Portal") -> Sequence[tuple[str, Title]]:
    """Every kind of document that the sources have, in their order."""
    found: dict[str, Title] = {}
    for one in portal.sources:
        for name, title in one.kinds:
            found.setdefault(name, title)
    return list(found.items())
