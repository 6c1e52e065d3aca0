"""Versions of processes, as the database has them."""

from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, literal_column, select
from sqlalchemy.dialects.sqlite import insert as upsert

from yuzhang.brain.cases.model import Version
from yuzhang.brain.cases.store.moments import micros
from yuzhang.brain.cases.tables import CASE, CHOSEN, VERSION
from yuzhang.core.moments import moment

V = VERSION.c


def add(connection: Connection, one: Version, at: datetime) -> None:
    """Keep a version, if it is not there."""
    made = upsert(VERSION).values(
        process=one.process,
        version=one.version,
        bpmn=one.bpmn,
        decisions=list(one.decisions),
        made_by=one.made_by,
        note=one.note,
        made_at=micros(at),
    )
    connection.execute(made.on_conflict_do_nothing())


def choose(connection: Connection, process: str, version: str, by: str, at: datetime) -> None:
    """Let new cases run by a version."""
    row = {"version": version, "by": by, "at": micros(at)}
    made = upsert(CHOSEN).values(process=process, **row)
    connection.execute(made.on_conflict_do_update(index_elements=["process"], set_=row))


def chosen(connection: Connection) -> dict[str, tuple[str, str, datetime]]:
    """The versions that officers saved last: version, by whom, when; by process."""
    return {row[0]: (row[1], row[2], moment(row[3])) for row in connection.execute(select(CHOSEN))}


def one(connection: Connection, process: str, version: str) -> Version | None:
    """One version of a process."""
    asked = select(VERSION).where(V.process == process, V.version == version)
    row = connection.execute(asked).mappings().first()
    return None if row is None else _version(row)


def of_process(connection: Connection, process: str) -> list[Version]:
    """All versions of a process, the newest first."""
    rows = connection.execute(
        select(VERSION).where(V.process == process).order_by(V.made_at.desc(), literal_column("rowid").desc())
    )
    return [_version(row) for row in rows.mappings()]


def running(connection: Connection) -> dict[str, dict[str, int]]:
    """How many open cases run by each version, by process."""
    found: dict[str, dict[str, int]] = {}
    asked = select(CASE.c.process, CASE.c.version, func.count()).where(CASE.c.status == "open")
    for process, version, many in connection.execute(asked.group_by(CASE.c.process, CASE.c.version)):
        found.setdefault(process, {})[version] = many
    return found


def _version(row: RowMapping) -> Version:
    return Version(
        row["process"],
        row["version"],
        row["bpmn"],
        tuple(row["decisions"]),
        moment(row["made_at"]),
        row["made_by"],
        row["note"],
    )
