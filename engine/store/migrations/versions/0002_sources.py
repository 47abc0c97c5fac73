"""Sources and loads, what documents say of themselves, question variants, stored evaluations, a chained audit."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    for name in ("origin", "etag", "modified", "encoding", "owner", "crawled"):
        op.add_column("documents", sa.Column(name, sa.Text(), server_default="", nullable=False))
    for name in ("dated", "checked", "expires"):
        op.add_column("documents", sa.Column(name, sa.Float(), server_default="0", nullable=False))
    op.add_column("passages", sa.Column("variants", sa.Text(), server_default="", nullable=False))
    for name in ("details", "key", "mac"):
        op.add_column("audit", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.create_table(
        "sources",
        sa.Column("id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False)
          for name in ("workspace", "source", "kind", "location", "grant", "options", "actor")),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("every", "due", "synced")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("workspace", "source", name=op.f("uq_sources_workspace_source")),
    )  # fmt: skip
    op.create_table(
        "loads",
        sa.Column("id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False)
          for name in ("workspace", "kind", "state", "reason", "wanted", "grant", "actor", "conversation", "shown")),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("created", "changed")),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("language", "notes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loads")),
    )  # fmt: skip
    op.create_index(op.f("ix_loads_state_created"), "loads", ["state", "created"])
    op.create_table(
        "load_items",
        sa.Column("load", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False)
          for name in ("kind", "source", "location", "origin", "grant", "state", "reason", "document")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("version", "passages")),
        sa.Column("ended", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("load", "number", name=op.f("pk_load_items")),
        sa.ForeignKeyConstraint(["load"], ["loads.id"], name=op.f("fk_load_items_load"), ondelete="CASCADE"),
    )  # fmt: skip
    for name in ("document", "source"):
        op.create_index(op.f(f"ix_load_items_{name}"), "load_items", [name])
    op.create_table(
        "settings_seen",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("place", "name", "mac")),
        sa.PrimaryKeyConstraint("place", "name", name=op.f("pk_settings_seen")),
    )
    op.create_table(
        "disagreements",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("workspace", "pair", "passages")),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("at", "told")),
        sa.PrimaryKeyConstraint("workspace", "pair", name=op.f("pk_disagreements")),
    )
    op.create_table(
        "evaluations",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("workspace", "name", "options", "scores", "cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_evaluations_workspace_name_id"), "evaluations", ["workspace", "name", "id"])
    op.create_table(
        "embedders",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("workspace", "embedder")),
        sa.PrimaryKeyConstraint("workspace", name=op.f("pk_embedders")),
    )
    op.execute("INSERT INTO embedders SELECT workspace, min(embedder) FROM passages GROUP BY workspace")
    op.create_table(
        "fresh_vectors",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("passage", "workspace", "embedder")),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("vector", "sentences")),
        sa.PrimaryKeyConstraint("passage", name=op.f("pk_fresh_vectors")),
        sa.ForeignKeyConstraint(["passage"], ["passages.id"], name=op.f("fk_fresh_vectors_passage"),
                                ondelete="CASCADE", onupdate="CASCADE"),
    )  # fmt: skip
    op.create_index(op.f("ix_fresh_vectors_workspace"), "fresh_vectors", ["workspace"])
