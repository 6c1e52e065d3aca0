"""Where entity maps are kept."""

import msgspec
from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from yuzhang.brain.context.entity_maps.model import EntityMap
from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.store.engines import Reader, Row
from yuzhang.brain.context.store.tables import METADATA
from yuzhang.brain.context.store.transaction import Transaction

ENTITY_MAP = Table(
    "context_entity_map",
    METADATA,
    Column("space", Integer, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("expires", BigInteger, nullable=False),
    Column("sources", Text, nullable=False),
    Column("linked", Text, nullable=False),
    Index("context_entity_map_expires", "expires"),
)
READ = "SELECT id, expires, sources, linked FROM context_entity_map WHERE space = ? AND id = ? AND expires > ?"
INSERT = "INSERT INTO context_entity_map (space, id, expires, sources, linked) VALUES (?, ?, ?, ?, ?)"
UPDATE = "UPDATE context_entity_map SET expires = ?, sources = ?, linked = ? WHERE space = ? AND id = ?"
_sources = msgspec.json.Decoder(dict[str, list[str]]).decode
_linked = msgspec.json.Decoder(dict[str, str]).decode
_encode = msgspec.json.Encoder().encode


def read(reader: Reader, space: int, entity_map: str, now: Microseconds) -> EntityMap | None:
    """A map; None if there is none, or its time is over."""
    row = reader.one(READ, (space, entity_map, now))
    return None if row is None else _map_of(row)


def read_to_write(transaction: Transaction, space: int, entity_map: str) -> EntityMap | None:
    """The same inside a write."""
    rows = transaction.all(READ, (space, entity_map, transaction.now))
    return _map_of(rows[0]) if rows else None


def insert(transaction: Transaction, space: int, one: EntityMap) -> None:
    """Keep a new map, and forget those whose time is over."""
    transaction.many("DELETE FROM context_entity_map WHERE expires <= ?", [(transaction.now,)])
    transaction.many(
        INSERT, [(space, one.id, one.expires, _encode(one.sources).decode(), _encode(one.linked_maps).decode())]
    )


def update(transaction: Transaction, space: int, one: EntityMap) -> None:
    """Keep a changed map."""
    transaction.many(
        UPDATE, [(one.expires, _encode(one.sources).decode(), _encode(one.linked_maps).decode(), space, one.id)]
    )


def delete(transaction: Transaction, space: int, entity_map: str) -> None:
    """Take a map away."""
    transaction.many("DELETE FROM context_entity_map WHERE space = ? AND id = ?", [(space, entity_map)])


def _map_of(row: Row) -> EntityMap:
    name = row[0] if isinstance(row[0], str) else bytes(row[0]).decode()
    return EntityMap(name, row[1], _sources(row[2]), _linked(row[3]))
