"""What was sent to other systems: a row for each task, kept before it is sent."""

from sqlalchemy import Column, Index, Integer, Table, Text

from yuzhang.brain.cases.tables import LONG, METADATA

__all__ = ["METADATA", "SENT"]
SENT = Table(
    "case_open311_sent",
    METADATA,
    Column("task", Text, primary_key=True),
    *(
        Column(name, Text, nullable=False, default="", server_default="")
        for name in ("number", "system", "state", "request", "token", "status")
    ),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", LONG, nullable=False),
    Index("case_open311_due", "state", "next_at"),
    Index("case_open311_number", "number"),
)
