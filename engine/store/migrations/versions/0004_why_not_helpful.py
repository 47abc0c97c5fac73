"""What people write to "not helpful", and a person's own questions found without reading everybody's."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make them."""
    for name in ("why", "better"):
        op.add_column("feedback", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.create_index(op.f("ix_turns_workspace_author_event"), "turns", ["workspace", "author", "event"])
