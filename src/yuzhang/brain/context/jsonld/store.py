"""The table of contexts that this broker keeps, and all SQL of it."""

from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)

from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.store.tables import KEY, METADATA

Kind = Literal["Hosted", "Cached", "ImplicitlyCreated"]

DOCUMENT = Table(
    "context_document",
    METADATA,
    Column("number", KEY, primary_key=True, autoincrement=True),
    Column("tenant", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("local", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("used", BigInteger),
    Column("hits", Integer, nullable=False, server_default="0"),
    UniqueConstraint("tenant", "address"),
    UniqueConstraint("tenant", "local"),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A context that is kept: `address` is what payloads name it by, `local` its identifier here. `document` has a @context."""

    tenant: str
    address: str
    local: str
    kind: Kind
    document: Any
    created: Microseconds
    used: Microseconds | None = None
    hits: int = 0


def add(connection: Connection, new: Kept) -> None:
    """Keep a context; one of the same address is replaced."""
    connection.execute(delete(DOCUMENT).where(DOCUMENT.c.tenant == new.tenant, DOCUMENT.c.address == new.address))
    connection.execute(
        insert(DOCUMENT).values(
            tenant=new.tenant,
            address=new.address,
            local=new.local,
            kind=new.kind,
            document=msgspec.json.encode(new.document).decode(),
            created=new.created,
            used=new.used,
            hits=new.hits,
        )
    )


def all_of(connection: Connection, tenant: str) -> list[Kept]:
    """The contexts of a tenant, in the order of their creation."""
    query = select(DOCUMENT).where(DOCUMENT.c.tenant == tenant).order_by(DOCUMENT.c.number)
    return [_kept(row) for row in connection.execute(query)]


def find(connection: Connection, tenant: str, name: str) -> Kept | None:
    """The context with this address or local identifier; None if there is none."""
    query = select(DOCUMENT).where(
        DOCUMENT.c.tenant == tenant, (DOCUMENT.c.address == name) | (DOCUMENT.c.local == name)
    )
    row = connection.execute(query).first()
    return None if row is None else _kept(row)


def remove(connection: Connection, tenant: str, local: str) -> None:
    """Forget a context."""
    connection.execute(delete(DOCUMENT).where(DOCUMENT.c.tenant == tenant, DOCUMENT.c.local == local))


def count(connection: Connection, tenant: str, kind: Kind) -> int:
    """How many contexts of a kind a tenant has."""
    query = select(func.count()).where(DOCUMENT.c.tenant == tenant, DOCUMENT.c.kind == kind)
    return int(connection.scalar(query) or 0)


def oldest(connection: Connection, tenant: str, kind: Kind, limit: int) -> list[str]:
    """The local identifiers of those that were not used for the longest time."""
    query = (
        select(DOCUMENT.c.local)
        .where(DOCUMENT.c.tenant == tenant, DOCUMENT.c.kind == kind)
        .order_by(func.coalesce(DOCUMENT.c.used, DOCUMENT.c.created))
        .limit(limit)
    )
    return [str(row[0]) for row in connection.execute(query)]


def write_use(connection: Connection, tenant: str, local: str, hits: int, used: Microseconds) -> None:
    """Add to the count of uses."""
    connection.execute(
        update(DOCUMENT)
        .where(DOCUMENT.c.tenant == tenant, DOCUMENT.c.local == local)
        .values(hits=DOCUMENT.c.hits + hits, used=used)
    )


def _kept(row: Any) -> Kept:
    return Kept(
        row.tenant, row.address, row.local, row.kind, msgspec.json.decode(row.document), row.created, row.used, row.hits
    )
