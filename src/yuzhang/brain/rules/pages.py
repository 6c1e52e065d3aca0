"""The pages of rules and events."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from yuzhang.brain.context.threads import in_thread
from yuzhang.brain.history.browsing import moment_of
from yuzhang.brain.history.model import Window
from yuzhang.brain.history.seeing import limit_of, note_series
from yuzhang.brain.rules import actions, silence, words
from yuzhang.brain.rules.api import Room, asked, weekly_of
from yuzhang.brain.rules.durations import written
from yuzhang.brain.rules.forms import FIELDS, KINDS, given_of, told
from yuzhang.brain.rules.model import Event, Maintenance, Rule, Weekly
from yuzhang.brain.rules.room import Rules
from yuzhang.brain.rules.store import Sought
from yuzhang.brain.rules.trying import Tried
from yuzhang.brain.rules.writing.conditions import COMPARES
from yuzhang.brain.rules.writing.maintenance import DAYS as DAYS_OF_WEEK
from yuzhang.brain.rules.writing.maintenance import clock
from yuzhang.brain.rules.writing.plainly import plain
from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.moments import microseconds, moment
from yuzhang.web.asking import Caller
from yuzhang.web.names import Called
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
DAYS = 30
AROUND_US = 3_600_000_000
Text = Annotated[str, Form(max_length=300)]


@router.get("/rules", response_class=HTMLResponse)
def rules_page(request: Request, room: Room, caller: Caller) -> HTMLResponse:
    """All rules, by pack."""
    return _list(request, room, caller)


def _list(request: Request, room: Rules, caller: Party, refused: InputRefused | None = None) -> HTMLResponse:
    return page(
        request,
        "rules/rules.html",
        status=200 if refused is None else refused.status,
        rules=actions.rules(room, caller),
        said_of=words.sentence,
        severities=words.SEVERITIES,
        faults=room.faults,
        windows=[_window(name, one) for name, one in actions.windows(room, caller)],
        weekdays=DAYS_OF_WEEK,
        refused=refused,
    )


@router.post("/rules/windows", response_class=HTMLResponse, response_model=None)
def window_form(
    request: Request,
    room: Room,
    caller: Caller,
    do: Text,
    name: Text = "",
    entity: Annotated[str, Form(max_length=2000)] = "",
    start: Text = "",
    end: Text = "",
    why: Text = "",
    number: Annotated[int, Form()] = 0,
    days: Annotated[list[str], Form(max_length=7)] = [],  # noqa: B006  # FastAPI reads it, nobody changes it
    begins: Text = "",
    ends: Text = "",
) -> HTMLResponse | RedirectResponse:
    """Enter a maintenance window, or take one away."""
    try:
        if do == "remove":
            actions.remove_window(room, caller, number)
        elif do == "add-weekly":
            chosen, first, last = weekly_of(days, begins, ends)
            actions.add_window(room, caller, name, first, last, entity.strip(), why, chosen)
        else:
            actions.add_window(room, caller, name, asked(start, "/start"), asked(end, "/end"), entity.strip(), why)
    except InputRefused as refused:
        return _list(request, room, caller, refused)
    return RedirectResponse("/rules#windows", 303)


@router.get("/rules/one", response_class=HTMLResponse)
def rule_page(
    request: Request,
    room: Room,
    caller: Caller,
    id: str,  # its name in the address
    start: Annotated[str, Query(alias="from", max_length=40)] = "",
    end: Annotated[str, Query(alias="to", max_length=40)] = "",
) -> HTMLResponse:
    """One rule: what it says, its versions, a form to change it, and a dry run if one is asked for."""
    rule = actions.rule(room, caller, id)
    tried, refused = None, None
    if start or end:
        try:
            tried = actions.dry_run(room, caller, id, asked(start, "/from"), asked(end, "/to"))
        except InputRefused as error:
            refused = error
    return _one(request, room, caller, rule, tried=tried, refused=refused, asked_=(start, end))


def _one(
    request: Request,
    room: Rules,
    caller: Party,
    rule: Rule,
    *,
    given: Mapping[str, Any] | None = None,
    tried: Tried | None = None,
    refused: InputRefused | None = None,
    asked_: tuple[str, str] = ("", ""),
) -> HTMLResponse:
    today = datetime.now(UTC).date()
    given = plain(dict(rule.given)) if given is None else given
    return page(
        request,
        "rules/rule.html",
        status=200 if refused is None else refused.status,
        rule=rule,
        said_of=words.sentence(rule),
        severities=words.SEVERITIES,
        versions=[(one, moment(one.changed_at)) for one in actions.versions(room, caller, rule.id)],
        given=given,
        shown=FIELDS.shown(given),
        compares=COMPARES,
        kinds=KINDS,
        kind_names=words.KINDS,
        faults=told(getattr(refused, "faults", ())),
        attributes=sorted({name for one in rule.types for name in room.known.attributes(one)}),
        regions=[(one.id, one.name) for one in getattr(room.registry, "regions", tuple)()],
        source=json.dumps(plain(dict(rule.given)), ensure_ascii=False, indent=1),
        cooldown=written(rule.cooldown_us),
        tried=tried,
        rows=[_row(one) for one in tried.events[:200]] if tried else [],
        chart={"days": [[day // 1000, number] for day, number in tried.days]} if tried else None,
        start=asked_[0] or str(today - timedelta(days=DAYS)),
        end=asked_[1] or str(today + timedelta(days=1)),
        refused=refused,
    )


@router.post("/rules/one", response_class=HTMLResponse, response_model=None)
async def rule_form(
    request: Request,
    room: Room,
    caller: Caller,
    id: str,
) -> HTMLResponse | RedirectResponse:
    """Change a rule, take the change back, switch it on or off."""
    async with request.form(max_fields=60) as form:
        sent = {name: str(value) for name, value in form.items() if isinstance(value, str)}
    return await in_thread(_changed, request, room, caller, id, sent)


def _changed(
    request: Request, room: Rules, caller: Party, id_: str, sent: Mapping[str, str]
) -> HTMLResponse | RedirectResponse:
    rule = actions.rule(room, caller, id_)
    given = plain(dict(rule.given))
    try:
        match sent.get("do", "edit"):
            case "undo":
                actions.undo(room, caller, id_)
            case "on" | "off":
                actions.enable(room, caller, id_, sent["do"] == "on")
            case _:
                given = given_of(given, sent)
                actions.edit(room, caller, id_, given)
    except InputRefused as refused:
        return _one(request, room, caller, rule, given=given, refused=refused)
    return RedirectResponse("/rules/one?" + urlencode({"id": id_}), 303)


@router.get("/events", response_class=HTMLResponse)
def events_page(
    request: Request,
    room: Room,
    caller: Caller,
    status: Annotated[str, Query(pattern="^(open|cleared|all)?$")] = "open",
    severity: Annotated[str, Query(pattern="^[1-4]?$")] = "",
    text: Annotated[str, Query(max_length=200)] = "",
    rule: Annotated[str, Query(max_length=200)] = "",
    entity: Annotated[str, Query(max_length=2000)] = "",
    start: Annotated[str, Query(alias="from", max_length=40)] = "",
    after: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """Events, the newest first."""
    refused, found = None, actions.Page([], "", 0)
    try:
        sought = Sought(
            "" if status == "all" else status,
            rule,
            entity=entity,
            severity=int(severity) if severity else None,
            text=text.strip(),
            start=moment_of(start, "/from"),
        )
        found = actions.events(room, caller, sought, after)
    except InputRefused as error:
        refused = error
    query = {"status": status, "severity": severity, "text": text, "rule": rule, "entity": entity, "from": start}
    return page(
        request,
        "rules/events.html",
        status=200 if refused is None else refused.status,
        rows=[_row(one) for one in found.events],
        total=found.total,
        older=urlencode({name: one for name, one in {**query, "after": found.after}.items() if one})
        if found.after
        else "",
        asked=query,
        severities=words.SEVERITIES,
        refused=refused,
        watches=silence.WATCHES,
        **_names(room),
    )


@router.get("/events/{identifier}", response_class=HTMLResponse)
def event_page(request: Request, room: Room, caller: Caller, identifier: str) -> HTMLResponse:
    """One event, with the values around it."""
    event = actions.event(room, caller, identifier)
    try:
        rule: Rule | None = actions.rule(room, caller, event.rule)
    except InputRefused:
        rule = None
    return page(
        request,
        "rules/event.html",
        row=_row(event),
        event=event,
        rule=rule,
        said_of=words.sentence(rule) if rule else Title("", ""),
        watch=silence.WATCHES.get(event.rule),
        called=Called(request).of,
        **_names(room),
        severities=words.SEVERITIES,
        acknowledged=moment(event.acknowledged_at) if event.acknowledged_at else None,
        chart=_chart(room, caller, event, rule),
    )


@router.post("/events/{identifier}", response_model=None)
def event_form(room: Room, caller: Caller, identifier: str) -> RedirectResponse:
    """Say that somebody looks after it."""
    actions.acknowledge(room, caller, identifier)
    return RedirectResponse(f"/events/{identifier}", 303)


def _window(name: str, one: Maintenance) -> tuple[str, Maintenance, object, object, list[str]]:
    """A maintenance window with its ends as they are shown, and on which days of the week; none if it is a single one."""
    if isinstance(one, Weekly):
        return name, one, clock(one.start), clock(one.end), [DAYS_OF_WEEK[day] for day in one.days]
    return name, one, moment(one.start), moment(one.end), []


def _names(room: Rules) -> dict[str, Any]:
    """What units and regions are called; by their ids where the registry does not know them."""

    def named(find: Callable[[str], object] | None, id_: str) -> Title:
        name = getattr(find(id_) if find is not None else None, "name", None)
        return name if isinstance(name, Title) else Title(id_, id_)

    return {
        "unit_name": lambda id_: named(getattr(room.registry, "unit", None), id_),
        "region_name": lambda id_: named(getattr(room.registry, "region", None), id_),
    }


def _row(one: Event) -> dict[str, Any]:
    return {
        "event": one,
        "opened": moment(one.opened_at),
        "cleared": None if one.cleared_at is None else moment(one.cleared_at),
        "seen": moment(one.seen_at),
    }


def _chart(room: Rules, caller: Party, event: Event, rule: Rule | None) -> dict[str, Any] | None:
    """The values of the event's series around it, in the rule's unit; None where there are none that the caller may see."""
    if room.history is None:
        return None
    within = limit_of(room.history, caller, room.tenant)
    series = room.history.series_of(room.tenant, entities=[event.entity], attributes=[event.attribute], within=within)
    note_series(room.history, caller, room.tenant, series)
    end = (event.cleared_at or microseconds(datetime.now(UTC))) + AROUND_US
    window = Window(event.opened_at - 3 * AROUND_US, end)
    found = room.history.rows([one.number for one in series], window, last_n=2_000) if series else None
    if found is None or not found.num_rows:
        return None
    factor = rule.factor if rule is not None else 1.0
    times = [round(one.timestamp() * 1000) for one in (at.replace(tzinfo=UTC) for at in found["time"].to_pylist())]
    points = [
        [at, value * factor] for at, value in zip(times, found["value"].to_pylist(), strict=True) if value is not None
    ]
    return {
        "points": points,
        "threshold": event.threshold if rule is not None and rule.condition.measure.value == "value" else None,
        "opened": event.opened_at // 1000,
        "cleared": None if event.cleared_at is None else event.cleared_at // 1000,
        "unit": event.measured,
    }
