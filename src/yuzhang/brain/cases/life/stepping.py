"""A task is done: what was entered is checked against the process, and all is kept in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from yuzhang.brain.cases.attachments.keeping import Checked, point
from yuzhang.brain.cases.errors import TaskDone, UnfitStep, WrongParty, WrongState
from yuzhang.brain.cases.life.asking import as_reporter, found, need_task, open_task, owned, plain, text
from yuzhang.brain.cases.life.running import closing, put
from yuzhang.brain.cases.model import OUTCOMES, Case, Field, Task, Upload
from yuzhang.brain.cases.processes import running
from yuzhang.brain.cases.processes.catalogue import unit_of
from yuzhang.brain.cases.processes.definition import Definition, StepOf
from yuzhang.brain.cases.store import files, history, once, tasks
from yuzhang.brain.cases.store.cases import Stored
from yuzhang.core.access import Party
from yuzhang.core.language import Title

if TYPE_CHECKING:
    from yuzhang.brain.cases.room import Cases

REWORK = "return"
"""The decision that sends a case back to whoever handled it: what the return rate counts."""


def step(
    cases: "Cases",
    caller: Party,
    number: str,
    task: str,
    values: Mapping[str, Any],
    note: str,
    attachments: Sequence[Upload],
    key: str = "",
) -> Case:
    """Do an open task, once by a key. Raises UnfitStep, UnfitFile, TaskDone, WrongParty, NotFound, NotAllowed."""
    note, given = text(note), plain(values)
    with cases.storage.reading() as connection:
        stored = found(connection, number)
        if once.done(connection, caller.id, key):
            return stored.case
        asked = open_task(connection, stored.case, task)
        need_task(cases, caller, "step", stored.case, asked)
    kept = cases.files.keep(attachments, caller.id, cases.now(), asked.name)
    with cases.storage.writing() as connection:
        stored = found(connection, number)
        if once.done(connection, caller.id, key):
            return stored.case
        asked = open_task(connection, stored.case, task)
        need_task(cases, caller, "step", stored.case, asked)
        case = do(cases, connection, caller, stored, asked, given, note, kept)
        once.keep(connection, caller.id, key, stored.case.id, cases.now())
    cases.news()
    return case


def confirm(
    cases: "Cases", caller: Party, number: str, satisfied: bool, note: str, attachments: Sequence[Upload]
) -> Case:
    """Say as the reporter whether it is done. Raises WrongState, UnfitStep, NotFound, NotAllowed."""
    note = text(note, needed=not satisfied)
    with cases.storage.reading() as connection:
        stored = owned(connection, caller, "confirm", number)
    kept = cases.files.keep(attachments, as_reporter(caller, stored.case).id, cases.now(), "")
    with cases.storage.writing() as connection:
        stored = owned(connection, caller, "confirm", number)
        asked = next((one for one in tasks.of_case(connection, stored.case.id) if one.role == "reporter"), None)
        if asked is None:
            raise WrongState(
                Title("现在没有等待您确认的任务。", "Nobody asks you to confirm anything now."),
                fix=Title("办结后如仍有问题，可以重新打开。", "If it is closed and not done, reopen it."),
            )
        choices = cases.versions.of(connection, stored.case.process, stored.case.version).steps[asked.name].choices
        decision = next((one for one in choices if (one == REWORK) is not satisfied), "")
        given = {"decision": decision} if decision else {}
        case = do(cases, connection, as_reporter(caller, stored.case), stored, asked, given, note, kept)
    cases.news()
    return case


def do(
    cases: "Cases",
    connection: Connection,
    caller: Party,
    stored: Stored,
    task: Task,
    given: Mapping[str, Any],
    note: str,
    kept: Sequence[Checked] = (),
) -> Case:
    """Do a task that is the caller's, in the transaction of `connection`."""
    at, case = cases.now(), stored.case
    definition = cases.versions.of(connection, case.process, case.version)
    values = _values(cases, definition.steps[task.name], given)
    _complete(cases, connection, caller, stored, definition.steps[task.name], values, note, kept)
    decision = str(values.get("decision") or "")
    if decision in OUTCOMES:
        values["outcome"] = decision
    try:
        now_runs = running.done(definition, stored.running, task.id, values)
    except KeyError as err:
        raise TaskDone(Title("该任务已经办理。", "This task was done already.")) from err
    point(connection, case.id, kept)
    shown = {name: value for name, value in values.items() if name != "outcome"}
    back = decision in (REWORK, "back")
    history.add(connection, case.id, at, caller.id, "returned" if back else "done", task=task, note=note, values=shown)
    return put(cases, connection, case.id, definition, now_runs, at, **_changed(definition, stored, task, values, at))


