"""Time passes: tasks are reminded of, become overdue, and are escalated to the unit above, each once; deadlines follow the calendar."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from yuzhang.brain.cases.deadlines import Deadlines
from yuzhang.brain.cases.life.running import first
from yuzhang.brain.cases.processes.catalogue import unit_of
from yuzhang.brain.cases.store import cases as store
from yuzhang.brain.cases.store import history, tasks
from yuzhang.brain.cases.store.tasks import Waiting

if TYPE_CHECKING:
    from yuzhang.brain.cases.room import Cases

MOST_AT_ONCE = 500
KINDS = ("", "reminded", "overdue", "escalated")
LATE, LAST = 2, 3
SYSTEM = "system"


def remind(cases: "Cases") -> int:
    """Bring stages up to date; how many tasks came to a new stage. A stage that passed while nothing ran is left out."""
    many = 0
    while True:
        with cases.storage.reading() as connection:
            if not tasks.due_for_reminding(connection, cases.now(), 1):
                return many
        with cases.storage.writing() as connection:
            some = tasks.due_for_reminding(connection, cases.now(), MOST_AT_ONCE)
            for one in some:
                _come(cases, connection, one, cases.now())
        many += len(some)
        cases.news()


def recount(cases: "Cases") -> int:
    """Compute the deadlines again that were counted by another calendar; how many changed."""
    changed, version = 0, cases.calendar.version
    while True:
        with cases.storage.reading() as connection:
            if not tasks.of_other_calendars(connection, version, 1):
                return changed
        with cases.storage.writing() as connection:
            for one in tasks.of_other_calendars(connection, version, MOST_AT_ONCE):
                changed += _moved(cases, connection, one, version)
        cases.news()


def _come(cases: "Cases", connection: Connection, waiting: Waiting, at: datetime) -> None:
    task = waiting.task
    times = Deadlines.of(waiting.limit, task.begun_at, cases.calendar)
    if times is None:
        tasks.to_stage(connection, task.id, task.stage, None, task.escalated)
        return
    stage = max(task.stage + 1, sum(one <= at for one in (times.remind, times.due, times.escalate)))
    above = task.escalated
    if stage >= LAST:
        unit = unit_of(task.unit, cases.registry)
        above = (unit.parent or "") if unit is not None else ""
    tasks.to_stage(connection, task.id, stage, times.next(stage), above)
    if stage >= LATE and task.unit:
        store.change(connection, task.case, {"late": True})
    history.add(connection, task.case, at, SYSTEM, KINDS[stage], task=task, unit=above if stage >= LAST else task.unit)


def _moved(cases: "Cases", connection: Connection, waiting: Waiting, version: str) -> bool:
    task = waiting.task
    times = Deadlines.of(waiting.limit, task.begun_at, cases.calendar)
    if times is None or task.due_at is None:
        return False
    if times.due == task.due_at:
        tasks.moved(connection, task.id, times.due, task.stage, times.next(task.stage), version, task.escalated)
        return False
    at = cases.now()
    stage = sum(one <= at for one in (times.remind, times.due, times.escalate))
    stage = min(stage, task.stage)
    above = task.escalated if stage >= LAST else ""
    tasks.moved(connection, task.id, times.due, stage, times.next(stage), version, above)
    values = {"before": task.due_at.isoformat(), "now": times.due.isoformat()}
    history.add(connection, task.case, at, SYSTEM, "deadline", task=replace(task, due_at=times.due), values=values)
    changed = first(connection, task.case)
    if stage < LATE <= task.stage:
        changed["late"] = _is_late(connection, task.case)
    store.change(connection, task.case, changed)
    return True


def _is_late(connection: Connection, case: int) -> bool:
    """Whether a unit's task of a case is overdue, or was done after its time, as deadlines are now."""
    if any(one.unit and one.stage >= LATE for one in tasks.of_case(connection, case)):
        return True
    overdue = set[str]()
    for one in history.of_case(connection, case):
        if one.kind in KINDS[LATE:] and one.unit:
            overdue.add(one.task)
        elif one.kind == "deadline" and one.at < datetime.fromisoformat(one.values["now"]):
            overdue.discard(one.task)
        elif one.kind in ("done", "returned") and one.task in overdue:
            return True
    return False
