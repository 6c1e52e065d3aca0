"""The tables of the room. Times are microseconds, UTC."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text

METADATA = MetaData()
Table(
    "city_duty",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("party", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("begins", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Index("city_duty_time", "ends", "begins"),
)
Table(
    "city_told",  # what a party was told of, so that nothing is told twice
    METADATA,
    Column("thing", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("party", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index("city_told_time", "at"),
)
Table(
    "city_field_entry",  # what came from the field, by the key that the phone gave it
    METADATA,
    Column("party", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("case", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("detail_zh", Text, nullable=False),
    Column("detail_en", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Index("city_field_entry_time", "party", "received_at"),
)
