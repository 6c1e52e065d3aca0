"""The tables of the room.

Times are whole seconds since 1970 in UTC. What proves an identity is stored as a hash where a hash will do, else sealed (core/secrets);
so are a party's e-mail address and telephone number, which nothing searches for. Lists of words are JSON.
"""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData()

PARTY = Table(
    "identity_party",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("login", Text, unique=True),
    Column("email", LargeBinary),
    Column("phone", LargeBinary),
    Column("identifier", Text, nullable=False, default=""),
    Column("unit", Text, nullable=False, default=""),
    Column("post", Text, nullable=False, default=""),
    Column("region", Text, nullable=False, default=""),
    Column("language", Text, nullable=False, default="zh"),
    Column("status", Text, nullable=False, default="active"),
    Column("created_at", Integer, nullable=False),
    Column("created_by", Text, nullable=False, default=""),
    Column("confirmed_at", Integer),
    Index("identity_party_identifier", "identifier"),
)
ROLE = Table(
    "identity_role",
    METADATA,
    Column("party", Text, ForeignKey("identity_party.id"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("granted_by", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("until", Integer),
)
CREDENTIAL = Table(
    "identity_credential",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("party", Text, ForeignKey("identity_party.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False, default=""),
    Column("secret", LargeBinary, nullable=False),
    Column("handle", LargeBinary, unique=True),
    Column("counter", Integer, nullable=False, default=0),
    Column("created_at", Integer, nullable=False),
    Column("used_at", Integer),
)
SESSION = Table(
    "identity_session",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("party", Text, ForeignKey("identity_party.id"), nullable=False, index=True),
    Column("proofs", JSON, nullable=False),
    Column("factors", Integer, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("proved_at", Integer, nullable=False),
    Column("seen_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("idle_s", Integer, nullable=False),
    Column("peer", Text, nullable=False, default=""),
    Column("agent", Text, nullable=False, default=""),
    Column("acting_for", Text, nullable=False, default=""),
    Column("ended_at", Integer),
)
MANDATE = Table(
    "identity_mandate",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("giver", Text, ForeignKey("identity_party.id"), nullable=False, index=True),
    Column("agent", Text, ForeignKey("identity_party.id"), nullable=False, index=True),
    Column("roles", JSON, nullable=False, default=list),
    Column("rights", JSON, nullable=False, default=list),
    Column("matters", JSON, nullable=False, default=list),
    Column("from_at", Integer, nullable=False),
    Column("until_at", Integer),
    Column("given_by", Text, nullable=False),
    Column("given_at", Integer, nullable=False),
    Column("revoked_at", Integer),
    Column("revoked_by", Text, nullable=False, default=""),
)
LINK = Table(
    "identity_link",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("purpose", Text, nullable=False),
    Column("party", Text, ForeignKey("identity_party.id")),
    Column("kind", Text, nullable=False, default=""),
    Column("name", Text, nullable=False, default=""),
    Column("unit", Text, nullable=False, default=""),
    Column("post", Text, nullable=False, default=""),
    Column("region", Text, nullable=False, default=""),
    Column("roles", JSON, nullable=False, default=list),
    Column("created_at", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("used_at", Integer),
)
ATTEMPT = Table(
    "identity_attempt",
    METADATA,
    Column("subject", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Integer, nullable=False),
    Column("wait_until", Integer, nullable=False),
)
CHALLENGE = Table(
    "identity_challenge",
    METADATA,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("party", Text),
    Column("content", LargeBinary, nullable=False),
    Column("expires_at", Integer, nullable=False),
)
CHANGE = Table(
    "identity_change",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("party", Text, ForeignKey("identity_party.id"), nullable=False, index=True),
    Column("at", Integer, nullable=False),
    Column("what", Text, nullable=False),
    Column("label", Text, nullable=False, default=""),
    Column("peer", Text, nullable=False, default=""),
)
