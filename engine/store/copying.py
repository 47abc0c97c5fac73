"""A workspace's documents and passages, with their vectors, from one database into another."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.store.database import Database
from engine.store.tables import documents, passages

_BATCH = 500


async def copy_documents(source: Database, target: Database, workspace: str) -> int:
    """Copy them as they are now; returns how many passages.  The target has been migrated and knows none of them."""
    count = 0
    for table in (documents, passages):
        last = ""
        while rows := await source.read(lambda c, t=table, after=last: _after(c, t, workspace, after)):  # type: ignore[misc]  # mypy takes lambdas with defaults for Any
            await target.write(lambda c, t=table, new=rows: c.execute(sa.insert(t), new).rowcount)  # type: ignore[misc]  # likewise
            last = rows[-1]["id"]
            count += len(rows) if table is passages else 0
    return count


def _after(connection: sa.Connection, table: sa.Table, workspace: str, after: str) -> list[dict[str, Any]]:
    query = sa.select(table).where(table.c.workspace == workspace, table.c.id > after).order_by(table.c.id)
    return [dict(row) for row in connection.execute(query.limit(_BATCH)).mappings()]
