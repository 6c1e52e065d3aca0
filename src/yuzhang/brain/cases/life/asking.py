"""What every change of a case begins with: find it, ask whether the caller may, and whether it is theirs to do."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from yuzhang.brain.cases.errors import TaskDone, UnfitStep, WrongParty
from yuzhang.brain.cases.model import Case, Task
from yuzhang.brain.cases.presentation import party_name
from yuzhang.brain.cases.store import cases as store
from yuzhang.brain.cases.store import tasks
from yuzhang.brain.cases.store.cases import Stored
from yuzhang.core.access import Object, Party, may, need
from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title

if TYPE_CHECKING:
    from yuzhang.brain.cases.room import Cases

ROOM = "brain.cases"
DUTY = "duty-officer"
LONGEST_NOTE, LONGEST_VALUE, MOST_VALUES = 4_000, 2_000, 40
SOMEBODY = Title("被指定的人员", "the person it was given to")
"""Whom a refusal names instead of a person: an action knows no names, and an id says nothing."""


def about(case: Case, *, unit: str | None = None, personal: bool = False) -> Object:
    """A case as policies ask of it."""
    return Object(
        ROOM,
        case.number,
        case.matter,
        case.reporter,
        case.unit if unit is None else unit,
        case.region,
        personal=personal,
    )


def found(connection: Connection, number: str) -> Stored:
    """The case of that number. Raises NotFound."""
    one = store.by_number(connection, number)
    if one is None:
        raise missing(number)
    return one


def missing(number: str) -> NotFound:
    """There is no such case."""
    return NotFound(
        Title(f"没有办件 {number[:40]}。", f"There is no case {number[:40]}."),
        fix=Title("请核对办件编号。", "Check the number of the case."),
    )


def owned(connection: Connection, caller: Party, action: str, number: str) -> Stored:
    """A case that the caller reported. Raises NotFound for any other, so that nobody learns of it."""
    one = found(connection, number)
    own = one.case.reporter and one.case.reporter in (caller.id, caller.acting_for)
    if not own and caller.kind != "process":
        raise missing(number)
    need(caller, f"{ROOM}.actions.{action}", about(one.case))
    return one


def as_reporter(caller: Party, case: Case) -> Party:
    """The caller by the id of whoever reported the case: which of its people acts for an enterprise stands in no history."""
    return replace(caller, id=case.reporter) if case.reporter and case.reporter == caller.acting_for else caller


def open_task(connection: Connection, case: Case, id_: str) -> Task:
    """An open task of a case. Raises TaskDone."""
    for one in tasks.of_case(connection, case.id):
        if one.id == id_:
            return one
    raise TaskDone(
        Title("该任务已经办理或被转走。", "Somebody has done this task, or it went elsewhere."),
        fix=Title("请刷新后查看当前任务。", "Look at the case again."),
    )


def does(caller: Party, case: Case, task: Task) -> bool:
    """Whether a task is the caller's to do."""
    if caller.kind == "process":
        return True
    if task.person:
        return caller.id == task.person
    if task.role == "reporter":
        return DUTY in caller.roles or (bool(case.reporter) and caller.id == case.reporter)
    if task.role:
        return task.role in caller.roles
    return bool(caller.unit) and caller.unit in (task.unit, task.escalated)


def leads(caller: Party, case: Case, task: Task) -> bool:
    """Whether the caller may pass a task on: who does it, anybody of its unit, and the duty office."""
    return does(caller, case, task) or DUTY in caller.roles or (bool(task.unit) and caller.unit == task.unit)


def need_task(cases: "Cases", caller: Party, action: str, case: Case, task: Task, *, leading: bool = False) -> None:
    """Return if a task is the caller's. Raises NotAllowed, WrongParty."""
    # Of two units that may have it, the caller's own is asked about.
    unit = task.escalated if task.escalated and caller.unit == task.escalated else task.unit
    need(caller, f"{ROOM}.actions.{action}", about(case, unit=unit or None))
    if not (leads if leading else does)(caller, case, task):
        whose = SOMEBODY if task.person else party_name(task.party, cases.registry)
        raise WrongParty(
            Title(f"这项任务由{whose.zh}办理。", f"This task is to be done by: {whose.en}."),
            fix=Title("请联系责任方，或由值班席转交。", "Ask them, or have the duty office hand it over."),
        )


def text(note: str, *, needed: bool = False) -> str:
    """A note that may be kept. Raises UnfitStep."""
    note = note.strip()
    if len(note) > LONGEST_NOTE or (needed and not note):
        raise UnfitStep(
            Title(
                f"需要说明，且不超过 {LONGEST_NOTE} 字。", f"A note is needed, of at most {LONGEST_NOTE} characters."
            ),
            where="/note",
            fix=Title("请写明原因。", "Say why."),
        )
    return note


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values that may be kept: a few, short, of simple kinds. Raises UnfitStep."""
    fits = len(values) <= MOST_VALUES and all(
        isinstance(name, str)
        and isinstance(value, str | int | float | bool | None)
        and (not isinstance(value, str) or len(value) <= LONGEST_VALUE)
        for name, value in values.items()
    )
    if not fits:
        raise UnfitStep(Title("填写的内容过多或过长。", "Too much was entered, or too long."), where="/values")
    return dict(values)


def visible(caller: Party, action: str, case: Case) -> bool:
    """Whether the caller may see a case in a list."""
    return may(caller, f"{ROOM}.actions.{action}", about(case))
