"""The questions of a channel that were ended lately: what is looked at again after the channel heard nothing."""

from __future__ import annotations

import orjson
import sqlalchemy as sa

from engine.store.database import Database
from engine.store.tables import events
from engine.types import Message, Outcome

#: Of all messages, the last ones: what is older is not looked for, however few of them are this channel's.
_AMONG = 2_000


def ended_lately(
    database: Database, c: sa.Connection, channel: str, seconds: float, limit: int
) -> list[tuple[Message, float]]:
    """What was answered, handed off or refused in the last so many seconds, newest first, and when (since 1970).

    What was forgotten is left out.
    """
    begins = orjson.dumps([channel]).decode().removesuffix("]")  # a key is JSON: channel, workspace, room, thread
    ends = [o.value for o in (Outcome.ANSWERED, Outcome.HANDED_OFF, Outcome.REFUSED)]
    newest = sa.select(sa.func.max(events.c.id)).scalar_subquery()
    query = (
        sa.select(events.c.message, events.c.changed)
        .where(
            events.c.id > newest - _AMONG,
            events.c.conversation.startswith(begins, autoescape=True),
            events.c.state.in_(ends),
            events.c.changed > database.now() - seconds,
            events.c.author != "",
        )
        .order_by(events.c.id.desc())
        .limit(limit)
    )
    return [(Message.from_json(row.message), row.changed) for row in c.execute(query)]
