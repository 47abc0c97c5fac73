"""Loading as work that outlives the process: kept in the database, done by a worker, watched from anywhere."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from engine.errors import FrontdeskError, LoadFailed, NotFound, Unavailable
from engine.failpoints import reach
from engine.knowledge.listing import listed
from engine.knowledge.loading import Counts, Got, Loader, checked_grant, file_bytes
from engine.knowledge.values import Loaded
from engine.knowledge.web import Fetched, Fetcher, Gone, Site, kind_of
from engine.store.documents import Document, Documents
from engine.store.loads import Item, Load, LoadTables, Superseded, Ticket, Wanted
from engine.store.sources import Sources
from engine.types import File

__all__ = ["Load", "Loads", "Upload", "Wanted", "wanted_of"]

log = logging.getLogger(__name__)

#: The bytes of an uploaded file: (name of the channel, file).  Raises ``LoadFailed``.
Upload = Callable[[str, File], Awaitable[bytes]]

_TOGETHER = 8  # documents at a time, of all loads; they take turns
_OF_ONE = 4  # of one load
_LOADS = 16  # loads at a time
_PAGES = 16  # pages of a crawl that are fetched and wait for being loaded
_LOOK_S = 1.0  # how often other processes' loads, cancellations and schedules are looked for
_SHOWN_S = 0.5  # between two values of ``watch``


def wanted_of(given: str, *, folder: Path | None, crawl: bool = False, options: dict[str, Any] | None = None) -> Wanted:
    """What somebody means who names this to be loaded: an address, or a path below ``folder``.

    ``folder`` None: paths cannot be named from here (in chat).  Raises ``LoadFailed``.
    """
    options = options or {}
    if given.lower().startswith(("http://", "https://")):
        return Wanted("crawl" if crawl else kind_of(given), given, given, options)
    if "://" in given:
        raise LoadFailed(f"{given.partition('://')[0]}:// addresses cannot be loaded, only http:// and https://")
    if folder is None:
        raise LoadFailed(f"{given} is no web address: give one, or attach the file")
    return Wanted("path", given, str((folder / given).absolute()), options)


@dataclass(slots=True)
class _Held:
    """A load in this process's hands."""

    load: Load
    counts: Counts = field(default_factory=Counts)
    news: asyncio.Event = field(default_factory=asyncio.Event)  # more was found
    pages: dict[str, Fetched] = field(default_factory=dict)  # fetched while looking for pages, by source
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_PAGES))
    task: asyncio.Task[None] | None = None


