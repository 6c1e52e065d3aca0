"""The tables of the room. Times are whole microseconds since 1970 in UTC."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData()

PLACE = Table(
    "rule_place",
    METADATA,
    Column("reader", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
"""How far the log is evaluated: changed in the transaction of all that follows from it."""
SLOT = Table(
    "rule_slot",
    METADATA,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("rule", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("attribute", Text, nullable=False),
    Column("dataset", Text, nullable=False),
)
BLOCK = Table(
    "rule_block",
    METADATA,
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)
"""What is remembered of the slots, some together (evaluation/slots.py)."""
RING = Table(
    "rule_ring",
    METADATA,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)
"""Windows and baselines of slots."""
EVENT = Table(
    "rule_event",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("pack", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("attribute", Text, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("cleared_at", BigInteger),
    Column("seen_at", BigInteger, nullable=False),
    Column("value", Float),
    Column("threshold", Float),
    Column("lon", Float),
    Column("lat", Float),
    Column("region", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("matter", Text, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("measured", Text, nullable=False, default=""),
    Column("acknowledged_by", Text, nullable=False, default=""),
    Column("acknowledged_at", BigInteger),
    Index("rule_event_status", "status", "opened_at"),
    Index("rule_event_opened", "opened_at"),
    Index("rule_event_rule", "rule", "opened_at"),
    Index("rule_event_entity", "entity", "opened_at"),
)
VERSION = Table(
    "rule_version",
    METADATA,
    Column("rule", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("given", JSON, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("before", Integer, nullable=False, server_default="0"),
)
"""Rules as officers changed them, all versions; at most one of a rule is current, and else the pack's counts. `before`: which one counted
when it was made, 0 the pack's."""
QUIET = Table(
    "rule_quiet",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("rule", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("days", Text, nullable=False, server_default=""),
)
"""Maintenance windows that officers entered; `rule` and `entity` empty for all. `days`: of the week, "" once; then `start` and `end` are
minutes since midnight by the city's clock."""
EDITION = Table(
    "rule_edition",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
"""Grows with each change of rules or windows, so that whoever evaluates them reads them anew, in whichever process."""
