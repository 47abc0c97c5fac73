"""Posts of a forum that were solved: kept when their author says so, found by what they asked."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from engine.store.database import Database
from engine.store.statements import insert
from engine.store.tables import events, solved, turns
from engine.types import Conversation, Message


@dataclass(frozen=True, slots=True)
class SolvedPost:
    """A solved post: its first question, with what Discord needs to link to it, and the question's vector."""

    message: Message
    question: str
    vector: bytes


def opened_by(c: sa.Connection, conversation: str) -> tuple[int, str, str] | None:
    """The first question of a conversation that was not forgotten: its event, its author, its text."""
    first = sa.select(turns).where(turns.c.conversation == conversation).order_by(turns.c.event).limit(1)
    row = c.execute(first).first()
    return (row.event, row.author, row.question) if row else None


def mark_solved(database: Database, c: sa.Connection, event: int, embedder: str, vector: bytes) -> bool:
    """Keep that the conversation of this first question is solved; False: it is already, or was forgotten."""
    row = c.execute(sa.select(turns.c.conversation).where(turns.c.event == event)).first()
    if row is None:
        return False
    new = insert(database, solved).values(
        conversation=row.conversation,
        event=event,
        room=room_of(Conversation.from_key(row.conversation)),
        at=database.now(),
        embedder=embedder,
        vector=vector,
    )
    kept = new.on_conflict_do_nothing(index_elements=["conversation"]).returning(solved.c.event)
    return c.execute(kept).first() is not None


def solved_posts(c: sa.Connection, room: str, embedder: str, but: str, limit: int) -> list[SolvedPost]:
    """The posts of a room that were solved last, with vectors of this embedder, without the conversation ``but``."""
    query = (
        sa.select(events.c.message, turns.c.question, solved.c.vector)
        .join(turns, turns.c.event == solved.c.event)
        .join(events, events.c.id == solved.c.event)
        .where(solved.c.room == room, solved.c.embedder == embedder, solved.c.conversation != but)
        .order_by(solved.c.at.desc())
        .limit(limit)
    )
    return [SolvedPost(Message.from_json(r.message), r.question, r.vector) for r in c.execute(query)]


def room_of(conversation: Conversation) -> str:
    """The key of the room that a conversation stands in."""
    return replace(conversation, thread="").key


def is_in_room(key: str, conversation: Conversation) -> bool:
    """Whether the conversation with this key stands in the same room as the other, in whichever thread."""
    return room_of(Conversation.from_key(key)) == room_of(conversation)
