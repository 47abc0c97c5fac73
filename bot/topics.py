"""What people asked in vain, as topics: for an admin on demand, and once a week for a room."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

import structlog

from bot.channel import Notice
from bot.documents_shown import plain
from bot.phrases import say
from bot.sight import RoomSight, Sight
from engine.errors import FrontdeskError
from engine.language import written_in
from engine.store.unanswered import Unanswered, claim_digest, digest_failed, is_due, unanswered
from engine.topics import topics
from engine.types import WORKSPACE, Audience, Conversation

if TYPE_CHECKING:
    from bot.channel import Channel, Command
    from bot.knowledge_desk import KnowledgeDesk
    from bot.wire import Line
    from engine.knowledge import Knowledge
    from engine.store.database import Database

DAYS: Final = 30
_DAY_S: Final = 86_400.0
_WEEK_S: Final = 7 * _DAY_S
_MOST: Final = 500  # questions, the newest
_TOPICS, _EXAMPLES, _PAGES = 8, 3, 2
_QUESTION_CHARS: Final = 150
_LONGEST_S: Final = 300.0
_log = structlog.get_logger()


@runtime_checkable
class Digesting(Protocol):
    """A channel whose settings may name a room (``digest``) that is told each week what was asked in vain."""

    digest: str

    async def digest_room(self) -> Conversation | None:
        """That room, in its workspace; None where it is none in which several people read."""


@dataclass(frozen=True, slots=True)
class Told:
    """A topic as it is told: its most central question first among ``examples``, and the nearest pages."""

    count: int
    handed_off: int
    examples: tuple[str, ...]
    terms: tuple[str, ...]
    pages: tuple[str, ...]

    @property
    def as_json(self) -> dict[str, Any]:
        """As `frontdesk topics --json` prints it."""
        return {
            "label": self.examples[0],
            "terms": list(self.terms),
            "count": self.count,
            "handed_off": self.handed_off,
            "not_helpful": self.count - self.handed_off,
            "examples": list(self.examples),
            "documents": list(self.pages),
        }


class Topics:
    """Only questions that the reader may read take part: not a count, a word or a page comes from others."""

    def __init__(
        self,
        database: Database,
        knowledge: Knowledge,
        channels: Mapping[str, Channel],
        desk: KnowledgeDesk | None = None,
        *,
        look_s: float = 60.0,
    ) -> None:
        """``look_s``: seconds between two looks whether a digest is due."""
        self._database = database
        self._knowledge = knowledge
        self._channels = channels
        self._desk = desk
        self._look_s = look_s

    async def listed(self, command: Command) -> Notice:
        """The chat command `topics`, with a number of days behind it where somebody wants another than 30."""
        where, person, said = command.conversation, command.person, command.text.strip()
        language = command.language or written_in(command.text)
        if self._desk and (refusal := await self._desk.refusal(where.channel, person, where.workspace, language)):
            return Notice(refusal)
        days = min(max(int(said), 1), 365) if said.isdecimal() and len(said) < 6 else DAYS
        rows, count = await self._asked(where.workspace, days)
        sight = Sight(self._channels, person, where.channel, where.workspace)
        seen = [r for r in rows if await sight.may_read(r.message.conversation, r.message.author, r.grants)]
        audience = await self._channels[where.channel].alone(person, where.workspace)
        told = await self._told(seen, audience or Audience.of(where.workspace, WORKSPACE))
        return Notice(in_words(told, days, hidden=count - len(seen), language=language))

    async def rows(self, arguments: Mapping[str, Any], workspace: str) -> AsyncIterator[Line]:
        """The verb `topics`: of all questions but those that somebody was answered alone."""
        days = int(arguments.get("days") or DAYS)
        rows, count = await self._asked(workspace, days)
        seen = [r for r in rows if r.grants and not any(grant.startswith("user:") for grant in r.grants)]
        for one in await self._told(seen, Audience.of(workspace, WORKSPACE)):
            yield {"row": one.as_json}
        if hidden := count - len(seen):
            yield {"progress": say("topics_hidden", "en", count=hidden)}

    async def tell(self) -> None:
        """Tell the rooms that the settings name once a week, until cancelled."""
        rooms = [(c, c.digest_room) for c in self._channels.values() if isinstance(c, Digesting) and c.digest]
        if not rooms:
            return
        pause = self._look_s
        while True:
            await asyncio.sleep(pause)
            pause = self._look_s
            for channel, room_of in rooms:
                try:
                    if room := await room_of():
                        await self._digest(channel, room)
                except FrontdeskError as e:
                    pause = max(pause, _LONGEST_S)
                    _log.warning("nobody could be told of topics, trying again", channel=channel.name, reason=str(e))

    async def _digest(self, channel: Channel, room: Conversation) -> None:
        """Tell this room, where that is due and there is something to tell."""
        name = f"{channel.name}:{room.room}"
        if not await self._database.read(lambda c: is_due(self._database, c, room.workspace, name, _WEEK_S)):
            return
        rows, count = await self._asked(room.workspace, 7)
        sight = await RoomSight.of(channel, room)
        seen = [r for r in rows if await sight.may_read(r.message.conversation, r.message.author, r.grants)]
        if not seen:
            return  # the week begins with the first one
        language = written_in("\n".join(row.message.text for row in seen))
        told = await self._told(seen, sight.reader)
        if not await self._database.write(lambda c: claim_digest(self._database, c, room.workspace, name, _WEEK_S)):
            return  # another worker was faster
        try:
            await channel.tell(room.room, in_words(told, 7, hidden=count - len(seen), language=language))
        except FrontdeskError:
            await self._database.write(lambda c: digest_failed(self._database, c, room.workspace, name))
            raise
        _log.info("told of topics", channel=channel.name, workspace=room.workspace, topics=len(told))

    async def _asked(self, workspace: str, days: int) -> tuple[list[Unanswered], int]:
        since = time.time() - days * _DAY_S
        return await self._database.read(lambda c: unanswered(c, workspace, since, _MOST))

    async def _told(self, rows: Sequence[Unanswered], reader: Audience) -> list[Told]:
        """The topics of these questions, and the pages nearest to each that the reader may read."""
        questions = [" ".join(row.message.text.split()) for row in rows]
        if not questions:
            return []
        vectors, near = await self._knowledge.questions.alike(questions)
        found = await asyncio.to_thread(topics, questions, vectors, near)
        told = list[Told]()
        for topic in found:
            asked = list(dict.fromkeys(questions[n] for n in topic.members))
            pages: list[str] = []
            if len(told) < _TOPICS:
                search = await self._knowledge.search(asked[0], reader, limit=2 * _PAGES)
                pages = list(dict.fromkeys(p.title or p.source for p in search.passages))[:_PAGES]
            handed = sum(rows[n].why == "handed_off" for n in topic.members)
            told.append(Told(len(topic.members), handed, tuple(asked[:_EXAMPLES]), topic.terms, tuple(pages)))
        return told


def in_words(told: Sequence[Told], days: int, *, hidden: int, language: str) -> str:
    """The list as people read it."""
    if not told:
        lines = [say("topics_none", language, days=days)]
    else:
        count = sum(one.count for one in told)
        lines = [say("topics_heading", language, count=count, topics=len(told), days=days)]
    for n, one in enumerate(told[:_TOPICS], 1):
        about = plain(", ".join(one.terms))
        head = say("topic", language, count=one.count, handed=one.handed_off, about=about)
        examples = "\n".join(f"> {_short(plain(question))}" for question in one.examples)
        lines.append(f"**{n}.** {head}\n\n{examples}")
        if one.pages:
            lines.append(say("topic_pages", language, pages=plain("; ".join(one.pages))))
    if more := len(told) - _TOPICS:
        lines += [say("topics_more", language, count=more)] if more > 0 else []
    if hidden > 0:
        lines.append(say("topics_hidden", language, count=hidden))
    return "\n\n".join(lines)


def _short(question: str) -> str:
    return question if len(question) <= _QUESTION_CHARS else question[:_QUESTION_CHARS].rstrip() + " …"
