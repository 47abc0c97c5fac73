"""What became of an answer whose button was pressed, also by somebody quicker than the end of its transaction."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from engine.store.feedback import is_coming
from engine.store.turns import PastTurn, turn_of

if TYPE_CHECKING:
    from engine.store.database import Database

#: How often an answer is looked for that is visible and not yet written down, and the seconds between.
_LOOKS: Final = 15
_LOOK_S: Final = 0.1


async def answer_of(database: Database, value: str) -> PastTurn | None:
    """The answer that a button is about, by its event or its ``Claim.key``; None when there is none (any more)."""
    number = value.partition("-")[0]
    event = int(number) if number.isdecimal() else 0
    for look in range(_LOOKS + 1):
        if look:
            await asyncio.sleep(_LOOK_S)
        coming = await database.read(lambda c: is_coming(c, event))  # first: it may end between the two
        turn = await database.read(lambda c: turn_of(c, event))
        if turn is not None or not coming:
            return turn
    return None
