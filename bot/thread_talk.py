"""What people had said in a thread before somebody named us there: a question may be about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from bot.channel import Channel
from bot.markup import clean
from engine.errors import FrontdeskError, Unavailable
from engine.types import Addressed, Message

#: Of the talk, so many characters count, the last ones: beside a question, and where all of it is asked for.
_CHARS: Final = 1_500
_WHOLE_CHARS: Final = 12_000
_log = structlog.get_logger()


async def said_before(channel: Channel, message: Message) -> tuple[str, ...]:
    """Whole messages, oldest first; nothing where the thread cannot be read, since a question may do without."""
    if message.addressed is not Addressed.MENTION:
        return ()
    try:
        said = await channel.talk(message)
    except FrontdeskError as e:
        _log.info("the thread before a question could not be read", reason=str(e))
        return ()
    return _last(said, _CHARS)


async def said_in(channel: Channel, message: Message) -> tuple[str, ...]:
    """As ``said_before``, but much of it, for a plugin that is asked about the thread itself.

    Raises ``Unavailable`` when the platform should be asked again later.
    """
    try:
        return _last(await channel.talk(message), _WHOLE_CHARS)
    except Unavailable:
        raise
    except FrontdeskError as e:
        _log.info("the thread could not be read", reason=str(e))
        return ()


def _last(said: Sequence[str], most: int) -> tuple[str, ...]:
    """The last of these messages that have so many characters together, each whole."""
    kept: list[str] = []
    left = most
    for text in (clean(one).strip()[:most] for one in reversed(said)):
        if len(text) > left:
            break
        if text:
            kept.insert(0, text)
            left -= len(text)
    return tuple(kept)
