"""Clients, codes, tokens and keys of the OpenID Connect provider."""

from alembic import op

from yuzhang.entrance.identity.provider.tables import METADATA

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    METADATA.create_all(op.get_bind(), checkfirst=True)


def downgrade() -> None:
    """There is no way back: the tables hold what people entered."""
    raise NotImplementedError
