"""Devices, units and regions."""

from alembic import op

from yuzhang.foundation.registry.tables import METADATA

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables."""
    METADATA.create_all(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    """There is no way back: the tables hold what people entered."""
    raise NotImplementedError
