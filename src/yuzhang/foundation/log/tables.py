"""The log's tables, in the database of the present: what an operation changes there and what it says of it are one transaction."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData()
KEY = BigInteger().with_variant(Integer, "sqlite")

RECORD = Table(
    "log_record",
    METADATA,
    Column("position", KEY, primary_key=True, autoincrement=True),
    Column("rows", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("checksum", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    sqlite_autoincrement=True,  # a position is never given twice, also after all records are filed and gone
)

PLACE = Table(
    "log_place",
    METADATA,
    Column("reader", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("until", BigInteger),  # microseconds: whoever holds the log for a while, as a backup does, may die doing it
)

DAMAGED = Table(
    "log_damaged",
    METADATA,
    Column("position", BigInteger, primary_key=True),
    Column("checksum", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)
