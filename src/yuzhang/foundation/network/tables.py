"""The tables of the room. Times are integer microseconds UTC."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, MetaData, Table, Text

METADATA = MetaData()
DEVICE = Table(
    "network_device",
    METADATA,
    Column("device", Text, primary_key=True),
    Column("seen", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("rate", Float, nullable=False),
    Column("rate_at", BigInteger, nullable=False),
    Column("gaps", Integer, nullable=False),
    Column("longest", Float, nullable=False),
    Column("gap_at", BigInteger, nullable=False),
    Column("battery", Float),
    Column("signal", Float),
)
"""What was heard of each device. `longest`: its longest gap, in seconds; `rate`: values a minute as of `rate_at`."""
FINDING = Table(
    "network_finding",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("covers", Integer, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("into", Text, nullable=False, default=""),
    Index("network_finding_open", "ended_at", "began_at"),
)
PLACE = Table(
    "network_place",
    METADATA,
    Column("reader", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
"""How far the log was read, in the same transaction as what was heard."""
