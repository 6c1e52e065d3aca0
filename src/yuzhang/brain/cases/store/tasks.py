"""Open tasks, as the database has them: each is gone when it is done (the history has it then)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, insert, not_, select, tuple_, update

from yuzhang.brain.cases.model import Case, Filter, Sort, Task
from yuzhang.brain.cases.store.cases import by_ids
from yuzhang.brain.cases.store.moments import micros, moment_if
from yuzhang.brain.cases.tables import CASE, NEVER, TASK
from yuzhang.core.language import Title
from yuzhang.core.moments import moment

T = TASK.c
ORDERS: dict[Sort, tuple[ColumnElement[Any], ...]] = {
    "due": (T.due_at, T.case, T.id),
    "severity": (T.urgency, T.due_at, T.case, T.id),
    "newest": (T.case, T.id),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task with what reminding needs. `limit`: its time limit as text; `calendar`: by which calendar it was counted."""

    task: Task
    limit: str
    calendar: str


def add(connection: Connection, task: Task, case: Case, limit: str, calendar: str, next_at: datetime | None) -> None:
    """Keep a new task of a case."""
    values = {
        "id": task.id,
        "case": task.case,
        "name": task.name,
        "title_zh": task.title.zh,
        "title_en": task.title.en,
        "role": task.role,
        "unit": task.unit,
        "person": task.person,
        "limit_text": limit,
        "region": case.region,
        "matter": case.matter,
        "source": case.source,
        "urgency": -case.severity,
        "simulated": case.simulated,
        "begun_at": micros(task.begun_at),
        "due_at": NEVER if task.due_at is None else micros(task.due_at),
        "stage": task.stage,
        "next_at": micros(next_at),
        "calendar": calendar,
    }
    connection.execute(insert(TASK), values)


def of_case(connection: Connection, case: int) -> list[Task]:
    """The open tasks of a case, what is due first at the top."""
    rows = connection.execute(select(TASK).where(T.case == case).order_by(T.due_at, T.id)).mappings()
    return [task_of(row) for row in rows]


def remove(connection: Connection, ids: Sequence[str]) -> None:
    """Forget tasks that are done."""
    connection.execute(delete(TASK).where(T.id.in_(ids)))


def give(connection: Connection, id_: str, unit: str, person: str) -> None:
    """Let a task be another's."""
    connection.execute(update(TASK).where(T.id == id_).values(unit=unit, person=person))


def moved(
    connection: Connection,
    id_: str,
    due_at: datetime,
    stage: int,
    next_at: datetime | None,
    calendar: str,
    escalated: str,
) -> None:
    """Change until when a task has to be done, and what follows from it."""
    values = {"due_at": micros(due_at), "stage": stage, "next_at": micros(next_at), "calendar": calendar}
    connection.execute(update(TASK).where(T.id == id_).values(**values, escalated=escalated))


def due_for_reminding(connection: Connection, now: datetime, most: int) -> list[Waiting]:
    """Tasks whose next stage has begun, the longest waiting first."""
    asked = select(TASK).where(T.next_at.is_not(None), T.next_at <= micros(now)).order_by(T.next_at).limit(most)
    return [_waiting(row) for row in connection.execute(asked).mappings()]


def to_stage(connection: Connection, id_: str, stage: int, next_at: datetime | None, escalated: str) -> None:
    """A task has come to a stage."""
    connection.execute(
        update(TASK).where(T.id == id_).values(stage=stage, next_at=micros(next_at), escalated=escalated)
    )


def of_other_calendars(connection: Connection, calendar: str, most: int) -> list[Waiting]:
    """Tasks in working time that were counted by another calendar."""
    asked = select(TASK).where(T.calendar != calendar, T.limit_text.contains("working")).limit(most)
    return [_waiting(row) for row in connection.execute(asked).mappings()]


def queue(
    connection: Connection, which: Filter, sort: Sort, now: datetime, after: Sequence[Any], most: int
) -> Iterator[tuple[tuple[Any, ...], Case]]:
    """Tasks of a filter in order, each as its case in that task's state, with its key for the next page."""
    order = ORDERS[sort]
    asked = select(TASK, *(one.label(f"key{at}") for at, one in enumerate(order))).where(*_where(which, now))
    if after:
        asked = asked.where(_newest_after(*after) if sort == "newest" else tuple_(*order) > tuple_(*after))
    by = (T.case.desc(), T.id) if sort == "newest" else order
    rows = connection.execute(asked.order_by(*by).limit(most)).mappings().all()
    cases = by_ids(connection, [row["case"] for row in rows])
    for row in rows:
        task = task_of(row)
        seen = replace(
            cases[task.case],
            state=task.name,
            state_title=task.title,
            party=task.party,
            due_at=task.due_at,
            task=task.id,
        )
        yield tuple(row[f"key{at}"] for at in range(len(order))), seen


def _newest_after(case: int, id_: str) -> ColumnElement[bool]:
    return and_(T.case <= case, not_(and_(T.case == case, T.id <= id_)))


def _where(which: Filter, now: datetime) -> list[ColumnElement[bool]]:
    kind, _, name = which.party.partition(":")
    same = {
        "unit": name if kind == "unit" else "",
        "role": "reporter" if kind == "reporter" else name if kind == "role" else "",
        "person": name if kind == "person" else "",
        "region": which.region, "matter": which.matter, "name": which.state, "source": which.source, "escalated": which.escalated,
    }  # fmt: skip
    found: list[ColumnElement[bool]] = [TASK.c[name] == value for name, value in same.items() if value]
    if which.severity is not None:
        found.append(T.urgency == -which.severity)
    if which.simulated is not None:
        found.append(T.simulated == which.simulated)
    if which.overdue:
        found.append(T.due_at < micros(now))
    if which.unit:
        # Of the case, as what stands at the duty office or the reporter is its unit's too. Asked row by row, in the order of the tasks.
        found.append(select(CASE.c.unit).where(CASE.c.id == T.case).scalar_subquery() == which.unit)
    of_case = {
        "status": which.status if which.status != "open" else "",
        "entity": which.entity,
        "event": which.event,
        "outcome": which.outcome,
    }
    asked = [CASE.c[name] == value for name, value in of_case.items() if value]
    if which.words:
        asked.append(CASE.c.description.contains(which.words, autoescape=True))
    if asked:
        found.append(T.case.in_(select(CASE.c.id).where(*asked)))
    return found


def task_of(row: RowMapping) -> Task:
    """A row as a task, without what its process says of it."""
    return Task(
        row["id"],
        row["case"],
        row["name"],
        Title(row["title_zh"], row["title_en"]),
        row["role"],
        row["unit"],
        row["person"],
        moment(row["begun_at"]),
        moment_if(row["due_at"]),
        row["stage"],
        row["escalated"],
    )


def _waiting(row: RowMapping) -> Waiting:
    return Waiting(task_of(row), row["limit_text"], row["calendar"])
