"""The history of cases: entries are added, and never changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from yuzhang.brain.cases.model import Case, Step, Task
from yuzhang.brain.cases.store.moments import micros
from yuzhang.brain.cases.tables import HISTORY
from yuzhang.core.language import Title
from yuzhang.core.moments import moment

H = HISTORY.c


def add(
    connection: Connection,
    case: int,
    at: datetime,
    by: str,
    kind: str,
    *,
    task: Task | None = None,
    note: str = "",
    values: Mapping[str, Any] | None = None,
    unit: str = "",
) -> int:
    """Keep what was done; its number."""
    title = task.title if task is not None else Title("", "")
    row = {
        "case": case,
        "at": micros(at),
        "by": by,
        "kind": kind,
        "task": task.name if task is not None else "",
        "title_zh": title.zh,
        "title_en": title.en,
        "note": note,
        "unit": unit or (task.unit if task is not None else ""),
        "values": dict(values or {}),
    }
    return int(connection.execute(insert(HISTORY), row).inserted_primary_key[0])  # type: ignore[index]  # one row was inserted


def of_case(connection: Connection, case: int, most: int = 2_000) -> list[Step]:
    """What was done on a case, in order; the last ones where there are more."""
    rows = connection.execute(select(HISTORY).where(H.case == case).order_by(H.number.desc()).limit(most)).mappings()
    return [_step(row) for row in rows][::-1]


def since(connection: Connection, number: int, most: int) -> list[Step]:
    """What was done after an entry, over all cases."""
    rows = connection.execute(select(HISTORY).where(H.number > number).order_by(H.number).limit(most)).mappings()
    return [_step(row) for row in rows]


def doers(connection: Connection, case: int, tasks: Sequence[str]) -> set[str]:
    """Who did some of the steps of a case."""
    asked = select(H.by).where(H.case == case, H.task.in_(tasks), H.kind.in_(("done", "returned")))
    return set(connection.execute(asked.distinct()).scalars())


def reporting(connection: Connection, cases: Sequence[Case]) -> set[str]:
    """The parties that reported some cases: each reporter, and whoever sent the report in their name."""
    reported = {one.id: one.reporter for one in cases if one.reporter}
    asked = select(H.by).where(H.case.in_(reported), H.kind == "opened")
    return {*reported.values(), *connection.execute(asked).scalars()}


def _step(row: RowMapping) -> Step:
    return Step(
        row["number"],
        row["case"],
        moment(row["at"]),
        row["by"],
        row["kind"],
        row["task"],
        Title(row["title_zh"], row["title_en"]),
        row["note"],
        row["values"],
        row["unit"],
    )
