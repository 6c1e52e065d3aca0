"""The duty officer's pages: the screen with its map and queues, the wall, the same things as lists, and one thing with its course."""

from collections.abc import Callable, Mapping
from datetime import datetime
from time import time_ns
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from yuzhang.brain.cases.presentation import MARKS, REPORTER, ROLES, SEVERITIES
from yuzhang.brain.history import browsing
from yuzhang.brain.history.model import Window
from yuzhang.core.access import Party
from yuzhang.core.language import Title
from yuzhang.core.moments import ZONE
from yuzhang.entrance.city import actions
from yuzhang.entrance.city.api import Here
from yuzhang.entrance.city.duty import actions as duty
from yuzhang.entrance.city.looking import HOUR_US, Line
from yuzhang.entrance.city.model import AGES, LAYERS, Layer
from yuzhang.entrance.city.room import City
from yuzhang.entrance.city.settings import POLICY
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
LAST_PAGE = 5_000
CHART_HOURS = 24
CHART_WIDTH, CHART_HEIGHT = 320, 90
AGE_TITLES = {
    "unknown": Title("无数据", "no value"),
    "fresh": Title("及时", "fresh"),
    "late": Title("迟到", "late"),
    "silent": Title("失联", "silent"),
}
AGE_MARKS = {"unknown": "○", "fresh": "●", "late": "◐", "silent": "✕"}
LAYER_TITLES = {
    "devices": Title("设备", "Devices"),
    "events": Title("事件", "Events"),
    "cases": Title("办件", "Cases"),
    "regions": Title("区域", "Regions"),
}


def address_of(layer: Layer, line: Line) -> str:
    """The page of a thing itself."""
    if layer == "cases":
        return f"/cases/{line.id}"
    return f"/events/{line.id}" if layer == "events" else f"/city/things/{layer}/{line.number}"


def at(moment: int) -> datetime | None:
    """A time of the room as a moment by the city's clock; None for none.

    >>> str(at(1_000_000))
    '1970-01-01 08:00:01+08:00'
    """
    return datetime.fromtimestamp(moment / 1_000_000, ZONE) if moment else None


