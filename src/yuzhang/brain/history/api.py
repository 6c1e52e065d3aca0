"""History over HTTP: series, points for charts, rows as files, the newest value of everything, snapshots."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from yuzhang.brain.context.model import Entity, Microseconds
from yuzhang.brain.context.moments import EPOCH, stamp
from yuzhang.brain.context.presentation import short
from yuzhang.brain.history import browsing
from yuzhang.brain.history.charting import MAX_WIDTH, NOTHING, Course
from yuzhang.brain.history.downloading import ENDING, MEDIA, Format
from yuzhang.brain.history.listing import written_newest
from yuzhang.brain.history.model import Series, Window
from yuzhang.brain.history.presentation import unit_of
from yuzhang.brain.history.room import History
from yuzhang.web.asking import Caller

router = APIRouter(prefix="/api/history", tags=["history"])
SNAPSHOT_HEADER = "yuzhang-snapshot"
MOST = 1000


def history_of(request: Request) -> History:
    """The application's history."""
    history = request.app.state.history
    assert isinstance(history, History)  # noqa: S101  # app.py puts it there
    return history


Past = Annotated[History, Depends(history_of)]
Tenant = Annotated[str, Query(max_length=256, description="the tenant; the default one if left out")]
Text = Annotated[str, Query(max_length=2000)]
Moment = Annotated[
    str, Query(max_length=40, description="a day or a time, 2026-01-02T03:04:05Z; UTC if it names no zone")
]
Numbers = Annotated[str, Query(max_length=20_000, description="numbers of series, 3,17")]


class NewestFormat(StrEnum):
    """What the newest values may come as."""

    JSON = "json"
    ARROW = "arrow"
    CSV = "csv"


def described(one: Series, entity: Entity | None) -> dict[str, Any]:
    """A series as JSON."""
    return {
        "number": one.number,
        "entity": one.entity,
        "attribute": one.attribute,
        "dataset": one.dataset,
        "unit": unit_of(one, entity),
        "first_time": stamp(one.first_time),
        "last_time": stamp(one.last_time),
        "last_value": one.last_value,
        "last_rest": None if one.last_rest is None else msgspec.json.decode(one.last_rest),
    }


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


