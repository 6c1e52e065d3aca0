"""Windows of each week, what a version of a rule took the place of, and an index that finds devices by any piece of text."""

from alembic import op
from sqlalchemy import Column, Integer, Text, inspect

from yuzhang.foundation.registry.store.words import MADE

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the columns where the tables are older, and make the index where devices lie."""
    connection = op.get_bind()
    for table, column in (
        ("rule_quiet", Column("days", Text, nullable=False, server_default="")),
        ("rule_version", Column("before", Integer, nullable=False, server_default="0")),
    ):
        if column.name not in {one["name"] for one in inspect(connection).get_columns(table)}:
            op.add_column(table, column)
    if connection.dialect.name == "sqlite":
        for statement in MADE:
            connection.exec_driver_sql(statement)


def downgrade() -> None:
    """There is no way back: the tables hold what people entered."""
    raise NotImplementedError