def _changed(
    definition: Definition, stored: Stored, task: Task, values: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    case, changed = stored.case, dict[str, Any]()
    decision = values.get("decision")
    if decision == REWORK:
        changed["returns"] = case.returns + 1
    if task.unit and task.due_at is not None and at > task.due_at:
        changed["late"] = True
    if definition.steps[task.name].closes and case.status == "open":
        changed |= closing(case, str(values.get("outcome") or stored.data.get("outcome") or ""), at)
    if decision == "reopen" and case.status == "closed":
        changed |= {"status": "open", "closed_at": None, "outcome": "", "reopens": case.reopens + 1}
    return changed


def _complete(
    cases: "Cases",
    connection: Connection,
    caller: Party,
    stored: Stored,
    step_of: StepOf,
    values: Mapping[str, Any],
    note: str,
    kept: Sequence[Checked],
) -> None:
    """Return if all is there that the step needs. Raises UnfitStep, WrongParty."""
    case, decision = stored.case, str(values.get("decision") or "")
    evidence = cases.catalogue.matter(case.matter).evidence
    if (decision in step_of.notes or "*" in step_of.notes) and not (
        note or (step_of.party == "reporter" and caller.id == case.reporter)
    ):
        text(note, needed=True)
    if evidence and (decision in step_of.evidence or "*" in step_of.evidence) and not kept:
        raise _no_evidence()
    outcome = values.get("outcome") or stored.data.get("outcome")
    if (
        evidence
        and step_of.closes
        and outcome in ("fixed", "", None)
        and not kept
        and not files.of_tasks(connection, case.id)
    ):
        raise _no_evidence()
    if (
        step_of.other_than
        and caller.kind != "process"
        and caller.id in history.doers(connection, case.id, step_of.other_than)
    ):
        raise WrongParty(
            Title("处置人不能核查自己的处置结果。", "Whoever handled it may not check it."),
            fix=Title("请由其他人办理。", "Let somebody else do it."),
        )


def _no_evidence() -> UnfitStep:
    return UnfitStep(
        Title("需要附上现场照片或其他凭证。", "A photo or another file is needed as evidence."),
        where="/attachments",
        fix=Title("请添加附件后再提交。", "Attach one and send it again."),
    )


def _values(cases: "Cases", step_of: StepOf, given: Mapping[str, Any]) -> dict[str, Any]:
    known = {one.name: one for one in step_of.fields}
    for name in given:
        if name not in known:
            raise _unfit(name, Title(name, name), Title("这一步没有这一项", "this step has no such field"))
    return {name: _value(cases, one, given.get(name)) for name, one in known.items() if one.required or name in given}


def _value(cases: "Cases", one: Field, value: Any) -> Any:
    if value is None or value == "":
        if one.required:
            raise _unfit(one.name, one.title, Title(f"请填写{one.title.zh}", f"say the {one.title.en}"))
        return None
    said = str(value)
    match one.kind:
        case "choice":
            if said not in [way.value for way in one.choices]:
                raise _unfit(one.name, one.title, _ways(one))
        case "unit":
            if unit_of(said, cases.registry) is None:
                raise _unfit(one.name, one.title, Title("请选择一个已登记的单位", "choose a unit of the registry"))
        case "number":
            try:
                return float(value)
            except (TypeError, ValueError) as err:
                raise _unfit(one.name, one.title, Title("请填数字", "say a number")) from err
        case "yes":
            return value in (True, "true", "yes", "on", "1", 1)
        case "date":
            try:
                return datetime.fromisoformat(said).date().isoformat()
            except ValueError as err:
                raise _unfit(
                    one.name, one.title, Title("日期写作 2026-01-31", "write the date like 2026-01-31")
                ) from err
    return said


def _ways(one: Field) -> Title:
    """The choices in the reader's words; programs send what stands in brackets."""
    zh = "、".join(f"{way.title.zh}（{way.value}）" for way in one.choices)
    en = ", ".join(f"{way.title.en} ({way.value})" for way in one.choices)
    return Title(f"请选择：{zh}", f"choose one of: {en}")


def _unfit(name: str, title: Title, fix: Title) -> UnfitStep:
    return UnfitStep(
        Title(f"“{title.zh}”不能接受。", f"The value of “{title.en}” cannot be taken."),
        where=f"/values/{name}",
        fix=fix,
    )
