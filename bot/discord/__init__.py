"""Discord as a channel: its settings, and a thin front that loads the library when it is first needed."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, PrivateAttr, SecretStr, StringConstraints

from bot.channel import Channel, Finding, Placed, Post, Reception
from engine.errors import Refused
from engine.growing import Growing
from engine.types import Audience, Message

if TYPE_CHECKING:
    from bot.discord.connection import Connection

#: One of Discord's ids: a number, kept as text.
Id = Annotated[str, StringConstraints(pattern=r"^\d{1,20}$")]
_Url = Annotated[str, AfterValidator(lambda url: url.rstrip("/"))]

#: What the bot needs to be allowed in a server: View Channel, Send Messages, Embed Links, Attach Files, Read Message
#: History, Add Reactions, Create Public Threads, Send Messages in Threads.
PERMISSIONS = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 15 | 1 << 16 | 1 << 6 | 1 << 35 | 1 << 38


def invite_link(application_id: str) -> str:
    """The page where somebody who manages a server adds the bot to it."""
    return (
        "https://discord.com/oauth2/authorize"
        f"?client_id={application_id}&scope=bot+applications.commands&permissions={PERMISSIONS}"
    )


class Discord(Channel):
    """Discord.

    ``admins`` are the ids of people who may use admin commands, besides those who may manage the server; ``forums``
    the ids of the forums whose posts are answered without a mention (none: all); ``handoff`` the id of a channel or
    person that is told what the bot handed over.
    """

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    name: ClassVar[str] = "discord"
    token: SecretStr
    api_url: _Url = "https://discord.com/api/v10"
    gateway_url: str = ""
    admins: tuple[Id, ...] = ()
    forums: tuple[Id, ...] = ()
    handoff: Annotated[str, StringConstraints(pattern=r"^\d{0,20}$")] = ""
    _made: Connection | None = PrivateAttr(default=None)

    @property
    def _connection(self) -> Connection:
        if self._made is None:
            with warnings.catch_warnings():
                # discord.py 2.7.1 imports audioop, for voice, which we do not use.
                warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
                from bot.discord.connection import Connection
            self._made = Connection(self)
        return self._made

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        """As the contract says."""
        await self._connection.run(reception, connected)

    async def audience(self, message: Message, *, max_age_s: float = 60.0) -> Audience:
        """As the contract says; see ``bot.discord.access``."""
        await self._connection.wait()
        return await self._connection.access.audience(message, max_age_s=max_age_s)

    async def stream(self, post: Post, growing: Growing, placed: Placed) -> None:
        """As the contract says; see ``bot.discord.posting``."""
        await self._connection.wait()
        await self._connection.posting.stream(post, growing, placed)

    async def withdraw(self, post: Post) -> None:
        """As the contract says."""
        await self._connection.wait()
        await self._connection.posting.withdraw(post)

    async def tell(self, where: str, text: str) -> None:
        """As the contract says; ``where`` is the id of a channel, a thread or a person."""
        if not where.isdecimal():
            raise Refused(f"{where!r} is not an id of Discord's: copy one with Developer Mode switched on")
        await self._connection.wait()
        await self._connection.tell(int(where), text)

    async def link(self, message: Message) -> str:
        """As the contract says; a direct message has none, since nobody else could open it."""
        return self._connection.link(message)

    async def check(self) -> list[Finding]:
        """As the contract says; see ``bot.discord.checking``."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
            from bot.discord.checking import check
        return await check(self)

    async def close(self) -> None:
        """As the contract says."""
        if self._made is not None:
            await self._made.close()
