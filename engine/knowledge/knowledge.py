"""The knowledge base: documents in, passages out, for whoever may read them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from engine.config import KnowledgeSettings
from engine.errors import EmbedderAway, LoadFailed, NotFound
from engine.failpoints import reach
from engine.knowledge.counted import Counted
from engine.knowledge.embed import Embedder
from engine.knowledge.embedders import Embedders
from engine.knowledge.entries import Entries
from engine.knowledge.gate import PRECISION
from engine.knowledge.indexes import Indexes
from engine.knowledge.loading import Loader, checked_grant
from engine.knowledge.loads import Loads, Upload, wanted_of
from engine.knowledge.matching import Match, Matching
from engine.knowledge.questions import Questions
from engine.knowledge.renewal import Renewal
from engine.knowledge.rerank import Reranker
from engine.knowledge.searching import Search, as_passage
from engine.knowledge.values import Difference, Entry, Loaded
from engine.knowledge.web import Fetcher, Site
from engine.knowledge.worker import Worker
from engine.store.database import Database
from engine.store.documents import Document, Documents
from engine.store.embedding import Embedding
from engine.store.loads import Load, LoadTables, Wanted
from engine.store.sources import Source, Sources
from engine.types import Audience, Found, Passage

log = logging.getLogger(__name__)


class Knowledge:
    """Documents of all workspaces, their passages and the search over them.

    SQL is the truth; the index under ``folder`` follows it and may be deleted at any time.  Every passage that leaves
    here was read from SQL after the search, with its grant checked again.
    """

    def __init__(
        self,
        database: Database,
        folder: Path,
        embedder: Embedder | Embedders | None = None,
        *,
        settings: KnowledgeSettings | None = None,
        upload: Upload | None = None,
        lease_s: float = 30.0,
        renew: bool = True,
    ):
        """Nothing is opened yet.

        Args:
            database: where documents are kept.
            folder: ``data.path``; the index lives in ``index`` below it.
            embedder: what makes vectors; None: the one that the settings name, loaded when it is first used.
            settings: who embeds and reranks, and how pages are fetched from the web.
            upload: gets the bytes of a file that was attached to a message: (name of the channel, file).
            lease_s: after so many seconds of silence another worker takes over a load.
            renew: embed what another embedder's vectors stand for anew, in the background.
        """
        settings = settings or KnowledgeSettings()
        self._documents, self._embedding = Documents(database), Embedding(database)
        self._counted = Counted(database)
        self._shared = isinstance(embedder, Embedders)  # then whoever made them closes them
        self.embedders = embedder if isinstance(embedder, Embedders) else Embedders(embedder, settings)
        self.questions = Questions(self.embedders)
        self._matching = Matching(database, self._documents, self.embedders)
        self._indexes = Indexes(self._documents, self._embedding, folder / "index", self.embedder.name)
        self._search = Search(self._documents, self._indexes, self.embedders, Reranker(settings))
        self._loader = Loader(self._documents, self._embedding, self.embedders)
        self.entries = Entries(database, self._loader, self._indexes.caught_up)
        self.renewal = Renewal(self._documents, self._embedding, self.embedders, self._indexes.caught_up)
        self._fetcher = Fetcher(settings)
        self._sources = Sources(database)
        tables = LoadTables(database)
        worker = Worker(
            tables, self._documents, self._sources, self._loader, self._fetcher, Site(self._fetcher, settings),
            caught_up=self._indexes.caught_up, reconcile=self.reconcile, upload=upload, lease_s=lease_s,
        )  # fmt: skip
        self.loads = Loads(tables, self._documents, self._sources, worker)
        self._warming: list[asyncio.Future[None]] = []
        self._renew = renew
        self._renewing: asyncio.Task[None] | None = None

    @property
    def embedder(self) -> Embedder:
        """What makes its vectors, or is about to."""
        return self.embedders.configured

    async def open(self, *, warm: bool = True) -> None:
        """Open the index (or build it, or set a damaged one aside and build it anew) and follow changes from now on.

        ``warm``: Chroma and the embedder load in threads meanwhile (1 to 2 s), and a search before that waits; without,
        they load when they are needed.  Raises ``Unavailable`` while another process has the folder.
        """
        if warm:
            self._warming = self._search.warm()
        await self._indexes.open()
        self.embedders.expect(await self._embedding.dimensions(self.embedder.name))
        if self._renew:
            self._renewing = asyncio.create_task(self.renewal.run(), name="knowledge-renewal")

    async def ready(self) -> None:
        """Wait until searching is as quick as it gets: everything loaded, every workspace's index up to date."""
        await asyncio.gather(*self._warming)
        used = {(await self._indexes.caught_up(workspace)).embedder for workspace in await self._documents.workspaces()}
        for embedder in used:
            await self._search.ready(embedder)

    async def renewed(self) -> None:
        """Wait until every passage has vectors of the embedder that the settings name, or that is given up."""
        if self._renewing:
            await asyncio.gather(self._renewing, return_exceptions=True)

    async def close(self) -> None:
        """Let go of threads and files."""
        if self._renewing:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
        if not self._shared:
            await asyncio.to_thread(self.embedders.close)  # before the threads that may wait for an answer
        await asyncio.gather(*self._warming, return_exceptions=True)
        await self.renewal.close()
        await self._loader.close()
        await self._fetcher.close()
        await self._indexes.close()
        await self._search.close()

    async def add(
        self,
        sources: Sequence[str | Wanted],
        *,
        workspace: str,
        grant: str = "workspace",
        folder: Path,
        actor: str = "",
        every_s: float = 0.0,
    ) -> AsyncIterator[Loaded | Load]:
        """Load files, folders and addresses, and tell of each document as it ends.

        What is searchable is found from the moment its ``Loaded`` is given.  Closing this does not end the loading:
        ``loads.cancel`` does, with the id that the first ``Load`` has.

        Args:
            sources: paths, relative ones below ``folder``, and addresses.
            workspace: whose documents they are.
            grant: who may be told: ``public``, ``workspace``, ``room:ID`` or ``user:ID``.
            folder: the caller's current folder.
            actor: who asks for it, for the audit.
            every_s: look at them again every so many seconds; 0: only when asked.

        Raises ``SettingsError`` when ``grant`` names no audience.
        """
        checked_grant(grant)
        wanted = []
        for source in sources:
            try:
                wanted.append(wanted_of(source, folder=folder) if isinstance(source, str) else source)
            except LoadFailed as e:
                yield Loaded(str(source), "", "failed", str(e), 0)
        if wanted:
            async with self.loads.working():
                id_ = await self.loads.start(wanted, workspace=workspace, grant=grant, actor=actor, every_s=every_s)
                async for step in self._followed(id_):
                    yield step

    async def sync(self, sources: Sequence[str], *, workspace: str, actor: str = "") -> AsyncIterator[Loaded | Load]:
        """Look at sources again (at all when none is given), as ``add`` does; what has vanished is taken out.

        Raises ``NotFound`` for what is no source, ``LoadFailed`` for what was uploaded.
        """
        async with self.loads.working():
            async for step in self._followed(await self.loads.sync(workspace, sources, actor=actor)):
                yield step

    async def _followed(self, load: str) -> AsyncIterator[Loaded | Load]:
        first = await self.loads.state(load)
        yield first
        found = False  # what ended before the last ``Load``, and all of that is given before the next one
        async for step in self.loads.follow(load):
            if isinstance(step, Loaded) and not found:
                await self._indexes.caught_up(first.workspace)
            found = isinstance(step, Loaded)
            yield step

    async def put_entry(self, entry: Entry, *, workspace: str, grant: str, actor: str) -> Document:
        """Keep a question with its answer; the same question again replaces it.  Raises as ``Entries.put``."""
        return await self.entries.put(entry, workspace=workspace, grant=grant, actor=actor)

    async def regrant(self, workspace: str, id_or_source: str, grant: str, *, actor: str = "") -> list[Document]:
        """Give a document, or all that came from a source, to another audience; returns those that changed.

        What the source brings later gets it too.  Raises ``NotFound``, and ``SettingsError`` for no audience.
        """
        checked_grant(grant)
        if not await self._documents.named(workspace, id_or_source):
            raise NotFound(_no_document(workspace, id_or_source))
        changed = await self._documents.regrant_all(workspace, id_or_source, grant, actor=actor)
        await self._indexes.caught_up(workspace)
        return changed

    async def sources(self, workspace: str) -> list[Source]:
        """What was named to be loaded, by name."""
        return await self._sources.of(workspace)

    async def schedule(self, workspace: str, source: str, every_s: float, *, actor: str = "") -> Source:
        """Look at a source again every so many seconds (0: only when asked).  Raises ``NotFound``."""
        found = await self._sources.schedule(workspace, source, every_s, actor=actor)
        if found is None:
            raise NotFound(f"there is no source {source!r} in workspace {workspace!r}")
        return found

    async def documents(self, workspace: str) -> list[Document]:
        """All documents of the workspace, by source; also those that could not be loaded."""
        return await self._documents.of(workspace)

    async def document(self, workspace: str, id_or_source: str) -> Document:
        """One document; raises ``NotFound``."""
        found = await self._documents.one(workspace, id_or_source)
        if found is None:
            raise NotFound(_no_document(workspace, id_or_source))
        return found

    async def passages_of(self, document_id: str) -> list[Passage]:
        """The passages of a document, in order."""
        return [as_passage(kept) for kept in await self._documents.passages(document_id)]

    async def named(self, workspace: str, id_or_source: str) -> list[Document]:
        """The documents that ``remove`` and ``regrant`` would change: one, or all that came from a source."""
        return await self._documents.named(workspace, id_or_source)

    async def remove(
        self, workspace: str, id_or_source: str, *, purge: bool = False, actor: str = ""
    ) -> list[Document]:
        """Take out a document, or all that came from a source.

        No search finds them from now on, and their text is off this disk when this returns.  ``purge`` takes their
        vectors off the disk too, here and wherever the feed is followed, without embedding anything again.  Raises
        ``NotFound``.
        """
        found = await self._documents.remove(workspace, id_or_source, actor=actor)
        reach("removed")
        if not found:
            raise NotFound(_no_document(workspace, id_or_source))
        await self.cleaned(workspace, purge=purge, actor=actor)
        return found

    async def cleaned(self, workspace: str, *, purge: bool = False, actor: str = "") -> None:
        """Take what was removed or replaced out of the index and off the disk; with ``purge`` its vectors too."""
        if purge:
            await self._documents.purge(workspace, actor=actor)
        await self._indexes.caught_up(workspace)
        await self._documents.wipe()

    async def search(
        self, text: str, audience: Audience, *, limit: int = 5, also: str = "", precision: float = PRECISION
    ) -> Found:
        """The ``limit`` best passages that the audience may read; see ``Search.search``."""
        found = await self._search.search(text, audience, limit=limit, also=also, precision=precision)
        return await self._matching.ordered(also or text, found, audience, limit)

    async def match(self, question: str, audience: Audience, *, near: bool = True) -> Match | None:
        """The entry that this question is, for an audience that may read it; see ``Matching.match``."""
        return await self._matching.match(question, audience, near=near)

    async def readable(self, audience: Audience) -> int:
        """How many documents the audience may be told from, as of at most a minute ago."""
        return await self._counted.readable(audience)

    async def load_passages(self, ids: Sequence[str], audience: Audience) -> list[Passage]:
        """Those of the passages that still exist and that the audience may read, in the order of ``ids``."""
        kept = await self._documents.readable(audience.workspace, ids, audience.grants)
        return [as_passage(kept[id_]) for id_ in dict.fromkeys(ids) if id_ in kept]

    async def variants(self, passage: Passage) -> tuple[str, ...]:
        """The other ways to ask for a passage, as they were loaded with it."""
        return await self._documents.variants(passage.id)

    async def rebuild(self, workspace: str | None = None) -> int:
        """Write the index anew from the database, of one workspace or of all; returns the number of passages.

        Where vectors of another embedder are in use, those of the one in the settings are made first.
        """
        count = 0
        for name in [workspace] if workspace is not None else await self._documents.workspaces():
            if name in await self._embedding.outdated(self.embedder.name):
                try:
                    await self.renewal.renew(name)
                except EmbedderAway as e:
                    log.warning("the index of %s keeps the old embedder's vectors: %s", name, e)
            count += await self._indexes.rebuild(name)
        return count

    async def check(self, workspace: str | None = None) -> list[Difference]:
        """Every difference between database and index, of one workspace or of all."""
        found: list[Difference] = []
        for name in [workspace] if workspace is not None else await self._documents.workspaces():
            found.extend(await self._indexes.check(name))
        return found

    async def reconcile(self) -> int:
        """Compare every index with the database and write anew those that differ; returns the differences.

        Done by `run` each day; what was mended stands in the audit.
        """
        count = 0
        for workspace in await self._documents.workspaces():
            if differences := await self._indexes.check(workspace):
                log.warning("the index of %s differed from the database in %d places", workspace, len(differences))
                await self._indexes.rebuild(workspace)
                await self._documents.note_repair(workspace, len(differences))
                count += len(differences)
        return count


def _no_document(workspace: str, id_or_source: str) -> str:
    return f"there is no document {id_or_source!r} in workspace {workspace!r}: kb list shows what there is"
