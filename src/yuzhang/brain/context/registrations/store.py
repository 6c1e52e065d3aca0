"""The table of registrations, and all SQL of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Table, Text, delete, insert, select, update

from yuzhang.brain.context.editions import raise_edition
from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.registrations.model import Registration
from yuzhang.brain.context.store.tables import METADATA

ROOM = "registrations"
"""The edition that others follow."""

REGISTRATION = Table(
    "context_registration",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("document", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),
)

IDENTITY = Table("context_source_identity", METADATA, Column("alias", Text, primary_key=True))
"""The name that this broker gave itself, one row. Source: clause 5.2.40."""


@dataclass(frozen=True, slots=True)
class Row:
    """A registration as the database has it."""

    tenant: str
    id: str
    document: dict[str, Any]
    reference: Any
    created: Microseconds
    modified: Microseconds


def add(connection: Connection, new: Registration) -> None:
    """Keep a new registration."""
    connection.execute(insert(REGISTRATION).values(tenant=new.tenant, id=new.id, created=new.created, **_changing(new)))
    raise_edition(connection, ROOM)


def exists(connection: Connection, new: Registration) -> bool:
    """Whether the tenant has a registration of this id."""
    return connection.execute(select(REGISTRATION.c.id).where(*_same(new))).first() is not None


def change(connection: Connection, changed: Registration) -> None:
    """Put `changed` in the place of the registration of its tenant and id."""
    connection.execute(update(REGISTRATION).where(*_same(changed)).values(**_changing(changed)))
    raise_edition(connection, ROOM)


def remove(connection: Connection, gone: Registration) -> None:
    """Forget a registration."""
    connection.execute(delete(REGISTRATION).where(*_same(gone)))
    raise_edition(connection, ROOM)


def all_of(connection: Connection) -> Iterator[Row]:
    """Every registration of every tenant, the oldest first."""
    for row in connection.execute(select(REGISTRATION).order_by(REGISTRATION.c.created, REGISTRATION.c.id)):
        yield Row(
            row.tenant,
            row.id,
            msgspec.json.decode(row.document),
            msgspec.json.decode(row.reference),
            row.created,
            row.modified,
        )


def alias(connection: Connection) -> str | None:
    """The name that this broker gave itself."""
    found: str | None = connection.execute(select(IDENTITY.c.alias)).scalar()
    return found


def keep_alias(connection: Connection, name: str) -> None:
    """Keep the name that this broker gives itself."""
    connection.execute(insert(IDENTITY).values(alias=name))


def _same(one: Registration) -> tuple[Any, Any]:
    return REGISTRATION.c.tenant == one.tenant, REGISTRATION.c.id == one.id


def _changing(one: Registration) -> dict[str, Any]:
    return {
        "document": msgspec.json.encode(one.document).decode(),
        "reference": msgspec.json.encode(one.reference).decode(),
        "modified": one.modified,
    }
