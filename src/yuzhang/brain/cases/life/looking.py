"""Cases are looked at: in queues, by their reporters, one by one, and counted."""

import base64
import json
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection

from yuzhang.brain.cases.attachments.kinds import PICTURES
from yuzhang.brain.cases.life.asking import ROOM, about, found, owned, visible
from yuzhang.brain.cases.model import (
    BY_REPORTER,
    OUTCOMES,
    Attachment,
    Case,
    Content,
    Detail,
    Filter,
    Load,
    Page,
    Performance,
    Reporter,
    Sort,
    Step,
    Task,
)
from yuzhang.brain.cases.store import cases as store
from yuzhang.brain.cases.store import figures, files, history, tasks, waiting
from yuzhang.brain.cases.store.cases import Stored
from yuzhang.core.access import Party, need
from yuzhang.core.errors import Broken, InputRefused, NotFound, TryAgain, YuzhangError
from yuzhang.core.language import Title

if TYPE_CHECKING:
    from yuzhang.brain.cases.room import Cases

Entry = TypeVar("Entry", Step, Attachment)
NEAR_M, NEAR_TIME = 50.0, timedelta(days=1)
EARTH_M, DEGREE_M = 6_371_008.8, 111_320.0
SOON = timedelta(hours=2)
MOST_PAGE = 200
KEYS = {"due": (int, int, str), "severity": (int, int, int, str), "newest": (int, str), "id": (int,)}
"""What a place in each order is made of."""
MOST_NUMBER = 2**63
TOLD_OF_OFFICERS = ("decision", "unit")
"""What a reporter learns of what officers entered: not who has it, and nothing of other cases."""
TOLD = ("opened", "done", "returned", "closed", "reopened", "withdrawn", "merged")
"""What the reporter is told of the history."""


def mine(cases: "Cases", caller: Party, after: str, size: int) -> Page:
    """What the caller reported."""
    with cases.storage.reading() as connection:
        many = store.of_reporter(connection, caller.acting_for or caller.id, _before(after), _size(size) + 1)
    return _page([((one.id,), one) for one in many], size)


def own(cases: "Cases", caller: Party, number: str) -> Detail:
    """One of those. Raises NotFound."""
    with cases.storage.reading() as connection:
        stored = owned(connection, caller, "own", number)
        own = _own_parties(connection, caller, stored.case)
        shown = [one for one in files.of_case(connection, stored.case.id) if _is_shown(one, own)]
        return Detail(
            stored.case,
            tuple(_tasks(cases, connection, stored)),
            tuple(_told(history.of_case(connection, stored.case.id), own)),
            tuple(replace(one, by=BY_REPORTER if one.by in own else "") for one in shown),
        )


def queue(cases: "Cases", caller: Party, which: Filter, sort: Sort, after: str, size: int) -> Page:
    """Open tasks as cases."""
    with cases.storage.reading() as connection:
        many = list(tasks.queue(connection, which, sort, cases.now(), _key(after, sort), _size(size) + 1))
    return _page([(key, one) for key, one in many], size, lambda one: visible(caller, "queue", one))


def search(cases: "Cases", caller: Party, which: Filter, after: str, size: int) -> Page:
    """Cases of any status, the newest first."""
    with cases.storage.reading() as connection:
        many = store.search(connection, which, cases.now(), _before(after), _size(size) + 1)
    return _page([((one.id,), one) for one in many], size, lambda one: visible(caller, "search", one))


def case(cases: "Cases", caller: Party, number: str) -> Detail:
    """All of one case. Raises NotFound, NotAllowed."""
    with cases.storage.reading() as connection:
        stored = found(connection, number)
        need(caller, f"{ROOM}.actions.case", about(stored.case))
        merged = store.merged_into(connection, number)
        reporting = history.reporting(connection, [stored.case, *merged])
        return Detail(
            stored.case,
            tuple(_tasks(cases, connection, stored)),
            tuple(_unnamed(history.of_case(connection, stored.case.id), reporting)),
            tuple(_unnamed(files.of_case(connection, stored.case.id), reporting)),
            tuple(_duplicates(connection, stored.case)),
            tuple(merged),
        )


def of_event(cases: "Cases", caller: Party, event: str) -> Case:
    """The case that was opened for an event. Raises TryAgain while it waits, Broken if it was set aside, NotFound, NotAllowed."""
    with cases.storage.reading() as connection:
        error = waiting.error_of(connection, event)  # asked first: what stops waiting meanwhile has its case then
        known = store.of_events(connection, [event]).get(event)
    if known is None:
        raise _without_case(error)
    need(caller, f"{ROOM}.actions.of_event", about(known))
    return known


def reporter(cases: "Cases", caller: Party, number: str) -> Reporter:
    """Who reported a case. Raises NotFound, NotAllowed."""
    with cases.storage.reading() as connection:
        stored = found(connection, number)
    need(caller, f"{ROOM}.actions.reporter", about(stored.case, personal=True))
    said = json.loads(cases.secrets.open("cases.reporter", stored.who)) if stored.who else {}
    return Reporter(stored.case.reporter, said.get("name", ""), said.get("contact", ""))


def attachment(cases: "Cases", caller: Party, number: str, identifier: str) -> Content:
    """A file of a case. Raises NotFound."""
    with cases.storage.reading() as connection:
        stored = found(connection, number)
        need(caller, f"{ROOM}.actions.attachment", about(stored.case))
        return _content(cases, connection, stored, identifier)


