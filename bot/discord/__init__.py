"""Discord as a channel: its settings, and a thin front that loads the library when it is first needed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field, PrivateAttr, SecretStr, StringConstraints

from bot.channel import Channel, Finding, Keep, Notice, Placed, Post, Reception
from bot.discord.handles import below
from bot.downloads import MOST_BYTES, fetch, too_large
from bot.gaps import Bookmarks
from bot.heard import Heard
from bot.rooms import Room
from engine.errors import Refused
from engine.growing import Growing
from engine.language import written_in
from engine.types import Audience, Conversation, File, Message

if TYPE_CHECKING:
    from bot.discord.connection import Connection

#: One of Discord's ids: a number, kept as text.
Id = Annotated[str, StringConstraints(pattern=r"^\d{1,20}$")]
_Url = Annotated[str, AfterValidator(lambda url: url.rstrip("/"))]

#: Where Discord keeps attachments.
_FILES = ("https://cdn.discordapp.com", "https://media.discordapp.net")
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
    the ids of the forums whose posts are answered without a mention (none: all); without ``threads`` a question in a
    channel is answered beside it, as everywhere where the bot may start no threads; ``catch_up_h`` is how many hours
    back is read what was said while Frontdesk was not there; ``handoff`` the id of a channel or person that is told
    what the bot handed over; ``digest`` the id of a channel that is told each week what was asked in vain;
    ``answer_bots`` the ids of bots and webhooks that are answered where they mention us, twice in a row at most: all
    others never.
    """

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    name: ClassVar[str] = "discord"
    takes_typed: ClassVar[bool] = True
    takes_forms: ClassVar[bool] = True
    token: SecretStr
    api_url: _Url = "https://discord.com/api/v10"
    gateway_url: str = ""
    admins: tuple[Id, ...] = ()
    forums: tuple[Id, ...] = ()
    threads: bool = True
    catch_up_h: Annotated[float, Field(ge=0, le=336)] = 24.0
    handoff: Annotated[str, StringConstraints(pattern=r"^\d{0,20}$")] = ""
    digest: Annotated[str, StringConstraints(pattern=r"^\d{0,20}$")] = ""
    answer_bots: tuple[Id, ...] = ()
    _bookmarks: Bookmarks | None = PrivateAttr(default=None)
    _made: Connection | None = PrivateAttr(default=None)

    @property
    def _connection(self) -> Connection:
        if self._made is None:
            with warnings.catch_warnings():
                # discord.py 2.7.1 imports audioop, for voice, which we do not use.
                warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
                from bot.discord.connection import Connection
            self._made = Connection(self, self._bookmarks)
        return self._made

    def use_bookmarks(self, bookmarks: Bookmarks) -> None:
        """As the contract says."""
        self._bookmarks = bookmarks

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

    async def digest_room(self) -> Conversation | None:
        """``bot.topics.Digesting``."""
        await self._connection.wait()
        return await self._connection.access.room(int(self.digest))

    async def tell(self, where: str, text: str) -> None:
        """As the contract says; ``where`` is the id of a channel, a thread or a person."""
        if not where.isdecimal():
            raise Refused(f"{where!r} is not an id of Discord's: copy one with Developer Mode switched on")
        await self._connection.wait()
        await self._connection.tell(int(where), text)

    @property
    def heard(self) -> Heard:
        """As the contract says: a session that ended for good replays nothing."""
        return self._connection.heard

    async def reads_now(self, message: Message) -> str | None:
        """As the contract says."""
        from bot.discord.standing import reads_now

        await self._connection.wait()
        return await reads_now(self._connection.access, message, self._connection.me)

    async def solved(self, message: Message) -> bool:
        """As the contract says: the forum's tag for solved posts, where it has one."""
        thread = message.conversation.thread
        await self._connection.wait()
        return await self._connection.solved(int(thread)) if thread.isdecimal() else False

    async def talk(self, message: Message) -> tuple[str, ...]:
        """As the contract says."""
        from bot.discord.talk import talk

        await self._connection.wait()
        return await talk(self._connection.rest, message)

    async def said_after(self, message: Message, person: str) -> tuple[str, ...]:
        """As the contract says."""
        from bot.discord.talk import said_after

        await self._connection.wait()
        return await said_after(self._connection.rest, message, person)

    async def link(self, message: Message) -> str:
        """As the contract says; a direct message has none, since nobody else could open it."""
        return self._connection.link(message)

    async def called(self, where: Conversation, person: str = "") -> str:
        """As the contract says."""
        await self._connection.wait()
        return await (self._connection.name_of(person) if person else self._connection.called(where.room))

    def below(self, message: Message, placed: Sequence[str]) -> Message:
        """As the contract says; see ``bot.discord.handles``."""
        return below(message, placed)

    async def is_admin(self, person: str, workspace: str) -> bool:
        """As the contract says: who may manage the server, and whom the settings name."""
        await self._connection.wait()
        if not self._connection.access.has(workspace):
            return False
        return person in self.admins or await self._connection.access.manages(int(person), workspace)

    async def who_is_admin(self) -> tuple[str, ...]:
        """As the contract says."""
        names = [await self._connection.name_of(person) for person in self.admins]
        return (*names, "everybody with the permission “Manage Server”")

    async def default_grant(self, where: Conversation, person: str) -> str:
        """As the contract says; see ``bot.discord.access``."""
        await self._connection.wait()
        thread = int(where.thread) if where.thread.isdecimal() else 0
        return await self._connection.access.default_grant(int(where.room), thread, int(person))

    async def download(self, file: File) -> bytes:
        """As the contract says: attachments need no token, and are sent none."""
        if file.size > MOST_BYTES:
            raise too_large(file.name, file.size)
        own = "/".join(self.api_url.split("/")[:3])
        data, _ = await fetch(
            self._connection.rest.session, file.name, file.url, origins=frozenset((*_FILES, own)), headers={}
        )
        return data

    async def notice(self, where: Conversation, notice: Notice, *, person: str, shown: str = "") -> str:
        """As the contract says."""
        await self._connection.wait()
        return await self._connection.notices.show(where, notice, person, shown)

    async def whisper(self, where: Conversation, notice: Notice, *, person: str) -> None:
        """As the contract says: in the direct messages with this person."""
        await self._connection.wait()
        await self._connection.notices.whisper(where, notice, person)

    async def alone(self, person: str, workspace: str) -> Audience | None:
        """As the contract says."""
        await self._connection.wait()
        return await self._connection.access.alone(int(person), workspace)

    async def writable(self, person: str, workspace: str) -> Sequence[Room]:
        """As the contract says; see ``bot.discord.access``."""
        await self._connection.wait()
        return await self._connection.access.writable(int(person), workspace)

    async def aside(self, message: Message) -> Message:
        """As the contract says."""
        await self._connection.wait()
        return await self._connection.notices.aside(message, written_in(message.text), await self.link(message))

    async def record(self, keep: Keep) -> None:
        """As the contract says."""
        from bot.discord.recording import record

        await record(self.api_url, self.gateway_url, self.token.get_secret_value(), keep)

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
