"""Cases: what runs, and what was done."""

from alembic import op

from yuzhang.brain.cases.open311.tables import METADATA

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the tables."""
    METADATA.create_all(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    """There is no way back: the tables hold what people entered."""
    raise NotImplementedError
