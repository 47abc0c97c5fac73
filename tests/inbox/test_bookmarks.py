"""What channels keep over restarts: how far they have read, and what they could not read."""

from __future__ import annotations

import orjson

from bot.bookmarks import StoreBookmarks
from bot.gaps import Gap
from engine.inbox import Inbox
from engine.store.audit import Audit
from engine.store.database import Database
from engine.types import Addressed, Conversation, Message
from tests.inbox.desk import Desk


async def test_the_mark_only_goes_forward_and_belongs_to_one_account(database: Database) -> None:
    kept = StoreBookmarks(database)
    assert await kept.reached("discord", "1") == 0
    for mark in (1 << 60, 5):
        await kept.reach("discord", "1", mark)
    assert await kept.reached("discord", "1") == 1 << 60
    assert await kept.reached("discord", "2") == 0


async def test_rooms_without_threads_are_told_the_one_that_was_used_last_first(database: Database) -> None:
    inbox = Inbox(database, Desk(database).handle)
    rooms = [("discord", "10", ""), ("discord", "20", ""), ("discord", "30", "31"), ("slack", "40", ""),
             ("discord", "10", "")]  # fmt: skip
    for n, (channel, room, thread) in enumerate(rooms):
        where = Conversation(channel, "acme", room, thread)
        await inbox.accept(Message(str(n), where, "alice", "How long?", Addressed.DIRECT))
    assert await StoreBookmarks(database).rooms("discord", 5) == ["10", "20"]
    assert await StoreBookmarks(database).rooms("discord", 1) == ["10"]


async def test_what_could_not_be_read_stands_in_the_audit(database: Database) -> None:
    await StoreBookmarks(database).missed("discord", Gap("acme", "7", 100.0, 200.0, "no right to read"))
    (row,) = await Audit(database).rows(workspace="acme")
    assert (row.actor, row.action, row.subject) == ("discord", "messages missed", "7")
    assert orjson.loads(row.details) == {"since": 100.0, "until": 200.0, "reason": "no right to read"}
    assert not (await Audit(database).verify()).problems
