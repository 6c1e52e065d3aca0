"""When each device was last heard."""

from alembic import op

from yuzhang.foundation.network.tables import METADATA

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the tables."""
    METADATA.create_all(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    """There is no way back: the tables hold what people entered."""
    raise NotImplementedError
