"""What a worker holds while it works: the lease on a conversation, and the claim on the event in work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from engine.errors import LeaseLost
from engine.failpoints import reach
from engine.store.database import steady
from engine.store.events import Events, Head, Held, Step, Verdict
from engine.store.statements import POSTING
from engine.types import Audience, Message, Reply

#: How much of a lease is used: the rest is for a request that is already on its way to the platform.
_SAFE = 0.8


class Changed(LeaseLost):
    """The event was edited, deleted or ended while we worked on it: what was being done is void."""


class Lease:
    """What this worker holds: a conversation and its event in work, until a time on our own clock."""

    def __init__(self, held: Held, events: Events, since: float, span_s: float) -> None:
        self.held = held
        self.next: Head | None = held.head
        self.asker = held.head.message.conversation.workspace, held.head.message.author  # whose place it takes
        self.work: asyncio.Task[None] | None = None
        self.interrupted = ""  # why the work was cancelled
        self.poked = False  # somebody has put something into this conversation
        self._events = events
        self._span_s = span_s
        self._until = since + span_s * _SAFE

    @property
    def conversation(self) -> str:
        """The key of the conversation."""
        return self.held.conversation

    def begin(self, head: Head) -> None:
        """This event is in work now."""
        self.held = Held(self.held.conversation, self.held.fence, head)
        self.next, self.interrupted = None, ""

    def check(self) -> None:
        """Raise unless the conversation is certainly still ours; costs nothing."""
        if steady() >= self._until:
            raise LeaseLost(f"the lease on {self.conversation} has ended")

    def renewed(self, since: float) -> None:
        """The lease was made longer by a transaction that began then."""
        self._until = max(self._until, since + self._span_s * _SAFE)

    def lose(self) -> None:
        """The conversation is not ours any more."""
        self._until, self.next = 0.0, None
        self.interrupt("lost")

    def interrupt(self, why: str) -> None:
        """Stop the work on the event."""
        if self.work and not self.work.done() and not self.interrupted:
            self.interrupted = why
            self.work.cancel()

    async def change(self, change: Awaitable[Step]) -> Step:
        """Commit a change that only the owner may make."""
        step = await change
        if step.verdict is Verdict.LOST:
            self._until = 0.0
            raise LeaseLost(f"another worker has {self.conversation} now")
        if step.verdict is Verdict.CHANGED:
            raise Changed(f"event {self.held.head.event} was changed meanwhile")
        return step

    async def intend(self, *, waits: bool) -> None:
        """Say that something may become visible; ``waits``: only a place in the queue."""
        await self.change(self._events.intend(self.held, waits=waits))
        self.check()

    async def place(self, placed: tuple[str, ...]) -> None:
        """Say where the reply is visible."""
        await self.change(self._events.place(self.held, placed))

    async def end(self, reply: Reply, audience: Audience | None, keep: Callable[[], bool]) -> None:
        """Write the event's end; ``next`` is the one to go on with, if ``keep`` says so when it is written."""
        grants = audience.grants if audience else ()
        step = await self.change(self._events.end(self.held, reply, grants, keep=keep))
        self.next = step.next

    async def look_again(self, *, keep: bool) -> None:
        """Look which event is next now."""
        self.next = (await self.change(self._events.look_again(self.held, keep=keep))).next

    async def put_back(self, wait_s: float = 0.0, *, tried: bool = False, failed: bool = False) -> None:
        """Let go of the conversation; its event is due again in so many seconds."""
        await self.change(self._events.put_back(self.held, wait_s, tried=tried, failed=failed))


@dataclass(slots=True, eq=False)
class Claim:
    """A message that this worker, and nobody else, has to bring to an end.

    ``state`` is ``working`` or ``posting``; ``placed`` the ids of the platform's messages that the reply became so
    far; ``tries`` how often it was tried before; ``received`` seconds since 1970; ``again``: an earlier try may have
    shown something; ``waits``: all that may be visible is a place in the queue.  ``overdue``: it waited too long or
    failed too often, for ``reason``: tell the person that somebody will take over, without trying anything that may
    fail.  ``deleted``: its author took it back; withdraw what was shown and end it as ignored.  ``audience`` is written
    to the history: whoever looks it up sets it.  ``first``: nothing was said in its conversation before.
    """

    event: int
    message: Message
    state: str
    placed: tuple[str, ...]
    tries: int
    received: float
    again: bool
    overdue: bool
    deleted: bool
    reason: str
    _lease: Lease = field(repr=False)
    _finish: Callable[[Claim, Reply], Awaitable[None]] = field(repr=False)
    _retry: Callable[[Claim, str, float], Awaitable[None]] = field(repr=False)
    waits: bool = False
    first: bool = False
    audience: Audience | None = None
    ended: bool = False

    @classmethod
    def of(
        cls,
        lease: Lease,
        head: Head,
        reason: str,
        *,
        finish: Callable[[Claim, Reply], Awaitable[None]],
        retry: Callable[[Claim, str, float], Awaitable[None]],
    ) -> Claim:
        """The claim on the event at the head of a conversation that is ours."""
        seen = (head.event, head.message, head.state, head.placed, head.tries, head.received)
        overdue = bool(reason) and not head.deleted
        return cls(*seen, head.seen, overdue, head.deleted, reason, lease, finish, retry, head.waits, head.first)

    @property
    def key(self) -> str:
        """The same text for every try of this event, unlike that of any other: at most 25 characters."""
        return f"{self.event}-{int(self.received):x}"

    def check(self) -> None:
        """Raise ``LeaseLost`` unless this is certainly still ours: call it right before something becomes visible."""
        self._lease.check()

    async def posting(self, *, waits: bool = False) -> None:
        """The intent, committed: from now on the platform may show something.  Doing it again costs nothing.

        ``waits``: only a place in the queue; the question can still be changed until this is called without.
        """
        waits = waits and (self.waits or not self.again) and (self.waits or self.state != POSTING)
        if self.state == POSTING and self.waits == waits:
            self._lease.check()
            return
        await self._lease.intend(waits=waits)
        self.state, self.waits = POSTING, waits
        reach("intended")

    async def placed_at(self, platform_id: str) -> None:
        """A message of the reply is visible under this id."""
        if platform_id not in self.placed:
            self.placed = (*self.placed, platform_id)
            await self._lease.place(self.placed)

    async def withdrawn(self) -> None:
        """Nothing is visible any more."""
        self.placed = ()
        await self._lease.place(())

    async def finish(self, reply: Reply) -> None:
        """The one end: state, reason, turn with receipt, and hand-off, in one transaction."""
        await self._finish(self, reply)

    async def retry(self, why: str, after_s: float) -> None:
        """Let go of it; it is tried again after so many seconds."""
        await self._retry(self, why, after_s)
