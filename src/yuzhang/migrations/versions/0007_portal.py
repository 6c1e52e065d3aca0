"""Favourites, notifications and settings of the portal."""

from alembic import op

from yuzhang.entrance.portal.tables import METADATA

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
    METADATA.create_all(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    """There is no way back: the tables hold what people entered."""
    raise NotImplementedError
