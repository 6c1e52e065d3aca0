"""The page "Air quality": how the air is now, how it ran, and whether a warning is called for."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from yuzhang.brain.history.api import Past
from yuzhang.core.moments import microseconds
from yuzhang.domains.governance.air import actions
from yuzhang.domains.governance.air.air import CLASSES, NAMES, POLLUTANTS
from yuzhang.domains.governance.air.hours import day_of, hour_of, now_us
from yuzhang.domains.governance.air.presentation import DIGITS, SYMBOL, age, drawn
from yuzhang.web.asking import Caller
from yuzhang.web.reader import reader_of
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/air", response_class=HTMLResponse)
def air_page(request: Request, history: Past, caller: Caller) -> HTMLResponse:
    """The city's index and its stations', with what it stands on."""
    found = actions.air(history, caller, request.app.state.registry, now_us(), reader_of(request).language)
    return page(
        request,
        "air/air.html",
        found=found,
        charts=[drawn(one) for one in found.groups],
        pollutants=POLLUTANTS,
        names=NAMES,
        symbols=SYMBOL,
        digits=DIGITS,
        classes=[(rank, title) for rank, (_, title) in enumerate(CLASSES, 1)],
        age=lambda then: age(found.at - then),
        today=day_of(hour_of(microseconds(found.at))),
        date_of=lambda then: day_of(hour_of(microseconds(then))),
    )