class Loads:
    """Loads of all workspaces, and the worker that does them."""

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
            upload: gets the bytes of files that were attached to a message.
            lease_s: after so many seconds of silence another worker takes over.
        """
        self._tables = tables
        self._documents = documents
        self._sources = sources
        self._loader = loader
        self._fetcher = fetcher
        self._site = site
        self._caught_up = caught_up
        self._upload = upload
        self._lease_s = lease_s
        self._worker = uuid.uuid4().hex
        self._held: dict[str, _Held] = {}
        self._turns = asyncio.Semaphore(_TOGETHER)
        self._wake = asyncio.Event()
        self._an_end = asyncio.Event()
        self._running = 0

    async def start(
        self,
        wanted: Sequence[Wanted] | Wanted,
        *,
        workspace: str,
        grant: str,
        actor: str,
        kind: str = "add",
        conversation: str = "",
        every_s: float = 0.0,
        id_: str = "",
    ) -> str:
        """Have something loaded; committed when this returns the load's id.

        ``kind``: ``add``, or ``sync`` (then vanished documents are taken out, and each keeps its own audience);
        ``conversation``: where progress is shown; ``every_s``: look at it again every so many seconds;
            ``id_``: the load's id, where the same wish may come twice and is to be done once.  Raises ``SettingsError``
        when ``grant`` names no audience.
        """
        several = [wanted] if isinstance(wanted, Wanted) else list(wanted)
        id_ = await self._tables.start(several, workspace=workspace, grant=checked_grant(grant), actor=actor, kind=kind,
                                       conversation=conversation, every_s=every_s, id_=id_)  # fmt: skip
        reach("load kept")
        self._wake.set()
        return id_

    async def sync(self, workspace: str, given: Sequence[str], *, actor: str, conversation: str = "") -> str:
        """Look at sources again (all of the workspace's when none is given); returns the load's id.

        Uploads cannot be looked at again.  Raises ``NotFound`` for what is no source.
        """
        found = []
        for name in given:
            source = await self._sources.one(workspace, name)
            if source is None:
                raise NotFound(f"there is no source {name!r} in workspace {workspace!r}: kb list --sources shows them")
            if source.kind == "upload":
                raise LoadFailed(f"{name} was uploaded: upload it again, it cannot be looked at where it came from")
            found.append(source)
        found = found or [source for source in await self._sources.of(workspace) if source.kind != "upload"]
        wanted = [Wanted(s.kind, s.source, s.location, s.options, s.id) for s in found]
        if not given:
            wanted.extend(await self._without_a_source(workspace))
        return await self.start(wanted, workspace=workspace, grant="workspace", actor=actor, kind="sync",
                                conversation=conversation)  # fmt: skip

    async def _without_a_source(self, workspace: str) -> list[Wanted]:
        """Documents that were loaded before sources were kept: each becomes one."""
        return [
            Wanted("path", document.source, document.location)
            for document in await self._documents.of(workspace)
            if not document.origin and document.location.startswith("/")
        ]

    async def state(self, id_: str) -> Load:
        """How far it is; raises ``NotFound``."""
        found = await self._tables.one(id_)
        if found is None:
            raise NotFound(f"there is no load {id_!r}")
        held = self._held.get(id_)
        return replace(found, parsed=held.counts.parsed, embedded=held.counts.embedded) if held else found

    async def watch(self, id_: str) -> AsyncIterator[Load]:
        """How far it is, whenever that has changed (twice a second at most); the last value is of its end.

        What was loaded is found by searches before its end is told.
        """
        told: Load | None = None
        while told is None or not told.ended:
            load = await self.state(id_)
            if load.ended:
                await self._caught_up(load.workspace)
            if load != told:
                told = load
                yield load
            if not load.ended:
                with contextlib.suppress(TimeoutError):  # somewhere a load of this process ended: perhaps this one
                    await asyncio.wait_for(self._an_end.wait(), _SHOWN_S)

    async def follow(self, id_: str) -> AsyncIterator[Loaded | Load]:
        """As ``watch``, with each document as it ends."""
        after = (0.0, 0)
        async for load in self.watch(id_):
            for item in await self._tables.ended_items(id_, after):
                after = (item.ended, item.number)
                yield Loaded(item.source, item.document, item.state, item.reason, item.passages)  # type: ignore[arg-type]  # one of these
            yield load

    async def open(self) -> list[Load]:
        """Loads that are shown in a conversation where their end is not shown yet."""
        return await self._tables.with_conversation()

    async def note_shown(self, id_: str, message_id: str) -> None:
        """Write down which message shows the load."""
        await self._tables.note_shown(id_, message_id)

    async def note_told(self, id_: str) -> None:
        """Write down that the message shows how the load ended."""
        await self._tables.note_told(id_)

    async def cancel(self, id_: str, *, actor: str) -> bool:
        """End it now; what is loaded stays.  False: it had ended already."""
        done = await self._tables.cancel(id_, actor)
        held = self._held.get(id_)
        if held and held.task:
            held.task.cancel()
        return done

    async def narrow(self, id_: str, grant: str, *, actor: str) -> int:
        """Give all documents of the load to another audience, also those still to come; returns how many there are."""
        count = await self._documents.narrow(id_, checked_grant(grant), actor=actor)
        await self._caught_up((await self.state(id_)).workspace)
        return count

    # The worker

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Meanwhile loads are done, by the worker that runs in this process already or by one for this time."""
        if self._running:
            yield
            return
        worker = asyncio.create_task(self.run(), name="loads")
        try:
            yield
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)

    async def run(self) -> None:
        """Do what is kept, until cancelled; what is not done then goes on later, here or in another process."""
        self._running += 1
        renewed = looked = 0.0
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
                        held = self._held[load.id] = _Held(load)
                        held.task = asyncio.create_task(self._do(held), name=f"load {load.id}")
                except Unavailable as e:
                    log.warning("loading waits, the database does not answer: %s", e)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), _LOOK_S)
        finally:
            self._running -= 1
            tasks = [held.task for held in self._held.values() if held.task]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            try:
                await self._tables.release(self._worker)
            except Unavailable as e:
                log.warning("loads are taken over when their lease ends: %s", e)

    async def _renew(self) -> None:
        still = await self._tables.renew(self._worker, self._lease_s, list(self._held))
        for id_, held in self._held.items():
            if id_ not in still and held.task:
                held.task.cancel()  # cancelled elsewhere, or another worker's by now

    async def _start_what_is_due(self) -> None:
        if await self._tables.start_due():
            self._wake.set()

    async def _do(self, held: _Held) -> None:
        """One load to its end."""
        load = held.load
        try:
            await self._all(held)
            if await self._tables.end(load, self._worker, "done"):
                await self._documents.wipe()  # what was replaced leaves the database's log
        except Superseded:
            pass  # cancelled, or another worker's
        except Unavailable as e:
            log.warning("a load waits, the database does not answer: %s", e)
        except Exception:  # our mistake: told in the log, and the load ends
            log.exception("load %s broke", load.id)
            await self._tables.end(load, self._worker, "failed", "it failed unexpectedly; the log says more")
        finally:
            self._held.pop(load.id, None)
            self._wake.set()
            self._an_end.set()
            self._an_end = asyncio.Event()

    async def _all(self, held: _Held) -> None:
        """Find and load, at the same time: after a restart what has its end is left alone."""
        listing = asyncio.create_task(self._list(held))
        slots, broken, tasks = asyncio.Semaphore(_OF_ONE), list[BaseException](), set[asyncio.Task[None]]()
        last = 0

        def ended(task: asyncio.Task[None]) -> None:
            tasks.discard(task)
            slots.release()
            if not task.cancelled() and (e := task.exception()):
                broken.append(e)

        try:
            while True:
                finished = listing.done()
                held.news.clear()
                items = await self._tables.waiting(held.load.id, after=last)
                for item in items:
                    last = item.number
                    await slots.acquire()
                    if broken:
                        raise broken[0]
                    task = asyncio.create_task(self._one(held, item))
                    tasks.add(task)
                    task.add_done_callback(ended)
                if finished and not items:
                    listing.result()
                    break
                if not items:
                    news = asyncio.create_task(held.news.wait())
                    await asyncio.wait({listing, news}, return_when=asyncio.FIRST_COMPLETED)
                    news.cancel()
            while tasks:
                await asyncio.wait(tasks)
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
            if source is not None:
                try:
                    known = await self._documents.of_origin(one.origin)
                    without = source.without if sync else frozenset()
                    async for found in listed(one, known, self._site, sync=sync, without=without):
                        for name, page in found.pages:
                            await held.room.acquire()
                            held.pages[name] = page
                        await self._tables.found(load, self._worker, found.items)
                        held.news.set()
                except LoadFailed as e:
                    there = await self._documents.one(load.workspace, one.source)
                    failed = Item(0, "file", one.source, one.location, one.origin, "failed", str(e),
                                  there.id if there else "")  # fmt: skip
                    await self._tables.found(load, self._worker, [failed])
            await self._tables.found(load, self._worker, [], listed=n)
            held.news.set()

    async def _one(self, held: _Held, item: Item) -> None:
        """One document, when it is its turn."""
        async with self._turns:
            try:
                await self._settle(held, item)
            except Superseded as e:
                log.info("%s is not loaded: %s", item.source, e)
            finally:
                if held.pages.pop(item.source, None):
                    held.room.release()

    async def _settle(self, held: _Held, item: Item) -> None:
        """Bring one item to its end: searchable, unchanged, failed or gone."""
        load = held.load
        ticket = Ticket(self._tables.database, load, self._worker, item)
        known = await self._documents.by_source(load.workspace, item.source)
        source = await self._sources.by_id(item.origin)
        options = source.options if source else {}
        try:
            if item.kind == "lost":
                if known:
                    await self._documents.lose(known, actor=load.actor, ticket=ticket)
                else:
                    await self._tables.finish_item(ticket, "gone", None)
            else:
                got = await self._got(held, item, known)
                if got is None and known:
                    await self._loader.keep(ticket, known, options)
                elif got:
                    await self._loader.load(ticket, got, known, options, held.counts)
        except Gone as e:
            if load.kind == "sync" and known:
                await self._documents.lose(known, actor=load.actor, ticket=ticket)
            else:
                await self._loader.fail(ticket, known, str(e), item.location, options)
        except (LoadFailed, OSError) as e:
            why = str(e) if isinstance(e, LoadFailed) else f"the file cannot be read: {e.strerror or e}"
            await self._loader.fail(ticket, known, why, item.location, options)
        except FrontdeskError:
            raise
        except Exception:  # of a library: this document fails, the others go on
            log.exception("loading %s broke", item.source)
            await self._loader.fail(ticket, known, "it failed unexpectedly; the log says more", item.location, options)
        reach("item ended")
        await self._caught_up(load.workspace)

    async def _got(self, held: _Held, item: Item, known: Document | None) -> Got | None:
        """The bytes of an item; None: a page that has not changed since it was loaded."""
        match item.kind:
            case "file":
                path = Path(item.location)
                data, modified = await asyncio.to_thread(file_bytes, path)
                return Got(data, path.name, str(path), dated=modified)
            case "upload":
                return await self._uploaded(item)
            case _:
                page = held.pages.get(item.source)
                if page is None:
                    current = known if known and self._loader.is_current(known) else None
                    page = await self._fetcher.get(
                        item.location,
                        etag=current.etag if current else "",
                        modified=current.modified if current else "",
                    )
                if page.status == 304:
                    return None
                return Got(page.data, page.name, item.location, page.url, page.media_type, page.charset, page.etag,
                           page.modified, page.dated)  # fmt: skip

    async def _uploaded(self, item: Item) -> Got:
        channel, _, said = item.location.partition(":")
        if self._upload is None:
            raise LoadFailed("files that were attached to messages are loaded only by `frontdesk run`")
        file = File(**orjson.loads(said))
        return Got(await self._upload(channel, file), file.name, item.location)