def own_attachment(cases: "Cases", caller: Party, number: str, identifier: str) -> Content:
    """A file of a case that the caller reported: one that they sent, or a picture. Raises NotFound."""
    with cases.storage.reading() as connection:
        stored = owned(connection, caller, "own_attachment", number)
        return _content(cases, connection, stored, identifier, _own_parties(connection, caller, stored.case))


def statistics(
    cases: "Cases", caller: Party, since: datetime, until: datetime, region: str, matter: str, simulated: bool
) -> list[Performance]:
    """How each unit did."""
    with cases.storage.reading() as connection:
        return figures.performance(connection, since, until, cases.now(), region, matter, simulated=simulated)


def load(cases: "Cases", caller: Party, region: str) -> list[Load]:
    """What each unit has open now."""
    with cases.storage.reading() as connection:
        return figures.load(connection, cases.now(), cases.now() + SOON, region)


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance of two places (longitude, latitude) in metres.

    >>> round(metres((115.85, 28.68), (115.86, 28.68)))
    976
    """
    lon, lat = radians(other[0] - one[0]), radians(other[1] - one[1])
    bow = sin(lat / 2) ** 2 + cos(radians(one[1])) * cos(radians(other[1])) * sin(lon / 2) ** 2
    return 2 * EARTH_M * asin(sqrt(min(1.0, bow)))


def _without_case(error: str | None) -> YuzhangError:
    if error is None:
        return NotFound(Title("该事件没有立案。", "No case was opened for this event."))
    if not error:
        return TryAgain(
            Title("该事件正在立案。", "The case of this event is being opened."),
            fix=Title("请稍候再试。", "Wait a moment and try again."),
        )
    return Broken(
        Title("该事件立案失败。", "The case of this event could not be opened."),
        fix=Title("原因见日志；下次启动时会再试。", "The log says why; it is tried again after the next start."),
    )


def _duplicates(connection: Connection, case: Case) -> Iterator[Case]:
    if case.lon is None or case.lat is None or case.status != "open" or case.merged_into:
        return
    high = NEAR_M / DEGREE_M * 1.01
    wide = high / max(0.01, cos(radians(case.lat)))
    box = (case.lon - wide, case.lat - high, case.lon + wide, case.lat + high)
    for other in store.near(connection, case.matter, box, case.opened_at, NEAR_TIME):
        if other.id == case.id or other.lon is None or other.lat is None:
            continue
        if other.simulated == case.simulated and metres((case.lon, case.lat), (other.lon, other.lat)) <= NEAR_M:
            yield other


def _tasks(cases: "Cases", connection: Connection, stored: Stored) -> Iterator[Task]:
    steps = cases.versions.of(connection, stored.case.process, stored.case.version).steps
    for one in tasks.of_case(connection, stored.case.id):
        step = steps[one.name]
        yield replace(one, fields=step.fields, evidence=step.evidence, notes=step.notes)


def _own_parties(connection: Connection, caller: Party, case: Case) -> set[str]:
    """The caller, and the parties that reported a case of theirs."""
    return {caller.id, *history.reporting(connection, [case])}


def _is_shown(one: Attachment, own: Set[str]) -> bool:
    """Whether the reporter sees a file: what officers add is theirs, but for the pictures."""
    return one.by in own or one.type in PICTURES


def _unnamed(some: Iterable[Entry], reporting: Set[str]) -> Iterator[Entry]:
    """The same, with nobody named who reported it."""
    return (replace(one, by=BY_REPORTER) if one.by in reporting else one for one in some)


def _told(steps: Iterable[Step], own: Set[str]) -> Iterator[Step]:
    for one in steps:
        if one.kind not in TOLD:
            continue
        if one.by in own:
            yield replace(one, by=BY_REPORTER)
        else:
            said = {name: value for name, value in one.values.items() if name in TOLD_OF_OFFICERS}
            yield replace(one, by="", values=said, note=one.note if said.get("decision") in OUTCOMES else "")


def _content(
    cases: "Cases", connection: Connection, stored: Stored, identifier: str, own: Set[str] | None = None
) -> Content:
    kept = files.one(connection, stored.case.id, identifier)
    if kept is None or (own is not None and not _is_shown(kept[0], own)):
        raise NotFound(Title("没有这个附件。", "There is no such file."))
    return Content(kept[0], cases.files.content(kept[1]))


def _size(size: int) -> int:
    return max(1, min(size, MOST_PAGE))


def _page(many: Sequence[tuple[tuple[Any, ...], Case]], size: int, sees: Any = None) -> Page:
    some = many[: _size(size)]
    after = base64.urlsafe_b64encode(json.dumps(some[-1][0]).encode()).decode() if len(many) > len(some) else ""
    return Page(tuple(one for _, one in some if sees is None or sees(one)), after)


def _key(after: str, order: str) -> list[Any]:
    if not after:
        return []
    try:
        key = json.loads(base64.urlsafe_b64decode(after.encode()))
    except (ValueError, RecursionError):
        key = None
    fits = isinstance(key, list) and [type(one) for one in key] == list(KEYS[order])
    if fits and all(isinstance(one, str) or abs(one) < MOST_NUMBER for one in key):
        return list(key)
    raise InputRefused(
        Title("“下一页”的位置无效。", "The place of the next page is not valid."),
        where="after",
        fix=Title("请从第一页开始。", "Begin with the first page."),
    )


def _before(after: str) -> int | None:
    key = _key(after, "id")
    return key[0] if key else None
