"""Rules as officers keep them, their state, and events."""

from alembic import op

from yuzhang.brain.rules.tables import METADATA

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the tables."""
    METADATA.create_all(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    """There is no way back: the tables hold what people entered."""
    raise NotImplementedError
