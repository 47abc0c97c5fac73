"""What the gateway sends: messages, edits and deletions go to the desk in order; gaps are filled from history."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine
from typing import TypeVar

import discord
import structlog

from bot.channel import Reception
from bot.discord.access import Access
from bot.discord.intake import Intake
from bot.discord.reading import NAME, Somewhere, is_talk, place_of, read
from bot.discord.rest import Rejected, Rest, in_our_words, quietly
from engine.types import Addressed, Message

_REMEMBERED = 500  # direct conversations and forum posts without a first message
_OVERLAP_MS = 60_000  # messages of different channels may arrive in another order than their ids
_CAUGHT_UP = 500  # messages a channel
_TYPING = 20  # at once
_V = TypeVar("_V")
_Readable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
_log = structlog.get_logger()


class Events:
    """Keeps what people say; ``me`` is the bot's user id, ``forums`` those that are looked after (none: all).

    A gateway session that ended for good replays nothing, so after a new one each channel is read from the last message
    that was seen before (in this process: what was said while it was not running is not looked for).
    """

    def __init__(self, reception: Reception, access: Access, rest: Rest, me: int, forums: tuple[str, ...]) -> None:
        self._reception = reception
        self._access = access
        self._rest = rest
        self._me = me
        self._forums = forums
        self._intake = Intake()
        self._latest = 0  # the newest message id that was seen
        self._direct: OrderedDict[int, None] = OrderedDict()
        self._fresh: OrderedDict[int, int] = OrderedDict()  # forum posts without a message yet, and who opened them
        self._missed: dict[
            int, tuple[Somewhere | int, int]
        ] = {}  # channels whose events could not wait, and since when
        self._tasks: set[asyncio.Task[None]] = set()

    async def stop(self, seconds: float) -> None:
        """Take nothing more; what has arrived is kept if that can be done in this time."""
        await self._intake.drain(seconds)
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- what happens --------------------------------------------------------------------

    def message(self, message: discord.Message) -> None:
        """Somebody said something."""
        before, self._latest = self._latest, max(self._latest, message.id)
        if not is_talk(message):
            return
        if isinstance(message.channel, discord.DMChannel):
            _remember(self._direct, message.channel.id, None)
        opens = self._opens_post(message)
        if not self._intake.put(message.channel.id, lambda: self._keep(message, opens_post=opens, live=True)):
            self._fell_behind(message, before)

    def edited(self, message: discord.Message) -> None:
        """Somebody changed what they had said (or Discord added a preview to it, which is no change)."""
        if is_talk(message) and message.edited_at is not None:
            self._intake.put(message.channel.id, lambda: self._change(message))

    def deleted(self, channel: int, messages: set[int]) -> None:
        """Messages were deleted, by their authors or by others."""

        async def forget() -> None:
            for message in sorted(messages):
                await self._reception.deleted(NAME, str(message))

        self._intake.put(channel, forget)

    def opened(self, thread: discord.Thread) -> None:
        """A thread was started: in a forum, that is a post, and its first message may have an id of its own."""
        if isinstance(thread.parent, discord.ForumChannel):
            _remember(self._fresh, thread.id, thread.owner_id)

    def reconnected(self, client: discord.Client) -> None:
        """There is a new gateway session: read what was said since the end of the last one."""
        if not self._latest:
            return
        after = max(0, self._latest - (_OVERLAP_MS << 22))
        _log.info("a new discord session: looking for messages that were missed")
        for guild in client.guilds:
            rooms: tuple[_Readable, ...] = (*guild.text_channels, *guild.voice_channels, *guild.stage_channels)
            threads: tuple[_Readable, ...] = tuple(guild.threads)
            for channel in rooms + threads:
                may = channel.permissions_for(guild.me)
                if (channel.last_message_id or 0) > after and may.view_channel and may.read_message_history:
                    self._read_again(channel, after)
        for number in self._direct:
            self._read_again(number, after)

    # -- in a lane -----------------------------------------------------------------------

    async def _keep(self, message: discord.Message, *, opens_post: bool, live: bool) -> None:
        found = await self._read(message, opens_post=opens_post)
        if found is None or not await self._reception.accept(found):
            return
        if live and found.addressed is not Addressed.THREAD and len(self._tasks) < _TYPING:
            self._spawn(quietly(self._rest.typing(message.channel.id)))

    async def _change(self, message: discord.Message) -> None:
        found = await self._read(message, opens_post=self._opens_post(message))
        if found:
            await self._reception.edited(NAME, found.id, found.text)

    async def _read(self, message: discord.Message, *, opens_post: bool) -> Message | None:
        channel = message.channel
        try:
            where = channel if isinstance(channel, Somewhere) else await self._access.channel(channel.id)
        except Rejected:
            return None  # gone meanwhile, or of a kind that holds no conversations
        workspace = await self._access.workspace_of(where, message.author.id)
        return read(message, place_of(where, workspace), self._me, opens_post=opens_post)

    async def _catch_up(self, channel: Somewhere | int, after: int) -> None:
        try:
            with in_our_words():
                where = await self._access.channel(channel) if isinstance(channel, int) else channel
                if isinstance(where, discord.ForumChannel):
                    return
                since = discord.Object(after)
                said = [m async for m in where.history(after=since, limit=_CAUGHT_UP, oldest_first=True)]
        except Rejected as e:
            _log.info("a discord channel could not be read again", reason=str(e))
            return
        for message in said:
            await self._keep(message, opens_post=self._opens_post(message), live=False)

    # -- helpers of these ----------------------------------------------------------------

    def _opens_post(self, message: discord.Message) -> bool:
        """Whether this is the first message of a post in a forum that is looked after."""
        thread = message.channel
        if not isinstance(thread, discord.Thread) or not isinstance(thread.parent, discord.ForumChannel):
            return False
        first = message.id == thread.id or self._fresh.get(thread.id) == message.author.id
        if first:
            self._fresh.pop(thread.id, None)
        return first and (not self._forums or str(thread.parent_id) in self._forums)

    def _read_again(self, channel: Somewhere | int, after: int) -> None:
        number = channel if isinstance(channel, int) else channel.id
        self._intake.put(number, lambda: self._catch_up(channel, after))

    def _fell_behind(self, message: discord.Message, before: int) -> None:
        """Too much waits already: this channel is read again when it does not."""
        if not self._missed:
            _log.error("too many discord events wait; the rest is read from history when they are kept")
            self._spawn(self._make_up())
        channel = message.channel if isinstance(message.channel, Somewhere) else message.channel.id
        self._missed.setdefault(message.channel.id, (channel, min(before, message.id - 1)))

    async def _make_up(self) -> None:
        await self._intake.idle()
        missed, self._missed = self._missed, {}
        for channel, after in missed.values():
            self._read_again(channel, after)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _remember(known: OrderedDict[int, _V], key: int, value: _V) -> None:
    known[key] = value
    known.move_to_end(key)
    while len(known) > _REMEMBERED:
        known.popitem(last=False)
