"""Configured sources, and letters that could not be read."""

from alembic import op

from yuzhang.foundation.sources.tables import METADATA

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the tables."""
    METADATA.create_all(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    """There is no way back: the tables hold what people entered."""
    raise NotImplementedError
