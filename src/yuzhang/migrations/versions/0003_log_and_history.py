"""The log of what was accepted, and what history knows of series and entities beside its lake."""

from alembic import op

from yuzhang.brain.history.store.tables import METADATA as HISTORY
from yuzhang.foundation.log.tables import METADATA as LOG

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables, and the places of the two readers that the log waits for."""
    bind = op.get_bind()
    LOG.create_all(bind, checkfirst=True)
    HISTORY.create_all(bind, checkfirst=True)
    op.execute("INSERT INTO log_place (reader, position) VALUES ('context', 0), ('history', 0)")
    op.execute("INSERT INTO history_policy (number, types, thinning) VALUES (0, '[]', '[]')")


def downgrade() -> None:
    """There is no way back: the tables hold what devices and people reported."""
    raise NotImplementedError
