"""A workspace from one database into another: documents and passages with their vectors, and recent questions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.errors import Unavailable
from engine.store.database import Database
from engine.store.embedding import passages_in_use
from engine.store.tables import documents, embedders, events, passages, turns

_BATCH = 500


async def copy_documents(source: Database, target: Database, workspace: str) -> None:
    """Copy them as they are now, each passage with the vectors in use.  The target is migrated and knows none of them.

    Raises ``Unavailable`` when the workspace went over to another embedder meanwhile.
    """
    used = sa.select(embedders).where(embedders.c.workspace == workspace)
    before = await source.read(lambda c: [dict(row) for row in c.execute(used).mappings()])
    rows = sa.select(documents).where(documents.c.workspace == workspace)
    await _copy(source, target, documents, rows, documents.c.id, "")
    rows = passages_in_use().where(passages.c.workspace == workspace)
    await _copy(source, target, passages, rows, passages.c.id, "")
    if before != await source.read(lambda c: [dict(row) for row in c.execute(used).mappings()]):
        raise Unavailable("the documents went over to another embedder just now: try again")
    if before:
        await target.write(lambda c: c.execute(sa.insert(embedders), before).rowcount)


async def copy_questions(source: Database, target: Database, workspace: str, since: float) -> None:
    """Copy what was asked since then and what became of it."""
    recent = sa.and_(turns.c.workspace == workspace, turns.c.at >= since)
    asked = sa.select(events).join(turns, turns.c.event == events.c.id).where(recent)
    await _copy(source, target, events, asked, events.c.id, 0)
    await _copy(source, target, turns, sa.select(turns).where(recent), turns.c.event, 0)


async def _copy(
    source: Database, target: Database, table: sa.Table, rows: sa.Select[Any], key: sa.Column[Any], after: Any
) -> None:
    def read(connection: sa.Connection) -> list[dict[str, Any]]:
        query = rows.where(key > after).order_by(key).limit(_BATCH)
        return [dict(row) for row in connection.execute(query).mappings()]

    while batch := await source.read(read):
        await target.write(lambda c, new=batch: c.execute(sa.insert(table), new).rowcount)  # type: ignore[misc]  # mypy takes lambdas with defaults for Any
        after = batch[-1][key.name]
