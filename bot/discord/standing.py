"""Whether a question still stands where it was asked, and how it reads now."""

from __future__ import annotations

import asyncio
from typing import Final

import discord
import structlog

from bot.discord.access import Access
from bot.discord.handles import Handle
from bot.discord.reading import question_of
from bot.discord.rest import UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, Rejected, in_our_words
from engine.types import Addressed, Message

#: Seconds, with the library's own waiting for rate limits.
_PATIENCE_S: Final = 10.0
_log = structlog.get_logger()


async def reads_now(access: Access, message: Message, me: int) -> str | None:
    """``Channel.reads_now``; what was asked with a command stands nowhere, and stays as it is."""
    handle, where = Handle.of(message), message.conversation
    if not handle.question.isdecimal() or message.id != handle.question:
        return message.text
    channel = where.room if handle.how in ("thread", "beside") else where.thread or where.room
    try:
        with in_our_words():
            async with asyncio.timeout(_PATIENCE_S):
                there = await access.channel(int(channel))
                if isinstance(there, discord.ForumChannel):  # holds no messages, only posts
                    return message.text
                said = await there.fetch_message(int(handle.question))
    except Rejected as e:
        if e.code in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL):
            return None
        _log.info("discord does not show a question", why=str(e))  # whether it can be answered, posting will tell
        return message.text
    if said.edited_at is None:
        return message.text
    opens = message.addressed is Addressed.FORUM
    return question_of(said, me, there.name if opens and isinstance(there, discord.Thread) else "")