@router.get("/series", response_class=Response)
def series(
    history: Past,
    caller: Caller,
    tenant: Tenant = "",
    entity: Text = "",
    attribute: Text = "",
    type_name: Annotated[str, Query(alias="type", max_length=2000)] = "",
    q: Annotated[str, Query(max_length=200, description="a part of an id, an attribute or a name")] = "",
    after: Annotated[int, Query(ge=0, description="series with a higher number; `next` of the part before")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> Response:
    """Series that have a history: an attribute of an entity each, with its newest value; `next` is there if there may be more."""
    found = browsing.search(
        history,
        caller,
        tenant,
        entity=entity,
        attribute=attribute,
        type_name=type_name,
        text=q,
        after=after,
        limit=limit + 1,
    )
    there = browsing.things(history, caller, tenant, found[:limit])
    answer: dict[str, Any] = {"series": [described(one, there.get(one.entity)) for one in found[:limit]]}
    if len(found) > limit:
        answer["next"] = found[limit - 1].number
    return _json(answer)


@router.get("/points", response_class=Response)
def points(
    history: Past,
    caller: Caller,
    numbers: Annotated[str, Query(alias="series", max_length=200, description="up to 8 numbers of series, 3,17")],
    tenant: Tenant = "",
    start: Annotated[Moment, Query(alias="from")] = "",
    end: Annotated[Moment, Query(alias="to")] = "",
    width: Annotated[int, Query(ge=1, le=MAX_WIDTH, description="pixels; up to four points for each")] = 1000,
) -> Response:
    """How series ran in a window, as a chart needs it: of each pixel the first, last, lowest and highest value, so no extreme is lost.

    `points` are pairs of milliseconds since 1970 and the value. `summary_step_s` above 0: older rows are kept as summaries of so long.
    """
    found = browsing.chosen(history, caller, tenant, numbers)
    window = browsing.window_of(start, end)
    drawn = browsing.courses(history, caller, tenant, found, window, width)
    there = browsing.things(history, caller, tenant, found)
    first, last = browsing.bounds(found, window)
    return _json(
        {
            "from": stamp(first),
            "to": stamp(last),
            "series": [_course(one, there.get(one.entity), drawn.get(one.number, NOTHING)) for one in found],
        }
    )


def _course(one: Series, entity: Entity | None, course: Course) -> dict[str, Any]:
    def extreme(moment: Any) -> dict[str, Any] | None:
        return None if moment is None else {"time": stamp(moment.time), "value": moment.value}

    return {
        "number": one.number,
        "entity": one.entity,
        "attribute": one.attribute,
        "dataset": one.dataset,
        "unit": unit_of(one, entity),
        "count": course.count,
        "mean": course.mean,
        "lowest": extreme(course.lowest),
        "highest": extreme(course.highest),
        "summary_step_s": course.step_s,
        "points": [(point.time / 1000, point.value) for point in course.points],
    }


@router.get("/last", response_class=StreamingResponse)
def last(
    history: Past,
    caller: Caller,
    tenant: Tenant = "",
    attribute: Text = "",
    type_name: Annotated[str, Query(alias="type", max_length=2000)] = "",
    form: Annotated[NewestFormat, Query(alias="format")] = NewestFormat.JSON,
) -> StreamingResponse:
    """The newest value of every series: it is kept when a row is filed, and not looked for."""
    parts = browsing.newest(history, caller, tenant, attribute=attribute, type_name=type_name)
    media = "application/json" if form is NewestFormat.JSON else MEDIA[Format(form)]
    headers = {}
    if form is not NewestFormat.JSON:
        headers["content-disposition"] = f'attachment; filename="last-values.{ENDING[Format(form)]}"'
    return StreamingResponse(written_newest(parts, form), media_type=media, headers=headers)


@router.get("/rows", response_class=StreamingResponse)
def rows(
    history: Past,
    caller: Caller,
    tenant: Tenant = "",
    numbers: Annotated[Numbers, Query(alias="series")] = "",
    entity: Text = "",
    attribute: Text = "",
    type_name: Annotated[str, Query(alias="type", max_length=2000)] = "",
    start: Annotated[Moment, Query(alias="from")] = "",
    end: Annotated[Moment, Query(alias="to")] = "",
    snapshot: Annotated[int | None, Query(ge=0, description="as the lake was then")] = None,
    form: Annotated[Format, Query(alias="format")] = Format.CSV,
) -> StreamingResponse:
    """All rows of series in a window, as a file that is written while it is read. The header `yuzhang-snapshot` says of which snapshot."""
    found = browsing.matching(history, caller, tenant, numbers, entity, attribute, type_name)
    window = browsing.window_of(start, end)
    made = browsing.download(history, caller, tenant, found, window, form, snapshot)
    name = _file_name(found, window, made.snapshot, form)
    headers = {SNAPSHOT_HEADER: str(made.snapshot), "content-disposition": _disposition(name)}
    return StreamingResponse(made.content(), media_type=MEDIA[form], headers=headers)


def _file_name(found: list[Series], window: Window, snapshot: int, form: Format) -> str:
    """What a person finds again: what it is of, from when to when, of which snapshot."""
    first, last = browsing.bounds(found, window)
    what = f"{short(found[0].entity.rpartition(':')[2])}-{short(found[0].attribute)}"
    if len(found) > 1:
        attributes = {one.attribute for one in found}
        what = f"{len(found)}-series" + (f"-{short(found[0].attribute)}" if len(attributes) == 1 else "")
    return f"{what}-{_day(first)}-{_day(last - 1)}-snapshot-{snapshot}.{ENDING[form]}"


def _day(at: Microseconds) -> str:
    return (EPOCH + timedelta(microseconds=at)).strftime("%Y%m%d")


def _disposition(name: str) -> str:
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "-_.") else "_" for one in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


@router.get("/snapshots", response_class=Response)
def snapshots(history: Past, caller: Caller, limit: Annotated[int, Query(ge=1, le=10_000)] = 100) -> Response:
    """The states of the lake that can still be read, the newest first."""
    found = browsing.snapshots(history, caller, limit)
    return _json({"snapshots": [{"number": one.number, "time": stamp(one.time)} for one in found]})
