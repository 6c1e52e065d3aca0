"""Where snapshots are kept: their state in a table, their entities in a space of their own beside the tenant's."""

from typing import Any

import msgspec
from sqlalchemy import Column, Table, Text

from yuzhang.brain.context.snapshots.model import Snapshot
from yuzhang.brain.context.store.engines import Reader
from yuzhang.brain.context.store.tables import METADATA
from yuzhang.brain.context.store.transaction import Transaction

SNAPSHOT = Table(
    "context_snapshot",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("body", Text, nullable=False),
)
READ = "SELECT body FROM context_snapshot WHERE tenant = ? AND id = ?"
ALL = "SELECT tenant, body FROM context_snapshot ORDER BY tenant, id"
INSERT = "INSERT INTO context_snapshot (tenant, id, body) VALUES (?, ?, ?)"
UPDATE = "UPDATE context_snapshot SET body = ? WHERE tenant = ? AND id = ?"
DELETE = "DELETE FROM context_snapshot WHERE tenant = ? AND id = ?"
EMPTY = (
    *(
        f"DELETE FROM {table} WHERE key IN (SELECT key FROM context_entity WHERE space = ?)"  # noqa: S608  # as below
        for table in ("context_box", "context_attribute_end")
    ),
    *(
        f"DELETE FROM {table} WHERE space = ?"  # noqa: S608  # our own tables
        for table in (
            *("context_entity_type", "context_link", "context_value_number", "context_value_text"),
            *("context_use", "context_declared", "context_entity"),
        )
    ),
)
_decode = msgspec.json.Decoder(Snapshot).decode
_encode = msgspec.json.Encoder().encode


def read(reader: Reader, tenant: str, snapshot: str) -> Snapshot | None:
    """A snapshot; None if there is none."""
    row = reader.one(READ, (tenant, snapshot))
    return None if row is None else _decode(row[0])


def read_all(reader: Reader) -> list[tuple[str, Snapshot]]:
    """All snapshots with their tenants."""
    return [(_text(row[0]), _decode(row[1])) for row in reader.all(ALL)]


def read_to_write(transaction: Transaction, tenant: str, snapshot: str) -> Snapshot | None:
    """A snapshot inside a write."""
    rows = transaction.all(READ, (tenant, snapshot))
    return _decode(rows[0][0]) if rows else None


def insert(transaction: Transaction, tenant: str, one: Snapshot) -> None:
    """Keep a new snapshot."""
    transaction.many(INSERT, [(tenant, one.id, _encode(one).decode())])


def update(transaction: Transaction, tenant: str, one: Snapshot) -> None:
    """Keep a changed snapshot."""
    transaction.many(UPDATE, [(_encode(one).decode(), tenant, one.id)])


def delete(transaction: Transaction, tenant: str, snapshot: str) -> None:
    """Take a snapshot away, with its entities. Its space keeps its number, so that no other process takes it for another's."""
    empty(transaction, tenant, snapshot)
    transaction.many(DELETE, [(tenant, snapshot)])


def empty(transaction: Transaction, tenant: str, snapshot: str) -> None:
    """Take the entities of a snapshot away."""
    space = transaction.make_space(tenant, snapshot)
    for sql in EMPTY:
        transaction.many(sql, [(space,)])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).decode()
