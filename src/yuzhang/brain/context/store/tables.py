"""The tables of entities. What a query may ask is taken out of the body into narrow tables beside it, by number.

`space` numbers a tenant, or a snapshot of one. `name` numbers an attribute or a type. `key` numbers an entity.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

METADATA = MetaData()
# SQLite's own row number is an INTEGER, nothing else.
KEY = BigInteger().with_variant(Integer, "sqlite")
# Compared by code points in both databases, whatever language the server of PostgreSQL was set up for.
WORDS = Text().with_variant(Text(collation="C"), "postgresql")

SPACE = Table(
    "context_space",
    METADATA,
    Column("space", Integer, primary_key=True),
    Column("tenant", WORDS, nullable=False),
    Column("snapshot", WORDS, nullable=False, server_default=""),
    UniqueConstraint("tenant", "snapshot"),
)

NAME = Table(
    "context_name",
    METADATA,
    Column("name", Integer, primary_key=True),
    Column("text", WORDS, nullable=False, unique=True),
)

ENTITY = Table(
    "context_entity",
    METADATA,
    Column("key", KEY, primary_key=True, autoincrement=False),
    Column("space", Integer, nullable=False),
    Column("id", WORDS, nullable=False),
    Column("body", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),
    Column("times", Text),
    Column("expires", BigInteger),
    Index("context_entity_id", "space", "id", unique=True),
    Index(
        "context_entity_expires",
        "expires",
        sqlite_where=text("expires IS NOT NULL"),
        postgresql_where=text("expires IS NOT NULL"),
    ),
)

ATTRIBUTE_END = Table(
    "context_attribute_end",
    METADATA,
    Column("key", KEY, primary_key=True, autoincrement=False),
    Column("moment", BigInteger, nullable=False, index=True),
)

ENTITY_TYPE = Table(
    "context_entity_type",
    METADATA,
    Column("space", Integer, primary_key=True),
    Column("name", Integer, primary_key=True),
    Column("key", KEY, primary_key=True),
    sqlite_with_rowid=False,
)

LINK = Table(
    "context_link",
    METADATA,
    Column("space", Integer, primary_key=True),
    Column("target", WORDS, primary_key=True),
    Column("name", Integer, primary_key=True),
    Column("key", KEY, primary_key=True),
    sqlite_with_rowid=False,
)

DECLARED = Table(
    "context_declared",
    METADATA,
    Column("space", Integer, primary_key=True),
    Column("name", Integer, primary_key=True),
    Column("leaving", BigInteger),  # since when it is declared no longer
)

VALUE_NUMBER = Table(
    "context_value_number",
    METADATA,
    Column("space", Integer, primary_key=True),
    Column("name", Integer, primary_key=True),
    Column("value", Float, primary_key=True),
    Column("key", KEY, primary_key=True),
    sqlite_with_rowid=False,
)

VALUE_TEXT = Table(
    "context_value_text",
    METADATA,
    Column("space", Integer, primary_key=True),
    Column("name", Integer, primary_key=True),
    Column("value", WORDS, primary_key=True),
    Column("key", KEY, primary_key=True),
    sqlite_with_rowid=False,
)

USE = Table(
    "context_use",
    METADATA,
    Column("space", Integer, primary_key=True),
    Column("type", Integer, primary_key=True),
    Column("attribute", Integer, primary_key=True),  # 0: the type itself
    Column("kind", SmallInteger, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

BOX_SQLITE = "CREATE VIRTUAL TABLE context_box USING rtree(key, west, east, south, north)"
BOX_POSTGRES = (
    "CREATE TABLE context_box (key bigint PRIMARY KEY, box geometry(Polygon, 4326) NOT NULL)",
    "CREATE INDEX context_box_place ON context_box USING gist (box)",
)
