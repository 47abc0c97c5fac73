"""Keeps us from talking with other bots without end: two replies, then silence until a person speaks there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.store.programs import replies_to_programs

if TYPE_CHECKING:
    from engine.claim import Claim
    from engine.store.database import Database

#: Replies in a row to programs in one room, and the seconds within which they count.
_REPLIES: Final = 2
_WITHIN_S: Final = 3_600.0
#: Why a program's message is passed over.
ENOUGH: Final = "two replies to programs in a row: a person has to speak first"


async def is_enough(database: Database, claim: Claim) -> bool:
    """Whether this is a program's message, and programs were answered often enough in its room."""
    message = claim.message
    if not message.program:
        return False
    room = message.conversation
    count = await database.read(lambda c: replies_to_programs(database, c, room, claim.event, _WITHIN_S))
    return count >= _REPLIES
