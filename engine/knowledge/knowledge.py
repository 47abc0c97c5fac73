"""The knowledge base: documents in, passages out, for whoever may read them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from engine.errors import NotFound
from engine.knowledge.embed import E5, Embedder
from engine.knowledge.indexes import Indexes
from engine.knowledge.loading import Loader, checked_grant, files
from engine.knowledge.searching import Search, as_passage
from engine.knowledge.values import Difference, Loaded, Progress
from engine.store.database import Database
from engine.store.documents import Document, Documents
from engine.types import Audience, Found, Passage

log = logging.getLogger(__name__)


class Knowledge:
    """Documents of all workspaces, their passages and the search over them.

    SQL is the truth; the index under ``folder`` follows it and may be deleted at any time.  Every passage that leaves
    here was read from SQL after the search, with its grant checked again.
    """

    def __init__(self, database: Database, folder: Path, embedder: Embedder | None = None):
        """Nothing is opened yet.

        Args:
            database: where documents are kept.
            folder: ``data.path``; the index lives in ``index`` below it.
            embedder: what makes vectors; None: the packaged one, loaded when it is first used.
        """
        self._documents = Documents(database)
        self._embedder: Embedder = embedder or E5()
        self._indexes = Indexes(self._documents, folder / "index", self._embedder.name)
        self._search = Search(self._documents, self._indexes, self._embedder)
        self._loader = Loader(self._documents, self._embedder)
        self._warming: list[asyncio.Future[None]] = []

    async def open(self, *, warm: bool = True) -> None:
        """Open the index (or build it, or set a damaged one aside and build it anew) and follow changes from now on.

        ``warm``: Chroma and the embedder load in threads meanwhile (3 s), and a search before that waits; without,
        they load when they are needed.  Raises ``Unavailable`` while another process has the folder.
        """
        if warm:
            self._warming = self._search.warm()
        await self._indexes.open()

    async def ready(self) -> None:
        """Wait until searching is as quick as it gets: everything loaded, every workspace's index up to date."""
        await asyncio.gather(*self._warming)
        for workspace in await self._documents.workspaces():
            await self._indexes.caught_up(workspace)

    async def close(self) -> None:
        """Let go of threads and files."""
        await asyncio.gather(*self._warming, return_exceptions=True)
        await asyncio.to_thread(self._loader.close)
        await self._indexes.close()
        await asyncio.to_thread(self._search.close)

    async def add(
        self, sources: Sequence[str], *, workspace: str, grant: str = "workspace", folder: Path, actor: str = ""
    ) -> AsyncIterator[Loaded | Progress]:
        """Load files and folders; what is searchable is found from the moment its ``Loaded`` is given.

        Args:
            sources: paths, relative ones below ``folder``.
            workspace: whose documents they are.
            grant: who may be told: ``public``, ``workspace``, ``room:ID`` or ``user:ID``.
            folder: the caller's current folder.
            actor: who asks for it, for the audit.

        Raises ``SettingsError`` when ``grant`` names no audience.
        """
        checked_grant(grant)
        for file in files(sources, folder):
            async for step in self._loader.load(file, workspace=workspace, grant=grant, actor=actor):
                if isinstance(step, Loaded) and step.document:
                    await self._indexes.caught_up(workspace)
                yield step

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

    async def remove(self, workspace: str, id_or_source: str, *, purge: bool = False, actor: str = "") -> Document:
        """Take a document out: no search finds it from now on, and its text is off this disk when this returns.

        ``purge`` takes its vectors off the disk too, here and wherever the feed is followed, without embedding
        anything again.  Raises ``NotFound``.
        """
        found = await self._documents.remove(workspace, id_or_source, actor=actor)
        if found is None:
            raise NotFound(_no_document(workspace, id_or_source))
        if purge:
            await self._documents.purge(workspace, actor=actor)
        await self._indexes.caught_up(workspace)
        await self._documents.wipe()
        return found

    async def search(self, text: str, audience: Audience, *, limit: int = 5, also: str = "") -> Found:
        """The ``limit`` best passages that the audience may read; see ``Search.search``."""
        return await self._search.search(text, audience, limit=limit, also=also)

    async def load_passages(self, ids: Sequence[str], audience: Audience) -> list[Passage]:
        """Those of the passages that still exist and that the audience may read, in the order of ``ids``."""
        kept = await self._documents.readable(audience.workspace, ids, audience.grants)
        return [as_passage(kept[id_]) for id_ in dict.fromkeys(ids) if id_ in kept]

    async def rebuild(self, workspace: str | None = None) -> int:
        """Write the index anew from the database, of one workspace or of all; returns the number of passages."""
        count = 0
        for name in [workspace] if workspace is not None else await self._documents.workspaces():
            if await self._loader.embed_again(name):
                log.info("passages of %s were embedded again: they had vectors of another embedder", name)
            count += await self._indexes.rebuild(name)
        return count

    async def check(self, workspace: str | None = None) -> list[Difference]:
        """Every difference between database and index, of one workspace or of all."""
        found: list[Difference] = []
        for name in [workspace] if workspace is not None else await self._documents.workspaces():
            found.extend(await self._indexes.check(name))
        return found


def _no_document(workspace: str, id_or_source: str) -> str:
    return f"there is no document {id_or_source!r} in workspace {workspace!r}: kb list shows what there is"
