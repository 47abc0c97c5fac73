"""The library's client, aimed at the right address: it passes events on, and keeps no messages and no members."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable

import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.discord.commands import Controls
from bot.discord.events import Events
from bot.discord.rest import in_our_words
from bot.heard import Heard
from bot.phrases import say
from engine.catalogue import ENGLISH

_GUILD_READY_S = 0.5
_FAILED_RESUMES = 3
_BEGIN_S = 5.0
_log = structlog.get_logger()


class _ZlibStream:
    """The gateway's compression that every server of the protocol speaks.

    Left alone, the library takes another one whenever ``zstandard`` happens to be installed, as it is with us for
    reasons of others; what else is installed must not change how we talk to Discord.
    """

    COMPRESSION_TYPE = "zlib-stream"
    _END = b"\x00\x00\xff\xff"

    def __init__(self) -> None:
        self._context = zlib.decompressobj()
        self._buffer = bytearray()

    def decompress(self, data: bytes, /) -> str | None:
        """The message that ends with this data; None when more of it is to come."""
        self._buffer += data
        if not data.endswith(self._END):
            return None
        whole, self._buffer = bytes(self._buffer), bytearray()
        return self._context.decompress(whole).decode()


def point(api_url: str, gateway_url: str) -> None:
    """Aim the library at this API.

    It keeps both addresses in classes, for the whole process: all Discord channels of one process talk to one Discord.
    """
    Route.BASE = api_url
    discord.utils._ActiveDecompressionContext = _ZlibStream  # noqa: SLF001  # there is no setting for it
    if gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


class Gateway(discord.Client):
    """The library's client: passes events on, keeps no messages and no members."""

    def __init__(self, shards: int | None = None) -> None:
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # we have no voice
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            status=discord.Status.online,
            activity=discord.CustomActivity(say("presence", ENGLISH)),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            guild_ready_timeout=_GUILD_READY_S,
            shard_count=shards,
        )
        self.events: Events | None = None
        self.controls: Controls | None = None
        self.first_ready: Callable[[], None] | None = None
        self.heard = Heard()
        self._failed = 0

    async def on_ready(self) -> None:
        """All servers are known: the first time, or again after a session that could not be resumed."""
        first, self.first_ready = self.first_ready, None
        if first:
            first()
        if self.events:
            await self.events.ready()

    async def on_connect(self) -> None:
        """A session has begun: Discord has named the servers, and will send their channels one after the other."""
        self._failed = 0
        self.heard.begins()
        if self.events:
            self.events.session(self.guilds, direct=True)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server's channels are known: in a new session, or after an outage."""
        if self.events:
            self.events.here(guild)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The same, where Discord does not say that the server was expected."""
        if self.events:
            self.events.here(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was taken out of a server."""
        if self.events:
            self.events.gone(guild)

    async def on_resumed(self) -> None:
        """A session goes on: what was missed of it has been sent."""
        self._failed = 0
        self.heard.goes_on()

    async def on_disconnect(self) -> None:
        """Each failed attempt to connect again comes here, too.

        The library would try to resume at the session's own address for ever; after some failures the way leads to the
        front door again, where a session that is no longer known is refused and a new one begins.
        """
        self.heard.breaks()
        self._failed += 1
        if self._failed > _FAILED_RESUMES and has_socket(self):
            self.ws.gateway = DiscordWebSocket.DEFAULT_GATEWAY

    async def on_message(self, message: discord.Message) -> None:
        """Somebody said something."""
        if self.events:
            self.events.message(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A message was changed."""
        if self.events:
            self.events.edited(payload.message)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """A message was deleted."""
        if self.events:
            self.events.deleted(payload.channel_id, {payload.message_id})

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Several messages were deleted."""
        if self.events:
            self.events.deleted(payload.channel_id, payload.message_ids)

    async def on_thread_create(self, thread: discord.Thread) -> None:
        """A thread was started."""
        if self.events:
            self.events.opened(thread)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """A thread was deleted: in a forum its first message goes with it."""
        if self.events and isinstance(self.get_channel(payload.parent_id), discord.ForumChannel):
            self.events.closed(payload.thread_id)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Somebody used a command or a button."""
        if self.controls:
            await self.controls.used(interaction)

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        """One event that fails stops nothing else."""
        del args, kwargs
        _log.exception("a discord event failed", handler=event_method)

    async def leave(self) -> None:
        """End the session: Discord stops sending."""
        if has_socket(self):
            await self.ws.close(1000)


class ShardedGateway(Gateway, discord.AutoShardedClient):
    """The same over several sessions, each for its share of the servers.

    Discord says how many, and how many of them may be begun within five seconds (``at_once``).
    """

    def __init__(self, shards: int, at_once: int) -> None:
        super().__init__(shards)
        self._at_once = at_once
        self._begun: dict[
            int, float
        ] = {}  # event loop seconds, by what Discord counts: the session's number mod at_once

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait until this session may be begun."""
        del initial
        clock, key = asyncio.get_running_loop().time, (shard_id or 0) % self._at_once
        await asyncio.sleep(max(0.0, self._begun.get(key, -_BEGIN_S) + _BEGIN_S - clock()))
        self._begun[key] = clock()

    async def on_connect(self) -> None:
        """Told for each session; which one it is, the next one tells."""

    async def on_shard_connect(self, shard: int) -> None:
        """One session has begun; direct messages come through the first."""
        self.heard.begins()
        if self.events:
            self.events.session([g for g in self.guilds if g.shard_id == shard], direct=shard == 0)

    async def on_disconnect(self) -> None:
        """Here the library begins a new session by itself when one cannot be resumed."""

    async def leave(self) -> None:
        """End all sessions."""
        await asyncio.gather(*(shard.disconnect() for shard in self.shards.values()))


async def log_in(token: str) -> tuple[Gateway, str]:
    """A client that is logged in, for as many sessions as Discord wants, and where Discord says that its gateway is.

    It insists on several from 2,500 servers on.  Raises the library's ``LoginFailure``, ``Unavailable`` or ``Refused``.
    """
    shards, at_once = 1, 1
    while True:
        client = ShardedGateway(shards, at_once) if shards > 1 else Gateway()
        try:
            with in_our_words():
                await client.login(token.removeprefix("Bot "))
                said = await client.http.request(Route("GET", "/gateway/bot"))
        except BaseException:
            await client.close()
            raise
        if (wanted := int(said["shards"])) == shards:
            return client, str(said["url"])
        _log.info("discord wants this bot in several sessions", shards=wanted)
        await client.close()
        shards, at_once = wanted, max(1, int(said["session_start_limit"]["max_concurrency"]))


def has_socket(client: discord.Client) -> bool:
    """Whether the client has ever reached the gateway (the library says its socket is never None, but it is)."""
    if isinstance(client, discord.AutoShardedClient):
        return bool(client.shards)
    return getattr(client, "ws", None) is not None
