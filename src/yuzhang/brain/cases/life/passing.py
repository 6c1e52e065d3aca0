"""Tasks are passed on and given back; notes and files are added."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from yuzhang.brain.cases.attachments.keeping import Checked, point
from yuzhang.brain.cases.errors import UnfitStep, WrongState
from yuzhang.brain.cases.life.asking import ROOM, about, found, need_task, open_task, text
from yuzhang.brain.cases.life.running import first, now
from yuzhang.brain.cases.life.stepping import REWORK, do
from yuzhang.brain.cases.model import Attachment, Case, Task, Upload
from yuzhang.brain.cases.processes import running
from yuzhang.brain.cases.processes.catalogue import unit_of
from yuzhang.brain.cases.store import cases as store
from yuzhang.brain.cases.store import history, once, tasks
from yuzhang.brain.cases.store.cases import Stored
from yuzhang.core.access import Party, need
from yuzhang.core.language import Title

if TYPE_CHECKING:
    from yuzhang.brain.cases.room import Cases

BACK = "back"
"""The decision that returns a case to the duty office."""
LONGEST_PERSON = 120
NAMES = {"unit": Title("单位", "unit"), "person": Title("人员", "person")}


def hand_over(cases: "Cases", caller: Party, number: str, task: str, unit: str, person: str, note: str) -> Case:
    """Give a task to another unit, or to a person. Raises UnfitStep, TaskDone, WrongParty."""
    note = text(note)
    with cases.storage.writing() as connection:
        stored = found(connection, number)
        asked = open_task(connection, stored.case, task)
        need_task(cases, caller, "hand_over", stored.case, asked, leading=True)
        if asked.role and unit:
            raise _unfit("unit", Title("这项任务不归单位办理", "this task is no unit's"))
        if not (unit or person) or len(person) > LONGEST_PERSON:
            raise _unfit("person", Title("请选择单位或人员", "choose a unit or a person"))
        if unit and unit_of(unit, cases.registry) is None:
            raise _unfit("unit", Title("请选择一个已登记的单位", "choose a unit of the registry"))
        _give(connection, stored, asked, unit or asked.unit, person)
        to = {"from_unit": asked.unit, "from_person": asked.person, "unit": unit or asked.unit, "person": person}
        history.add(
            connection,
            stored.case.id,
            cases.now(),
            caller.id,
            "handed-over",
            task=asked,
            note=note,
            values=to,
            unit=unit,
        )
        made = now(connection, stored.case.id)
    cases.news()
    return made


def give_back(cases: "Cases", caller: Party, number: str, task: str, note: str) -> Case:
    """Return a task to whom it came from. Raises UnfitStep, TaskDone, WrongParty, WrongState."""
    note = text(note, needed=True)
    with cases.storage.writing() as connection:
        stored = found(connection, number)
        asked = open_task(connection, stored.case, task)
        need_task(cases, caller, "give_back", stored.case, asked)
        definition = cases.versions.of(connection, stored.case.process, stored.case.version)
        choices = definition.steps[asked.name].choices
        decision = next((one for one in (BACK, REWORK) if one in choices), "")
        if decision:
            made = do(cases, connection, caller, stored, asked, {"decision": decision}, note)
        else:
            made = _to_before(cases, connection, caller, stored, asked, note)
    cases.news()
    return made


def remark(
    cases: "Cases", caller: Party, number: str, note: str, attachments: Sequence[Upload] = (), key: str = ""
) -> Case:
    """Write a note with its files into the history, once by a key. Raises UnfitStep, UnfitFile."""
    note = text(note, needed=not attachments)
    at = cases.now()
    with cases.storage.reading() as connection:
        stored = found(connection, number)
        if once.done(connection, caller.id, key):
            return stored.case
        need(caller, f"{ROOM}.actions.remark", about(stored.case))
    kept = cases.files.keep(attachments, caller.id, at, stored.case.state)
    with cases.storage.writing() as connection:
        stored = found(connection, number)
        if once.done(connection, caller.id, key):
            return stored.case
        need(caller, f"{ROOM}.actions.remark", about(stored.case))
        _attached(connection, caller, stored, kept, at)
        if note:
            history.add(connection, stored.case.id, at, caller.id, "noted", note=note)
        once.keep(connection, caller.id, key, stored.case.id, at)
    cases.news()
    return stored.case


def attach(cases: "Cases", caller: Party, number: str, upload: Upload) -> Attachment:
    """Add a file to a case. Raises UnfitFile."""
    with cases.storage.reading() as connection:
        stored = found(connection, number)
        need(caller, f"{ROOM}.actions.attach", about(stored.case))
    at = cases.now()
    kept = cases.files.keep([upload], caller.id, at, stored.case.state)
    with cases.storage.writing() as connection:
        made = _attached(connection, caller, stored, kept, at)[0]
    cases.news()
    return made


def _attached(
    connection: Connection, caller: Party, stored: Stored, kept: Sequence[Checked], at: datetime
) -> list[Attachment]:
    made = point(connection, stored.case.id, kept)
    for one in made:
        values = {"id": one.id, "name": one.name}
        history.add(connection, stored.case.id, at, caller.id, "attached", values=values)
    return made


def _give(connection: Connection, stored: Stored, task: Task, unit: str, person: str) -> None:
    tasks.give(connection, task.id, unit, person)
    changed: dict[str, Any] = {}
    if unit and unit != stored.case.unit and task.unit == stored.case.unit:
        # Whoever handles it now is who a return comes back to.
        changed = {"unit": unit, "running": running.with_values(stored.running, {"unit": unit})}
        changed["data"] = {**stored.data, "unit": unit}
    store.change(connection, stored.case.id, {**changed, **first(connection, stored.case.id)})


def _to_before(cases: "Cases", connection: Connection, caller: Party, stored: Stored, task: Task, note: str) -> Case:
    given = [
        one
        for one in history.of_case(connection, stored.case.id)
        if one.kind == "handed-over" and one.task == task.name and one.at >= task.begun_at
    ]
    if not given:
        raise WrongState(
            Title("这一步不能退回。", "This step cannot be given back."),
            fix=Title("请转交给合适的人。", "Hand it over to somebody."),
        )
    before = given[-1].values
    unit, person = str(before.get("from_unit", "")), str(before.get("from_person", ""))
    _give(connection, stored, task, unit, person)
    history.add(
        connection,
        stored.case.id,
        cases.now(),
        caller.id,
        "handed-over",
        task=task,
        note=note,
        values={"from_unit": task.unit, "from_person": task.person, "unit": unit, "person": person},
    )
    return now(connection, stored.case.id)


def _unfit(name: str, fix: Title) -> UnfitStep:
    title = NAMES[name]
    said = Title(f"“{title.zh}”不能接受。", f"The value of “{title.en}” cannot be taken.")
    return UnfitStep(said, where=f"/{name}", fix=fix)
