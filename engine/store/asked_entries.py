"""Entries (questions with their answers) as they are matched with what is asked: their wordings and vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.store.embedding import in_use, passages_in_use
from engine.store.tables import documents, passages

#: What is an entry: typed by an admin, or a row of a table that an admin loaded; its first line is its heading (see
#: ladder.is_entry).  A page of the web is none, whatever it looks like: nobody here has said that it is right.
_TABLES = (".csv", ".tsv", ".xlsx", ".json", ".jsonl", ".ndjson")
_IS_ENTRY = sa.and_(
    passages.c.heading != "",
    sa.func.substr(passages.c.text, 1, sa.func.length(passages.c.heading) + 1) == passages.c.heading.concat("\n"),
    sa.or_(
        documents.c.source.startswith("faq:"),
        sa.and_(
            ~sa.func.lower(documents.c.location).startswith("http"),
            sa.or_(*(sa.func.lower(documents.c.source).endswith(ending) for ending in _TABLES)),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class AskedEntry:
    """An entry: its passage's id, who may be told, until when (0: always), and how it is asked for.

    ``vectors`` are those of its sentences and then of its variants, by ``embedder``, one after the other, of ``width``
    bytes each.
    """

    id: str
    document: str
    grant: str
    expires: float
    heading: str
    text: str
    variants: tuple[str, ...]
    embedder: str
    width: int
    vectors: bytes


def entries_of(
    connection: sa.Connection, workspace: str, of_documents: Sequence[str] | None = None
) -> list[AskedEntry]:
    """The entries of a workspace, or of some of its documents, by id; for whoever they were loaded."""
    used = passages_in_use().selected_columns
    query = in_use(
        passages.c.id, passages.c.document, passages.c.grant, documents.c.expires, passages.c.heading, passages.c.text,
        passages.c.variants, used["embedder"], sa.func.length(used["vector"]), used["sentences"],
    ).where(passages.c.workspace == workspace, _IS_ENTRY)  # fmt: skip
    if of_documents is not None:
        query = query.where(passages.c.document.in_(of_documents))
    rows = connection.execute(query.order_by(passages.c.id))
    found = []
    for id_, document, grant, expires, heading, text, variants, embedder, width, vectors in rows:
        others = tuple(variants.splitlines())
        found.append(AskedEntry(id_, document, grant, expires, heading, text, others, embedder, width, vectors))
    return found
