"""The tables of the room. Moments are whole seconds since 1970 in UTC, as in the tokens (RFC 7519, NumericDate)."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

METADATA = MetaData()

CLIENTS = Table(
    "oidc_clients",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("method", Text, nullable=False),  # how it proves itself at the token endpoint
    Column("secret", Text, nullable=False, default=""),  # hash; empty where it has none
    Column("jwks", Text, nullable=False, default=""),  # its public keys, for private_key_jwt
    Column("redirects", Text, nullable=False),  # JSON list
    Column("after_logout", Text, nullable=False),  # JSON list
    Column("logout_address", Text, nullable=False, default=""),
    Column("scopes", Text, nullable=False),
    Column("grants", Text, nullable=False),
    Column("algorithm", Text, nullable=False),
    Column("third_party", Boolean, nullable=False),
    Column("pkce", Boolean, nullable=False),
    Column("introspects", Boolean, nullable=False),
    Column("party", Text, nullable=False, default=""),  # whom it acts as with client_credentials
    Column("made", Integer, nullable=False),
)
GRANTS = Table(
    "oidc_grants",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("client", Text, ForeignKey("oidc_clients.id", ondelete="CASCADE"), nullable=False),
    Column("party", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("claims", Text, nullable=False),  # JSON: the names asked for one by one
    Column("auth_time", Integer, nullable=False),
    Column("factors", Integer, nullable=False),
    Column("methods", Text, nullable=False),
    Column("made", Integer, nullable=False),
    Column("ended", Integer),
)
"""What a party once allowed a client: every code and token belongs to one, and ends with it."""
Index("oidc_grants_by_party", GRANTS.c.party, GRANTS.c.client)
Index("oidc_grants_by_session", GRANTS.c.session)
CODES = Table(
    "oidc_codes",
    METADATA,
    Column("code", Text, primary_key=True),  # hash
    Column("grant", Text, ForeignKey("oidc_grants.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("redirect", Text, nullable=False),
    Column("challenge", Text, nullable=False),
    Column("expires", Integer, nullable=False),
    Column("used", Integer),
)
REFRESH = Table(
    "oidc_refresh_tokens",
    METADATA,
    Column("token", Text, primary_key=True),  # hash
    Column("grant", Text, ForeignKey("oidc_grants.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires", Integer, nullable=False),
    Column("used", Integer),
)
"""The family of a grant: each is used once, for the next. One that comes a second time ends the grant."""
CONSENTS = Table(
    "oidc_consents",
    METADATA,
    Column("party", Text, nullable=False),
    Column("client", Text, ForeignKey("oidc_clients.id", ondelete="CASCADE"), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("given", Integer, nullable=False),
    PrimaryKeyConstraint("party", "client"),
)
KEYS = Table(
    "oidc_keys",
    METADATA,
    Column("kid", Text, primary_key=True),
    Column("algorithm", Text, nullable=False),
    Column("public", Text, nullable=False),  # JWK
    Column("private", LargeBinary),  # sealed; gone once it is retired
    Column("made", Integer, nullable=False),
    Column("used_from", Integer),  # empty for the next one
    Column("retired", Integer),
)
ASSERTIONS = Table(
    "oidc_assertions",
    METADATA,
    Column("client", Text, nullable=False),
    Column("jti", Text, nullable=False),
    Column("expires", Integer, nullable=False),
    PrimaryKeyConstraint("client", "jti"),
)
"""Proofs of clients (RFC 7523) that were taken, so that none counts twice."""
FAREWELLS = Table(
    "oidc_farewells",
    METADATA,
    Column("id", Text, primary_key=True),  # `jti` of the logout token
    Column("client", Text, ForeignKey("oidc_clients.id", ondelete="CASCADE"), nullable=False),
    Column("party", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("ended", Integer),  # the session's end, once it was noticed
    Column("tries", Integer, nullable=False, default=0),
    Column("next_try", Integer, nullable=False, default=0),
    Column("said", Text, nullable=False, default=""),  # what went wrong the last time
)
"""Which clients have to hear of the end of a session: written with the code, gone when the client knows. So none is forgotten."""
Index("oidc_farewells_one_each", FAREWELLS.c.session, FAREWELLS.c.client, unique=True)
OUTSIDE_LINKS = Table(
    "oidc_outside_links",
    METADATA,
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("party", Text, nullable=False, index=True),
    Column("made", Integer, nullable=False),
    PrimaryKeyConstraint("issuer", "subject"),
)
"""Who of an outside provider is which party here (entrance/identity/outside)."""
OUTSIDE_INVITATIONS = Table(
    "oidc_outside_invitations",
    METADATA,
    Column("email", Text, primary_key=True),  # keyed hash
    Column("party", Text, nullable=False),
    Column("made", Integer, nullable=False),
)
