"""The tables of the room."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table

METADATA = MetaData()
Table(
    "portal_preference",
    METADATA,
    Column("party", String, primary_key=True),
    Column("theme", String, nullable=False),
    Column("large", Boolean, nullable=False),
    Column("elder", Boolean, nullable=False),
    Column("language", String),
)
Table(
    "portal_favourite",
    METADATA,
    Column("party", String, primary_key=True),
    Column("address", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("added", String, nullable=False),
)
Table(
    "portal_notification",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("party", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("title_zh", String, nullable=False),
    Column("title_en", String, nullable=False),
    Column("text_zh", String, nullable=False),
    Column("text_en", String, nullable=False),
    Column("address", String, nullable=False),
    Column("made", String, nullable=False),
    Column("read", String),
    Index("portal_notification_unread", "party", "read"),
)
Table(
    "portal_contact",  # sealed: the file alone gives no address away
    METADATA,
    Column("party", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
Table(
    "portal_channel",  # what a party wants sent; a row is a yes
    METADATA,
    Column("party", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("channel", String, primary_key=True),
)
Table(
    "portal_outbox",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("notification", Integer, ForeignKey("portal_notification.id", ondelete="CASCADE"), nullable=False),
    Column("channel", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due", Float, nullable=False),
    Column("given_up", Boolean, nullable=False),
    Index("portal_outbox_due", "given_up", "due"),
)
