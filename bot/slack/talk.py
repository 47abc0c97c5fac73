"""What people have said in a thread before they name us there."""

from __future__ import annotations

from collections.abc import Callable

from bot.slack.api import Api, SlackRefused
from bot.slack.read import Me, plain
from engine.types import Addressed, Message

#: Messages of a thread that are looked at: its first ones, where the question most often is.
_MOST = 100


async def talk(api: Api, me: Me, message: Message, name_of: Callable[[str], str]) -> tuple[str, ...]:
    """``Channel.talk``: the words of people, oldest first; nothing for a message that begins its thread."""
    where = message.conversation
    if message.addressed is not Addressed.MENTION or where.thread == message.handle:
        return ()
    try:
        said = await api.call(
            "conversations.replies",
            patience_s=10.0,
            channel=where.room,
            ts=where.thread,
            latest=message.handle,
            limit=_MOST,
        )
    except SlackRefused:
        return ()
    rows = (r for r in said.get("messages") or () if not r.get("bot_id") and r.get("user") not in (None, me.user))
    before = (r for r in rows if float(r["ts"]) < float(message.handle))
    return tuple(plain(r.get("text") or "", me, name_of) for r in before)
