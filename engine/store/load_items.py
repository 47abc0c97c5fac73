"""What removals and changes of audience do to loads, under way or ended."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from engine.store.database import Database
from engine.store.kept import Document
from engine.store.loads import OPEN, WAITING
from engine.store.tables import documents, load_items, loads


def forget_items(database: Database, c: sa.Connection, workspace: str, removed: Sequence[Document],
                 origin: str = "") -> None:  # fmt: skip
    """Documents were removed: no load under way brings them back, and no load says any more what became of them."""
    of_workspace = sa.select(loads.c.id).where(loads.c.workspace == workspace)
    for document in removed:
        its = sa.or_(load_items.c.document == document.id, load_items.c.source == document.source)
        _void(database, c, sa.and_(load_items.c.load.in_(of_workspace), its))
    if origin:
        _void(database, c, load_items.c.origin == origin)


def _void(database: Database, c: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    c.execute(sa.delete(load_items).where(which, load_items.c.state != WAITING))
    c.execute(sa.update(load_items).where(which, load_items.c.state == WAITING).values(
        state="gone", reason="", document="", ended=database.now()))  # fmt: skip


def regrant_items(c: sa.Connection, workspace: str, source: str, grant: str) -> None:
    """A document was given to another audience: loads under way keep to it."""
    open_ = sa.select(loads.c.id).where(loads.c.workspace == workspace, loads.c.state.in_(OPEN))
    which = sa.and_(load_items.c.load.in_(open_), load_items.c.source == source, load_items.c.state == WAITING)
    c.execute(sa.update(load_items).where(which).values(grant=grant))


def documents_of(c: sa.Connection, load: str) -> list[str]:
    """Ids of the documents that a load brought or found."""
    query = sa.select(documents.c.id).join(load_items, load_items.c.document == documents.c.id)
    return list(c.scalars(query.where(load_items.c.load == load).distinct()))
