"""What is done to the row of a document, and with it: its passages, the feed, the audit.  Within a transaction."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from engine.failpoints import reach
from engine.store.audit import record
from engine.store.database import Database
from engine.store.kept import Document
from engine.store.sources import find_source
from engine.store.tables import changes, documents, passages, sources

#: All that is kept of documents, in the order of the fields.
every_document = sa.select(*(documents.c[name] for name in Document.__slots__))
# Built once: see store/audit.py.
_of_source = every_document.where(
    documents.c.workspace == sa.bindparam("of"), documents.c.source == sa.bindparam("named")
)
_insert = sa.insert(documents)
_update = sa.update(documents).where(documents.c.id == sa.bindparam("which"))
_forget_passages = sa.delete(passages).where(passages.c.document == sa.bindparam("which"))
_insert_passages = sa.insert(passages)
_forget_changes = sa.delete(changes).where(
    changes.c.workspace == sa.bindparam("of"), changes.c.document == sa.bindparam("which")
)
_insert_change = sa.insert(changes)
_MANY = 500  # passages written at a time


def find_document(c: sa.Connection, workspace: str, source: str) -> Document | None:
    """What is kept of this source."""
    row = c.execute(_of_source, {"of": workspace, "named": source}).one_or_none()
    return to_document(row) if row else None


def to_document(row: Any) -> Document:
    """From the columns of ``every_document``."""
    return Document(*row)  # the columns are selected in the order of its fields


def regrant_source(database: Database, c: sa.Connection, source: str, grant: str, actor: str, workspace: str) -> None:
    """What the source brings from now on is for another audience."""
    name = c.scalar(sa.select(sources.c.source).where(sources.c.id == source))
    if name is not None:
        c.execute(sa.update(sources).where(sources.c.id == source).values(grant=grant))
        record(database, c, actor=actor, action="kb audience of a source", workspace=workspace, subject=name,
               audience=grant)  # fmt: skip


def regrant_row(database: Database, c: sa.Connection, old: Document, grant: str, actor: str) -> Document:
    """Give a document and its passages to another audience."""
    new = replace(old, grant=grant, version=old.version + 1 if old.version else 0)
    write_row(c, old, new)
    kept = c.execute(sa.select(passages.c.id, passages.c.number).where(passages.c.document == new.id)).all()
    if kept:
        c.execute(
            sa.update(passages).where(passages.c.id == sa.bindparam("old")).values(
                {passages.c.id: sa.bindparam("new"), passages.c.grant: grant}),
            [{"old": id_, "new": f"{new.id}.{new.version}.{number}"} for id_, number in kept],
        )  # fmt: skip
    tell(c, new.workspace, new.id, "put")
    audit_row(database, c, actor, "kb audience", new, audience=grant, before=old.grant)
    return new


def named(c: sa.Connection, workspace: str, given: str) -> tuple[list[Document], str]:
    """The documents, and the id of the source where it is one: a document's id goes before a source's name."""
    here = documents.c.workspace == workspace
    by_id = c.execute(every_document.where(here, documents.c.id == given)).one_or_none()
    source = find_source(c, workspace, given) if by_id is None else None
    if by_id is not None:
        return [to_document(by_id)], ""
    if source is not None:
        its = sa.or_(documents.c.origin == source.id, documents.c.source == source.source)
        rows = c.execute(every_document.where(here, its).order_by(documents.c.source))
        return [to_document(row) for row in rows], source.id
    return [to_document(row) for row in c.execute(every_document.where(here, documents.c.source == given))], ""


def remove_row(database: Database, c: sa.Connection, document: Document, actor: str, action: str) -> None:
    """Take a document out."""
    c.execute(sa.delete(passages).where(passages.c.document == document.id))
    c.execute(sa.delete(documents).where(documents.c.id == document.id))
    tell(c, document.workspace, document.id, "remove")
    audit_row(database, c, actor, action, document)


def audit_row(
    database: Database, c: sa.Connection, actor: str, action: str, document: Document, **details: Any
) -> None:
    """Write down what is done to a document."""
    record(database, c, actor=actor, action=action, workspace=document.workspace, subject=document.source,
           **details)  # fmt: skip
    reach("auditing")


def count_passages(c: sa.Connection, document: Document) -> int:
    """How many it has."""
    return c.scalar(sa.select(sa.func.count()).where(passages.c.document == document.id)) or 0


def tell(c: sa.Connection, workspace: str, document: str, kind: str) -> None:
    """Append to the feed; a document's older rows say nothing new and go."""
    if document:
        c.execute(_forget_changes, {"of": workspace, "which": document})
    c.execute(_insert_change, {"workspace": workspace, "document": document, "kind": kind, "at": time.time()})


def write_row(c: sa.Connection, old: Document | None, new: Document) -> None:
    """Keep the document; ``old`` is what was kept of it."""
    values = {name: getattr(new, name) for name in Document.__slots__}
    if old is None:
        c.execute(_insert, values)
    else:
        c.execute(_update, {**values, "which": old.id})


def write_passages(c: sa.Connection, document: Document, rows: Sequence[Mapping[str, Any]], *, old: bool) -> None:
    """Keep these of the document; ``old``: in place of what was kept of it."""
    if old:
        c.execute(_forget_passages, {"which": document.id})
    for start in range(0, len(rows), _MANY):
        c.execute(_insert_passages, rows[start : start + _MANY])
