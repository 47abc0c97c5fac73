"""A question back, answered with a choice: which of several meanings it is, instead of typing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.channel import Notice, Press
from bot.choices import Choice, Select
from bot.coming import answer_of
from bot.documents_shown import plain
from bot.phrases import say
from engine.clarify import ASKED_BACK, name
from engine.phrases import phrase
from engine.store.shared import kept_as
from engine.store.solved import is_in_room
from engine.store.turns import message_of
from engine.types import Addressed, Message, Reply

if TYPE_CHECKING:
    from bot.channel import Channel
    from engine.inbox import Inbox
    from engine.knowledge import Knowledge
    from engine.store.database import Database

#: What the id of a question ends with that is asked again for one of its meanings, counted from 0.
MEANT: Final = ":meant"


class Meanings:
    """Offers what a question may mean, and asks it again as it is meant.

    What was chosen is a message in the inbox, in the same conversation: it is answered once for each meaning, in its
    turn, and after a crash too.
    """

    def __init__(self, database: Database, knowledge: Knowledge, inbox: Inbox, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._knowledge = knowledge
        self._inbox = inbox
        self._channels = channels

    def below(self, event: int, reply: Reply) -> tuple[Select, ...]:
        """The menu below a question back; none where there is nothing to choose from."""
        if reply.reason != ASKED_BACK or len(reply.used) < 2:
            return ()
        choices = tuple(Choice(name(p), f"{event}|{n}") for n, p in enumerate(reply.used))
        return (Select(say("meant", reply.language), "meant.this", choices),)

    async def pressed(self, press: Press) -> Notice:
        """Whoever asked has chosen."""
        value, _, which = press.value.partition("|")
        language = press.language or "en"
        turn = await answer_of(self._database, value)
        message = await self._database.read(lambda c: message_of(c, turn.event)) if turn else None
        if turn is None or message is None or turn.reason != ASKED_BACK or not which.isdecimal():
            return Notice(phrase("answer_gone", language))
        if not is_in_room(turn.conversation, press.conversation):
            return Notice(phrase("answer_gone", language))
        if turn.author != press.person:
            return Notice(say("not_yours", language))
        meant = await self._name(message, turn.passages, int(which))
        if not meant:
            return Notice(say("meant_gone", language))
        kept = await self._database.read(lambda c: kept_as(c, message.key))
        below = self._channels[message.conversation.channel].below(message, kept.placed if kept else ())
        again = replace(
            below,
            id=f"{message.id}{MEANT}{which}",
            text=f"{turn.question} {meant}",
            addressed=Addressed.MENTION if message.addressed is Addressed.FORUM else message.addressed,
        )
        await self._inbox.accept(again)
        return Notice(say("meant_taken", language, name=plain(meant)))

    async def _name(self, message: Message, passages: tuple[str, ...], which: int) -> str:
        """What was meant, in the words that everybody there may read; nothing where the page has changed."""
        if which >= len(passages):
            return ""
        audience = await self._channels[message.conversation.channel].audience(message)
        found = await self._knowledge.load_passages([passages[which]], audience)
        return name(found[0]) if found else ""
