"""What anybody may see of cases, and what was sent to other systems, as the database has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from yuzhang.brain.cases.model import Case
from yuzhang.brain.cases.open311.model import Seen, Wanted
from yuzhang.brain.cases.open311.tables import SENT
from yuzhang.brain.cases.store.cases import PLAIN, case_of
from yuzhang.brain.cases.store.moments import micros, moment_if
from yuzhang.brain.cases.tables import CASE, HISTORY, TASK
from yuzhang.core.moments import moment

C, H, S, T = CASE.c, HISTORY.c, SENT.c, TASK.c
REPORTED = ("person", "hotline", "system")
"""What people and systems reported; what rules open is no request."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A task that another system does. `state`: waiting, sent, closed, failed; `request`: what that system calls it; `token`: what it is
    asked by until it has a name."""

    task: str
    number: str
    system: str
    state: str
    request: str
    token: str
    attempts: int
    status: str


def published(connection: Connection, wanted: Wanted, matters: Sequence[str], reporter: str) -> list[Seen]:
    """Cases that were reported, the newest first: of public matters, and those of `reporter`. No simulated ones."""
    about: list[ColumnElement[bool]] = [C.simulated.is_(False), C.source.in_(REPORTED)]
    public = C.matter.in_(matters)
    about.append(or_(public, C.reporter == reporter) if reporter else public)
    if wanted.numbers:
        about.append(C.number.in_(wanted.numbers))
    if wanted.matters:
        about.append(C.matter.in_(wanted.matters))
    if wanted.statuses:
        closed, open_ = C.status != "open", C.status == "open"
        about.append(
            or_(*([closed] if "closed" in wanted.statuses else []), *([open_] if "open" in wanted.statuses else []))
        )
    if wanted.since is not None:
        about.append(C.opened_at >= micros(wanted.since))
    if wanted.until is not None:
        about.append(C.opened_at <= micros(wanted.until))
    updated = select(func.max(H.at)).where(H.case == C.id).scalar_subquery()
    asked = select(*PLAIN, updated.label("updated")).where(*about).order_by(C.id.desc())
    asked = asked.limit(wanted.size).offset((wanted.page - 1) * wanted.size)
    return [
        Seen(
            case_of(row),
            moment_if(row["updated"]) or moment(row["opened_at"]),
            bool(reporter) and row["reporter"] == reporter,
        )
        for row in connection.execute(asked).mappings()
    ]


def unsent(connection: Connection, step: str, matters: Sequence[str], most: int) -> list[tuple[str, Case]]:
    """Open tasks of a step and of some matters that no system was told of yet, each with its case. Simulated ones stay here."""
    told = exists().where(S.task == T.id)
    asked = (
        select(T.id.label("asked"), *PLAIN)
        .join(CASE, T.case == C.id)
        .where(T.name == step, T.matter.in_(matters), T.simulated.is_(False), ~told)
        .order_by(T.due_at)
        .limit(most)
    )
    return [(row["asked"], case_of(row)) for row in connection.execute(asked).mappings()]


def add(connection: Connection, task: str, number: str, system: str, at: datetime) -> None:
    """Let a task be sent to a system, if it is not there yet."""
    made = upsert(SENT).values(task=task, number=number, system=system, state="waiting", next_at=micros(at), attempts=0)
    connection.execute(made.on_conflict_do_nothing())


def due(connection: Connection, systems: Sequence[str], now: datetime, most: int) -> list[Sending]:
    """What is to be sent to some systems or asked of them after now, the longest waiting first. What is another's waits until that is back."""
    about = (S.system.in_(systems), S.state.in_(("waiting", "sent")), S.next_at <= micros(now))
    rows = connection.execute(select(SENT).where(*about).order_by(S.next_at).limit(most)).mappings()
    return [_sending(row) for row in rows]


def of_case(connection: Connection, number: str) -> list[Sending]:
    """What of a case was sent."""
    rows = connection.execute(select(SENT).where(S.number == number)).mappings()
    return [_sending(row) for row in rows]


def note(connection: Connection, task: str, next_at: datetime | None = None, **values: str | int) -> None:
    """Change what is given of one."""
    more: Mapping[str, Any] = {} if next_at is None else {"next_at": micros(next_at)}
    connection.execute(update(SENT).where(S.task == task).values(**values, **more))


def _sending(row: Mapping[Any, Any]) -> Sending:
    return Sending(
        row["task"],
        row["number"],
        row["system"],
        row["state"],
        row["request"],
        row["token"],
        row["attempts"],
        row["status"],
    )
