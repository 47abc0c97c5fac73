"""Slash commands and buttons: what people do with Discord's own controls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import discord
import structlog

from bot.channel import Command, Notice, Press, Reception
from bot.discord import rendering
from bot.discord.access import Access
from bot.discord.reading import Place, Somewhere, place_of
from bot.discord.rest import Rest, in_our_words
from bot.discord.spoken import spoken
from engine.errors import FrontdeskError, Refused, Unavailable
from engine.types import Addressed, Message

Json = dict[str, Any]

_NOT_KEPT = "I could not take this question just now. Please ask again in a minute."
_NOT_HERE = (
    "I cannot write in this channel: my role needs “View Channel” and “Send Messages” here. "
    "Ask me somewhere else, or in a direct message."
)
_WENT_WRONG = "Something went wrong on my side; it has been logged. Please try again."
_log = structlog.get_logger()


class Controls:
    """Answers interactions: each is acknowledged within three seconds, then worked on."""

    def __init__(self, reception: Reception, access: Access, rest: Rest) -> None:
        self._reception = reception
        self._access = access
        self._rest = rest

    async def used(self, interaction: discord.Interaction) -> None:
        """Somebody used a command or a button of ours."""
        data: Json = dict(interaction.data or {})
        if interaction.type is discord.InteractionType.application_command:
            name, text, files = spoken(data)
            if name == "ask":
                await self._ask(interaction, text)
                return

            async def command() -> Notice:
                conversation = (await self._place(interaction)).conversation
                language, number = _language(interaction), str(interaction.id)
                return await self._reception.command(
                    Command(name, text, str(interaction.user.id), conversation, files, language, number)
                )

            await self._privately(interaction, command)
        elif interaction.type is discord.InteractionType.component:
            button = rendering.pressed(data.get("custom_id", ""))
            if button:
                action, value, in_place = button

                async def press() -> Notice:
                    conversation = (await self._place(interaction)).conversation
                    return await self._reception.pressed(
                        Press(action, value, str(interaction.user.id), conversation, _language(interaction))
                    )

                await self._privately(interaction, press, in_place=in_place)

    async def _ask(self, interaction: discord.Interaction, question: str) -> None:
        """Take a question.

        It is acknowledged as being worked on, since only that tells the id of the message the answer will belong to;
        kept; and then shown.  When it cannot be kept, its place says so.
        """
        may = interaction.app_permissions
        writes = may.send_messages_in_threads if isinstance(interaction.channel, discord.Thread) else may.send_messages
        if interaction.guild_id is not None and not (may.view_channel and writes):
            await self._privately(interaction, lambda: _said(Notice(_NOT_HERE)))
            return
        response = await self._acknowledge(interaction, ephemeral=False)
        if response is None:
            return
        try:
            place = await self._place(interaction)
            await self._reception.accept(
                Message(
                    id=str(interaction.id),
                    conversation=place.conversation_on(response),
                    author=str(interaction.user.id),
                    text=question,
                    addressed=Addressed.COMMAND,
                    command="ask",
                    handle=place.handle_on(response),
                )
            )
            shown = rendering.asked(interaction.user.display_name, question)
        except FrontdeskError as e:
            _log.warning("a question asked by command was not kept", reason=str(e))
            shown = _NOT_KEPT
        await self._rest.fill(interaction.application_id, interaction.token, shown)

    async def _privately(
        self, interaction: discord.Interaction, work: Callable[[], Awaitable[Notice]], *, in_place: bool = False
    ) -> None:
        """Acknowledge, and show the outcome to this person alone: ``in_place`` of the message with the button."""
        if await self._acknowledge(interaction, ephemeral=True, in_place=in_place) is None:
            return
        try:
            notice = await work()
        except FrontdeskError as e:
            notice = Notice(str(e))
        except Exception:
            _log.exception("a command failed")
            notice = Notice(_WENT_WRONG)
        texts = rendering.notice(notice.text)
        for n, text in enumerate(texts):
            buttons = rendering.own_buttons(notice.buttons) if n == len(texts) - 1 else []
            if in_place and not n:
                await self._rest.fill(interaction.application_id, interaction.token, text, buttons=buttons)
            else:
                await self._rest.whisper(interaction.application_id, interaction.token, text, buttons=buttons)

    async def _acknowledge(
        self, interaction: discord.Interaction, *, ephemeral: bool, in_place: bool = False
    ) -> int | None:
        """Say that an answer will follow; the id of the message that will hold it, None when it is too late."""
        try:
            with in_our_words():
                response = await interaction.response.defer(ephemeral=ephemeral, thinking=not in_place)
        except (Refused, Unavailable) as e:  # the person sees that the application did not respond
            _log.warning("an interaction could not be acknowledged", reason=str(e))
            return None
        return (response.message_id if response else None) or interaction.id

    async def _place(self, interaction: discord.Interaction) -> Place:
        channel = interaction.channel
        where = channel if isinstance(channel, Somewhere) else await self._access.channel(interaction.channel_id or 0)
        return place_of(where, await self._access.workspace_of(where, interaction.user.id))


def _language(interaction: discord.Interaction) -> str:
    """The language of this person's Discord."""
    return str(interaction.locale).partition("-")[0].lower()


async def _said(notice: Notice) -> Notice:
    return notice
