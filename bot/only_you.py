"""Offers an answer that only the asker may see, where those who read along were told less; and gives it, aside.

Nobody else learns that there is one: the offer is whispered after the answer stands, and nothing of it is in the
conversation that the others read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from bot.channel import Button, Channel, Notice, Press
from bot.phrases import say
from engine.errors import FrontdeskError, Refused, Unavailable
from engine.language import written_in
from engine.store.counts import grants_in
from engine.store.turns import is_kept, message_of, turn_of
from engine.types import Addressed, Audience, Message, Outcome, Reply

if TYPE_CHECKING:
    from engine.inbox import Inbox
    from engine.knowledge import Knowledge
    from engine.store.database import Database

#: How much surer the asker's own passages must make us than what everybody was told.
_CLEARLY: Final = 0.2
#: Searched at a time: an offer must not slow down answers.
_TOGETHER: Final = 2
_QUOTED: Final = 300  # characters of the question
#: What the id of a question ends with that is asked again where its author alone reads.
ASIDE: Final = ":only-you"
_log = structlog.get_logger()


class OnlyYou:
    """Looks, once an answer is given, whether its asker alone may see a better one."""

    def __init__(self, database: Database, knowledge: Knowledge, inbox: Inbox, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._knowledge = knowledge
        self._inbox = inbox
        self._channels = channels
        self._looking = asyncio.Semaphore(_TOGETHER)
        self._tasks: set[asyncio.Task[None]] = set()

    def answered(self, event: int, message: Message, audience: Audience | None, reply: Reply) -> None:
        """A question was answered, or handed over, for this audience."""
        if audience is None or message.program or message.addressed is Addressed.DIRECT:
            return
        if reply.outcome is not Outcome.HANDED_OFF and not (reply.outcome is Outcome.ANSWERED and reply.receipt.query):
            return  # nothing was searched for
        task = asyncio.create_task(self._look(event, message, audience, reply), name="only you")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Offer nothing more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _look(self, event: int, message: Message, audience: Audience, reply: Reply) -> None:
        channel = self._channels[message.conversation.channel]
        try:
            async with self._looking:
                if not await self._has_more(channel, message, audience, reply):
                    return
            await channel.whisper(message.conversation, await _offer(channel, event, message), person=message.author)
        except (Refused, Unavailable) as e:  # an offer is not owed
            _log.info("nothing was offered", event_id=event, why=str(e))
        except FrontdeskError as e:
            _log.warning("an offer failed", event_id=event, why=str(e))

    async def _has_more(self, channel: Channel, message: Message, audience: Audience, reply: Reply) -> bool:
        """Whether there is a better answer for the asker alone.

        First whether there is one for anybody: who may see what is asked of the platform only then.
        """
        workspace = message.conversation.workspace
        there = Audience(workspace, await self._database.read(lambda c: grants_in(c, workspace)))
        if there.grants <= audience.grants or not await self._is_better(message, there, audience, reply):
            return False
        own = await channel.alone(message.author, workspace)
        return own is not None and await self._is_better(message, own, audience, reply)

    async def _is_better(self, message: Message, own: Audience, audience: Audience, reply: Reply) -> bool:
        query = reply.receipt.query
        found = await self._knowledge.search(message.text, own, limit=3, also=query if query != message.text else "")
        if not found.enough or audience.may_read(found.passages[0].grant):
            return False
        return reply.outcome is Outcome.HANDED_OFF or found.confidence - reply.confidence >= _CLEARLY

    async def pressed(self, press: Press) -> Notice:
        """The asker wants to see it: the question is asked again where only they read."""
        event = int(press.value) if press.value.isdecimal() else 0
        turn = await self._database.read(lambda c: turn_of(c, event))
        message = await self._database.read(lambda c: message_of(c, event))
        if turn is None or message is None or message.conversation.channel != press.conversation.channel:
            return Notice(say("load_gone", press.language))
        language = turn.language
        if turn.author != press.person:
            return Notice(say("not_yours", language))
        asked = replace(message, id=message.id + ASIDE)
        if not await self._database.read(lambda c: is_kept(c, asked.key)):
            channel = self._channels[message.conversation.channel]
            await channel.alone(turn.author, message.conversation.workspace)  # looked up anew for the answer
            aside = await channel.aside(asked)
            await self._inbox.accept(aside)
        return Notice(say("shown_aside", language))


async def _offer(channel: Channel, event: int, message: Message) -> Notice:
    """The offer; where it stands apart from the question, with the question."""
    language = written_in(message.text)
    button = Button(say("show_me", language), "only.show", str(event))
    if channel.whispers_here:
        return Notice(say("only_you", language), (button,))
    asked, link = say("you_asked", language), await channel.link(message)
    quoted = "\n".join(f"> {line}" for line in message.text[:_QUOTED].splitlines())
    words = say("only_you_elsewhere", language)
    return Notice(f"{f'[{asked}](<{link}>)' if link else asked}\n\n{quoted}\n\n{words}", (button,))
