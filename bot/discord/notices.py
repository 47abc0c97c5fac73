"""What the desk says to one person on Discord, outside of interactions: in the direct messages with them."""

from __future__ import annotations

from dataclasses import replace

import discord

from bot import sheets
from bot.channel import Notice
from bot.discord import rendering
from bot.discord.access import Access
from bot.discord.reading import NAME
from bot.discord.rest import Rejected, Rest
from bot.phrases import say
from engine.errors import Unavailable
from engine.types import Addressed, Conversation, Message

#: Of a question that is taken aside; Discord takes 2,000 characters in a message.
_ASKED_CHARS = 1_500


class Notices:
    """Talks to one person at a time."""

    def __init__(self, access: Access, rest: Rest) -> None:
        self._access = access
        self._rest = rest

    async def show(self, where: Conversation, notice: Notice, person: str, shown: str) -> str:
        """``Channel.notice``: one message; its id is ``channel/message``."""
        text, buttons = (
            rendering.notice(sheets.shown(notice.text, notice.file))[0],
            rendering.own_buttons(notice.buttons),
        )
        if shown:
            channel, _, message = shown.partition("/")
            await self._rest.edit(int(channel), int(message), text, buttons=buttons)
            return shown
        room = await self._room(where, person)
        sent = await self._rest.send(room, text, buttons=buttons)
        return f"{room}/{sent['id']}"

    async def whisper(self, where: Conversation, notice: Notice, person: str) -> None:
        """``Channel.whisper``: a bot can whisper on Discord only when it is pressed or commanded, so it writes."""
        room = await self._room(where, person)
        texts = rendering.notice(sheets.shown(notice.text, notice.file))
        for n, text in enumerate(texts):
            last = n == len(texts) - 1
            await self._rest.send(room, text, buttons=rendering.own_buttons(notice.buttons) if last else ())

    async def aside(self, message: Message, language: str, link: str) -> Message:
        """``Channel.aside``: the question stands in the direct messages, and its answer below it."""
        room = await self._rest.direct(int(message.author))
        asked = say("you_asked", language)
        quoted = "\n".join(f"> {line}" for line in message.text[:_ASKED_CHARS].splitlines())
        [shown, *_] = rendering.notice(f"{f'[{asked}](<{link}>)' if link else asked}\n\n{quoted}")
        sent = await self._rest.send(room, shown)
        conversation = Conversation(NAME, message.conversation.workspace, str(room))
        return replace(message, conversation=conversation, addressed=Addressed.DIRECT, handle=f"reply:{sent['id']}")

    async def _room(self, where: Conversation, person: str) -> int:
        try:
            if isinstance(await self._access.channel(int(where.room)), discord.DMChannel):
                return int(where.room)
        except (Rejected, Unavailable):
            pass  # whatever it is: the direct messages with this person are theirs alone
        return await self._rest.direct(int(person))
