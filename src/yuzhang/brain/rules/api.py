"""Rules and events over HTTP."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request

from yuzhang.brain.history.browsing import moment_of
from yuzhang.brain.rules import actions
from yuzhang.brain.rules.errors import UnfitRule
from yuzhang.brain.rules.model import Event, Maintenance, Rule, Weekly
from yuzhang.brain.rules.room import Rules
from yuzhang.brain.rules.store import Sought
from yuzhang.brain.rules.writing.maintenance import DAYS, clock, days_of, minute_of
from yuzhang.brain.rules.writing.plainly import plain
from yuzhang.core.language import Title
from yuzhang.core.moments import microseconds, moment
from yuzhang.web.asking import Caller, Number

router = APIRouter(prefix="/api", tags=["rules"])
Given = Annotated[dict[str, Any], Body(description="the keys of a [[rule]], as in rules.toml")]


def rules_of(request: Request) -> Rules:
    """The application's rules."""
    found = request.app.state.rules
    assert isinstance(found, Rules)  # noqa: S101  # app.py puts it there
    return found


Room = Annotated[Rules, Depends(rules_of)]


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule. `given`: as it is written; `version` 0 is the pack's; `open`: how many of its events are open, None where nobody counted."""

    id: str
    pack: str
    title: dict[str, str]
    type: list[str]
    attribute: str
    measure: str
    unit: str
    severity: int
    kind: str
    matter: str
    to: str
    enabled: bool
    version: int
    given: dict[str, Any]
    open: int | None = None


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """An event. `measured`: the unit of `value` and `threshold`, UCUM."""

    id: str
    rule: str
    pack: str
    kind: str
    entity: str
    attribute: str
    severity: int
    status: str
    title: dict[str, str]
    opened_at: datetime
    cleared_at: datetime | None
    seen_at: datetime
    value: float | None
    threshold: float | None
    measured: str
    lon: float | None
    lat: float | None
    region: str
    unit: str
    matter: str
    simulated: bool
    acknowledged_by: str
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShownEvents:
    """Some events; `after` continues, "" at the end; `total` is the number of all that fit."""

    events: list[ShownEvent]
    after: str
    total: int


@dataclass(frozen=True, slots=True)
class ShownTry:
    """What a rule would have raised; `days`: how many events each day."""

    events: list[ShownEvent]
    days: list[tuple[datetime, int]]
    series: int
    rows: int
    cut: bool


@dataclass(frozen=True, slots=True)
class ShownWindow:
    """A maintenance window that an officer entered: once, from `start` to `end`, or on `days` of each week, from `begins` to `ends` by the
    city's clock."""

    number: int
    rule: str
    entity: str
    start: datetime | None
    end: datetime | None
    why: str
    days: list[str]
    begins: str
    ends: str


@dataclass(frozen=True, slots=True)
class NewWindow:
    """A maintenance window: `start` and `end`, or for each week `days` (mon … sun), `begins` and `ends` (02:00, by the city's clock);
    `rule` and `entity` "" for all."""

    start: datetime | None = None
    end: datetime | None = None
    rule: str = ""
    entity: str = ""
    why: str = ""
    days: list[str] = field(default_factory=list)
    begins: str = ""
    ends: str = ""


@router.get("/rules")
def list_rules(room: Room, caller: Caller) -> list[ShownRule]:
    """All rules, with how many of their events are open."""
    return [_rule(one.rule, one.open) for one in actions.rules(room, caller)]


@router.get("/rules/windows")
def list_maintenance_windows(room: Room, caller: Caller) -> list[ShownWindow]:
    """The maintenance windows that officers entered."""
    return [_window(name, one) for name, one in actions.windows(room, caller)]


@router.post("/rules/windows", status_code=204)
def add_maintenance_window(room: Room, caller: Caller, window: NewWindow) -> None:
    """Open no events for a time."""
    days: tuple[int, ...] = ()
    if window.days:
        days, start, end = weekly_of(window.days, window.begins, window.ends)
    elif window.start is None or window.end is None:
        raise UnfitRule(Title("需要开始和结束，或星期几。", "It needs a start and an end, or days."), where="/start")
    else:
        start, end = number_of(window.start), number_of(window.end)
    actions.add_window(room, caller, window.rule, start, end, window.entity, window.why, days)


@router.delete("/rules/windows/{number}", status_code=204)
def remove_maintenance_window(room: Room, caller: Caller, number: Number) -> None:
    """Take a maintenance window away."""
    actions.remove_window(room, caller, number)


@router.get("/rules/one")
def show_rule(room: Room, caller: Caller, id: str) -> ShownRule:  # its name in the address
    """One rule."""
    return _rule(actions.rule(room, caller, id))


@router.put("/rules/one")
def edit_rule(room: Room, caller: Caller, id: str, given: Given) -> ShownRule:
    """Have a version of one's own count in place of the pack's."""
    return _rule(actions.edit(room, caller, id, given))


@router.post("/rules/undo")
def undo_rule(room: Room, caller: Caller, id: str) -> ShownRule:
    """Have the version before count again."""
    return _rule(actions.undo(room, caller, id))


