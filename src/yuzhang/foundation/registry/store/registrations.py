"""Devices that ask to be taken in, as the database has them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from yuzhang.core.moments import microseconds, moment
from yuzhang.foundation.registry.model import Registration
from yuzhang.foundation.registry.tables import REGISTRATION

WAITING, APPROVED, REFUSED = "waiting", "approved", "refused"
SAID = ("kind", "model", "entity", "lon", "lat", "gateway", "firmware", "peer")


def _registration(row: Mapping[Any, Any]) -> Registration:
    return Registration(row["name"], **{name: row[name] for name in SAID}, at=moment(row["at"]))


def found(connection: Connection, name: str) -> tuple[Registration, bytes, str] | None:
    """What was said under a name, the hash of its claim, and how it stands."""
    row = connection.execute(select(REGISTRATION).where(REGISTRATION.c.name == name)).mappings().first()
    return None if row is None else (_registration(row), row["claim"], row["status"])


def waiting(connection: Connection, limit: int, offset: int) -> list[Registration]:
    """Those that wait, the oldest first."""
    asked = (
        select(REGISTRATION).where(REGISTRATION.c.status == WAITING).order_by(REGISTRATION.c.at, REGISTRATION.c.name)
    )
    return [_registration(row) for row in connection.execute(asked.limit(limit).offset(offset)).mappings()]


def count(connection: Connection, peer: str | None = None) -> int:
    """How many wait, of one address or of all."""
    asked = select(func.count()).select_from(REGISTRATION).where(REGISTRATION.c.status == WAITING)
    if peer is not None:
        asked = asked.where(REGISTRATION.c.peer == peer)
    return int(connection.execute(asked).scalar_one())


def add(connection: Connection, one: Registration, claim: bytes, at: datetime) -> None:
    """Let one wait."""
    values = {name: getattr(one, name) for name in SAID}
    connection.execute(
        insert(REGISTRATION).values(name=one.name, claim=claim, at=microseconds(at), status=WAITING, **values)
    )


def decide(connection: Connection, name: str, status: str, at: datetime, by: str) -> None:
    """Approve or refuse one."""
    connection.execute(
        update(REGISTRATION)
        .where(REGISTRATION.c.name == name)
        .values(status=status, decided_at=microseconds(at), decided_by=by)
    )


def drop(connection: Connection, name: str) -> None:
    """Forget one."""
    connection.execute(delete(REGISTRATION).where(REGISTRATION.c.name == name))


def drop_before(connection: Connection, at: datetime) -> None:
    """Forget those that were made before `at` and wait, or were refused."""
    connection.execute(
        delete(REGISTRATION).where(REGISTRATION.c.at < microseconds(at), REGISTRATION.c.status.in_((WAITING, REFUSED)))
    )
