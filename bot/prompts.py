"""Questions that are suggested to people: what several others have asked, and what admins have answered themselves."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from bot.channel import Channel
from bot.looked import Looked
from bot.markup import clean
from engine.errors import FrontdeskError
from engine.ladder import words_of
from engine.language import language_of
from engine.store.asked import AnsweredQuestion, answered_questions, entry_questions
from engine.talk import asks, refers_back
from engine.types import PUBLIC, WORKSPACE, Audience, Conversation

if TYPE_CHECKING:
    from engine.knowledge import Knowledge
    from engine.store.database import Database

#: So many people must have asked the same, in two rooms at least: nobody finds there what one of them has asked.
_PEOPLE: Final = 3
_ROOMS: Final = 2
#: How far back is looked, and at how many questions at most.
_DAYS: Final = 90
_LOOKED_AT: Final = 2_000
_LONGEST: Final = 150
_KEPT_S: Final = 60.0


class Prompts:
    """Suggests what everybody in the workspace may know, and of that only what this person may be told now."""

    def __init__(self, database: Database, knowledge: Knowledge, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._knowledge = knowledge
        self._channels = channels
        self._often = Looked(self._asked_often, size=1_000)

    async def for_person(self, where: Conversation, person: str, language: str, *, limit: int = 4) -> tuple[str, ...]:
        """Questions in the person's language first; none where nothing is known that they may be told."""
        audience = await self._audience(where, person)
        if audience is None:
            return ()
        several = await self._often.get(where.workspace, _KEPT_S)
        if not audience.may_read(WORKSPACE):
            several = []  # what people ask among themselves is not for guests
        often: list[str] = []
        for asked in several:
            if len(often) < limit and await self._may_be_told(asked, audience):
                often.append(asked[0].question)
        entries = await self._database.read(
            lambda c: entry_questions(self._database, c, where.workspace, audience.grants, 2 * limit)
        )
        found: dict[tuple[str, ...], str] = {}
        for question in (*often, *entries):
            shown = " ".join(clean(question).split())
            if shown and len(shown) <= _LONGEST:
                found.setdefault(words_of(shown), shown)
        spoken = language.partition("-")[0]
        return tuple(sorted(found.values(), key=lambda q: bool(spoken) and language_of(q) != spoken)[:limit])

    async def _audience(self, where: Conversation, person: str) -> Audience | None:
        """What everybody in the workspace may be told; for a guest, who may not, what anybody may."""
        channel = self._channels.get(where.channel)
        try:
            alone = await channel.alone(person, where.workspace) if channel else None
        except FrontdeskError:
            return None
        if alone is None:
            return None
        return Audience.of(where.workspace, *(grant for grant in (PUBLIC, WORKSPACE) if alone.may_read(grant)))

    async def _may_be_told(self, asked: Sequence[AnsweredQuestion], audience: Audience) -> bool:
        """Whether one of the answers stands in what is there today, for this audience."""
        for one in asked:
            passages = await self._knowledge.load_passages(one.passages, audience)
            if one.passages and len(passages) == len(set(one.passages)):
                return True
        return False

    async def _asked_often(self, workspace: str) -> list[list[AnsweredQuestion]]:
        """The same question of several people, the latest first; what most have asked comes first."""
        since = time.time() - _DAYS * 86_400
        rows = await self._database.read(lambda c: answered_questions(c, workspace, since, _LOOKED_AT))
        alike: dict[tuple[str, ...], list[AnsweredQuestion]] = {}
        for row in rows:
            if len(row.question) <= _LONGEST and asks(row.question) and not refers_back(row.question):
                alike.setdefault(words_of(row.question), []).append(row)
        several = [
            rows
            for rows in alike.values()
            if len({row.author for row in rows}) >= _PEOPLE
            and len({(row.conversation.channel, row.conversation.room) for row in rows}) >= _ROOMS
        ]
        return sorted(several, key=lambda rows: -len({row.author for row in rows}))[:20]
