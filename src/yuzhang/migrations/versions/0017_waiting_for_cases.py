"""Events that wait for their cases."""

from alembic import op

from yuzhang.brain.cases.tables import WAITING

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make the table."""
    WAITING.create(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    """There is no way back: the table holds cases that are still to be opened."""
    raise NotImplementedError
