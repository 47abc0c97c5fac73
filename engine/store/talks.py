"""What a person's own page shows: their conversations, and what was said in one."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
import sqlalchemy as sa

from engine.store.drafts import version_in
from engine.store.statements import DELETED
from engine.store.tables import events, feedback, turns
from engine.types import Conversation, Message, Outcome, Source

_IGNORED = Outcome.IGNORED.value


@dataclass(frozen=True, slots=True)
class TalkRow:
    """A conversation: its first question, and when its last one came (seconds since 1970)."""

    conversation: Conversation
    question: str
    at: float


@dataclass(frozen=True, slots=True)
class ExchangeRow:
    """A question and what became of it; ``outcome`` is None while it is open."""

    event: int
    message: Message
    at: float
    outcome: Outcome | None
    text: str
    sources: tuple[Source, ...]
    helpful: bool | None
    version: int  # of the draft that the reply is; 0: it is none


def talks(c: sa.Connection, channel: str, workspace: str, author: str, limit: int) -> list[TalkRow]:
    """The conversations that this person began on this channel, newest first."""
    mine = (
        sa.select(
            events.c.conversation, sa.func.min(events.c.id).label("first"), sa.func.max(events.c.received).label("at")
        )
        .where(events.c.author == author, events.c.workspace == workspace, events.c.state != _IGNORED)
        .group_by(events.c.conversation)
        .subquery()
    )
    rows = c.execute(
        sa.select(mine.c.conversation, mine.c.at, events.c.message)
        .join(events, events.c.id == mine.c.first)
        .order_by(mine.c.at.desc())
        .limit(limit)
    ).all()
    found = [TalkRow(Conversation.from_key(r.conversation), Message.from_json(r.message).text, r.at) for r in rows]
    return [t for t in found if t.conversation.channel == channel]


def exchanges(c: sa.Connection, conversation: Conversation, limit: int) -> list[ExchangeRow]:
    """The last questions of a conversation, oldest first."""
    author = feedback.c.person == events.c.author
    last = (
        sa.select(
            events, turns.c.text, turns.c.sources, turns.c.reason.label("why"), turns.c.receipt, feedback.c.helpful
        )
        .outerjoin(turns, turns.c.event == events.c.id)
        .outerjoin(feedback, sa.and_(feedback.c.event == events.c.id, author))
        .where(events.c.conversation == conversation.key, events.c.reason != DELETED)
        .order_by(events.c.id.desc())
        .limit(limit)
    )
    ended = {o.value: o for o in Outcome}
    return [
        ExchangeRow(
            r.id,
            Message.from_json(r.message),
            r.received,
            ended.get(r.state),
            r.text or "",
            tuple(Source(**s) for s in orjson.loads(r.sources or "[]")),
            r.helpful,
            version_in(r.why or "", orjson.loads(r.receipt or "{}").get("kept") or {}),
        )
        for r in reversed(c.execute(last).all())
    ]
