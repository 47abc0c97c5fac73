"""How far a channel has kept what its platform sent; posts of a forum that were solved."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "bookmarks",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_bookmarks")),
    )
    op.create_table(
        "solved",
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("event", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("embedder", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["turns.event"], name=op.f("fk_solved_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("conversation", name=op.f("pk_solved")),
    )
    op.create_index(op.f("ix_solved_room_at"), "solved", ["room", "at"])
    op.create_index(op.f("ix_solved_event"), "solved", ["event"])
