"""The roster of duty on a page: who is on now, who comes, and a form for whoever keeps it."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from yuzhang.core.language import Title
from yuzhang.core.moments import ZONE
from yuzhang.entrance.city.api import Here
from yuzhang.entrance.city.duty import actions
from yuzhang.entrance.city.errors import UnfitTurn
from yuzhang.entrance.city.pages import words
from yuzhang.web.asking import Caller, Number
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=actions.LONGEST_TEXT)]


@router.get("/duty", response_class=HTMLResponse)
def roster(request: Request, city: Here, caller: Caller) -> HTMLResponse:
    """The turns of now and to come."""
    turns = actions.turns(city, caller)
    shown = [
        (one, datetime.fromtimestamp(one.begins / 1e6, ZONE), datetime.fromtimestamp(one.ends / 1e6, ZONE))
        for one in turns
    ]
    return page(request, "city/duty.html", turns=shown, units=city.sources.units(), **words(city))


@router.post("/duty")
def assign(
    city: Here,
    caller: Caller,
    party: Text,
    begins: Annotated[str, Form(max_length=32)],
    ends: Annotated[str, Form(max_length=32)],
    unit: Text = "",
    title: Text = "",
    role: Text = "",
) -> RedirectResponse:
    """Put a party on duty, in the city's civil time. Raises UnfitTurn."""
    actions.assign(city, caller, party, unit, _moment(begins, "/begins"), _moment(ends, "/ends"), title, role)
    return RedirectResponse("/duty", 303)


@router.post("/duty/{number}/end")
def relieve(city: Here, caller: Caller, number: Number) -> RedirectResponse:
    """Take a turn off. Raises NotFound."""
    actions.relieve(city, caller, number)
    return RedirectResponse("/duty", 303)


def _moment(text: str, where: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)
    except ValueError as err:
        raise UnfitTurn(
            Title("时间的写法不对。", "This is no time."),
            where=where,
            fix=Title("例：2026-11-26T08:00。", "For example: 2026-11-26T08:00."),
        ) from err
