"""The connection to Discord: logs in, listens at the gateway, and lends its parts to the channel."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import discord
import structlog
from discord.http import HTTPClient

from bot.channel import Reception
from bot.discord.access import Access
from bot.discord.commands import Controls
from bot.discord.events import Events, Places
from bot.discord.gateway import Gateway, has_socket, log_in, point
from bot.discord.handles import Handle
from bot.discord.notices import Notices
from bot.discord.posting import Posting
from bot.discord.rest import Rest
from bot.discord.spoken import COMMANDS, ON_MESSAGES, claimed
from bot.gaps import Bookmarks
from bot.heard import Heard
from engine.errors import Refused, SettingsError, Unavailable
from engine.types import Message

if TYPE_CHECKING:
    from bot.discord import Discord

LOGIN_ADVICE: Final = (
    "Discord does not know this token: copy it from https://discord.com/developers/applications, "
    "your application, Bot, Reset Token, and set [[channels]] token (with $DISCORD_TOKEN)"
)
INTENT_ADVICE: Final = (
    "the bot may not read messages: switch on Message Content Intent at "
    "https://discord.com/developers/applications, your application, Bot, Privileged Gateway Intents"
)
CLOSED: Final = {
    4004: LOGIN_ADVICE,
    4013: INTENT_ADVICE,
    4014: INTENT_ADVICE,
    4011: "Discord wants more sessions for this bot than it said at the start: start Frontdesk again",
}
#: What forums call the tag of solved posts.
_SOLVED: Final = {"solved", "resolved", "answered", "done", "已解决", "已解決", "解决", "解決"}
_MOST_TAGS = 5
_LOGIN_WAIT_S = 20.0
_LONGEST_PAUSE_S = 60.0
_DRAIN_S = 5.0
_CLOSE_S = 2.0
_log = structlog.get_logger()


class Connection:
    """One login at Discord, and what works through it."""

    def __init__(self, settings: Discord, bookmarks: Bookmarks | None = None) -> None:
        self._settings = settings
        self._bookmarks = bookmarks
        self._client: Gateway | None = None
        self._logged_in = asyncio.Event()
        self.rest = Rest(self._http)
        self.access = Access(lambda: self.client, settings.workspace, threads=settings.threads)
        self.posting = Posting(self.rest, lambda: self.me)
        self.notices = Notices(self.access, self.rest)
        self.heard = Heard()
        self._names: dict[str, str] = {}

    @property
    def client(self) -> Gateway:
        """The client, once logged in."""
        if self._client is None:
            raise Unavailable("Discord is not connected")
        return self._client

    @property
    def me(self) -> int:
        """The bot's user id."""
        user = self.client.user
        assert user is not None  # noqa: S101  # known since the login
        return user.id

    async def _http(self) -> HTTPClient:
        await self.wait()
        return self.client.http

    async def wait(self) -> None:
        """Wait for the login, but not for long."""
        try:
            async with asyncio.timeout(_LOGIN_WAIT_S):
                await self._logged_in.wait()
        except TimeoutError:
            raise Unavailable("Discord is not connected") from None

    async def run(self, reception: Reception, connected: Callable[[], None]) -> None:
        """As ``Channel.run``."""
        point(self._settings.api_url, self._settings.gateway_url)
        client = await self._log_in()
        settings = self._settings
        places = Places(settings.forums, settings.catch_up_h, self._bookmarks, settings.answer_bots)
        events = client.events = Events(reception, self.access, self.rest, self.me, places)
        controls = client.controls = Controls(reception, self.access, self.rest)
        client.first_ready = connected
        client.heard = self.heard
        try:
            await events.start()
            await self._prepare(client, reception.claimed)
            await self._listen(client)
        finally:
            self.heard.breaks()
            client.controls = None
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_CLOSE_S):  # the library would wait half a minute for the other side
                    await client.leave()
            await asyncio.gather(controls.stop(_DRAIN_S), events.stop(_DRAIN_S))

    async def close(self) -> None:
        """Let go of everything."""
        self._logged_in.clear()
        await self.rest.close()
        client, self._client = self._client, None
        if client:
            await client.close()

    async def tell(self, where: int, text: str) -> None:
        """Say something in this channel or thread, or to this person."""
        channel = where
        if self.client.get_channel(where) is None:  # a person; or a thread that is archived
            with contextlib.suppress(Refused):
                channel = await self.rest.direct(where)
        await self.posting.tell(channel, text)

    async def solved(self, thread: int) -> bool:
        """Tag a forum's post with the forum's tag for solved posts; False where it has none.

        Raises ``Refused`` where the bot may not.
        """
        where = await self.access.channel(thread)
        if not isinstance(where, discord.Thread) or not isinstance(where.parent, discord.ForumChannel):
            return False
        tag = next((t for t in where.parent.available_tags if t.name.strip().casefold() in _SOLVED), None)
        if tag is None:
            return False
        now = [t.id for t in where.applied_tags]
        if tag.id not in now:
            await self.rest.tag(thread, [*now[: _MOST_TAGS - 1], tag.id], wake=where.archived)
        return True

    async def called(self, room: str) -> str:
        """What a channel is called; nothing where it has no name, or is gone."""
        try:
            return str(getattr(await self.access.channel(int(room)), "name", None) or "")
        except Refused:
            return ""

    async def name_of(self, person: str) -> str:
        """How this person is called; their id where Discord does not say."""
        if person not in self._names:
            try:
                self._names[person] = await self.rest.name_of(int(person))
            except (Refused, Unavailable):
                return person
        return self._names[person]

    def link(self, message: Message) -> str:
        """A link to the question, for people who can see its channel."""
        handle = Handle.of(message)
        if not handle.question:  # it was asked with a form, and stands nowhere
            return ""
        where = message.conversation
        room = self._client.get_channel(int(where.room)) if self._client else None
        if not isinstance(room, discord.abc.GuildChannel):
            return ""
        channel = where.room if handle.how in ("thread", "beside") else where.thread or where.room
        return f"https://discord.com/channels/{room.guild.id}/{channel}/{handle.question}"

    async def _log_in(self) -> Gateway:
        """Log in, however long the network takes."""
        settings, pause = self._settings, 1.0
        while True:
            try:
                client, gateway = await log_in(settings.token.get_secret_value())
            except discord.LoginFailure:
                raise SettingsError(LOGIN_ADVICE) from None
            except (Unavailable, Refused) as e:
                _log.warning("discord does not let us log in now; trying again", reason=str(e), pause_s=pause)
            else:
                point(settings.api_url, settings.gateway_url or gateway)
                self._client = client
                self._logged_in.set()
                return client
            await _rest(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _prepare(self, client: Gateway, of_plugins: Mapping[str, str]) -> None:
        """Make the commands known, ours and those of plugins."""
        commands = (*COMMANDS, *claimed(of_plugins), *ON_MESSAGES)
        pause = 1.0
        while True:
            try:
                assert client.application_id is not None  # noqa: S101  # known since the login
                await self.rest.install(client.application_id, commands)
            except Unavailable as e:
                _log.warning("discord cannot be prepared now; trying again", reason=str(e), pause_s=pause)
            except Refused as e:
                _log.error("discord refused the slash commands", reason=str(e))
                return
            else:
                return
            await _rest(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _listen(self, client: Gateway) -> None:
        """Listen until cancelled; the library connects again by itself, but for its very first attempt."""
        pause = 1.0
        while not client.is_closed():
            try:
                await client.connect()
            except discord.PrivilegedIntentsRequired:
                raise SettingsError(INTENT_ADVICE) from None
            except discord.ConnectionClosed as e:
                raise SettingsError(
                    CLOSED.get(e.code, f"Discord ended the connection for good (code {e.code})")
                ) from None
            except Exception as e:
                if has_socket(client):
                    raise
                _log.warning(
                    "the discord gateway cannot be reached; trying again", reason=type(e).__name__, pause_s=pause
                )
                await _rest(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)


async def _rest(seconds: float) -> None:
    """Wait about so long: many workers must not come back at the same moment."""
    await asyncio.sleep(seconds * random.uniform(0.7, 1.3))  # noqa: S311  # spreads load, guards nothing
