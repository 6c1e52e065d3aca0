"""How units do: on time, returned, reopened, closed but not fixed; as a table, a chart and a file."""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from yuzhang.brain.cases import actions, presentation
from yuzhang.brain.cases.model import Performance
from yuzhang.brain.cases.pages.asked import Room, regions, words
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.moments import ZONE
from yuzhang.web.asking import Caller
from yuzhang.web.reader import Reader, reader_of
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
PERIOD = timedelta(days=30)
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class Period:
    """What the page is asked for: days of the city, both included."""

    def __init__(
        self,
        since: date | None = None,
        until: date | None = None,
        region: Annotated[str, Query(max_length=200)] = "",
        matter: Annotated[str, Query(max_length=200)] = "",
        simulated: bool = False,
    ) -> None:
        self.since, self.until, self.region, self.matter, self.simulated = since, until, region, matter, simulated

    def days(self, now: datetime) -> tuple[date, date]:
        """The first and last day. Raises InputRefused if they are the wrong way round."""
        last = self.until or now.astimezone(ZONE).date()
        try:
            first = self.since or last - PERIOD
        except OverflowError:
            first = date.min
        if first > last:
            raise InputRefused(
                Title("开始日期在结束日期之后。", "The first day is after the last."),
                where="/since",
                fix=Title("请交换两个日期。", "Swap the two days."),
            )
        return first, last


Asked = Annotated[Period, Depends()]


def figures(cases: Cases, caller: Party, asked: Period) -> list[Performance]:
    """What the period's figures are. Raises InputRefused."""
    first, last = asked.days(cases.now())
    try:
        since = datetime.combine(first, time(), ZONE).astimezone(UTC)
        until = (datetime.combine(last, time(), ZONE) + timedelta(days=1)).astimezone(UTC)
    except OverflowError as err:
        raise InputRefused(Title("日期超出范围。", "A day is out of range."), where="/since") from err
    return actions.statistics(cases, caller, since, until, asked.region, asked.matter, asked.simulated)


def shares(one: Performance) -> dict[str, float | None]:
    """A unit's rates: parts of the cases that were closed."""
    return {
        "on_time": one.share(one.on_time, one.closed),
        "returned": one.share(one.returned, one.closed),
        "reopened": one.share(one.reopened, one.closed),
        "not_fixed": one.share(one.not_fixed, one.closed),
    }


@router.get("/cases/statistics", response_class=HTMLResponse)
def statistics_page(request: Request, cases: Room, caller: Caller, asked: Asked) -> HTMLResponse:
    """The table and the chart."""
    reader, found = reader_of(request), figures(cases, caller, asked)
    first, last = asked.days(cases.now())
    return page(
        request,
        "cases/statistics.html",
        asked=asked,
        first=first,
        last=last,
        rows=[(one, shares(one)) for one in found],
        chart=_chart(reader, cases, found),
        regions=regions(cases),
        matters=actions.matters(cases, caller),
        csv=request.url.query,
        **words(request, cases),
    )


def _chart(reader: Reader, cases: Cases, found: list[Performance]) -> dict[str, Any]:
    some = [one for one in sorted(found, key=lambda one: -one.closed) if one.closed][:20]
    return {
        "units": [reader.title(presentation.unit_name(one.unit, cases.registry)) for one in some],
        "series": [
            [reader.translate(name), [round(100 * (shares(one)[key] or 0), 1) for one in some]]
            for key, name in (
                ("on_time", "On time"),
                ("returned", "Returned"),
                ("reopened", "Reopened"),
                ("not_fixed", "Closed, not fixed"),
            )
        ],
    }


@router.get("/cases/statistics.csv")
def statistics_csv(request: Request, cases: Room, caller: Caller, asked: Asked) -> Response:
    """The same as a file; rates are parts of 1."""
    reader, found = reader_of(request), figures(cases, caller, asked)
    first, last = asked.days(cases.now())
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(
        ["unit", "name", "since", "until", "simulated", "opened", "closed", "on_time", "returned", "reopened", "not_fixed",
         "open", "overdue", "on_time_rate", "return_rate", "reopen_rate", "not_fixed_rate"]
    )  # fmt: skip
    for one in found:
        name = reader.title(presentation.unit_name(one.unit, cases.registry))
        rates = ["" if share is None else f"{share:.4f}" for share in shares(one).values()]
        rows.writerow(
            [_plain(one.unit), _plain(name), first, last, asked.simulated, one.opened, one.closed, one.on_time, one.returned,
             one.reopened, one.not_fixed, one.open, one.overdue, *rates]
        )  # fmt: skip
    name = f"cases-{first}-{last}{'-simulated' if asked.simulated else ''}.csv"
    return Response(
        "\ufeff" + out.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULAS) else text
