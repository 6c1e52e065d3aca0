"""How units do, counted by the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select

from yuzhang.brain.cases.model import Load, Performance
from yuzhang.brain.cases.store.moments import micros
from yuzhang.brain.cases.tables import CASE, OPEN, TASK

C, T = CASE.c, TASK.c


def performance(
    connection: Connection,
    since: datetime,
    until: datetime,
    now: datetime,
    region: str,
    matter: str,
    *,
    simulated: bool,
) -> list[Performance]:
    """Each unit that had cases opened or closed between two moments, or has some open; by unit. Merged ones count with their main case."""
    of_all: list[ColumnElement[bool]] = [C.simulated == simulated, C.unit != ""]
    of_all += [C.region == region] if region else []
    of_all += [C.matter == matter] if matter else []
    about = [*of_all, C.merged_into == ""]

    def counted(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.sum(case((condition, 1), else_=0))

    period = (micros(since), micros(until) - 1)
    closed = select(
        C.unit,
        func.count(),
        counted(C.late.is_(False)),
        counted(C.returns > 0),
        counted(C.reopens > 0),
        counted(C.outcome == "not-fixed"),
    ).where(*about, C.closed_at.between(*period), C.status == "closed", C.outcome != "rejected")
    opened = select(C.unit, func.count()).where(*about, C.opened_at.between(*period))
    still = select(C.unit, func.count(), counted(C.due_at < micros(now))).where(*of_all, OPEN)
    by_unit = {row[0]: tuple(row[1:]) for row in connection.execute(closed.group_by(C.unit))}
    new = {row[0]: row[1] for row in connection.execute(opened.group_by(C.unit))}
    left = {row[0]: tuple(row[1:]) for row in connection.execute(still.group_by(C.unit))}
    return [
        Performance(unit, new.get(unit, 0), *by_unit.get(unit, (0, 0, 0, 0, 0)), *left.get(unit, (0, 0)))
        for unit in sorted({*by_unit, *new, *left})
    ]


def load(connection: Connection, now: datetime, soon: datetime, region: str) -> list[Load]:
    """What each unit has to do now, the most loaded first."""
    late = func.sum(case((T.due_at < micros(now), 1), else_=0))
    near = func.sum(case((T.due_at.between(micros(now), micros(soon)), 1), else_=0))
    asked = select(T.unit, func.count().label("many"), late, near).where(T.unit != "").group_by(T.unit)
    if region:
        asked = asked.where(T.region == region)
    return [Load(*row) for row in connection.execute(asked.order_by(func.count().desc(), T.unit))]
