"""What people had said in a thread before somebody named us there: a question may be about it."""

from __future__ import annotations

from typing import Final

import structlog

from bot.channel import Channel
from bot.markup import clean
from engine.errors import FrontdeskError
from engine.types import Message

#: Of the talk, so many characters count, the last ones.
_CHARS: Final = 1_500
_log = structlog.get_logger()


async def said_before(channel: Channel, message: Message) -> tuple[str, ...]:
    """Whole messages, oldest first; nothing where the thread cannot be read, since a question may do without."""
    try:
        said = await channel.talk(message)
    except FrontdeskError as e:
        _log.info("the thread before a question could not be read", reason=str(e))
        return ()
    kept: list[str] = []
    left = _CHARS
    for text in (clean(one).strip()[:_CHARS] for one in reversed(said)):
        if len(text) > left:
            break
        if text:
            kept.insert(0, text)
            left -= len(text)
    return tuple(kept)
