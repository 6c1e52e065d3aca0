"""The tables of the room. Times are integer microseconds UTC."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData()
UNIT = Table(
    "registry_unit",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("zh", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("parent", Text, nullable=False, default=""),
    Column("kind", Text, nullable=False, default=""),
)
REGION = Table(
    "registry_region",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("zh", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("parent", Text, nullable=False, default=""),
    Column("level", Text, nullable=False, default=""),
    Column("boundary", Text),
)
"""`boundary`: a GeoJSON geometry, WGS-84."""
DEVICE = Table(
    "registry_device",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, default=""),
    Column("kind", Text, nullable=False),
    Column("model", Text, nullable=False, default=""),
    Column("entity", Text, nullable=False, unique=True),
    Column("lon", Float),
    Column("lat", Float),
    Column("unit", Text, nullable=False, default=""),
    Column("region", Text, nullable=False, default=""),
    Column("gateway", Text, nullable=False, default=""),
    Column("firmware", Text, nullable=False, default=""),
    Column("status", Text, nullable=False),
    Column("writes", JSON, nullable=False),
    Column("simulated", Boolean, nullable=False, default=False),
    Column("expected_s", Float, nullable=False),
    Column("revision", BigInteger, nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("registry_device_kind", "kind"),
    Index("registry_device_region", "region"),
    Index("registry_device_unit", "unit"),
    Index("registry_device_status", "status"),
    Index("registry_device_gateway", "gateway"),
)
"""`revision`: the number of the change that touched the device last, its credential included."""
CREDENTIAL = Table(
    "registry_credential",
    METADATA,
    Column("device", Text, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
)
"""One a device; `hash`: SHA-256 of the secret, which is 32 random bytes."""
REGISTRATION = Table(
    "registry_registration",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("claim", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("model", Text, nullable=False, default=""),
    Column("entity", Text, nullable=False, default=""),
    Column("lon", Float),
    Column("lat", Float),
    Column("gateway", Text, nullable=False, default=""),
    Column("firmware", Text, nullable=False, default=""),
    Column("peer", Text, nullable=False, default=""),
    Column("at", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("decided_at", BigInteger),
    Column("decided_by", Text),
    Index("registry_registration_status", "status", "at"),
)
"""`claim`: SHA-256 of the secret that the device chose; `status`: waiting, approved, refused."""
REVISION = Table(
    "registry_revision",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("number", Integer, nullable=False),
)
"""How often `devices` and `places` were changed, so that other processes see that they were."""
