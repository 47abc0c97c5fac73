"""Accept, claim, finish: every message is kept before it is acknowledged, and has exactly one end.

``accept`` commits a message and, where nobody works on its conversation, takes the conversation in the same
transaction: it is answered at once.  What waits (the worker was busy or died, a try failed) is claimed from the
database, in fair turns between workspaces, people and rooms.  An idle conversation is rows in the database and no more.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import structlog

from engine.claim import Changed, Claim, Lease
from engine.errors import LeaseLost, Unavailable
from engine.failpoints import reach
from engine.fair import Backlog, Fair, Flow, Shares
from engine.patience import Patience
from engine.store.database import Database, steady
from engine.store.events import Also, Deleted, Events, Head, Held, OpenEvents
from engine.store.notices import notices
from engine.store.statements import DELETED
from engine.types import Message, Reply

_log = structlog.get_logger()

_POLL_S = 5.0


class Inbox:
    """Keeps messages and has each handled: in order within a conversation, side by side across conversations."""

    def __init__(
        self,
        database: Database,
        handle: Callable[[Claim], Awaitable[None]],
        *,
        worker: str = "",
        lease_s: float = 30.0,
        concurrency: int = 64,
        give_up_s: float = 900.0,
        backoff_s: float = 1.0,
        only: str = "",
    ) -> None:
        """Nothing runs before ``start``.

        Args:
            database: where events are kept; on SQLite this process must be the only one that works on them.
            handle: ends a claim.  ``Unavailable``: it is tried again later; other errors: up to three times.  It is
                cancelled when the question is edited or deleted, or the lease is lost.
            worker: this worker's name among all; never the same for two processes.
            lease_s: after how many seconds another worker takes over from one that fell silent.
            concurrency: how many conversations are worked on at the same time.
            give_up_s: after how many seconds an event without an end goes to a person.
            backoff_s: the wait after the first failed try, in seconds; it doubles with each, up to a minute.
            only: the one channel whose messages are worked on here; empty: all.
        """
        self.worker = worker or secrets.token_hex(8)
        self._only = only
        self._database = database
        self._handle = handle
        self._events = Events(database, self.worker, lease_s, only)
        self._lease_s = lease_s
        self._concurrency = concurrency
        self._patience = Patience(give_up_s, backoff_s)
        self._leases: dict[str, Lease] = {}
        self._holding, self._at_work = Shares(2 * concurrency), Shares(concurrency)  # as many again wait their turn
        self._ready: Fair[Lease] = Fair()
        self._working: set[asyncio.Task[None]] = set()
        self._backlog = Backlog(self._holding, concurrency)
        self._wake = asyncio.Event()
        self._everywhere = False  # look at all conversations, not only at the named ones
        self._named: set[str] = set()
        self._next_look: asyncio.TimerHandle | None = None
        self._running = False
        self._claimer: asyncio.Task[None] | None = None
        self._others: list[asyncio.Task[None]] = []

    # Messages come in.

    async def accept(self, message: Message, also: Also | None = None) -> bool:
        """Keep a message, and with a new one what is ``also`` to be written; when this returns it is committed.

        True: it will be answered, or was already kept (a redelivery starts nothing).  False: talk in a thread that is
        not ours, and nothing was kept.  Raises ``Unavailable`` when it could not be kept.
        """
        reach("arrived")
        since = steady()
        conversation = message.conversation.key
        known, mine = conversation in self._leases, self._only in {"", message.conversation.channel}
        asker = Flow.of(message).asker
        take = mine and self._running and self._holding.allow(asker) and not self._backlog.comes_before(asker)
        holds = self._holding.of(asker)
        if take:
            self._holding.take(asker)  # before others look how much is free
        accepted = None
        try:
            accepted = await self._events.accept(message, take=take, known=known, also=also)
        finally:
            if take and not (accepted and accepted.held):
                self._holding.give_back(asker)
        reach("accepted")
        if accepted is None:
            return False
        if accepted.held:
            self._own(accepted.held, since)
        elif accepted.new and known:
            self._look(conversation)  # if it was let go meanwhile
        elif accepted.new and mine and not take:
            self._backlog.grew(holds)
            self._look_if_there_is_room()
        return True

    async def edited(self, key: str, text: str) -> None:
        """The question with this ``Message.key`` was changed: it begins anew, unless its answer is being posted."""
        changed = await self._events.edit(key, text)
        if changed:
            self._interrupt(*changed)

    async def deleted(self, key: str) -> Deleted | None:
        """The question with this ``Message.key`` is gone: no answer any more, and it leaves the history.

        What is visible already is taken back by a claim with ``deleted`` set.  Returns what was known of it.
        """
        deleted = await self._events.delete(key)
        if deleted and deleted.open:
            conversation = deleted.message.conversation.key
            self._interrupt(deleted.event, conversation)
            self._look(conversation)  # the next one may have waited for this one
        return deleted

    async def open_events(self) -> OpenEvents:
        """How many events have no end yet, and since when."""
        return await self._events.open_events()

    # Start and stop.

    async def start(self) -> None:
        """Begin to work, with what was left open."""
        if not self._database.shared:
            await self._events.take_over()
        self._running = True
        self._claimer = asyncio.create_task(self._repeat(self._claim), name="inbox claims")
        self._others = [asyncio.create_task(self._repeat(self._renew, also_while_stopping=True), name="inbox renews")]
        if self._database.shared:
            self._others.append(asyncio.create_task(self._repeat(self._listen), name="inbox listens"))
        self._look_everywhere()

    async def stop(self, *, within_s: float) -> None:
        """Begin nothing new, finish what is under way within the time, and put the rest back as it stands."""
        self._running = False
        if self._next_look:
            self._next_look.cancel()
        self._wake.set()
        if self._claimer:
            await self._claimer  # what it is taking just now must be put back, too
        await self._let_go_of_the_rest()
        if self._working:
            await asyncio.wait(self._working, timeout=within_s)
        for lease in list(self._leases.values()):
            lease.interrupt("stopped")
        if self._working:
            await asyncio.wait(self._working)
        await self._let_go_of_the_rest()
        for task in self._others:
            task.cancel()
        await asyncio.gather(*self._others, return_exceptions=True)

    async def _let_go_of_the_rest(self) -> None:
        while lease := self._ready.take():
            await self._let_go(lease)

    # Conversations that are ours.

    def _own(self, held: Held, since: float) -> None:
        lease = Lease(held, self._events, since, self._lease_s)
        if lost := self._leases.get(held.conversation):  # and taken again, before what was done for it had ended
            self._holding.give_back(lost.asker)
        self._leases[held.conversation] = lease
        self._ready.add(Flow.of(held.head.message), lease)
        self._begin()

    def _disown(self, lease: Lease) -> None:
        if self._leases.get(lease.conversation) is lease:
            del self._leases[lease.conversation]
            self._holding.give_back(lease.asker)
            if lease.poked:
                self._look(lease.conversation)
        self._look_if_there_is_room()

    def _begin(self) -> None:
        while self._running and (lease := self._ready.take(lambda flow: self._at_work.allow(flow.asker))):
            asker = Flow.of(lease.next.message).asker if lease.next else lease.asker
            self._at_work.take(asker)
            task = asyncio.create_task(self._serve(lease))
            self._working.add(task)
            task.add_done_callback(partial(self._served, asker))

    def _served(self, asker: tuple[str, str], task: asyncio.Task[None]) -> None:
        self._working.discard(task)
        self._at_work.give_back(asker)
        if not task.cancelled() and (error := task.exception()):
            _log.error("the inbox failed", exc_info=error)
        self._begin()

    async def _serve(self, lease: Lease) -> None:
        """The events of one conversation, one after the other; others that are ready come in between."""
        try:
            while lease.next:
                await self._bring_to_an_end(lease, lease.next)
                if lease.next and (self._ready or not self._running):
                    break
        finally:
            if lease.next and self._running:
                self._ready.add(Flow.of(lease.next.message), lease)
            elif lease.next:
                await self._let_go(lease)
            else:
                self._disown(lease)

    async def _bring_to_an_end(self, lease: Lease, head: Head) -> None:
        """One try of one event; afterwards ``lease.next`` says how the conversation goes on, if it does."""
        lease.begin(head)
        reason = self._patience.reason(head)
        claim = Claim.of(lease, head, reason, finish=partial(self._end, lease), retry=partial(self._again, lease))
        reach("claimed")
        error: BaseException | None = None
        try:
            lease.check()
            lease.work = asyncio.ensure_future(self._handle(claim))
            done, _ = await asyncio.wait({lease.work}, timeout=self._patience.for_one_try(head))
            if not done:
                lease.interrupt("overdue")
                await asyncio.wait({lease.work})
            error = None if lease.work.cancelled() else lease.work.exception()
        except LeaseLost as lost:
            error = lost
        if claim.ended:
            if error:
                _log.error("an error after the end", event_id=head.event, exc_info=error)
            return
        with suppress(LeaseLost):
            try:
                await self._after(claim, lease, error)
            except Unavailable as e:  # the database; when the lease ends, somebody takes it up again
                _log.warning("the event stays as it is for now", event_id=head.event, why=str(e))

    async def _after(self, claim: Claim, lease: Lease, error: BaseException | None) -> None:
        """What to do with an event whose try has not ended it."""
        head, last_try = lease.held.head, claim.overdue or claim.deleted
        if isinstance(error, Changed) or lease.interrupted == "changed":
            await lease.look_again(keep=self._running)
        elif isinstance(error, LeaseLost) or lease.interrupted == "lost":
            _log.info("another worker has it", event_id=claim.event)
        elif lease.interrupted == "stopped":
            await lease.put_back()
        elif lease.interrupted == "overdue" and not last_try:
            await lease.look_again(keep=True)
        elif last_try and self._patience.is_hopeless(head):
            _log.error("given up", event_id=claim.event, exc_info=error)
            await self._end(lease, claim, Reply.ignore(DELETED) if claim.deleted else Reply.hand_off(claim.reason))
        elif isinstance(error, Unavailable):
            wait = error.retry_after_s if error.retry_after_s is not None else self._patience.backoff(claim.tries)
            await self._again(lease, claim, str(error), wait)
        else:
            _log.error("handling failed", event_id=claim.event, tries=claim.tries, exc_info=error)
            why = repr(error) if error else "it was handled without an end"
            await self._again(lease, claim, why, self._patience.backoff(head.failures), failed=True)

    # The ends of a claim.

    async def _end(self, lease: Lease, claim: Claim, reply: Reply) -> None:
        """Write the end; the conversation goes on, or makes place for one that waits."""
        await lease.end(
            reply, claim.audience, lambda: self._running and not self._backlog.comes_before(lease.asker, holds=1)
        )
        claim.ended = True
        if lease.next is None:
            self._disown(lease)
        reach("finished")

    async def _again(self, lease: Lease, claim: Claim, why: str, after_s: float, *, failed: bool = False) -> None:
        """Put it back; it is due again after so many seconds, or when it is to be given up."""
        wait = self._patience.until(lease.held.head, after_s)
        _log.info("tried again later", event_id=claim.event, why=why, after_s=round(wait, 1))
        await lease.put_back(wait, tried=True, failed=failed)
        claim.ended = True
        reach("retried")
        self._disown(lease)
        self._look_in(wait)

    async def _let_go(self, lease: Lease) -> None:
        """Put back a conversation whose next event was not begun."""
        if head := lease.next:
            lease.begin(head)
            with suppress(LeaseLost, Unavailable):
                await lease.put_back()
        self._disown(lease)

    # What waits in the database.

    def _look_everywhere(self) -> None:
        self._everywhere = True
        self._wake.set()

    def _look(self, conversation: str) -> None:
        if conversation not in self._leases:
            self._named.add(conversation)
            self._wake.set()

    def _look_if_there_is_room(self) -> None:
        if self._backlog.worth_a_look:
            self._look_everywhere()

    def _look_in(self, seconds: float) -> None:
        """Look when something is due, if nothing is due before."""
        loop = asyncio.get_running_loop()
        when = loop.time() + seconds + 0.002
        if self._next_look is None or self._next_look.when() <= loop.time() or when < self._next_look.when():
            if self._next_look:
                self._next_look.cancel()
            self._next_look = loop.call_at(when, self._look_everywhere)

    async def _claim(self) -> None:
        try:
            async with asyncio.timeout(min(_POLL_S, self._lease_s / 2)):
                await self._wake.wait()
        except TimeoutError:
            self._everywhere = True
        self._wake.clear()
        names = None if self._everywhere else self._named
        room, since, self._everywhere, self._named = self._holding.free, steady(), False, set()
        if room < 1:
            self._backlog.grew(self._concurrency)
            return
        claimed = await self._events.claim(room, self._holding.copy(), names)
        for one in claimed.held:
            self._holding.take(Flow.of(one.head.message).asker)
            self._own(one, since)
        if names is None:
            self._backlog.seen(more=claimed.more, least=claimed.least)
        elif claimed.more:
            self._backlog.grew(claimed.least)
        self._look_if_there_is_room()
        if claimed.due_in_s is not None:
            self._look_in(claimed.due_in_s)

    async def _renew(self) -> None:
        await asyncio.sleep(self._lease_s / 4)
        leases = dict(self._leases)
        if not leases:
            return
        since = steady()
        try:
            ours = await self._events.renew(list(leases))
        except Unavailable:
            ours = {}
        else:
            reach("renewed")
        for conversation, lease in leases.items():
            if ours.get(conversation) == lease.held.fence:
                lease.renewed(since)
            elif self._leases.get(conversation) is lease:
                try:
                    lease.check()
                except LeaseLost:
                    lease.lose()

    async def _listen(self) -> None:
        async for notice in notices(self._database.url):
            if notice is None:
                self._look_everywhere()  # for what was told while nobody listened
            elif notice.worker == self.worker:
                continue
            elif not notice.conversation:
                self._look_everywhere()
            else:
                if notice.kind == "changed":
                    self._interrupt(notice.event, notice.conversation)
                if lease := self._leases.get(notice.conversation):
                    lease.poked = True
                self._look(notice.conversation)
        raise Unavailable("the connection for notices has ended")

    def _interrupt(self, event: int, conversation: str) -> None:
        if (lease := self._leases.get(conversation)) and lease.held.head.event == event:
            lease.interrupt("changed")

    async def _repeat(self, step: Callable[[], Awaitable[None]], *, also_while_stopping: bool = False) -> None:
        while self._running or also_while_stopping:
            try:
                await step()
            except Exception as e:  # the worker must go on, whatever it is
                _log.warning("the inbox waits", why=str(e), exc_info=None if isinstance(e, Unavailable) else e)
                self._everywhere = True
                await asyncio.sleep(1.0)
