"""The table of subscriptions that this broker has at others, and all SQL of it."""

from dataclasses import dataclass

from sqlalchemy import Boolean, Column, Connection, Table, Text, delete, insert, select

from yuzhang.brain.context.editions import raise_edition
from yuzhang.brain.context.store.tables import METADATA

ROOM = "remote subscriptions"
"""The edition that others follow."""

REMOTE = Table(
    "context_remote_subscription",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("subscription", Text, nullable=False),
    Column("registration", Text, nullable=False),
    Column("unsaid", Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Remote:
    """A subscription at another broker, made for `subscription` here. Its id is known to the two brokers only.

    `unsaid`: the conditions were not told to the other broker, so they are looked after here.
    """

    id: str
    tenant: str
    subscription: str
    registration: str
    unsaid: bool


def add(connection: Connection, new: Remote) -> None:
    """Keep a new one."""
    values = {"id": new.id, "tenant": new.tenant, "subscription": new.subscription}
    connection.execute(insert(REMOTE).values(**values, registration=new.registration, unsaid=new.unsaid))
    raise_edition(connection, ROOM)


def remove(connection: Connection, remote: str) -> None:
    """Forget one."""
    connection.execute(delete(REMOTE).where(REMOTE.c.id == remote))
    raise_edition(connection, ROOM)


def all_of(connection: Connection) -> list[Remote]:
    """All of them."""
    return [Remote(*row) for row in connection.execute(select(REMOTE))]
