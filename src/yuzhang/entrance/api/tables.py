"""The tables of the room. Times are whole seconds since 1970 in UTC, days are days since 1970; lists of words are JSON.

Of a key only a hash is kept; a webhook's secret is sealed (core/secrets), since messages are signed with it.
"""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

METADATA = MetaData()

KEY = Table(
    "api_key",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("party", Text, nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("rate", Integer),
    Column("burst", Integer),
    Column("daily", Integer),
    Column("created_at", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Integer),
    Column("used_at", Integer),
    Column("revoked_at", Integer),
)
USAGE = Table(
    "api_usage",
    METADATA,
    Column("key", Text, ForeignKey("api_key.id"), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("requests", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
)
WEBHOOK = Table(
    "api_webhook",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("party", Text, nullable=False, index=True),
    Column("address", Text, nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("failing_since", Integer),
    Column("paused_at", Integer),
    Column("disabled_at", Integer),
    Column("reason", Text, nullable=False, default=""),
)
MESSAGE = Table(
    "api_message",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("webhook", Text, ForeignKey("api_webhook.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", Integer, nullable=False),
    Column("next_at", Integer),
    Column("attempts", Integer, nullable=False, default=0),
    Column("delivered_at", Integer),
    Column("status", Integer),
    Column("said", Text, nullable=False, default=""),
    UniqueConstraint("webhook", "id"),
    Index("api_message_next", "webhook", "next_at"),
)
SEEN = Table(
    "api_seen",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("number", Integer, nullable=False),
)
"""Up to which number what is numbered elsewhere (imports of figures, revisions of a plan) was made messages of."""
