"""Attachments, as the database has them; what is in them lies in files (attachments.py)."""

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, literal_column, select

from yuzhang.brain.cases.model import Attachment
from yuzhang.brain.cases.store.moments import micros, moment_if
from yuzhang.brain.cases.tables import ATTACHMENT
from yuzhang.core.moments import moment

A = ATTACHMENT.c


def add(connection: Connection, one: Attachment, sha256: str) -> None:
    """Keep an attachment."""
    connection.execute(
        insert(ATTACHMENT).values(
            id=one.id,
            case=one.case,
            sha256=sha256,
            name=one.name,
            type=one.type,
            by=one.by,
            task=one.task,
            size=one.size,
            at=micros(one.at),
            taken_at=micros(one.taken_at),
            lon=one.lon,
            lat=one.lat,
        )
    )


def of_case(connection: Connection, case: int) -> list[Attachment]:
    """Those of a case, in the order in which they came."""
    rows = connection.execute(
        select(ATTACHMENT).where(A.case == case).order_by(A.at, literal_column("rowid"))
    ).mappings()
    return [_attachment(row) for row in rows]


def of_tasks(connection: Connection, case: int) -> int:
    """How many a case has that came with a step, and not with the report."""
    asked: list[ColumnElement[bool]] = [A.case == case, A.task != ""]
    return connection.execute(select(func.count()).select_from(ATTACHMENT).where(*asked)).scalar_one()


def one(connection: Connection, case: int, id_: str) -> tuple[Attachment, str] | None:
    """One of a case, with the hash of its content."""
    row = connection.execute(select(ATTACHMENT).where(A.case == case, A.id == id_)).mappings().first()
    return None if row is None else (_attachment(row), row["sha256"])


def _attachment(row: RowMapping) -> Attachment:
    return Attachment(
        row["id"],
        row["case"],
        row["name"],
        row["type"],
        row["size"],
        row["by"],
        moment(row["at"]),
        row["task"],
        moment_if(row["taken_at"]),
        row["lon"],
        row["lat"],
    )
