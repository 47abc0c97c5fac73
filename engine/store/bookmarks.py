"""How far channels have read, where they talk with one person alone, and what they could not read."""

from __future__ import annotations

import orjson
import sqlalchemy as sa

from engine.store.audit import record
from engine.store.database import Database
from engine.store.statements import insert
from engine.store.tables import bookmarks, events
from engine.types import Conversation


def reached(c: sa.Connection, channel: str, account: str) -> int:
    """The mark up to which everything is kept; 0 where there is none yet."""
    mine = (bookmarks.c.channel == channel) & (bookmarks.c.account == account)
    return int(c.execute(sa.select(bookmarks.c.mark).where(mine)).scalar() or 0)


def reach(database: Database, c: sa.Connection, channel: str, account: str, mark: int) -> None:
    """Everything up to this mark is kept; one that is further already stays."""
    new = insert(database, bookmarks).values(channel=channel, account=account, mark=mark, at=database.now())
    said = {"mark": new.excluded.mark, "at": new.excluded.at}
    c.execute(
        new.on_conflict_do_update(
            index_elements=["channel", "account"], set_=said, where=bookmarks.c.mark < new.excluded.mark
        )
    )


def latest_rooms(c: sa.Connection, channel: str, limit: int) -> list[str]:
    """The rooms without threads where something was asked last, newest first: direct messages are among them."""
    begins = orjson.dumps([channel]).decode().removesuffix("]")  # a key is JSON: channel, workspace, room, thread
    ended = sa.func.max(events.c.id)
    query = (
        sa.select(events.c.conversation)
        .where(events.c.conversation.startswith(begins, autoescape=True), events.c.conversation.like('%,""]'))
        .group_by(events.c.conversation)
        .order_by(ended.desc())
        .limit(limit)
    )
    return list(dict.fromkeys(Conversation.from_key(key).room for key in c.execute(query).scalars()))


def record_gap(
    database: Database,
    c: sa.Connection,
    channel: str,
    workspace: str,
    room: str,
    *,
    since: float,
    until: float,
    why: str,
) -> None:
    """What was said in a room between these times (seconds since 1970) was not read: the audit says so."""
    record(
        database, c, actor=channel, action="messages missed", workspace=workspace, subject=room,
        since=round(since, 3), until=round(until, 3), reason=why,
    )  # fmt: skip
