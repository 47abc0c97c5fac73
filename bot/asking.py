"""Questions that are asked through a form or a button: answered in the direct messages with whoever asks."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from bot.channel import Entry, Form, Notice, Press
from bot.markup import clean
from bot.phrases import say
from engine.store.turns import is_kept
from engine.types import Addressed, Message

if TYPE_CHECKING:
    from bot.channel import Channel
    from engine.inbox import Inbox
    from engine.store.database import Database

_MOST: Final = 2_000  # characters of a question, as in a message


class Asking:
    """Takes a question aside, where only its author reads the answer."""

    def __init__(self, database: Database, inbox: Inbox, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._inbox = inbox
        self._channels = channels

    async def form(self, press: Press) -> Form | None:
        """Where a question is written; its value is new each time, so that sending it twice asks once."""
        if press.action != "ask.form":
            return None
        language = press.language or "en"
        question = Entry("question", say("ask_label", language), "", say("ask_hint", language), lines=True, most=_MOST)
        return Form(say("ask_title", language), "ask.said", uuid.uuid4().hex, (question,))

    async def pressed(self, press: Press) -> Notice:
        """A form that was sent (``ask.said``), or a button that is a question (``ask.this``)."""
        language = press.language or "en"
        written = press.filled.get("question", "") if press.action == "ask.said" else press.value
        number = press.value if press.action == "ask.said" else uuid.uuid4().hex
        text = clean(written).strip()
        if not text:
            return Notice(say("ask_what", language))
        message = Message(
            f"{press.person}:{number}", press.conversation, press.person, text, Addressed.DIRECT, files=press.files
        )
        if not await self._database.read(lambda c: is_kept(c, message.key)):
            channel = self._channels[press.conversation.channel]
            await self._inbox.accept(await channel.aside(message))
        return Notice(say("shown_aside", language))
