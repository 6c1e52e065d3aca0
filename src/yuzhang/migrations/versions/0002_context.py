"""The city's present: entities and what they are found by."""

from alembic import op

import yuzhang.brain.context.editions  # its table
import yuzhang.brain.context.entity_maps.store  # its tables
import yuzhang.brain.context.federation.store  # its tables
import yuzhang.brain.context.jsonld.store  # its tables
import yuzhang.brain.context.registrations.store  # its tables
import yuzhang.brain.context.smart_models.store  # its tables
import yuzhang.brain.context.snapshots.store  # its tables
import yuzhang.brain.context.subscriptions.store  # noqa: F401  # its tables
from yuzhang.brain.context.store.tables import BOX_POSTGRES, BOX_SQLITE, METADATA

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables, and the default tenant."""
    bind = op.get_bind()
    METADATA.create_all(bind, checkfirst=True)
    for one in (BOX_SQLITE,) if bind.dialect.name == "sqlite" else BOX_POSTGRES:
        op.execute(one)
    op.execute("INSERT INTO context_space (space, tenant, snapshot) VALUES (1, '', '')")


def downgrade() -> None:
    """There is no way back: the tables hold what devices and people reported."""
    raise NotImplementedError
