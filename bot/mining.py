"""Proposes entries: what a person answered after a hand-off and the asker was content with, to admins alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import structlog

from bot.channel import Button, Notice
from bot.documents_shown import plain
from bot.markup import clean
from bot.phrases import say
from bot.sight import Sight
from bot.thanked import is_content
from engine.errors import FrontdeskError, Refused, Unavailable
from engine.store.mined import (
    PROPOSED,
    Mined,
    begin_proposing,
    expire,
    lately_admins,
    note_content,
    note_mined,
    to_take_back,
)
from engine.store.turns import message_of, turn_of
from engine.types import Addressed, Conversation

if TYPE_CHECKING:
    from bot.channel import Channel
    from engine.store.database import Database
    from engine.types import Message

_EVERY_S: Final = 2.0
_LONGEST_S: Final = 300.0
_DAYS: Final = 14  # that a proposal stands
_TOLD: Final = 3  # admins
_CHARS: Final = 3_000
_QUOTED: Final = 700
_log = structlog.get_logger()


class Mining:
    """Nothing of what people said is kept: it is read in its thread when it is proposed, and again when it is added.

    It is shown to admins who may read that place themselves, as the platform says at that moment.
    """

    def __init__(self, database: Database, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._channels = channels

    async def heard(self, message: Message) -> None:
        """Something was said in a thread and was nothing for us: perhaps thanks to whoever took over."""
        if message.addressed is Addressed.THREAD and is_content(message.text):
            await self.content(message.conversation.key, message.author)

    async def content(self, conversation: str, person: str = "") -> None:
        """The asker (``person``), or whoever may say so, is content with this conversation."""
        try:
            await self._database.write(lambda c: note_content(self._database, c, conversation, person))
        except Unavailable as e:  # a proposal is not owed
            _log.info("it was not kept that somebody was helped", why=str(e))

    async def run(self) -> None:
        """Propose what is new, and take back what is over, until cancelled."""
        pause = _EVERY_S
        while True:
            await asyncio.sleep(pause)
            try:
                await self._database.write(lambda c: expire(self._database, c, _DAYS * 86_400.0))
                for one in await self._database.write(lambda c: begin_proposing(self._database, c)):
                    await self._propose(one)
                for one in await self._database.read(to_take_back):
                    await self._take_back(one)
                pause = _EVERY_S
            except FrontdeskError as e:
                pause = min(pause * 2, _LONGEST_S)
                _log.warning("an entry could not be proposed, trying again", reason=str(e), after_s=pause)

    async def words(self, one: Mined) -> tuple[str, str] | None:
        """The question, and what the person answered, as both stand now; None when one of them is gone."""
        turn = await self._database.read(lambda c: turn_of(c, one.event))
        message = await self._database.read(lambda c: message_of(c, one.event))
        channel = self._channels.get(Conversation.from_key(one.conversation).channel)
        if turn is None or message is None or channel is None or not one.answerer:
            return None
        said = await channel.said_after(message, one.answerer)
        kept = [text for words in said if (text := clean(words).strip()) and not is_content(text)]
        answer = "\n\n".join(kept)[:_CHARS].strip()
        return (" ".join(turn.question.split()), answer) if answer and turn.question.strip() else None

    async def may_read(self, one: Mined, person: str) -> bool:
        """Whether this person is an admin there and reads that place."""
        where = Conversation.from_key(one.conversation)
        channel = self._channels.get(where.channel)
        turn = await self._database.read(lambda c: turn_of(c, one.event))
        if turn is None or channel is None or not await channel.is_admin(person, one.workspace):
            return False
        sight = Sight(self._channels, person, where.channel, one.workspace)
        return await sight.may_read(where, turn.author, turn.grants)

    async def _propose(self, one: Mined) -> None:
        where = Conversation.from_key(one.conversation)
        channel = self._channels.get(where.channel)
        if channel is None or not channel.takes_forms or (found := await self.words(one)) is None:
            await self._database.write(lambda c: note_mined(c, one.event, state="expired"))
            return
        lately = await self._database.read(lambda c: lately_admins(c, where.channel, one.workspace, 10))
        shown = list(one.shown)
        for person in dict.fromkeys((one.answerer, *getattr(channel, "admins", ()), *lately)):
            if len(shown) >= _TOLD or any(person == told for told, _ in shown) or person == one.asker:
                continue
            if not await self.may_read(one, person):
                continue
            language = await channel.language(person) or "en"
            try:
                id_ = await channel.notice(where, notice(one, found, language), person=person)
            except Refused as e:
                _log.info("an admin could not be asked", why=str(e))
                continue
            shown.append((person, id_))
            await self._database.write(lambda c: note_mined(c, one.event, shown=shown))
        if shown:
            await self._database.write(lambda c: note_mined(c, one.event, state=PROPOSED))
            _log.info("proposed an entry", event_id=one.event, admins=len(shown))

    async def _take_back(self, one: Mined) -> None:
        """What was shown says how it ended, and quotes nobody any more."""
        where = Conversation.from_key(one.conversation)
        channel = self._channels.get(where.channel)
        for person, id_ in one.shown if channel else ():
            assert channel is not None  # noqa: S101  # else nothing is gone through
            language = await channel.language(person) or "en"
            try:
                await channel.notice(where, Notice(say(f"mined_{one.state}", language)), person=person, shown=id_)
            except Refused as e:
                _log.info("a proposal is gone already", why=str(e))
        await self._database.write(lambda c: note_mined(c, one.event, shown=[]))


def notice(one: Mined, found: tuple[str, str], language: str) -> Notice:
    """What an admin is asked: the question and the answer as quotes, and two buttons."""
    question, answer = (words if len(words) <= _QUOTED else words[:_QUOTED] + " …" for words in found)
    quoted = "\n".join(f"> {line}".rstrip() for line in answer.splitlines())
    text = "\n\n".join((say("mined_ask", language), f"**{plain(question)}**", quoted))
    return Notice(
        text,
        (
            Button(say("mined_add", language), "mined.add", str(one.event)),
            Button(say("mined_no", language), "mined.no", str(one.event)),
        ),
    )
