"""The tables of the room. Times are microseconds since 1970 in UTC; a task without a deadline is due at NEVER, so that pages can be
asked for by key.

An open task repeats what queues ask for of its case, so that a page of a queue is read from one index.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

METADATA = MetaData()
NEVER = 2**62
OPEN = text("status = 'open' AND merged_into = ''")
"""As text, so that SQLite sees that the index of it can be used."""
LONG = BigInteger().with_variant(Integer, "sqlite")


def _words(*names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False, default="", server_default="") for name in names]


CASE = Table(
    "case_case",
    METADATA,
    Column("id", LONG, primary_key=True, autoincrement=True),
    Column("number", Text, nullable=False, unique=True),
    *_words("kind", "matter", "title_zh", "title_en", "process", "version", "status", "outcome", "source"),
    *_words("state", "state_zh", "state_en", "party", "task", "unit", "region"),
    *_words("event", "reporter", "external", "entity", "description", "address", "merged_into"),
    Column("lon", Float),
    Column("lat", Float),
    Column("severity", Integer, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("opened_at", LONG, nullable=False),
    Column("due_at", LONG),
    Column("closed_at", LONG),
    Column("returns", Integer, nullable=False, default=0),
    Column("reopens", Integer, nullable=False, default=0),
    Column("late", Boolean, nullable=False, default=False),
    Column("who", LargeBinary),
    Column("running", LargeBinary, nullable=False),
    Column("data", JSON, nullable=False),
    Index("case_event", "event", unique=True, sqlite_where=text("event <> ''")),
    Index("case_external", "reporter", "external", unique=True, sqlite_where=text("external <> ''")),
    Index("case_status", "status", "id"),
    Index("case_running", "status", "process", "version"),
    Index("case_unit", "unit", "id"),
    Index("case_region", "region", "id"),
    Index("case_reporter", "reporter", "id"),
    Index("case_merged", "merged_into", sqlite_where=text("merged_into <> ''")),
    Index("case_near", "matter", "lat", "opened_at"),
    Index("case_matter", "matter", "id"),
    Index("case_opened", "opened_at", "simulated", "merged_into", "unit"),
    Index("case_open", "simulated", "unit", "due_at", sqlite_where=OPEN),
    Index("case_closed", "closed_at", "unit", "simulated"),
    Index("case_entity", "entity", sqlite_where=text("entity <> ''")),
    sqlite_autoincrement=True,
)
"""`who`: the reporter's name and contact, sealed; `running`, `data`: where its process stands, and what that knows."""
TASK = Table(
    "case_task",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("case", LONG, ForeignKey("case_case.id"), nullable=False, index=True),
    *_words("name", "title_zh", "title_en", "role", "unit", "person", "limit_text", "escalated"),
    *_words("region", "matter", "source"),
    Column("urgency", Integer, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("begun_at", LONG, nullable=False),
    Column("due_at", LONG, nullable=False),
    Column("stage", Integer, nullable=False, default=0),
    Column("next_at", LONG),
    Column("calendar", Text, nullable=False, default=""),
    *(
        Index(f"case_task_{one or 'all'}_due", *([one] if one else []), "due_at", "case", "id")
        for one in ("", "unit", "role", "person", "region", "matter", "name", "escalated")
    ),
    *(
        Index(f"case_task_{one or 'all'}_urgency", *([one] if one else []), "urgency", "due_at", "case", "id")
        for one in ("", "unit", "role", "region")
    ),
    *(
        Index(f"case_task_{one or 'all'}_newest", *([one] if one else []), text('"case" DESC'), "id")
        for one in ("", "unit", "role", "region")
    ),
    Index("case_task_next", "next_at", sqlite_where=text("next_at IS NOT NULL")),
)
HISTORY = Table(
    "case_history",
    METADATA,
    Column("number", LONG, primary_key=True, autoincrement=True),
    Column("case", LONG, ForeignKey("case_case.id"), nullable=False),
    Column("at", LONG, nullable=False),
    *_words("by", "kind", "task", "title_zh", "title_en", "note", "unit"),
    Column("values", JSON, nullable=False),
    Index("case_history_of", "case", "number"),
    sqlite_autoincrement=True,
)
ATTACHMENT = Table(
    "case_attachment",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("case", LONG, ForeignKey("case_case.id"), nullable=False, index=True),
    *_words("sha256", "name", "type", "by", "task"),
    Column("size", Integer, nullable=False),
    Column("at", LONG, nullable=False),
    Column("taken_at", LONG),
    Column("lon", Float),
    Column("lat", Float),
)
VERSION = Table(
    "case_process_version",
    METADATA,
    Column("process", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("bpmn", Text, nullable=False),
    Column("decisions", JSON, nullable=False),
    *_words("made_by", "note"),
    Column("made_at", LONG, nullable=False),
)
CHOSEN = Table(
    "case_process_chosen",
    METADATA,
    Column("process", Text, primary_key=True),
    Column("version", Text, nullable=False),
    *_words("by"),
    Column("at", LONG, nullable=False),
)
"""The version that an officer saved last: it runs new cases instead of the pack's."""
DONE_ONCE = Table(
    "case_done_once",
    METADATA,
    Column("party", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("case", LONG, ForeignKey("case_case.id"), nullable=False),
    Column("at", LONG, nullable=False),
)
"""What a party did by a key of its own making, kept with what it did: the same key again does nothing."""
WAITING = Table(
    "case_waiting",
    METADATA,
    Column("number", LONG, primary_key=True, autoincrement=True),
    Column("event", Text, nullable=False, index=True),
    Column("content", JSON, nullable=False),
    *_words("error"),
    Index("case_waiting_aside", "error", "number"),
    sqlite_autoincrement=True,
)
"""Events whose cases are to be opened, or told that the event is over; `error`: why one was set aside, "" for all others."""
COUNTER = Table("case_counter", METADATA, Column("name", Text, primary_key=True), Column("value", LONG, nullable=False))
"""The last number of a day, and up to which entry of the history was told."""
