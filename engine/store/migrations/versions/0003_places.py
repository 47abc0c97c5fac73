"""Whether all that is visible of an answer is a place in the queue: until then its question can be changed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make it."""
    op.add_column("events", sa.Column("waits", sa.Boolean(), server_default=sa.false(), nullable=False))
