"""Who is on duty, and what was sent from the field."""

from alembic import op

from yuzhang.entrance.city.tables import METADATA

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the tables."""
    METADATA.create_all(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    """There is no way back: the tables hold what people entered."""
    raise NotImplementedError
