"""Cases that are the same are merged; closed ones are opened again; what was reported is taken back."""

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from yuzhang.brain.cases.errors import WrongState
from yuzhang.brain.cases.life.asking import ROOM, about, as_reporter, found, owned, text
from yuzhang.brain.cases.life.running import now, open_again, put
from yuzhang.brain.cases.model import BY_REPORTER, Case
from yuzhang.brain.cases.processes import running
from yuzhang.brain.cases.processes.running import Running
from yuzhang.brain.cases.store import cases as store
from yuzhang.brain.cases.store import history, tasks
from yuzhang.brain.cases.store.cases import Stored
from yuzhang.brain.cases.store.moments import micros
from yuzhang.core.access import Party, need
from yuzhang.core.language import Title

if TYPE_CHECKING:
    from yuzhang.brain.cases.room import Cases

MERGED = {"state": "merged", "state_zh": "已并案", "state_en": "Merged", "party": "", "task": "", "due_at": None}


def merge(cases: "Cases", caller: Party, number: str, into: str) -> Case:
    """Let a case be the same as another one. Raises WrongState."""
    with cases.storage.writing() as connection:
        one, main = found(connection, number), found(connection, into)
        for asked in (one, main):
            need(caller, f"{ROOM}.actions.merge", about(asked.case))
            if asked.case.status != "open" or asked.case.merged_into:
                raise _wrong(Title(f"{asked.case.number} 已办结或已并案", f"{asked.case.number} is closed or merged"))
        if one.case.id == main.case.id:
            raise _wrong(Title("不能并入自身", "a case cannot be merged into itself"))
        at = cases.now()
        _join(connection, one.case, main.case)
        history.add(connection, one.case.id, at, caller.id, "merged", values={"into": into})
        history.add(connection, main.case.id, at, caller.id, "took-in", values={"case": number})
        for other in store.merged_into(connection, number):  # those that were merged into it before
            store.change(connection, other.id, {"merged_into": into})
        made = now(connection, main.case.id)
    cases.news()
    return made


def reopen(cases: "Cases", caller: Party, number: str, note: str, *, own: bool) -> Case:
    """Open a closed case again, of a merged one its main case too. The caller's own case, or the main one for an officer.

    Raises WrongState, UnfitStep.
    """
    note = text(note, needed=True)
    with cases.storage.writing() as connection:
        if own:
            stored = owned(connection, caller, "reopen", number)
        else:
            stored = found(connection, number)
            need(caller, f"{ROOM}.actions.reopen_for", about(stored.case))
        asked = stored
        while stored.case.merged_into:
            stored = found(connection, stored.case.merged_into)
        if asked.case.status != "closed" or stored.case.status != "closed":
            raise _wrong(Title("只有已办结的办件可以重新打开", "only a closed case can be opened again"))
        by = as_reporter(caller, asked.case).id if own else caller.id
        if asked.case.id != stored.case.id:
            open_again(connection, asked.case, cases.now(), by, note)
            by = BY_REPORTER if own else by  # whoever reported the one is named in no history of the other
        made = _again(cases, connection, by, stored, note)
        if own:
            made = now(connection, asked.case.id)
    cases.news()
    return made


def withdraw(cases: "Cases", caller: Party, number: str, note: str) -> Case:
    """Take back what the caller reported. Others that were merged into it go on. Raises WrongState."""
    note = text(note)
    with cases.storage.writing() as connection:
        stored = owned(connection, caller, "withdraw", number)
        case = stored.case
        if case.status != "open":
            raise _wrong(Title("办件已办结", "the case is closed"))
        at = cases.now()
        tasks.remove(connection, [one.id for one in tasks.of_case(connection, case.id)])
        history.add(connection, case.id, at, as_reporter(caller, case).id, "withdrawn", note=note)
        store.change(
            connection,
            case.id,
            {**MERGED, "state": "", "state_zh": "", "state_en": "", "status": "withdrawn", "outcome": "withdrawn",
             "closed_at": micros(at), "running": b"[]"},
        )  # fmt: skip
        _go_on(cases, connection, case)
        made = now(connection, case.id)
    cases.news()
    return made


def _join(connection: Connection, one: Case, main: Case) -> None:
    tasks.remove(connection, [task.id for task in tasks.of_case(connection, one.id)])
    store.change(connection, one.id, {**MERGED, "merged_into": main.number})


def _go_on(cases: "Cases", connection: Connection, gone: Case) -> None:
    """The first case that was merged into one that is gone goes on by itself; the others with it."""
    others = [one for one in store.merged_into(connection, gone.number) if one.status == "open"]
    if not others:
        return
    stored = store.by_id(connection, others[0].id)
    if stored is None:
        return
    definition = cases.versions.of(connection, stored.case.process, stored.case.version)
    at = cases.now()
    left = Running(stored.running, running.open_in(stored.running, definition), stored.data)
    put(cases, connection, stored.case.id, definition, left, at, merged_into="")
    history.add(connection, stored.case.id, at, "system", "reopened", note=gone.number)
    for other in others[1:]:
        store.change(connection, other.id, {"merged_into": stored.case.number})


def _again(cases: "Cases", connection: Connection, by: str, stored: Stored, note: str) -> Case:
    at, case = cases.now(), stored.case
    definition = cases.versions.of(connection, case.process, case.version)
    data = {**stored.data, "reopened": True, "outcome": "", "decision": ""}
    history.add(connection, case.id, at, by, "reopened", note=note)
    return put(
        cases,
        connection,
        case.id,
        definition,
        running.begin(definition, data),
        at,
        status="open",
        closed_at=None,
        outcome="",
        reopens=case.reopens + 1,
    )


def _wrong(why: Title) -> WrongState:
    return WrongState(
        Title(f"{why.zh}。", f"Not possible: {why.en}."),
        fix=Title("请查看办件当前状态。", "Look at where the case stands."),
    )