def ago(moment: int, now: int) -> Title:
    """How long ago, or in how long.

    >>> ago(0, 125_000_000).en, ago(7_200_000_000, 0).en
    ('2 min ago', 'in 2 h')
    """
    minutes = abs(now - moment) // 60_000_000
    amount, zh, en = (minutes, "分钟", "min") if minutes < 90 else (minutes // 60, "小时", "h")
    if amount >= 48 and en == "h":
        amount, zh, en = amount // 24, "天", "days"
    if amount == 0:
        return Title("刚刚", "just now")
    return (
        Title(f"{amount} {zh}前", f"{amount} {en} ago")
        if moment <= now
        else Title(f"{amount} {zh}后", f"in {amount} {en}")
    )


def party_name(party: str, named: Mapping[str, Title], called: Callable[[str], str] = str) -> Title:
    """Who must act: a unit, a role or a person by their name.

    >>> party_name("unit:water", {"water": Title("水务局", "Water bureau")}).en, party_name("role:duty-officer", {}).zh
    ('Water bureau', '值班席')
    """
    kind, _, name = party.partition(":")
    if kind == "person":
        return Title(called(name), called(name))
    found = {"unit": named, "role": ROLES}.get(kind, {}).get(name)
    return REPORTER if kind == "reporter" else found or Title(name or party, name or party)


def words(city: City) -> dict[str, Any]:
    """What every template of the room speaks of."""
    named = {one.id: one.name for one in city.sources.named()}
    return {
        "severities": SEVERITIES,
        "severity_marks": MARKS,
        "age_titles": AGE_TITLES,
        "age_marks": AGE_MARKS,
        "layer_titles": LAYER_TITLES,
        "address_of": address_of,
        "at": at,
        "ago": ago,
        "named": lambda id_: named.get(id_, Title(id_, id_)),
        "party": lambda one: party_name(one, named, city.called),
        "now": time_ns() // 1000,
    }


@router.get("/city", response_class=HTMLResponse)
def city_page(request: Request, city: Here, caller: Caller) -> HTMLResponse:
    """The map and all queues."""
    answer = page(request, "city/city.html", seen=actions.look(city, caller), base=city.base, **words(city))
    answer.headers[POLICY] = city.base.policy()
    return answer


@router.get("/city/queues", response_class=HTMLResponse)
def queues(request: Request, city: Here, caller: Caller) -> HTMLResponse:
    """The queues alone, for a page that is open to renew them."""
    return page(request, "city/queues.html", seen=actions.look(city, caller), **words(city))


@router.get("/city/wall", response_class=HTMLResponse)
def wall(request: Request, city: Here, caller: Caller) -> HTMLResponse:
    """The screen on a wall: large, nothing to scroll, one queue after the other."""
    on_duty = [one for one in duty.turns(city, caller) if one.begins <= time_ns() // 1000]
    answer = page(
        request,
        "city/wall.html",
        seen=actions.look(city, caller),
        base=city.base,
        on_duty=on_duty,
        zone=ZONE.key,
        **words(city),
    )
    answer.headers[POLICY] = city.base.policy()
    return answer


@router.get("/city/list", response_class=HTMLResponse)
def listed(
    request: Request,
    city: Here,
    caller: Caller,
    layer: Layer = "devices",
    age: Literal["", "unknown", "fresh", "late", "silent"] = "",
    text: Annotated[str, Query(max_length=200)] = "",
    number: Annotated[int, Query(alias="page", ge=1, le=LAST_PAGE)] = 1,
) -> HTMLResponse:
    """What the map shows as a table, the worst first."""
    lines, total = actions.listed(city, caller, layer, age, text.strip(), number)
    return page(
        request,
        "city/list.html",
        layer=layer,
        layers=LAYERS,
        ages=AGES,
        age=age,
        text=text,
        lines=lines,
        total=total,
        number=number,
        pages=max(1, -(-total // actions.PAGE)),
        **words(city),
    )


@router.get("/city/things/{layer}/{number}", response_class=HTMLResponse)
def thing(
    request: Request,
    city: Here,
    caller: Caller,
    layer: Layer,
    number: Annotated[int, Path(ge=0)],
    part: bool = False,
) -> HTMLResponse:
    """One thing: its value and how old it is, its course, its events. `part`: for the panel beside the map. Raises NoSuchThing."""
    seen = actions.thing(city, caller, layer, number)
    return page(
        request,
        "city/panel.html" if part else "city/thing.html",
        seen=seen,
        course=_course(request, caller, seen),
        chart_hours=CHART_HOURS,
        **words(city),
    )


def _course(request: Request, caller: Party, seen: actions.Seen) -> dict[str, Any] | None:
    """The last day of the value that is shown, as the points of a line; None if there is no history of it."""
    history = getattr(request.app.state, "history", None)
    if history is None or not seen.attribute or not seen.entity:
        return None
    found = browsing.search(history, caller, "", entity=seen.entity, attribute=seen.attribute, limit=1)
    if not found:
        return None
    now = time_ns() // 1000
    first = now - CHART_HOURS * HOUR_US
    drawn = browsing.courses(history, caller, "", found, Window(first, now), CHART_WIDTH).get(found[0].number)
    if drawn is None or not drawn.points:
        return None
    values = [one.value for one in drawn.points]
    low, high = min(values), max(values)
    wide = CHART_WIDTH / (CHART_HOURS * HOUR_US)
    tall = (CHART_HEIGHT - 8) / max(high - low, 1e-9)
    points = " ".join(
        f"{(one.time - first) * wide:.1f},{CHART_HEIGHT - 4 - (one.value - low) * tall:.1f}" for one in drawn.points
    )
    return {
        "points": points,
        "low": low,
        "high": high,
        "width": CHART_WIDTH,
        "height": CHART_HEIGHT,
        "count": drawn.count,
    }
