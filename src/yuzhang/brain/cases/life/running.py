"""What a step of the process changes: which tasks are open, who has to do them until when, and whether the case is closed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from yuzhang.brain.cases.deadlines import Deadlines
from yuzhang.brain.cases.model import OUTCOMES, Case, Task
from yuzhang.brain.cases.processes.definition import Definition, StepOf
from yuzhang.brain.cases.processes.running import Running
from yuzhang.brain.cases.store import cases as store
from yuzhang.brain.cases.store import history, tasks
from yuzhang.brain.cases.store.moments import micros
from yuzhang.core.errors import Broken
from yuzhang.core.language import Title

if TYPE_CHECKING:
    from yuzhang.brain.cases.room import Cases

SYSTEM = "system"


def put(
    cases: "Cases",
    connection: Connection,
    id_: int,
    definition: Definition,
    now_runs: Running,
    at: datetime,
    **changed: Any,
) -> Case:
    """Keep where a case stands now: `changed` beside what its process says. The case as it is afterwards.

    Those that were merged into it close and open again with it.
    """
    stored = store.by_id(connection, id_)
    if stored is None:
        raise Broken(Title("办件不见了。", "A case is lost."))
    unit = str(now_runs.data.get("unit") or "")
    case = replace(stored.case, unit=unit)
    before = {one.id: one for one in tasks.of_case(connection, id_)}
    left = {one.id for one in now_runs.open}
    gone = [one for one in before if one not in left]
    if gone:
        tasks.remove(connection, gone)
    waiting = [
        before.get(one.id) or _add(cases, connection, case, definition.steps[one.step], one.id, at)
        for one in now_runs.open
    ]
    values: dict[str, Any] = {"unit": unit, "running": now_runs.state, "data": dict(now_runs.data), **changed}
    if now_runs.ended and values.get("closed_at", micros(case.closed_at)) is None:
        values |= closing(case, str(now_runs.data.get("outcome") or ""), at)
    store.change(connection, id_, {**values, **first_of(waiting)})
    if "closed_at" in values and values["closed_at"] is not None and case.status == "open":
        history.add(connection, id_, at, SYSTEM, "closed", values={"outcome": values.get("outcome", "")}, unit=unit)
        _close_merged(connection, case.number, values, at)
    elif values.get("status") == "open" and case.status == "closed":
        for other in store.merged_into(connection, case.number):
            if other.status == "closed":
                open_again(connection, other, at, SYSTEM, case.number)
    return now(connection, id_)


def closing(case: Case, outcome: str, at: datetime) -> dict[str, Any]:
    """What closing a case changes of it."""
    return {
        "status": "closed",
        "closed_at": micros(at),
        "outcome": outcome if outcome in OUTCOMES else "fixed",
    }


def open_again(connection: Connection, merged: Case, at: datetime, by: str, note: str) -> None:
    """Let a merged case be open again with its main one, so that it is closed, and its reporter told, together with that."""
    changed = {"status": "open", "closed_at": None, "outcome": "", "reopens": merged.reopens + 1}
    store.change(connection, merged.id, changed)
    history.add(connection, merged.id, at, by, "reopened", note=note)


def first(connection: Connection, id_: int) -> dict[str, Any]:
    """What a case says of the task that has to be done first."""
    return first_of(tasks.of_case(connection, id_))


def first_of(waiting: Sequence[Task]) -> dict[str, Any]:
    """The same of tasks that are known."""
    if not waiting:
        return {"state": "", "state_zh": "", "state_en": "", "party": "", "task": "", "due_at": None}
    task = min(waiting, key=lambda one: (one.due_at is None, one.due_at, one.id))
    return {
        "state": task.name,
        "state_zh": task.title.zh,
        "state_en": task.title.en,
        "party": task.party,
        "task": task.id,
        "due_at": micros(task.due_at),
    }


def now(connection: Connection, id_: int) -> Case:
    """A case as it is."""
    stored = store.by_id(connection, id_)
    if stored is None:
        raise Broken(Title("办件不见了。", "A case is lost."))
    return stored.case


def _add(cases: "Cases", connection: Connection, case: Case, step: StepOf, id_: str, at: datetime) -> Task:
    role, unit = "", ""
    kind, _, name = step.party.partition(":")
    if kind == "role":
        role = name
    elif kind == "reporter":
        role = "reporter"
    else:
        unit = name or case.unit
    matter = cases.catalogue.matter(case.matter)
    limit = cases.catalogue.limit(matter, step.name, case.severity)
    times = Deadlines.of(limit, at, cases.calendar)
    task = Task(id_, case.id, step.name, step.title, role, unit, "", at, times.due if times else None)
    tasks.add(connection, task, case, limit, cases.calendar.version, times.remind if times else None)
    return task


def _close_merged(connection: Connection, number: str, values: dict[str, Any], at: datetime) -> None:
    for other in store.merged_into(connection, number):
        if other.status == "open":
            closed: dict[str, Any] = {
                name: values[name] for name in ("status", "closed_at", "outcome") if name in values
            }
            store.change(connection, other.id, closed)
            history.add(
                connection, other.id, at, SYSTEM, "closed", note=number, values={"outcome": closed.get("outcome", "")}
            )
