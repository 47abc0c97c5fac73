"""Answers that are put before more readers than they were given to: what they were, and the row that says by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
import sqlalchemy as sa

from engine.store.audit import record
from engine.store.database import Database
from engine.store.tables import events
from engine.types import Conversation, Message, Outcome

#: The reason of a reply that is shared: it is no answer to another question, and is not counted as one.
SHARED: Final = "shared by whoever asked"


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as it is kept: its event, where its reply stands, whether it was ended without one."""

    event: int
    message: Message
    placed: tuple[str, ...]
    ignored: bool


def kept_as(c: sa.Connection, key: str) -> Kept | None:
    """The message with this ``Message.key``; without its text and author when it was forgotten."""
    row = c.execute(sa.select(events).where(events.c.key == key)).first()
    if row is None:
        return None
    placed = tuple(orjson.loads(row.placed))
    return Kept(row.id, Message.from_json(row.message), placed, row.state == Outcome.IGNORED.value)


def kept_among(c: sa.Connection, keys: Sequence[str]) -> list[str]:
    """Those of these keys that messages have."""
    return list(c.scalars(sa.select(events.c.key).where(events.c.key.in_(keys))))


def kept_behind(c: sa.Connection, key: str, mark: str) -> list[str]:
    """The keys of messages that begin with this one's and hold this mark behind it."""
    behind = events.c.key.startswith(f"{key}:", autoescape=True)
    return list(c.scalars(sa.select(events.c.key).where(behind, events.c.key.contains(mark, autoescape=True))))


def note_shared(
    database: Database,
    c: sa.Connection,
    where: Conversation,
    person: str,
    *,
    answer: int,
    documents: Sequence[str],
    hidden: int,
) -> None:
    """Write who put an answer (its event) before a room, of which documents, and how many not all there may read."""
    record(
        database,
        c,
        actor=f"{where.channel}:{person}",
        action="answer shared",
        workspace=where.workspace,
        subject=where.room,
        answer=answer,
        documents=list(documents),
        hidden=hidden,
    )
