"""What the gateway sends: messages, edits and deletions go to the desk in order; gaps are filled from history."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import TypeVar

import discord
import structlog

from bot.channel import Reception
from bot.discord.access import Access
from bot.discord.catching_up import CatchUp
from bot.discord.intake import Intake, Work
from bot.discord.progress import Progress
from bot.discord.reading import NAME, Somewhere, answered_before, is_talk, read
from bot.discord.rest import Rejected, Rest, quietly
from bot.gaps import Bookmarks
from engine.errors import Unavailable
from engine.types import Addressed, Message

_REMEMBERED = 500  # direct conversations and forum posts without a first message
_TYPING = 20  # at once
_AGAIN_S = 1.0
_V = TypeVar("_V")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Places:
    """What the settings say of places.

    ``forums`` are those that are looked after (none: all), ``catch_up_h`` how many hours back what was missed is read;
    ``bookmarks`` keep how far that is; ``programs`` are the ids of bots and webhooks that are answered.
    """

    forums: tuple[str, ...] = ()
    catch_up_h: float = 24.0
    bookmarks: Bookmarks | None = None
    programs: tuple[str, ...] = ()


class Events:
    """Keeps what people say; ``me`` is the bot's user id.

    A gateway session that ended for good replays nothing, and neither does a start: after each, what was said since
    the last message that is kept is read from history (``bot.discord.catching_up``).
    """

    def __init__(self, reception: Reception, access: Access, rest: Rest, me: int, places: Places) -> None:
        self._reception = reception
        self._access = access
        self._rest = rest
        self._me = me
        self._forums, self._programs = places.forums, places.programs
        self._intake = Intake()
        self._progress = Progress(places.bookmarks, NAME, me)
        self._catching_up = CatchUp(
            access, self._progress, places.bookmarks, self._put, self._keep_past, places.catch_up_h
        )
        self._direct: OrderedDict[int, None] = OrderedDict()
        self._fresh: OrderedDict[int, int] = OrderedDict()  # forum posts without a message yet, and who opened them
        self._roots: OrderedDict[int, int] = OrderedDict()  # questions that go on without a thread, and what began it
        #: Channels whose events could not wait: since when, and Progress's ticket.
        self._missed: dict[int, tuple[Somewhere | int, int, int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._saving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """To be called before the first event: finds out where an earlier process got to."""
        while True:
            try:
                await self._progress.load()
                break
            except Unavailable as e:
                _log.warning("how far discord was read is not known yet; trying again", reason=str(e))
                await asyncio.sleep(_AGAIN_S)
        self._saving = asyncio.create_task(self._progress.keep_saving(), name="discord progress")

    async def stop(self, seconds: float) -> None:
        """Take nothing more; what has arrived is kept if that can be done in this time."""
        await self._intake.drain(seconds)
        tasks = {*self._tasks, *([self._saving] if self._saving else [])}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._progress.save()

    # -- what happens --------------------------------------------------------------------

    def message(self, message: discord.Message) -> None:
        """Somebody said something."""
        self._progress.saw(message.id)
        if not is_talk(message, self._programs):
            return
        if isinstance(message.channel, discord.DMChannel):
            _remember(self._direct, message.channel.id, None)
        opens = self._opens_post(message)
        ticket = self._progress.begin(message.id)
        work = self._ending(ticket, lambda: self._keep(message, opens_post=opens, live=True))
        if not self._intake.put(message.channel.id, work):
            self._fell_behind(message, ticket)

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

    def session(self, guilds: Sequence[discord.Guild], *, direct: bool) -> None:
        """A gateway session begins, not the one from before: it will send these servers, and direct messages."""
        self._catching_up.session(guilds, direct=direct)

    def here(self, guild: discord.Guild) -> None:
        """A server's channels are known."""
        self._catching_up.here(guild)

    def gone(self, guild: discord.Guild) -> None:
        """The bot was taken out of a server."""
        self._catching_up.gone(guild)

    def closed(self, thread: int) -> None:
        """A forum's post was deleted with all that is in it; its first message has its id."""
        self.deleted(thread, {thread})

    async def ready(self) -> None:
        """All servers of a new session are known."""
        with contextlib.suppress(Unavailable):  # the next session does it: the mark stays where it was
            await self._catching_up.direct(self._direct)

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
        place = await self._access.place(where, message.author.id)
        before = answered_before(message, self._me) if place.beside else 0
        root = self._roots.get(before, before)
        if root:
            _remember(self._roots, message.id, root)
        return read(message, place, self._me, opens_post=opens_post, root=root, programs=self._programs)

    async def _keep_past(self, message: discord.Message) -> None:
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

    def _put(self, lane: int, first: int, work: Work) -> None:
        """Work on messages from this id on that nobody sends again."""
        self._intake.put(lane, self._ending(self._progress.begin(first), work), limited=False)

    def _ending(self, ticket: int, work: Work) -> Work:
        """The same work, which ends its ticket: not when it is to be tried again, or ends with the process."""

        async def done() -> None:
            try:
                await work()
            except (Unavailable, asyncio.CancelledError):
                raise
            except Exception:
                self._progress.end(ticket)
                raise
            self._progress.end(ticket)

        return done

    def _fell_behind(self, message: discord.Message, ticket: int) -> None:
        """Too much waits already: this channel is read again when it does not."""
        if message.channel.id in self._missed:
            self._progress.end(ticket)  # an earlier one of this channel waits
            return
        if not self._missed:
            _log.error("too many discord events wait; the rest is read from history when they are kept")
            self._spawn(self._make_up())
        channel = message.channel if isinstance(message.channel, Somewhere) else message.channel.id
        self._missed[message.channel.id] = (channel, message.id - 1, ticket)

    async def _make_up(self) -> None:
        await self._intake.idle()
        missed, self._missed = self._missed, {}
        for channel, after, ticket in missed.values():
            self._catching_up.read(channel, after)
            self._progress.end(ticket)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _remember(known: OrderedDict[int, _V], key: int, value: _V) -> None:
    known[key] = value
    known.move_to_end(key)
    while len(known) > _REMEMBERED:
        known.popitem(last=False)
