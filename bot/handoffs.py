"""Tells people about conversations that they should look at: where the settings say, with a link, at least once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from bot.phrases import reason_in_words, say
from engine.errors import FrontdeskError
from engine.language import written_in
from engine.store.turns import Handoff, mark_told, untold_handoffs

if TYPE_CHECKING:
    from bot.channel import Channel
    from engine.store.database import Database

_EVERY_S = 2.0
_LONGEST_S = 300.0
_QUESTION_CHARS = 500
_log = structlog.get_logger()


class Handoffs:
    """Looks for hand-offs that nobody was told of, and tells the room or person that the channel's settings name.

    A channel that names none is told through the first one that does.  With several workers two may tell the same
    one in the same moment: a notice twice is better than none.
    """

    def __init__(self, database: Database, channels: Sequence[Channel]):
        self._database = database
        self._channels = {c.name: c for c in channels}
        self._desks = [c for c in channels if getattr(c, "handoff", "")]

    async def tell(self) -> None:
        """Go on until cancelled."""
        if not self._desks:
            return
        pause = _EVERY_S
        while True:
            await asyncio.sleep(pause)
            try:
                for handoff in await self._database.read(untold_handoffs):
                    await self._one(handoff)
                pause = _EVERY_S
            except FrontdeskError as e:
                pause = min(pause * 2, _LONGEST_S)
                _log.warning("nobody could be told of a hand-off, trying again", reason=str(e), after_s=pause)

    async def _one(self, handoff: Handoff) -> None:
        where = handoff.message.conversation
        own, workspace = self._channels.get(where.channel), where.workspace
        desks = sorted((d for d in self._desks if d.desk(workspace)), key=lambda d: d is not own)
        if desks:
            link = await own.link(handoff.message) if own else ""
            await desks[0].tell(desks[0].desk(workspace), notice(handoff, link))
        await self._database.write(lambda c: mark_told(c, handoff.event))
        _log.info("told of a hand-off", event_id=handoff.event, channel=desks[0].name if desks else "none")


def notice(handoff: Handoff, link: str) -> str:
    """What is said: the question as a quote, why it came, and where it stands."""
    text = handoff.message.text.strip()
    if len(text) > _QUESTION_CHARS:
        text = text[:_QUESTION_CHARS] + " …"
    quoted = "\n".join(f"> {line}" for line in text.splitlines())
    language = written_in(text)
    reason = reason_in_words(handoff.reason or "somebody asked for a person", language)
    where = f"\n\n[{say('needs_open', language)}](<{link}>)" if link else ""
    return f"**{say('needs_person', language)}**\n\n{quoted}\n\n{say('needs_why', language, reason=reason)}{where}"
