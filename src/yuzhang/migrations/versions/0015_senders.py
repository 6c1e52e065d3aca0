"""Dead letters carry who sent them."""

from alembic import op
from sqlalchemy import Column, Text, inspect

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the column where the table is older."""
    if "sender" not in {one["name"] for one in inspect(op.get_bind()).get_columns("dead_letter")}:
        op.add_column("dead_letter", Column("sender", Text, nullable=False, server_default=""))


def downgrade() -> None:
    """There is no way back: the table holds what waits for an officer."""
    raise NotImplementedError
