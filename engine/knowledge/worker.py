"""The worker that loads: takes loads from the database, finds what is in them, brings each document to its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from engine.errors import FrontdeskError, LoadFailed, Unavailable
from engine.failpoints import reach
from engine.knowledge.getting import Getting, Upload
from engine.knowledge.listing import listed
from engine.knowledge.loading import Counts, Got, Loader
from engine.knowledge.reading import Member
from engine.knowledge.waiting import Gathered, set_within, together
from engine.knowledge.web import Fetched, Fetcher, Gone, Seen, Site
from engine.store.documents import Before, Document, Documents
from engine.store.loads import Item, Load, LoadTables, Superseded, Ticket
from engine.store.schedule import start_due
from engine.store.sources import Sources

log = logging.getLogger(__name__)

_TOGETHER = 8  # documents at a time, of all loads; they take turns
_OF_ONE = 6  # of one load: where four threads embed, some are being read and written meanwhile
_LOADS = 16  # loads at a time
_PAGES = 16  # pages of a crawl that are fetched and wait for being loaded
_COMPARE_S = (60.0, 86_400.0)  # after the start, and then each day: whether the index agrees with the database
_INDEXED_S = 2.0  # at most until what has ended is found, while its load goes on: several cost little more than one
_LOOK_S = 1.0  # how often other processes' loads, cancellations and schedules are looked for


@dataclass(slots=True)
class _Held:
    """A load in this process's hands."""

    load: Load
    indexing: Gathered  # brings what has ended into the index
    counts: Counts = field(default_factory=Counts)
    news: asyncio.Event = field(default_factory=asyncio.Event)  # more was found
    pages: dict[str, Fetched] = field(default_factory=dict)  # fetched while looking for pages, by source
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_PAGES))
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_OF_ONE))
    last: int = 0  # number of the newest item that was handed out
    task: asyncio.Task[None] | None = None

    def let_go(self, source: str) -> None:
        """The page that was fetched for this source is not needed any more: there is room for another."""
        if self.pages.pop(source, None):
            self.room.release()


