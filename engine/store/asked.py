"""What people ask: questions that were answered, and those that admins have answered themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import orjson
import sqlalchemy as sa

from engine.store.database import Database
from engine.store.tables import documents, events, feedback, turns
from engine.types import Conversation, Message, Outcome


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question that was answered from documents; ``passages`` are the ids of those that it was answered from."""

    author: str
    conversation: Conversation
    question: str
    passages: tuple[str, ...]


def answered_questions(c: sa.Connection, workspace: str, since: float, limit: int) -> list[AnsweredQuestion]:
    """Questions with cited answers that nobody called unhelpful, newest first; ``since`` in seconds since 1970.

    Those with a reason are left out (greetings, questions back, answers without the model), other commands than
    `ask`, and what was asked about a file.
    """
    unhelpful = sa.select(feedback.c.event).where(~feedback.c.helpful)
    query = (
        sa.select(turns.c.author, turns.c.conversation, turns.c.question, turns.c.passages, events.c.message)
        .join(events, events.c.id == turns.c.event)
        .where(
            turns.c.workspace == workspace,
            turns.c.at >= since,
            turns.c.outcome == Outcome.ANSWERED.value,
            turns.c.reason == "",
            turns.c.question != "",
            turns.c.author != "",
            turns.c.sources != "[]",
            turns.c.event.not_in(unhelpful),
        )
        .order_by(turns.c.event.desc())
        .limit(limit)
    )
    return [
        AnsweredQuestion(r.author, Conversation.from_key(r.conversation), r.question, tuple(orjson.loads(r.passages)))
        for r in c.execute(query)
        if (message := Message.from_json(r.message)).command in {"", "ask"} and not message.files
    ]


def entry_questions(
    database: Database, c: sa.Connection, workspace: str, grants: Collection[str], limit: int
) -> list[str]:
    """The questions of entries that are in use and were given to one of these audiences, the latest first."""
    unexpired = sa.or_(documents.c.expires == 0, documents.c.expires > database.now())
    query = (
        sa.select(documents.c.title)
        .where(
            documents.c.workspace == workspace,
            documents.c.source.startswith("faq:", autoescape=True),
            documents.c.version > 0,
            documents.c.grant.in_(list(grants)),
            unexpired,
        )
        .order_by(documents.c.loaded.desc(), documents.c.id)
        .limit(limit)
    )
    return list(c.scalars(query))
