"""How much there is and for whom: for /metrics, for the doctor and for lists."""

from __future__ import annotations

import sqlalchemy as sa

from engine.store.tables import documents, passages


def searchable(c: sa.Connection) -> tuple[int, int]:
    """Documents and passages that can be found, of all workspaces."""
    loaded = sa.select(sa.func.count()).select_from(documents).where(documents.c.version > 0)
    return c.scalar(loaded) or 0, c.scalar(sa.select(sa.func.count()).select_from(passages)) or 0


def passages_by_document(c: sa.Connection, workspace: str) -> dict[str, int]:
    """How many passages each document of a workspace has."""
    count = sa.select(passages.c.document, sa.func.count()).where(passages.c.workspace == workspace)
    return {row[0]: row[1] for row in c.execute(count.group_by(passages.c.document))}


def grants_in(c: sa.Connection, workspace: str) -> frozenset[str]:
    """The audiences that a workspace's documents were given to."""
    return frozenset(c.scalars(sa.select(documents.c.grant).where(documents.c.workspace == workspace).distinct()))


def documents_by_grant(c: sa.Connection, workspace: str) -> dict[str, int]:
    """How many documents of a workspace can be found, by the audience that they were given to."""
    loaded = sa.select(documents.c.grant, sa.func.count()).where(
        documents.c.workspace == workspace, documents.c.version > 0
    )
    return {row[0]: row[1] for row in c.execute(loaded.group_by(documents.c.grant))}
