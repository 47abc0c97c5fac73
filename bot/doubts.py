"""Tells the owners of documents that contradict each other, when an answer has met it: once a day a pair at most."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from bot.phrases import say
from engine.errors import FrontdeskError
from engine.language import written_in
from engine.store.doubts import Contradiction, contradiction_told, untold_contradictions
from engine.types import PUBLIC, WORKSPACE

if TYPE_CHECKING:
    from bot.channel import Channel
    from engine.knowledge.disagreement import Disagreement
    from engine.knowledge.review import Review
    from engine.store.database import Database

_EVERY_S = 5.0
_LONGEST_S = 300.0
_QUOTED = 300
_log = structlog.get_logger()


class Doubts:
    """Looks for contradictions that answers have met, and tells each document's owner.

    Where no owner is named, the room or person that a channel's ``handoff`` names is told.  Nobody is shown a sentence
    that was loaded for other readers: of such a document only its existence is told.
    """

    def __init__(self, database: Database, review: Review, channels: Sequence[Channel]):
        self._database = database
        self._review = review
        self._channels = channels

    async def tell(self) -> None:
        """Go on until cancelled."""
        if not self._channels:
            return
        pause = _EVERY_S
        while True:
            await asyncio.sleep(pause)
            try:
                for one in await self._database.read(lambda c: untold_contradictions(self._database, c)):
                    await self._one(one)
                pause = _EVERY_S
            except FrontdeskError as e:
                pause = min(pause * 2, _LONGEST_S)
                _log.warning("nobody could be told of a contradiction, trying again", reason=str(e), after_s=pause)

    async def _one(self, one: Contradiction) -> None:
        found = await self._review.contradiction(one.workspace, *one.passages)
        told = 0
        if found is not None:
            own = one.message.conversation.channel if one.message else ""
            channels = sorted(self._channels, key=lambda c: c.name != own)
            for owner in dict.fromkeys(filter(None, one.owners)):
                theirs = tuple(o == owner for o in one.owners)
                told += await self._tell_owner(channels, owner, notice(found, one.seen, (theirs[0], theirs[1])))
            if not told and all(p.grant in (PUBLIC, WORKSPACE) for p in (found.first, found.second)):
                told += await self._tell_desk(channels, one.workspace, notice(found, one.seen, (True, True)))
        await self._database.write(lambda c: contradiction_told(self._database, c, one.workspace, one.pair))
        if told:
            _log.info("told of a contradiction", workspace=one.workspace, people=told)

    @staticmethod
    async def _tell_owner(channels: Sequence[Channel], owner: str, text: str) -> bool:
        """Through the first channel that knows this person."""
        for channel in channels:
            try:
                await channel.tell(owner.removeprefix("user:"), text)
            except FrontdeskError as e:
                _log.info("an owner is not known here", channel=channel.name, reason=str(e))
            else:
                return True
        return False

    @staticmethod
    async def _tell_desk(channels: Sequence[Channel], workspace: str, text: str) -> bool:
        for channel in channels:
            if where := channel.desk(workspace):
                await channel.tell(where, text)
                return True
        return False


def notice(found: Disagreement, seen: int, theirs: tuple[bool, bool]) -> str:
    """What is said: both sentences with their documents, as far as the person may see them.

    ``theirs``: which of the two documents are the person's own; the other is quoted where everybody may read it.
    """
    mine = {p.grant for p, own in zip((found.first, found.second), theirs, strict=True) if own}
    language = written_in(" ".join(found.said))
    lines = [f"**{say('contradict', language)}**", ""]
    for passage, said, own in zip((found.first, found.second), found.said, theirs, strict=True):
        if own or passage.grant in {PUBLIC, WORKSPACE} or passage.grant in mine:
            heading = f" › {passage.section}" if passage.section else ""
            lines += [f"{_plain(passage.title or passage.source)}{_plain(heading)} ({_plain(passage.source)}):", ""]
            lines += [f"> {_plain(said)}", ""]
        else:
            lines += [say("contradict_hidden", language), ""]
    lines.append(say("contradict_seen", language, count=seen))
    return "\n".join(lines)


def _plain(text: str) -> str:
    kept = " ".join(text.translate(str.maketrans("", "", "[]`*<>|\\")).split(" "))
    return kept if len(kept) <= _QUOTED else kept[:_QUOTED] + "…"
