"""How data are classified, and who made a subscription."""

from alembic import op
from sqlalchemy import Column, Text, inspect

from yuzhang.brain.context.classification.store import CLASS

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table, and the column where a subscription of before has none."""
    bind = op.get_bind()
    CLASS.create(bind, checkfirst=True)
    if not any(one["name"] == "owner" for one in inspect(bind).get_columns("context_subscription")):
        op.add_column("context_subscription", Column("owner", Text))


def downgrade() -> None:
    """There is no way back: the tables hold what people entered."""
    raise NotImplementedError
