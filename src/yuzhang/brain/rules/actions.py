"""What can be done with rules and events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import time_ns
from typing import Any

from yuzhang.brain.rules import store
from yuzhang.brain.rules.errors import NoEvent, NoRule, NothingToUndo, NoWindow, TooMuchToTry, UnfitRule
from yuzhang.brain.rules.model import Event, Maintenance, Quiet, Rule, Weekly
from yuzhang.brain.rules.room import Rules, versioned
from yuzhang.brain.rules.store import Sought, Version
from yuzhang.brain.rules.trying import Tried, tried
from yuzhang.brain.rules.writing.parsing import parsed
from yuzhang.brain.rules.writing.plainly import plain
from yuzhang.core.access import Object, Party, action, may, need
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title

PAGE, MOST = 50, 500
EVERY = Sought()


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, and what `after` continues with; "" at the end. `total` is that of all."""

    events: list[Event]
    after: str
    total: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A rule in a list. `open`: how many of its events are open; `changed`: an officer's own version counts."""

    rule: Rule
    open: int
    changed: bool


def _about(one: Event) -> Object:
    return Object("brain.rules", one.id, kind=one.kind, unit=one.unit, region=one.region)


@action("reader")
def rules(room: Rules, caller: Party, /) -> list[Listed]:
    """All rules, by pack and name."""
    with room.storage.reading() as connection:
        found, open_ = room.rules(connection), store.open_of_rules(connection)
    return [Listed(found[id_], open_.get(id_, 0), found[id_].version > 0) for id_ in sorted(found)]


@action("reader")
def rule(room: Rules, caller: Party, /, name: str) -> Rule:
    """One rule by its id. Raises NoRule."""
    with room.storage.reading() as connection:
        found = room.rules(connection).get(name)
    if found is None:
        raise NoRule.of(name)
    return found


@action("reader")
def versions(room: Rules, caller: Party, /, name: str) -> list[Version]:
    """What officers made of a rule, the newest first. Raises NoRule."""
    rule(room, caller, name)
    with room.storage.reading() as connection:
        return store.versions(connection, name)


