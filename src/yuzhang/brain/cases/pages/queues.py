"""The queues: what is to be done by me, by my unit, by my role, and all cases."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from yuzhang.brain.cases import actions, presentation
from yuzhang.brain.cases.model import OUTCOMES, SOURCES, Filter, Page, Sort
from yuzhang.brain.cases.pages.asked import Room, regions, words
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import Party
from yuzhang.core.language import Title
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
Short = Annotated[str, Query(max_length=200)]
ESCALATED = "escalated"
"""The queue of what is late at the units below and was told to the reader's own, which may do it as well."""


class Asked:
    """What a reader asks the page for."""

    def __init__(
        self,
        queue: Short = "",
        status: Short = "open",
        state: Short = "",
        unit: Short = "",
        region: Short = "",
        matter: Short = "",
        severity: Annotated[str, Query(pattern="^[1-4]?$")] = "",
        overdue: bool = False,
        source: Short = "",
        outcome: Short = "",
        simulated: Annotated[str, Query(pattern="^(true|false)?$")] = "",
        words: Annotated[str, Query(alias="q", max_length=200)] = "",
        sort: Annotated[Sort, Query()] = "due",
        after: Annotated[str, Query(max_length=500)] = "",
    ) -> None:
        self.queue, self.status, self.state, self.unit, self.region, self.matter = (
            queue, status if status in ("", *presentation.STATUSES) else "open", state, unit, region, matter,
        )  # fmt: skip
        self.severity, self.overdue, self.sort, self.after = severity, overdue, sort, after
        self.source = source if source in SOURCES else ""
        self.outcome = outcome if outcome in OUTCOMES else ""
        self.simulated, self.words = simulated, words.strip()

    def filter(self, party: str) -> Filter:
        """The same for the room; `party`: whose queue it is, as of a Filter, or `escalated:…` for what was escalated to that unit."""
        kind, _, above = party.partition(":")
        return Filter(
            self.status,
            party if kind != ESCALATED else "",
            self.unit,
            self.region,
            self.matter,
            self.state,
            int(self.severity) if self.severity else None,
            self.overdue,
            self.source,
            self.outcome,
            {"true": True, "false": False}.get(self.simulated),
            self.words,
            escalated=above if kind == ESCALATED else "",
        )


Wanted = Annotated[Asked, Depends()]


def queues_of(cases: Cases, caller: Party) -> dict[str, tuple[str, Title]]:
    """The queues of a party by name: whose tasks they hold, and what they are called."""
    found = {"mine": (f"person:{caller.id}", Title("交给我的", "Given to me"))}
    if caller.unit:
        name = presentation.unit_name(caller.unit, cases.registry)
        found["unit"] = (f"unit:{caller.unit}", Title(f"本单位：{name.zh}", f"My unit: {name.en}"))
        found[ESCALATED] = (f"{ESCALATED}:{caller.unit}", Title("升级到本单位的", "Escalated to my unit"))
    for role, title in presentation.ROLES.items():
        if role in caller.roles:
            found[role] = (f"role:{role}", title)
    found["all"] = ("", Title("全部", "All"))
    return found


def chosen(queues: dict[str, tuple[str, Title]], asked: str) -> str:
    """The queue that was asked for; else that of the duty office, of the unit, or all."""
    return next((one for one in (asked, "duty-officer", "unit", "all") if one in queues), "all")


def listed(cases: Cases, caller: Party, asked: Asked, party: str) -> Page:
    """One page of a queue. Open tasks come in their order; what is looked for by words or is closed, the newest first."""
    which = asked.filter(party)
    if asked.status == "open" and not asked.words and not asked.outcome:
        return actions.queue(cases, caller, which, asked.sort, asked.after)
    return actions.search(cases, caller, which, asked.after)


@router.get("/cases", response_class=HTMLResponse)
def queue_page(request: Request, cases: Room, caller: Caller, asked: Wanted) -> HTMLResponse:
    """A queue with its filters."""
    queues = queues_of(cases, caller)
    name = chosen(queues, asked.queue)
    found = listed(cases, caller, asked, queues[name][0])
    return page(
        request,
        "cases/queue.html",
        queues={key: title for key, (_, title) in queues.items()},
        chosen=name,
        asked=asked,
        found=found,
        states=_states(cases),
        units=sorted(cases.registry.units(), key=lambda one: one.id),
        regions=regions(cases),
        matters=actions.matters(cases, caller),
        **words(request, cases),
    )


def _states(cases: Cases) -> dict[str, Any]:
    """The steps of all processes by name; of several with one name the first."""
    found: dict[str, Any] = {}
    for definition in cases.catalogue.definitions.values():
        for step in definition.steps.values():
            found.setdefault(step.name, step.title)
    return found
