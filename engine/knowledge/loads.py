"""Loading as work that outlives the process: kept in the database, done by a worker, watched from anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.errors import LoadFailed, NotFound
from engine.failpoints import reach
from engine.knowledge.getting import Upload
from engine.knowledge.loading import checked_grant
from engine.knowledge.values import Loaded
from engine.knowledge.web import kind_of
from engine.knowledge.worker import Worker
from engine.store.documents import Documents
from engine.store.loads import Load, LoadTables, Wanted
from engine.store.sources import Sources

__all__ = ["Load", "Loads", "Upload", "Wanted", "wanted_of"]

_SHOWN_S = 0.5  # between two values of ``watch``
_FOLLOWED_S = 2.0  # the same for ``follow``, whose documents are brought into the index each time
_AT_FIRST = 8  # values that come sooner


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


class Loads:
    """Loads of all workspaces, and the worker that does them."""

    def __init__(self, tables: LoadTables, documents: Documents, sources: Sources, worker: Worker):
        """Nothing is done yet: ``run`` does it."""
        self._tables = tables
        self._documents = documents
        self._sources = sources
        self._worker = worker
        self._users = 0  # of ``working``
        self._task: asyncio.Task[None] | None = None  # the worker for their time

    async def run(self) -> None:
        """Do what is kept, until cancelled; what is not done then goes on later, here or in another process."""
        await self._worker.run()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Meanwhile loads are done, by the worker that runs in this process already or by one for this time.

        Several at once share one worker, which ends with the last of them.
        """
        if self._worker.running and not self._task:
            yield
            return
        self._users += 1
        try:
            while self._task is None or self._task.done() or self._task.cancelling():
                if self._task:
                    await asyncio.wait({self._task})  # that of the users before is just ending
                if self._task is None or self._task.done():
                    self._task = asyncio.create_task(self.run(), name="loads")
            yield
        finally:
            self._users -= 1
            if not self._users and (task := self._task):
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                if self._task is task:
                    self._task = None

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
        language: str = "",
    ) -> str:
        """Have something loaded; committed when this returns the load's id.

        ``kind``: ``add``, or ``sync`` (then vanished documents are taken out, and each keeps its own audience);
        ``conversation``: where progress is shown; ``every_s``: look at it again every so many seconds;
        ``id_``: the load's id, where the same wish may come twice and is to be done once; ``language``: in which its
        progress is told.  Raises ``SettingsError`` when ``grant`` names no audience.
        """
        several = [wanted] if isinstance(wanted, Wanted) else list(wanted)
        id_ = await self._tables.start(
            several, workspace=workspace, grant=checked_grant(grant), actor=actor, kind=kind, conversation=conversation,
            every_s=every_s, id_=id_, language=language,
        )  # fmt: skip
        reach("load kept")
        self._worker.poke()
        return id_

    async def sync(
        self, workspace: str, given: Sequence[str], *, actor: str, conversation: str = "", language: str = ""
    ) -> str:
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
                                conversation=conversation, language=language)  # fmt: skip

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
        if (trouble := self._worker.trouble(id_)) and not found.ended:
            return replace(found, reason=trouble)
        counts = self._worker.counts(id_)
        return replace(found, parsed=counts.parsed, embedded=counts.embedded) if counts else found

    async def watch(self, id_: str, every_s: float = _SHOWN_S) -> AsyncIterator[Load]:
        """How far it is, whenever that has changed; the last value is of its end.

        Twice a second at most, after the first few every ``every_s`` seconds.

        What was loaded is found by searches before its end is told.
        """
        told: Load | None = None
        looked = 0
        while told is None or not told.ended:
            load = await self.state(id_)
            if load.ended:
                await self._worker.caught_up(load.workspace)
            if load != told:
                told = load
                yield load
            if not load.ended:
                looked += 1
                await self._worker.an_end(_SHOWN_S if looked <= _AT_FIRST else every_s)

    async def follow(self, id_: str) -> AsyncIterator[Loaded | Load]:
        """As ``watch``, with each document as it ends."""
        after = (0.0, 0)
        async for load in self.watch(id_, _FOLLOWED_S):
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
        self._worker.interrupt(id_)
        return done

    async def narrow(self, id_: str, grant: str, *, actor: str) -> int:
        """Give all documents of the load to another audience, also those still to come; returns how many there are."""
        count = await self._documents.narrow(id_, checked_grant(grant), actor=actor)
        await self._worker.caught_up((await self.state(id_)).workspace)
        return count
