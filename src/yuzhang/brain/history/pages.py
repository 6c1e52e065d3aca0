"""The page "History": series looked for, drawn beside each other, listed and downloaded."""

from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from yuzhang.brain.context import actions as present
from yuzhang.brain.context.moments import stamp
from yuzhang.brain.context.presentation import short
from yuzhang.brain.history import browsing
from yuzhang.brain.history.api import Past
from yuzhang.brain.history.charting import MAX_SERIES, NOTHING
from yuzhang.brain.history.model import Series, Window
from yuzhang.brain.history.presentation import Summary, Titled, Told, clock, summary, titled, told
from yuzhang.brain.history.room import History
from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused
from yuzhang.web.asking import Caller
from yuzhang.web.reader import Reader, reader_of
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
FOUND = 50
PAGE_LENGTH = 50
LAST_PAGE = 200
"""Further back the table does not turn: a narrower window, or the file, is what one wants then."""
SUMMARY_WIDTH = 200
DAY_US = 86_400_000_000
SPANS = {"day": 1, "week": 7, "month": 30, "year": 365, "ten_years": 3653, "all": None}
"""Days. They end at the newest value, which may be long ago."""


class Asked:
    """What a reader asks the page for."""

    def __init__(
        self,
        tenant: Annotated[str, Query(max_length=256)] = "",
        text: Annotated[str, Query(max_length=200)] = "",
        kind: Annotated[str, Query(alias="type", max_length=2000)] = "",
        attribute: Annotated[str, Query(max_length=2000)] = "",
        entity: Annotated[str, Query(max_length=2000)] = "",
        numbers: Annotated[list[str], Query(alias="series")] = [],  # noqa: B006  # FastAPI copies it
        span: Annotated[str, Query(max_length=20)] = "",
        start: Annotated[str, Query(alias="from", max_length=40)] = "",
        end: Annotated[str, Query(alias="to", max_length=40)] = "",
        after: Annotated[int, Query(ge=0)] = 0,
    ) -> None:
        self.tenant, self.text, self.kind, self.attribute, self.entity = tenant, text.strip(), kind, attribute, entity
        self.numbers = ",".join(numbers)
        self.span = span if span in SPANS else ""
        self.start, self.end, self.after = start, end, after

    def address(self, **changed: object) -> str:
        """This page with some of what was asked changed."""
        named = {
            "tenant": self.tenant,
            "text": self.text,
            "type": self.kind,
            "attribute": self.attribute,
            "entity": self.entity,
            "series": self.numbers,
            "span": self.span,
            "from": self.start,
            "to": self.end,
        } | {("from" if name == "start" else "to" if name == "end" else name): one for name, one in changed.items()}
        return "/history?" + urlencode({name: one for name, one in named.items() if one not in ("", None)})


@dataclass(slots=True)
class Shown:
    """What the page shows of the chosen series; nothing of it before some are chosen."""

    titles: list[Titled] = field(default_factory=list)
    summaries: list[Summary] = field(default_factory=list)
    rows: list[Told] = field(default_factory=list)
    total: int = 0
    window: Window = field(default_factory=Window)
    extent: tuple[int, int] = (0, 1)


@router.get("/history", response_class=HTMLResponse, response_model=None)
def history_page(
    request: Request,
    history: Past,
    caller: Caller,
    asked: Annotated[Asked, Depends()],
    number: Annotated[int, Query(alias="page", ge=1, le=LAST_PAGE)] = 1,
) -> HTMLResponse | RedirectResponse:
    """Any attributes over time: a chart, a table and downloads of those chosen, and a search for more."""
    if asked.entity and asked.attribute and not asked.numbers:
        own = browsing.search(
            history, caller, asked.tenant, entity=asked.entity, attribute=asked.attribute, limit=MAX_SERIES
        )
        if own:
            numbers = ",".join(str(one.number) for one in own)
            return RedirectResponse(asked.address(series=numbers, entity=None, attribute=None), status_code=303)
    reader = reader_of(request)
    kinds, attributes = browsing.choices(history, caller, asked.tenant)
    refused, shown = None, Shown()
    try:
        shown = _shown(history, caller, asked, number, reader)
    except InputRefused as error:
        refused = error
    found = browsing.search(
        history,
        caller,
        asked.tenant,
        entity=asked.entity,
        attribute=asked.attribute,
        type_name=asked.kind,
        text=asked.text,
        after=asked.after,
        limit=FOUND + 1,
    )
    return page(
        request,
        "history/history.html",
        status=200 if refused is None else refused.status,
        asked=asked,
        tenants=present.tenants(history.broker, caller),
        types=sorted((short(one), one) for one in kinds),
        attributes=sorted((short(one), one) for one in attributes),
        found=_titled(history, caller, asked.tenant, found[:FOUND], reader),
        next_after=found[FOUND - 1].number if len(found) > FOUND else None,
        refused=refused,
        number=number,
        pages=min(LAST_PAGE, max(1, -(-shown.total // PAGE_LENGTH))),
        last_page=LAST_PAGE,
        spans=list(SPANS),
        most=MAX_SERIES,
        **_window(asked, shown),
    )


def _window(asked: Asked, shown: Shown) -> dict[str, Any]:
    """What the template needs of the window."""
    start, end = shown.window.start or 0, shown.window.end or 1
    chosen = [one.series.number for one in shown.titles]
    query = {"tenant": asked.tenant, "series": ",".join(map(str, chosen)), "from": stamp(start), "to": stamp(end)}
    return {
        "shown": shown,
        "chosen": chosen,
        "begins": clock(start),
        "ends": clock(end),
        "start": stamp(start).replace(".000Z", "Z"),
        "end": stamp(end).replace(".000Z", "Z"),
        "extent": [stamp(one) for one in shown.extent],
        "file_query": urlencode({name: one for name, one in query.items() if one}),
    }


def _shown(history: History, caller: Party, asked: Asked, number: int, reader: Reader) -> Shown:
    """Raises UnfitWindow, UnfitSeries, NoSuchSeries."""
    series = browsing.chosen(history, caller, asked.tenant, asked.numbers)
    if not series:
        return Shown()
    extent = browsing.bounds(series)
    window = _asked_window(asked, extent)
    titles = _titled(history, caller, asked.tenant, series, reader)
    drawn = browsing.courses(history, caller, asked.tenant, series, window, SUMMARY_WIDTH)
    listed = browsing.rows(history, caller, asked.tenant, series, window, (number - 1) * PAGE_LENGTH, PAGE_LENGTH)
    by_number = {one.series.number: one for one in titles}
    return Shown(
        titles,
        [summary(one, drawn.get(one.series.number, NOTHING), reader) for one in titles],
        told(listed.rows, by_number, reader),
        listed.total,
        window,
        extent,
    )


def _asked_window(asked: Asked, extent: tuple[int, int]) -> Window:
    found = browsing.window_of(asked.start, asked.end)
    if found.start is None and found.end is None:
        days = SPANS[asked.span or "all"]
        return Window(extent[0] if days is None else extent[1] - days * DAY_US, extent[1])
    start = extent[0] if found.start is None else found.start
    end = extent[1] if found.end is None else found.end
    return Window(start, max(end, start + 1))


def _titled(history: History, caller: Party, tenant: str, series: list[Series], reader: Reader) -> list[Titled]:
    """The series with their entities' names in the reader's language."""
    there = browsing.things(history, caller, tenant, series)
    return [titled(one, there.get(one.entity), reader) for one in series]
