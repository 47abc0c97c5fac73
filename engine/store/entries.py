"""Questions with their answers, typed by an admin, as they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from engine.store.tables import documents, passages

#: What the source of an entry begins with.
ENTRY: Final = "faq:"


@dataclass(frozen=True, slots=True)
class EntryPassage:
    """A passage of an entry (one a language), with what its document says about it."""

    document: str
    source: str
    version: int
    grant: str
    owner: str
    expires: float
    heading: str
    text: str
    variants: str


_of_workspace = (
    sa.select(
        documents.c.id, documents.c.source, documents.c.version, documents.c.grant, documents.c.owner,
        documents.c.expires, passages.c.heading, passages.c.text, passages.c.variants,
    )
    .join(passages, passages.c.document == documents.c.id)
    .where(
        documents.c.workspace == sa.bindparam("of"),
        documents.c.source.startswith(ENTRY, autoescape=True),
        documents.c.location == "",
    )
    .order_by(documents.c.source, passages.c.number)
)  # fmt: skip


def entry_passages(c: sa.Connection, workspace: str) -> list[EntryPassage]:
    """All of a workspace, also what has expired; each entry's in order."""
    return [EntryPassage(*row) for row in c.execute(_of_workspace, {"of": workspace})]
