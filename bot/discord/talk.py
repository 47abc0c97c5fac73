"""What people have said in a thread before they name us there."""

from __future__ import annotations

from typing import Any

from bot.discord.rest import Rejected, Rest
from engine.types import Addressed, Message

#: Messages of a thread that are looked at, the last ones.
_MOST = 50
#: What people say: plain messages and replies.  The first message of a thread points at the one it was started on.
_SAID, _STARTER = (0, 19), 21


async def talk(rest: Rest, message: Message) -> tuple[str, ...]:
    """``Channel.talk``: the words of people, oldest first; nothing outside threads."""
    thread, (_, _, question) = message.conversation.thread, message.handle.partition(":")
    if message.addressed is not Addressed.MENTION or not thread.isdecimal() or not question.isdecimal():
        return ()
    if message.handle.startswith("thread:"):
        return ()  # it stands in the channel, and begins its thread
    try:
        rows = await rest.before(int(thread), int(question), _MOST)
    except Rejected:
        return ()
    first = [r["referenced_message"] for r in rows if r["type"] == _STARTER and r.get("referenced_message")]
    return tuple(_words(r) for r in [*first, *rows] if r["type"] in _SAID and not r["author"].get("bot"))


def _words(row: Any) -> str:
    return str(row.get("content") or "")
