"""Answers that an admin has corrected: the entry that is right, asked again by every evaluation from then on."""

from __future__ import annotations

import sqlalchemy as sa

from engine.store.audit import record
from engine.store.database import Database
from engine.store.entry_tables import corrections
from engine.store.statements import insert
from engine.store.tables import documents
from engine.store.turns import PastTurn, close_handoff
from engine.types import Outcome


def note_correction(
    database: Database, c: sa.Connection, document: str, *, actor: str, workspace: str, answer: PastTurn
) -> None:
    """Keep that this entry corrects an answer; nothing where the entry is gone.

    Nobody has to wait for a person any more whose question it answers.
    """
    source = c.scalar(sa.select(documents.c.source).where(documents.c.id == document))
    if source is None:
        return
    new = insert(database, corrections).values(document=document, workspace=workspace, at=database.now())
    c.execute(new.on_conflict_do_nothing(index_elements=["document"]))
    record(
        database, c, actor=actor, action="answer corrected", workspace=workspace, subject=source, answer=answer.event
    )
    if answer.outcome is Outcome.HANDED_OFF:
        close_handoff(c, answer.conversation)


def corrected_documents(c: sa.Connection, workspace: str) -> list[str]:
    """The ids of the entries that correct answers, the oldest first."""
    query = sa.select(corrections.c.document).where(corrections.c.workspace == workspace)
    return list(c.scalars(query.order_by(corrections.c.at, corrections.c.document)))
