"""Where classifications are kept, and all SQL of them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Column, SmallInteger, Table

from yuzhang.brain.context.classification.model import Class, Classes, Row, TypeClass
from yuzhang.brain.context.editions import raise_edition
from yuzhang.brain.context.store.engines import Reader
from yuzhang.brain.context.store.tables import METADATA, WORDS
from yuzhang.brain.context.store.transaction import Transaction

CLASS = Table(
    "context_class",
    METADATA,
    Column("tenant", WORDS, primary_key=True),
    Column("type", WORDS, primary_key=True),
    Column("attribute", WORDS, primary_key=True),  # empty: the type itself
    Column("level", SmallInteger, nullable=False),
    Column("personal", Boolean, nullable=False),
    Column("region_by", WORDS, nullable=False, server_default=""),
    Column("unit_by", WORDS, nullable=False, server_default=""),
)
ROOM = "classification"
"""The edition that tells other processes."""
ALL = "SELECT tenant, type, attribute, level, personal, region_by, unit_by FROM context_class ORDER BY tenant, type, attribute"
PUT = (
    "INSERT INTO context_class (tenant, type, attribute, level, personal, region_by, unit_by) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (tenant, type, attribute) DO UPDATE SET level = excluded.level, personal = excluded.personal, "
    "region_by = excluded.region_by, unit_by = excluded.unit_by"
)
DROP_TENANT = "DELETE FROM context_class WHERE tenant = ?"
DROP = "DELETE FROM context_class WHERE tenant = ? AND type = ? AND attribute = ?"
TYPES = "SELECT DISTINCT type FROM context_use WHERE space = ? AND attribute = 0"
ENTITIES = (
    "SELECT (SELECT count(*) FROM context_entity WHERE space = ?), "
    "(SELECT coalesce(sum(count), 0) FROM context_use WHERE space = ? AND attribute = 0)"
)
# One look into the index for each value that there is, however many entities have it.
VALUES = """WITH RECURSIVE found(value) AS (
    SELECT min(value) FROM context_value_text WHERE space = ? AND name = ?
    UNION ALL SELECT (SELECT min(t.value) FROM context_value_text t WHERE t.space = ? AND t.name = ? AND t.value > found.value)
    FROM found WHERE found.value IS NOT NULL)
    SELECT value FROM found WHERE value IS NOT NULL LIMIT ?"""


def read_all(reader: Reader) -> dict[str, Classes]:
    """All classifications by tenant."""
    found: dict[str, Classes] = {}
    attributes: dict[tuple[str, str], dict[str, Class]] = {}
    for tenant, kind, attribute, level, personal, region_by, unit_by in reader.all(ALL):
        place = (_text(tenant), _text(kind))
        own = found.setdefault(place[0], {})
        others = attributes.setdefault(place, {})
        if attribute:
            others[_text(attribute)] = Class(level, bool(personal))
            own.setdefault(place[1], TypeClass(attributes=others))
        else:
            own[place[1]] = TypeClass(level, bool(personal), _text(region_by), _text(unit_by), others)
    return found


def put(transaction: Transaction, rows: Sequence[Row]) -> None:
    """Keep lines, each in the place of the one before."""
    transaction.many(
        PUT,
        [(one.tenant, one.type, one.attribute, one.level, one.personal, one.region_by, one.unit_by) for one in rows],
    )
    raise_edition(transaction.connection, ROOM)


def drop(transaction: Transaction, tenant: str, kind: str, attribute: str) -> None:
    """Classify something no longer."""
    transaction.many(DROP, [(tenant, kind, attribute)])
    raise_edition(transaction.connection, ROOM)


def drop_all(transaction: Transaction, tenant: str) -> None:
    """Forget all that a tenant classified."""
    transaction.many(DROP_TENANT, [(tenant,)])
    raise_edition(transaction.connection, ROOM)


def types_there(reader: Reader, space: int) -> list[int]:
    """The numbers of the types that entities of a space have."""
    return [row[0] for row in reader.all(TYPES, (space,))]


def is_mixed(reader: Reader, space: int) -> bool:
    """Whether some entity of a space has more than one type."""
    entities, typed = reader.all(ENTITIES, (space, space))[0]
    return int(entities) != int(typed)


def values_there(reader: Reader, space: int, name: int, most: int) -> list[str]:
    """The texts that an indexed attribute has, each once, at most `most`."""
    return [_text(row[0]) for row in reader.all(VALUES, (space, name, space, name, most))]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).decode()
