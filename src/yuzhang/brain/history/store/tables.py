"""What history knows beside its rows, in the database of the present, where it is found by name in microseconds.

The lake holds the same series and entities (`lake.history_series`), so that its Parquet files can be read without this database.
"""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, MetaData, Table, Text, UniqueConstraint

METADATA = MetaData()
KEY = BigInteger().with_variant(Integer, "sqlite")
WORDS = Text().with_variant(Text(collation="C"), "postgresql")

ENTITY = Table(
    "history_entity",
    METADATA,
    Column("number", KEY, primary_key=True, autoincrement=True),
    Column("tenant", WORDS, nullable=False),
    Column("id", WORDS, nullable=False),
    Column("types", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),
    Column("deleted", BigInteger),
    UniqueConstraint("tenant", "id"),
)

ENTITY_TYPE = Table(
    "history_entity_type",
    METADATA,
    Column("tenant", WORDS, primary_key=True),
    Column("type", WORDS, primary_key=True),
    Column("entity", KEY, primary_key=True),
    sqlite_with_rowid=False,
)

SERIES = Table(
    "history_series",
    METADATA,
    Column("number", KEY, primary_key=True, autoincrement=True),
    Column("entity", BigInteger, nullable=False),
    Column("attribute", WORDS, nullable=False),
    Column("dataset", WORDS, nullable=False),
    Column("policy", Integer, nullable=False),
    Column("first_time", BigInteger, nullable=False),
    Column("last_time", BigInteger, nullable=False),
    Column("last_value", Float(53)),
    Column("last_rest", Text),
    UniqueConstraint("entity", "attribute", "dataset"),
    Index("history_series_attribute", "attribute"),
)

POLICY = Table(
    "history_policy",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("types", Text, nullable=False),
    Column("keep_days", Integer),
    Column("thinning", Text, nullable=False),
)
