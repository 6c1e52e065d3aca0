"""Parties, their credentials and sessions."""

from alembic import op

from yuzhang.entrance.identity.tables import METADATA

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    METADATA.create_all(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    """There is no way back: the tables hold what people entered."""
    raise NotImplementedError
