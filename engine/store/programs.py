"""How often we have spoken with programs since a person last did: bots that answer each other never stop."""

from __future__ import annotations

import orjson
import sqlalchemy as sa

from engine.store.database import Database
from engine.store.statements import POSTING, RECEIVED, WORKING
from engine.store.tables import events
from engine.types import Conversation, Message, Outcome

#: Of the room's last messages so many are looked at: more than anybody sends within the time.
_AMONG = 2_000
#: What an event became that is a reply, or may still become one.
_REPLIES = {Outcome.ANSWERED.value, Outcome.HANDED_OFF.value, Outcome.REFUSED.value, RECEIVED, WORKING, POSTING}


def replies_to_programs(database: Database, c: sa.Connection, room: Conversation, event: int, seconds: float) -> int:
    """How many programs' messages in this room, in all its threads, were answered before this event (or are being).

    Counted back to the last message of a person that was kept, and not further back than so many seconds.
    """
    key = orjson.dumps([room.channel, room.workspace, room.room]).decode().removesuffix("]")
    query = (
        sa.select(events.c.message, events.c.state)
        .where(
            events.c.conversation.startswith(f"{key},", autoescape=True),
            events.c.id < event,
            events.c.received > database.now() - seconds,
        )
        .order_by(events.c.id.desc())
        .limit(_AMONG)
    )
    count = 0
    for row in c.execute(query):
        if not Message.from_json(row.message).program:
            break
        count += row.state in _REPLIES
    return count