@action("operator")
def edit(room: Rules, caller: Party, /, name: str, given: Mapping[str, Any]) -> Rule:
    """Have an officer's own version of a rule count, in place of the pack's. Raises NoRule, UnfitRule."""
    known = rule(room, caller, name)
    made = checked(room, known, given)
    with room.storage.writing() as connection:
        number = store.add_version(connection, name, plain(dict(made.given)), time_ns() // 1000, caller.id)
        store.next_edition(connection)
    return versioned(made, number)


def checked(room: Rules, known: Rule, given: Mapping[str, Any]) -> Rule:
    """A rule as it would be. Raises UnfitRule that says all that is wrong."""
    made, faults = parsed({**given, "id": known.name}, known.pack, room.known)
    region = made.condition.region if made is not None else ""
    if region and region != known.condition.region and not room.has_region(region):
        faults.say(
            "area",
            "rule.area",
            (f"没有区域“{region}”", f"there is no region {region}"),
            ("写“区域”中有的编号", "write the id of a region of the registry"),
        )
    if made is None or faults:
        zh = "；".join(f"{one.wrong.zh}——{one.instead.zh}" for one in faults)
        en = "; ".join(f"{one.wrong.en} — {one.instead.en}" for one in faults)
        where = "/" + "/".join(faults[0].key) if faults and faults[0].key else "/rule"
        refused = UnfitRule(Title(zh, en), where=where)
        refused.faults = tuple(faults)
        raise refused
    return made


@action("operator")
def undo(room: Rules, caller: Party, /, name: str) -> Rule:
    """Have what counted before this version count again: another version, or what the pack has. Raises NoRule, NothingToUndo."""
    now = rule(room, caller, name)
    if not now.version:
        raise NothingToUndo(Title("规则与应用包一致。", "The rule is as its pack has it."))
    with room.storage.writing() as connection:
        before = [one.before for one in store.versions(connection, name) if one.version == now.version]
        store.make_current(connection, name, before[0])
        store.next_edition(connection)
    return rule(room, caller, name)


@action("operator")
def enable(room: Rules, caller: Party, /, name: str, on: bool) -> Rule:
    """Switch a rule on or off, as a version of its own; what is open of it ends when it is off. Raises NoRule."""
    return edit(room, caller, name, {**rule(room, caller, name).given, "enabled": on})


@action("reader")
def windows(room: Rules, caller: Party, /) -> list[tuple[str, Maintenance]]:
    """The maintenance windows that officers entered, by the rule's id; "" is that of all rules."""
    with room.storage.reading() as connection:
        return list(room.quiet(connection))


@action("operator")
def add_window(
    room: Rules,
    caller: Party,
    /,
    name: str,
    start: int,
    end: int,
    entity: str = "",
    why: str = "",
    days: Sequence[int] = (),
) -> None:
    """Open no events of a rule (all of them: "") and an entity (all: "") from `start` to before `end`; with `days` (0 Monday) each week,
    and then these are minutes since midnight by the city's clock. Raises NoRule, UnfitRule."""
    if name:
        rule(room, caller, name)
    if days:
        if not 0 <= start < 1440 or not 0 <= end <= 1440 or start == end or not set(days) <= set(range(7)):
            raise UnfitRule(Title("一天中的起止时间不合格。", "These are no two times of a day."), where="/until")
        window: Maintenance = Weekly(tuple(sorted(set(days))), start, end, entity[:2000], why[:300])
    elif end <= start:
        raise UnfitRule(Title("结束不晚于开始。", "It does not end after it begins."), where="/until")
    else:
        window = Quiet(start, end, entity[:2000], why[:300])
    with room.storage.writing() as connection:
        store.add_quiet(connection, name, window, caller.id)
        store.next_edition(connection)


@action("operator")
def remove_window(room: Rules, caller: Party, /, number: int) -> None:
    """Take a maintenance window away. Raises NoWindow."""
    with room.storage.writing() as connection:
        if not store.remove_quiet(connection, number):
            raise NoWindow(
                Title(f"没有检修时段 {number}。", f"There is no maintenance window {number}."), where="/number"
            )
        store.next_edition(connection)


@action("reader")
def events(room: Rules, caller: Party, /, sought: Sought = EVERY, after: str = "", size: int = PAGE) -> Page:
    """Events, the newest first, that the caller may see. `after`: what a page before said. Raises InputRefused for a false one."""
    size = max(1, min(size, MOST))
    place = _place(after)
    found: list[Event] = []
    with room.storage.reading() as connection:
        total = store.count(connection, sought)
        while len(found) <= size:
            some = store.search(connection, sought, place, size + 1)
            found += [one for one in some if may(caller, EVENT_ACTION, _about(one))]
            if len(some) <= size:
                break
            place = some[-1].opened_at, some[-1].id
    last = found[size - 1] if len(found) > size else None
    return Page(found[:size], f"{last.opened_at}-{last.id}" if last is not None else "", total)


@action("reader")
def event(room: Rules, caller: Party, /, identifier: str) -> Event:
    """One event. Raises NoEvent, NotAllowed."""
    with room.storage.reading() as connection:
        found = store.event(connection, identifier)
    if found is None:
        raise NoEvent.of(identifier)
    need(caller, EVENT_ACTION, _about(found))
    return found


@action("operator")
def acknowledge(room: Rules, caller: Party, /, identifier: str) -> Event:
    """Say that somebody has seen an event and looks after it. Raises NoEvent, NotAllowed."""
    found = event(room, caller, identifier)
    need(caller, "brain.rules.actions.acknowledge", _about(found))
    with room.storage.writing() as connection:
        store.acknowledge(connection, identifier, caller.id, time_ns() // 1000)
    return event(room, caller, identifier)


@action("reader")
def dry_run(
    room: Rules, caller: Party, /, name: str, start: int, end: int, given: Mapping[str, Any] | None = None
) -> Tried:
    """What a rule (or what it would be as `given`) would have raised from `start` to before `end`, as far as the caller may see it.

    Raises NoRule, UnfitRule, TooMuchToTry.
    """
    known = rule(room, caller, name)
    if room.history is None:
        raise TooMuchToTry(Title("没有历史数据可用。", "There is no history to look at."), where="/rule")
    if end <= start:
        raise TooMuchToTry(Title("结束不晚于开始。", "It does not end after it begins."), where="/to")
    wanted = known if given is None else checked(room, known, given)
    return tried(room, room.history, caller, wanted, start, end, lambda one: may(caller, EVENT_ACTION, _about(one)))


EVENT_ACTION = "brain.rules.actions.event"


def _place(after: str) -> tuple[int, str] | None:
    if not after:
        return None
    time, _, id_ = after.partition("-")
    if not (time.isascii() and time.isdigit() and id_):
        raise InputRefused(Title("after 不合格。", "That is no `after`."), where="/after")
    return int(time), id_