@router.post("/rules/enable")
def enable_rule(room: Room, caller: Caller, id: str, on: bool) -> ShownRule:
    """Switch a rule on or off."""
    return _rule(actions.enable(room, caller, id, on))


@router.post("/rules/dry-run")
def dry_run_rule(
    room: Room,
    caller: Caller,
    id: str,
    start: Annotated[str, Query(alias="from", max_length=40, description="a day or a time")],
    end: Annotated[str, Query(alias="to", max_length=40, description="a day or a time")],
    given: Annotated[dict[str, Any] | None, Body(description="the rule as it would be; left out: as it is")] = None,
) -> ShownTry:
    """What the rule would have raised over history."""
    found = actions.dry_run(room, caller, id, asked(start, "/from"), asked(end, "/to"), given)
    days = [(moment(day), number) for day, number in found.days]
    return ShownTry([shown(one) for one in found.events], days, found.series, found.rows, found.cut)


@router.get("/events")
def list_events(
    room: Room,
    caller: Caller,
    status: Annotated[str, Query(pattern="^(open|cleared)?$")] = "",
    rule: Annotated[str, Query(max_length=200)] = "",
    kind: Annotated[str, Query(max_length=100)] = "",
    entity: Annotated[str, Query(max_length=2000)] = "",
    region: Annotated[str, Query(max_length=200)] = "",
    unit: Annotated[str, Query(max_length=200)] = "",
    severity: Annotated[int | None, Query(ge=1, le=4)] = None,
    text: Annotated[str, Query(max_length=200)] = "",
    start: Annotated[str, Query(alias="from", max_length=40)] = "",
    end: Annotated[str, Query(alias="to", max_length=40)] = "",
    simulated: bool | None = None,
    after: Annotated[str, Query(max_length=100, description="`after` of the part before")] = "",
    limit: Annotated[int, Query(ge=1, le=actions.MOST)] = actions.PAGE,
) -> ShownEvents:
    """Events, the newest first."""
    begins, ends = moment_of(start, "/from"), moment_of(end, "/to")
    sought = Sought(status, rule, kind, entity, region, unit, severity, text, begins, ends, simulated)
    found = actions.events(room, caller, sought, after, limit)
    return ShownEvents([shown(one) for one in found.events], found.after, found.total)


@router.get("/events/{identifier}")
def show_event(room: Room, caller: Caller, identifier: str) -> ShownEvent:
    """One event."""
    return shown(actions.event(room, caller, identifier))


@router.post("/events/{identifier}/acknowledge")
def acknowledge_event(room: Room, caller: Caller, identifier: str) -> ShownEvent:
    """Say that somebody looks after it."""
    return shown(actions.acknowledge(room, caller, identifier))


def asked(text: str, where: str) -> int:
    """A moment that is needed. Raises UnfitWindow, UnfitRule."""
    found = moment_of(text, where)
    if found is None:
        raise UnfitRule(Title("缺少时间。", "A time is missing."), where=where)
    return found


def number_of(at: datetime) -> int:
    """A moment in microseconds; in UTC if it names no zone."""
    return microseconds(at if at.tzinfo else at.replace(tzinfo=UTC))


def weekly_of(days: Sequence[str], begins: str, ends: str) -> tuple[tuple[int, ...], int, int]:
    """A window of each week as the action takes it. Raises UnfitRule."""
    found, start, end = days_of(list(days)), minute_of(begins), minute_of(ends)
    if not found:
        raise UnfitRule(Title("请至少选一天（mon … sun）。", "Choose a day at least (mon … sun)."), where="/days")
    for minute, where in ((start, "/begins"), (end, "/ends")):
        if minute is None:
            raise UnfitRule(Title("这里需要时刻，如 02:00。", "A time such as 02:00 is needed here."), where=where)
    return found, start or 0, end or 0


def _window(name: str, one: Maintenance) -> ShownWindow:
    if isinstance(one, Weekly):
        days = [DAYS[day] for day in one.days]
        return ShownWindow(one.number, name, one.entity, None, None, one.why, days, clock(one.start), clock(one.end))
    return ShownWindow(one.number, name, one.entity, moment(one.start), moment(one.end), one.why, [], "", "")


def shown(one: Event) -> ShownEvent:
    """An event as JSON."""
    values: dict[str, Any] = {name: value for name, value in asdict(one).items() if name != "title"}
    for name in ("opened_at", "cleared_at", "seen_at", "acknowledged_at"):
        values[name] = None if values[name] is None else moment(values[name])
    return ShownEvent(title={"zh": one.title.zh, "en": one.title.en}, **values)


def _rule(one: Rule, open_: int | None = None) -> ShownRule:
    return ShownRule(
        one.id,
        one.pack,
        {"zh": one.title.zh, "en": one.title.en},
        list(one.types),
        one.attribute,
        one.condition.measure.value,
        one.unit,
        one.severity,
        one.kind,
        one.matter,
        one.to,
        one.enabled,
        one.version,
        plain(one.given),
        open_,
    )
