"""Keys, quotas and webhooks of the API."""

from alembic import op

from yuzhang.entrance.api.tables import METADATA

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    METADATA.create_all(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    """There is no way back: the tables hold what people entered."""
    raise NotImplementedError
