"""Reads from history what was said while nobody listened, and writes down what cannot be read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

import discord
import structlog

from bot.discord.access import Access
from bot.discord.progress import Progress
from bot.discord.reading import NAME, Somewhere
from bot.discord.rest import Rejected, in_our_words
from bot.gaps import Bookmarks, Gap

_OVERLAP_MS = 60_000  # messages of different channels may arrive in another order than their ids
_CAUGHT_UP = 500  # messages a channel
_DIRECTLY = 0  # stands for the direct conversations where others have a server's id
_DIRECT = 100  # direct conversations: Discord has no list of them
_AT_ONCE = 4  # channels: the rest of the API's budget is for answers
_Readable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
#: Keeps a message that was read from history.
Keep = Callable[[discord.Message], Awaitable[None]]
#: Puts work into the lane of a channel: nothing before this id (the second number) is part of it.
Put = Callable[[int, int, Callable[[], Awaitable[None]]], object]
_log = structlog.get_logger()


class CatchUp:
    """Fills gaps: after a start, and after a gateway session that ended for good (a resumed one replays by itself).

    Servers are read one by one as Discord sends them, from the id up to which everything was kept; ``hours`` is how
    far back at most.
    """

    def __init__(
        self, access: Access, progress: Progress, bookmarks: Bookmarks | None, put: Put, keep: Keep, hours: float
    ) -> None:
        self._access = access
        self._progress = progress
        self._bookmarks = bookmarks
        self._put = put
        self._keep = keep
        self._hours = hours
        self._awaited: dict[int, tuple[int, int]] = {}  # servers to be read: after which id, and Progress's ticket
        self._gate = asyncio.Semaphore(_AT_ONCE)

    def session(self, guilds: Iterable[discord.Guild], *, direct: bool) -> None:
        """There is a new session, which will send these servers, and ``direct`` messages.

        At the very first start there is nothing to go back to.
        """
        if not self._progress.reached:
            return
        after = max(1, self._progress.reached - (_OVERLAP_MS << 22))
        for number in [*(guild.id for guild in guilds), *([_DIRECTLY] if direct else [])]:
            before, ticket = self._awaited.get(number, (after, -1))
            self._progress.end(ticket)
            earlier = min(before, after)
            self._awaited[number] = (earlier, self._progress.begin(earlier + 1))

    def gone(self, guild: discord.Guild) -> None:
        """The bot is no longer in this server."""
        _, ticket = self._awaited.pop(guild.id, (0, -1))
        self._progress.end(ticket)

    def here(self, guild: discord.Guild) -> None:
        """Discord has sent this server's channels: those in which something was said are read."""
        rooms: tuple[_Readable, ...] = (*guild.text_channels, *guild.voice_channels, *guild.stage_channels)
        threads: tuple[_Readable, ...] = tuple(guild.threads)
        after, ticket = self._awaited.pop(guild.id, (0, -1))
        if after:  # else the bot was not in it before, or it was read already
            self._read_again(guild, [c for c in rooms + threads if (c.last_message_id or 0) > after], after)
        self._progress.saw(max((c.last_message_id or 0 for c in rooms + threads), default=0))
        self._progress.end(ticket)

    def _read_again(self, guild: discord.Guild, spoken: list[_Readable], after: int) -> None:
        """Read these channels, in which something was said after this id, as far as the bot may."""
        seen = [c for c in spoken if c.permissions_for(guild.me).view_channel]
        horizon = self._horizon()
        if seen and after < horizon:
            why = "the bot was away for longer than it looks back: [[channels]] catch_up_h"
            self._missed(guild.id, "", after, horizon, why)
        for channel in seen:
            if channel.permissions_for(guild.me).read_message_history:
                self.read(channel, after)
            elif (channel.last_message_id or 0) > after + (_OVERLAP_MS << 22):
                why = "the bot's role lacks “Read Message History” there"
                self._missed(guild.id, str(channel.id), max(after, horizon), 0, why)

    async def direct(self, known: Iterable[int]) -> None:
        """The direct conversations: those of this process, and those where something was asked last.

        Raises ``Unavailable`` when the database does not answer.
        """
        after, ticket = self._awaited.get(_DIRECTLY, (0, -1))
        if not after:
            return
        rooms = dict.fromkeys(known)
        if self._bookmarks:
            rooms |= dict.fromkeys(int(r) for r in await self._bookmarks.rooms(NAME, _DIRECT) if r.isdecimal())
        for number in list(rooms)[:_DIRECT]:
            if not self._access.knows(number):  # a channel of a server is read with its server
                self.read(number, after)
        self._awaited.pop(_DIRECTLY, None)
        self._progress.end(ticket)

    def read(self, channel: Somewhere | int, after: int) -> None:
        """Read this channel again, in its lane."""
        number = channel if isinstance(channel, int) else channel.id
        since = max(after, self._horizon())
        self._put(number, since + 1, lambda: self._read(channel, since))

    def _horizon(self) -> int:
        """The id of a message from just so long ago that it is still looked at."""
        oldest = time.time() - self._hours * 3600
        return max(0, int(oldest * 1000) - discord.utils.DISCORD_EPOCH) << 22

    async def _read(self, channel: Somewhere | int, after: int) -> None:
        said: list[discord.Message] = []
        try:
            async with self._gate:
                with in_our_words():
                    where = await self._access.channel(channel) if isinstance(channel, int) else channel
                    if isinstance(where, discord.ForumChannel):
                        return
                    since = discord.Object(after)
                    said = [m async for m in where.history(after=since, limit=_CAUGHT_UP, oldest_first=True)]
        except Rejected as e:
            if isinstance(channel, int | discord.DMChannel):  # closed: nobody could answer there
                _log.info("a discord conversation could not be read again", reason=str(e))
            else:
                await self._record(channel.guild.id, str(channel.id), after, 0, str(e))
            return
        for message in said:
            await self._keep(message)
        if len(said) < _CAUGHT_UP or isinstance(where, discord.DMChannel):
            return
        if (newest := where.last_message_id or 0) > said[-1].id:
            why = f"more than {_CAUGHT_UP} messages were said there meanwhile"
            await self._record(where.guild.id, str(where.id), said[-1].id, newest, why)

    def _missed(self, guild: int, room: str, after: int, until: int, why: str) -> None:
        """Write it down, as work in a lane of its own: until that is done, the mark stays."""
        self._put(int(room or guild), after + 1, lambda: self._record(guild, room, after, until, why))

    async def _record(self, guild: int, room: str, after: int, until: int, why: str) -> None:
        """Between these ids (0: now) nothing was read there."""
        ended = _seconds(until) if until else time.time()
        workspace = self._access.workspace(guild)
        gap = Gap(workspace, room, _seconds(after), ended, why)
        _log.warning("discord messages were missed", workspace=workspace, room=room, since=gap.since, reason=why)
        if self._bookmarks:
            await self._bookmarks.missed(NAME, gap)


def _seconds(message: int) -> float:
    """When a message with this id was said, in seconds since 1970."""
    return ((message >> 22) + discord.utils.DISCORD_EPOCH) / 1000
