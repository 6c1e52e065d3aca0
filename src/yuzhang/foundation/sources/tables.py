"""The tables of the room. Times are whole microseconds since 1970 in UTC. What is secret of a source is sealed (core/secrets)."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData()

LETTER = Table(
    "dead_letter",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("code", Text, nullable=False),
    Column("detail_zh", Text, nullable=False),
    Column("detail_en", Text, nullable=False),
    Column("arrived_at", BigInteger, nullable=False),
    Column("tried", Integer, nullable=False, default=0),
    Column("sender", Text, nullable=False, default="", server_default=""),
    Index("dead_letter_source", "source", "number"),
    sqlite_autoincrement=True,
)
"""Messages that could not be read. `size` is that of the payload as kept; `whole`: nothing of it was cut off; `sender`: the device that sent
it, empty for whoever is none."""
LETTERS = Table(
    "dead_letters",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("letters", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("came", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),
)
"""How many letters of each source lie there, how many ever came, and how many gave way to newer ones."""
SOURCE = Table(
    "source",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("mapping", JSON, nullable=False),
    Column("interval_s", Integer, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("origin", Text, nullable=False, default=""),
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
)
"""Configured ways in. `origin`: the pack that brought it; empty for what was entered by hand."""
RUN = Table(
    "source_run",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("cursor", Text, nullable=False, default=""),
    Column("begun_at", BigInteger),
    Column("begun_of", Text, nullable=False, default="", server_default=""),
    Column("ran_at", BigInteger),
    Column("taken_at", BigInteger),
    Column("next_at", BigInteger, nullable=False, default=0),
    Column("failures", Integer, nullable=False, default=0),
    Column("taken", BigInteger, nullable=False, default=0),
    Column("last_taken", Integer, nullable=False, default=0),
    Column("refused", BigInteger, nullable=False, default=0),
    Column("gaps", BigInteger, nullable=False, default=0),
    Column("code", Text, nullable=False, default=""),
    Column("said_zh", Text, nullable=False, default=""),
    Column("said_en", Text, nullable=False, default=""),
)
"""How each source fares. `cursor`: how far it was read; `begun_at`, `begun_of`: when a delivery began that did not end yet, and of what."""
MEMORY = Table(
    "source_memory",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("about", Text, primary_key=True),
    Column("known", JSON, nullable=False),
)
"""What a source has to remember of those who send, such as the names that a node gave its numbers."""
