"""Slash commands and buttons: what people do with Discord's own controls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import discord
import structlog

from bot.channel import Command, Press, Reception
from bot.discord import rendering
from bot.discord.access import Access
from bot.discord.reading import Place, Somewhere, place_of
from bot.discord.rest import Rejected, Rest, in_our_words
from engine.errors import FrontdeskError, Refused, Unavailable
from engine.types import Addressed, Message

Json = dict[str, Any]

_SUBCOMMAND, _TEXT = 1, 3
#: Where they can be used: in servers and in direct messages with the bot; installed with a server, not by a person.
_EVERYWHERE: Final[Json] = {"type": 1, "contexts": [0, 1], "integration_types": [0]}


def _text(name: str, description: str) -> Json:
    return {"type": _TEXT, "name": name, "description": description, "required": True}


#: As Discord is told them.  Names are the same as in Slack.
COMMANDS: Final[Sequence[Json]] = (
    _EVERYWHERE
    | {
        "name": "ask",
        "description": "Ask a question; everybody here can read the answer",
        "options": [_text("question", "What you want to know")],
    },
    _EVERYWHERE | {"name": "why", "description": "How the last answer here came about"},
    _EVERYWHERE | {"name": "help", "description": "What the bot can do"},
    _EVERYWHERE | {"name": "forget-me", "description": "Delete what the bot remembers of you"},
    _EVERYWHERE
    | {
        "name": "kb",
        "description": "The documents that answers come from",
        "options": [
            {"type": _SUBCOMMAND, "name": "list", "description": "List the documents (admins)"},
            {
                "type": _SUBCOMMAND,
                "name": "search",
                "description": "Search the documents (admins)",
                "options": [_text("query", "What to look for")],
            },
        ],
    },
)
_NOT_KEPT = "I could not take this question just now. Please ask again in a minute."
_NOT_HERE = (
    "I cannot write in this channel: my role needs “View Channel” and “Send Messages” here. "
    "Ask me somewhere else, or in a direct message."
)
_WENT_WRONG = "Something went wrong on my side; it has been logged. Please try again."
_MANAGERS = "everybody with the permission “Manage Server”"
_log = structlog.get_logger()


class Controls:
    """Answers interactions: each is acknowledged within three seconds, then worked on."""

    def __init__(self, reception: Reception, access: Access, rest: Rest, admins: Sequence[str]) -> None:
        self._reception = reception
        self._access = access
        self._rest = rest
        self._admins = admins
        self._names: dict[str, str] = {}

    async def used(self, interaction: discord.Interaction) -> None:
        """Somebody used a command or a button of ours."""
        data: Json = dict(interaction.data or {})
        if interaction.type is discord.InteractionType.application_command:
            name, text = _spoken(data)
            if name == "ask":
                await self._ask(interaction, text)
            else:
                await self._privately(interaction, lambda: self._command(interaction, name, text))
        elif interaction.type is discord.InteractionType.component:
            button = rendering.pressed(data.get("custom_id", ""))
            if button:
                action, event = button

                async def press() -> str:
                    place = await self._place(interaction)
                    return await self._reception.pressed(
                        Press(action, event, str(interaction.user.id), place.conversation)
                    )

                await self._privately(interaction, press)

    async def _ask(self, interaction: discord.Interaction, question: str) -> None:
        """Take a question.

        It is acknowledged as being worked on, since only that tells the id of the message the answer will belong to;
        kept; and then shown.  When it cannot be kept, its place says so.
        """
        may = interaction.app_permissions
        writes = may.send_messages_in_threads if isinstance(interaction.channel, discord.Thread) else may.send_messages
        if interaction.guild_id is not None and not (may.view_channel and writes):
            await self._privately(interaction, lambda: _said(_NOT_HERE))
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

    async def _command(self, interaction: discord.Interaction, name: str, text: str) -> str:
        place = await self._place(interaction)
        person = str(interaction.user.id)
        is_admin = person in self._admins or await self._access.manages(interaction, place.workspace)
        return await self._reception.command(
            Command(name, text, person, place.conversation, is_admin, () if is_admin else await self._who_is_admin())
        )

    async def _privately(self, interaction: discord.Interaction, work: Callable[[], Awaitable[str]]) -> None:
        """Acknowledge, and show the outcome to this person alone."""
        if await self._acknowledge(interaction, ephemeral=True) is None:
            return
        try:
            text = await work()
        except FrontdeskError as e:
            text = str(e)
        except Exception:
            _log.exception("a command failed")
            text = _WENT_WRONG
        for part in rendering.notice(text):
            await self._rest.whisper(interaction.application_id, interaction.token, part)

    async def _acknowledge(self, interaction: discord.Interaction, *, ephemeral: bool) -> int | None:
        """Say that an answer will follow; the id of the message that will hold it, None when it is too late."""
        try:
            with in_our_words():
                response = await interaction.response.defer(ephemeral=ephemeral, thinking=True)
        except (Refused, Unavailable) as e:  # the person sees that the application did not respond
            _log.warning("an interaction could not be acknowledged", reason=str(e))
            return None
        return (response.message_id if response else None) or interaction.id

    async def _place(self, interaction: discord.Interaction) -> Place:
        channel = interaction.channel
        where = channel if isinstance(channel, Somewhere) else await self._access.channel(interaction.channel_id or 0)
        return place_of(where, await self._access.workspace_of(where, interaction.user.id))

    async def _who_is_admin(self) -> tuple[str, ...]:
        for admin in self._admins:
            if admin not in self._names:
                try:
                    self._names[admin] = await self._rest.name_of(int(admin))
                except (Rejected, Unavailable):
                    self._names[admin] = admin
        return (*(self._names[admin] for admin in self._admins), _MANAGERS)


def _spoken(data: Json) -> tuple[str, str]:
    """A command's whole name (``kb search``) and its text."""
    name, options = str(data.get("name", "")), data.get("options") or []
    while options and options[0].get("type") == _SUBCOMMAND:
        name, options = f"{name} {options[0]['name']}", options[0].get("options") or []
    return name, str(options[0].get("value", "")) if options else ""


async def _said(text: str) -> str:
    return text