class Worker:
    """One in each process that owns data; what it holds is leased, so that another goes on when it falls silent."""

    def __init__(
        self,
        tables: LoadTables,
        documents: Documents,
        sources: Sources,
        loader: Loader,
        fetcher: Fetcher,
        site: Site,
        *,
        caught_up: Callable[[str], Awaitable[Any]],
        reconcile: Callable[[], Awaitable[Any]],
        upload: Upload | None = None,
        lease_s: float = 30.0,
    ):
        """Nothing is done yet.

        Args:
            tables: where loads are kept.
            documents: where documents are kept.
            sources: where sources are kept.
            loader: brings bytes into the database.
            fetcher: gets single pages.
            site: finds the pages of sites.
            caught_up: brings a workspace's index up to date.
            reconcile: compares the indexes with the database and mends them.
            upload: gets the bytes of files that were attached to a message.
            lease_s: after so many seconds of silence another worker takes over.
        """
        self._tables = tables
        self._documents = documents
        self._sources = sources
        self._loader = loader
        self._site = site
        self.caught_up = caught_up
        self._reconcile = reconcile
        self._getting = Getting(fetcher, loader, upload)
        self._lease_s = lease_s
        self._worker = uuid.uuid4().hex
        self._held: dict[str, _Held] = {}
        self._troubles: dict[str, str] = {}  # why loads wait, by their ids
        self._turns = asyncio.Semaphore(_TOGETHER)
        self._wake = asyncio.Event()
        self._an_end = asyncio.Event()
        self.running = False

    def poke(self) -> None:
        """There is something to do."""
        self._wake.set()

    def interrupt(self, id_: str) -> None:
        """Stop working on a load, where it is in this process's hands."""
        held = self._held.get(id_)
        if held and held.task:
            held.task.cancel()

    def counts(self, id_: str) -> Counts | None:
        """What was done here for a load that is in work."""
        held = self._held.get(id_)
        return held.counts if held else None

    def trouble(self, id_: str) -> str:
        """Why a load that has not ended waits, where that is known here: the disk is full, the database is gone."""
        return self._troubles.get(id_, "")

    async def an_end(self, patience_s: float) -> None:
        """Wait until a load of this process ends, but not longer than that."""
        await set_within(self._an_end, patience_s)

    async def run(self) -> None:
        """Do what is kept, until cancelled; what is not done then goes on later, here or in another process."""
        self.running = True
        renewed = looked = 0.0
        comparing = asyncio.create_task(self._compare(), name="reconciling")
        try:
            while True:
                self._wake.clear()
                try:
                    if self._held and time.monotonic() > renewed + self._lease_s / 10:
                        renewed = time.monotonic()
                        await self._renew()
                    if time.monotonic() > looked + _LOOK_S:
                        looked = time.monotonic()
                        await self._start_what_is_due()
                    for load in await self._tables.claim(self._worker, self._lease_s, list(self._held),
                                                         _LOADS - len(self._held)):  # fmt: skip
                        indexing = Gathered(partial(self.caught_up, load.workspace), _INDEXED_S)
                        held = self._held[load.id] = _Held(load, indexing)
                        held.task = asyncio.create_task(self._do(held), name=f"load {load.id}")
                except Unavailable as e:
                    log.warning("loading waits, the database does not answer: %s", e)
                except Exception:  # our mistake: told in the log, and tried again
                    log.exception("loading waits")
                await set_within(self._wake, _LOOK_S)
        finally:
            self.running = False
            tasks = [comparing, *(held.task for held in self._held.values() if held.task)]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            try:
                await self._tables.release(self._worker)
            except Unavailable as e:
                log.warning("loads are taken over when their lease ends: %s", e)

    async def _compare(self) -> None:
        """Each day, what a crash or a damaged disk may have left behind is found and mended."""
        first, then = _COMPARE_S
        await asyncio.sleep(first)
        while True:
            try:
                await self._reconcile()
            except Unavailable as e:
                log.warning("the index is compared with the database tomorrow: %s", e)
            await asyncio.sleep(then)

    async def _renew(self) -> None:
        still = await self._tables.renew(self._worker, self._lease_s, list(self._held))
        for id_, held in self._held.items():
            if id_ not in still and held.task:
                held.task.cancel()  # cancelled elsewhere, or another worker's by now

    async def _start_what_is_due(self) -> None:
        if await start_due(self._tables.database):
            self._wake.set()

    async def _do(self, held: _Held) -> None:
        """One load to its end."""
        load = held.load
        self._troubles.pop(load.id, None)
        try:
            await self._all(held)
            await held.indexing.now()
            if await self._tables.end(load, self._worker, "done"):
                await self._documents.wipe()  # what was replaced leaves the database's log
        except Superseded:
            pass  # cancelled, or another worker's
        except Unavailable as e:
            log.warning("a load waits: %s", e)
            self._troubles[load.id] = str(e)
        except Exception:  # our mistake: told in the log, and the load ends
            log.exception("load %s broke", load.id)
            await self._tables.end(load, self._worker, "failed", "it failed unexpectedly; the log says more")
        finally:
            self._held.pop(load.id, None)
            self._wake.set()
            self._an_end.set()
            self._an_end = asyncio.Event()
            with contextlib.suppress(FrontdeskError):  # then it is brought in later, by whoever needs the index next
                await held.indexing.now()

    async def _all(self, held: _Held) -> None:
        """Find and load, at the same time: after a restart what has its end is left alone."""
        listing = asyncio.create_task(self._list(held))
        slots, broken, tasks = asyncio.Semaphore(_OF_ONE), list[BaseException](), set[asyncio.Task[None]]()

        def ended(task: asyncio.Task[None]) -> None:
            tasks.discard(task)
            slots.release()
            if not task.cancelled() and (e := task.exception()):
                broken.append(e)

        try:
            while True:
                finished = listing.done() and not tasks  # a document in work may be an archive: more are found then
                held.news.clear()
                items = await self._tables.waiting(held.load.id, after=held.last)
                for item in items:
                    held.last = item.number
                    await slots.acquire()
                    if broken:
                        raise broken[0]
                    task = asyncio.create_task(self._one(held, item))
                    tasks.add(task)
                    task.add_done_callback(ended)
                if items:
                    continue
                if finished:
                    listing.result()
                    break
                pending = {*tasks, listing} if not listing.done() else {*tasks}
                if not pending:
                    continue
                news = asyncio.create_task(held.news.wait())
                try:
                    await asyncio.wait({news, *pending}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    news.cancel()
            if broken:
                raise broken[0]
        finally:
            for task in {listing, *tasks}:
                task.cancel()
            await asyncio.gather(listing, *tasks, return_exceptions=True)

    async def _list(self, held: _Held) -> None:
        """Write down what there is to load, source by source."""
        load = held.load
        wanted, done = await self._tables.wanted(load.id)
        sync = load.kind == "sync"
        for n, one in enumerate(wanted[done:], done + 1):
            source = await self._sources.by_id(one.origin)
            notes: list[str] = []
            if source is not None:
                try:
                    known = await self._documents.of_origin(one.origin)
                    without = source.without if sync else frozenset()
                    seen = {d.source: Seen(d.etag, d.modified, d.crawled)
                            for d in known if d.crawled and self._loader.is_current(d)}  # fmt: skip
                    async for found in listed(one, known, self._site, sync=sync, without=without, seen=seen):
                        notes += found.notes
                        for name, page in found.pages:
                            await held.room.acquire()
                            held.pages[name] = page
                        added = await self._tables.found(load, self._worker, found.items, above=held.last)
                        for name, _ in found.pages:
                            if name not in added:  # after a restart, or in two sources: it has its end, or its task
                                held.let_go(name)
                        held.news.set()
                except LoadFailed as e:
                    there = await self._documents.one(load.workspace, one.source)
                    failed = Item(0, "file", one.source, one.location, one.origin, "failed", str(e),
                                  there.id if there else "")  # fmt: skip
                    await self._tables.found(load, self._worker, [failed], above=held.last)
            if len(wanted) > 1:
                notes = [f"{one.source}: {note}" for note in notes]
            await self._tables.found(load, self._worker, [], listed=n, notes=notes)
            held.news.set()

    async def _one(self, held: _Held, item: Item) -> None:
        """One document, with what is in it."""
        try:
            await self._settle(held, item)
        except Superseded as e:
            log.info("%s is not loaded: %s", item.source, e)
        finally:
            held.let_go(item.source)

    @asynccontextmanager
    async def _turn(self, held: _Held) -> AsyncIterator[None]:
        """So many documents at a time, of one load and of all.  Nobody may wait for another's turn in his own."""
        async with held.turns, self._turns:
            yield

    async def _settle(self, held: _Held, item: Item) -> None:
        """Bring one item to its end: searchable, unchanged, failed or gone."""
        reader = self._loader.reader
        async with self._judged(held, item) as (ticket, before):
            known = before.document
            async with self._turn(held):
                if item.kind == "lost":
                    await self._lose(ticket, known)
                    return
                got = await self._getting.got(item, known, held.pages.get(item.source))
                inside = got and reader.has_members(got.data, got.name)
                members = await reader.members(got.data, got.name) if got and inside else []
            if got and inside:
                await self._members(held, item, got, members)
            async with self._turn(held):
                if got and reader.is_archive(got.data, got.name):
                    if known:  # it was a document while it could not be opened
                        await self._documents.lose(known, actor=ticket.load.actor, ticket=ticket, silently=True)
                    else:
                        await self._tables.drop_item(held.load.id, item.number)
                elif got:
                    await self._loader.load(ticket, got, before, held.counts)
                elif known:
                    await self._loader.keep(ticket, known, before.options)

    @asynccontextmanager
    async def _judged(self, held: _Held, item: Item) -> AsyncIterator[tuple[Ticket, Before]]:
        """What goes wrong within is the end of this item, not of the load."""
        load = held.load
        ticket = Ticket(self._tables.database, load, self._worker, item)
        before = await self._documents.before(load.workspace, item.source, item.origin)
        known, why = before.document, ""
        try:
            yield ticket, before
        except Gone as e:
            if load.kind == "sync" and known:
                await self._lose(ticket, known)
            else:
                why = str(e)
        except LoadFailed as e:
            why = str(e)
        except OSError as e:
            why = f"the file cannot be read: {e.strerror or e}"
        except FrontdeskError:
            raise
        except Exception:  # of a library: this document fails, the others go on
            log.exception("loading %s broke", item.source)
            why = "it failed unexpectedly; the log says more"
        if why:
            await self._loader.fail(ticket, before, why, item.location)
        reach("item ended")
        await held.indexing.ask()

    async def _lose(self, ticket: Ticket, known: Document | None) -> None:
        if known:
            await self._documents.lose(known, actor=ticket.load.actor, ticket=ticket)
        else:
            await self._tables.finish_item(ticket, "gone", None)

    async def _members(self, held: _Held, item: Item, got: Got, found: Sequence[Member]) -> None:
        """The files in an archive, or attached to an e-mail: each a document; those that were in it before are gone."""
        load, source = held.load, await self._sources.by_id(item.origin)
        sync = load.kind == "sync"
        without = source.without if source and sync else frozenset()
        members = {f"{item.source}/{member.name}": member for member in found}
        if not members and self._loader.reader.is_archive(got.data, got.name):
            raise LoadFailed("there are no files in this archive")
        items = [Item(0, "member", name, item.location, item.origin) for name in members if name not in without]
        before = await self._documents.of_origin(item.origin) if sync else []
        lost = [d for d in before if d.source.startswith(f"{item.source}/") and d.location == got.location]
        items += [Item(0, "lost", d.source, d.location, d.origin) for d in lost if d.source not in members]
        await self._tables.found(load, self._worker, items, above=held.last)
        held.news.set()
        waiting = await self._tables.waiting(load.id, above=item.location)
        mine = [each for each in waiting if each.source.startswith(f"{item.source}/")]
        await together(self._member(held, each, members.pop(each.source, None), got) for each in mine)

    async def _member(self, held: _Held, item: Item, member: Member | None, archive: Got) -> None:
        """One file of an archive."""
        try:
            async with self._turn(held), self._judged(held, item) as (ticket, before):
                if member is None or member.wrong:
                    raise LoadFailed(member.wrong if member else "it is not in the archive any more")
                inside = Got(member.data, PurePosixPath(member.name).name, archive.location)
                await self._loader.load(ticket, inside, before, held.counts)
        except Superseded as e:
            log.info("%s is not loaded: %s", item.source, e)
