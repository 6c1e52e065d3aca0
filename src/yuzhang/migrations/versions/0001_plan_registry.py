"""The registry of plans: revisions, what each revision changed, and the texts that plans were read from."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "plan_revision",
        sa.Column("plan", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("undoes", sa.Integer),
    )
    op.create_table(
        "plan_entry",
        sa.Column("plan", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("since", sa.Integer, primary_key=True),
        sa.Column("until", sa.Integer),
        sa.Column("body", sa.LargeBinary),
        sa.ForeignKeyConstraint(["plan", "since"], ["plan_revision.plan", "plan_revision.revision"]),
    )
    op.create_index("plan_entry_current", "plan_entry", ["plan", "until"])
    op.create_table(
        "plan_text",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Remove the tables."""
    for table in ("plan_text", "plan_entry", "plan_revision"):
        op.drop_table(table)
