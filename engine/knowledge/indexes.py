"""All indexes of one data folder: opened when needed, following the database's feed, mended when damaged."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import IO, TypeVar

from engine.errors import FrontdeskError, Unavailable
from engine.knowledge.fullness import is_full
from engine.knowledge.giving_way import Way
from engine.knowledge.index import Index
from engine.knowledge.values import Difference
from engine.knowledge.vectors import Damaged, Place
from engine.store.documents import Change, Documents, Kept
from engine.store.embedding import NOBODY, Embedding

log = logging.getLogger(__name__)
T = TypeVar("T")

_POLL_S = 0.5  # how often other workers' changes are looked for
_LOCK_WAIT_S = 10.0
_CHANGES = 1000  # read from the feed at a time
_PASSAGES = 64  # so many are enough to be brought into an index at once


class Indexes:
    """The indexes, one a workspace.  One process owns the folder: a lock file keeps others out.

    A workspace's index holds the vectors in use there (``Embedding.used``), else those of ``embedder``.
    """

    def __init__(self, documents: Documents, embedding: Embedding, folder: Path, embedder: str):
        self._documents = documents
        self._embedding = embedding
        self._folder = folder
        self._embedder = embedder
        self.way = Way()  # for searches, in all of them
        self._open: dict[str, Index] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._thread: ThreadPoolExecutor | None = None
        self._owned: IO[bytes] | None = None
        self._following: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Take the folder; raises ``Unavailable`` while another process has it."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._owned = await asyncio.to_thread(_own, self._folder / "lock")
        self._thread = ThreadPoolExecutor(1, "index")
        if self._documents.shared:
            self._following = asyncio.create_task(self._follow(), name="knowledge-feed")

    async def close(self) -> None:
        """Stop following and let go of the folder."""
        if self._following:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        if self._thread:
            for index in list(self._open.values()):
                await self._in_thread(index.close)
            self._open = {}
            await asyncio.to_thread(self._thread.shutdown)  # not here: what it still does may need this loop
        if self._owned:
            self._owned.close()
            self._owned = None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Changes to indexes are made by one thread, one after the other."""
        if self._thread is None:
            raise FrontdeskError("the knowledge base is not open: call open() first")
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def of(self, workspace: str) -> Index | None:
        """The workspace's index, opened and up to date when it was not open yet; None when it has no documents."""
        index = self._open.get(workspace)
        if index is None and await self._documents.any(workspace):
            index = await self.caught_up(workspace)
        return index

    async def caught_up(self, workspace: str) -> Index:
        """The workspace's index with everything in it that is committed now."""

        async def follow(index: Index) -> Index:
            await self._catch_up(workspace, index)
            return index

        return await self.mended(workspace, follow)

    async def mended(self, workspace: str, work: Callable[[Index], Awaitable[T]]) -> T:
        """Do something with the index under its lock; when it turns out damaged, build it anew and do it again.

        Raises ``Unavailable`` where the disk is full: the index stays, and what is missing in it comes when there is
        room.
        """
        async with self._locks.setdefault(workspace, asyncio.Lock()):
            for attempt in range(2):
                try:
                    return await work(self._open.get(workspace) or await self._opened(workspace))
                except (Damaged, sqlite3.Error, OSError) as e:
                    if is_full(e, self._folder):
                        raise Unavailable(
                            f"the disk is full: make room in {self._folder}; until then nothing new is found"
                        ) from e
                    if isinstance(e, OSError):
                        raise
                    await self._set_aside(workspace, e)
                    if attempt:
                        raise Unavailable(f"the search index cannot be written: {e}") from e
        raise AssertionError

    async def build_anew(self, workspace: str, index: Index, why: Damaged) -> None:
        """Set ``index`` aside and build another from the database, unless somebody else has done so already."""
        async with self._locks.setdefault(workspace, asyncio.Lock()):
            if self._open.get(workspace) is index and not is_full(why, self._folder):
                await self._set_aside(workspace, why)
        await self.caught_up(workspace)

    async def _opened(self, workspace: str) -> Index:
        folder = self._folder / Index.folder_of(workspace)
        embedder = await self._used(workspace)
        index = await self._in_thread(lambda: Index(folder, embedder, self.way))
        self._open[workspace] = index
        if index.position == 0 or index.doubtful:
            await self._compare(workspace, index)
        await self._in_thread(index.forget_aside)
        return index

    async def _used(self, workspace: str) -> str:
        return await self._embedding.used(workspace) or self._embedder

    async def _set_aside(self, workspace: str, why: Exception) -> None:
        index = self._open.pop(workspace, None)
        if index:
            await self._in_thread(lambda: index.set_aside(why))

    async def _compare(self, workspace: str, index: Index) -> None:
        """Make a new or doubtful index equal to the database, document by document."""
        end, wanted = await self._documents.ids(workspace)
        held = index.documents
        differ = [d for d in wanted.keys() | held.keys() if held.get(d) != set(wanted.get(d, ()))]
        await self._put(index, differ)
        index.doubtful = False
        await self._in_thread(lambda: index.followed(end))

    async def _catch_up(self, workspace: str, index: Index) -> None:
        """What is committed now: who waits for it is not held up by what comes meanwhile, however much that is."""
        while changes := await self._documents.changes(index.position, workspace, limit=_CHANGES):
            await self._apply(workspace, index, changes)
            if len(changes) < _CHANGES:
                break

    async def _apply(self, workspace: str, index: Index, changes: list[Change]) -> None:
        kinds = {change.kind for change in changes}
        if "embedder" not in kinds:  # else all of it is read anew, with the vectors that are in use now
            changed = list(dict.fromkeys(change.document for change in changes if change.document))
            await self._put(index, changed)
        if kinds & {"purge", "embedder"}:
            await self._rewrite(workspace, index)
        last = changes[-1].seq
        if last > index.position:
            await self._in_thread(lambda: index.followed(last))

    async def _put(self, index: Index, changed: Sequence[str]) -> None:
        """Bring these documents into the index together, a large one by itself: searches wait for nobody long."""
        left = list(changed)
        while left:
            found = await self._documents.passages_of(left[:_PASSAGES], _PASSAGES)
            left = left[len(found) :]
            here = {index.embedder, NOBODY}
            together = {document: [one for one in kept if one.embedder in here] for document, kept in found.items()}
            await self._in_thread(partial(index.put, together))

    async def rebuild(self, workspace: str) -> int:
        """Write the workspace's index anew from the database; returns the number of passages."""

        async def rewrite(index: Index) -> int:
            return await self._rewrite(workspace, index)

        return await self.mended(workspace, rewrite)

    async def _rewrite(self, workspace: str, index: Index) -> int:
        embedder = await self._used(workspace)
        end, wanted = await self._documents.ids(workspace)
        loop = asyncio.get_running_loop()

        def read() -> Iterator[tuple[str, list[Kept]]]:
            for document in wanted:  # one at a time: vectors of a large workspace do not fit into memory
                kept = asyncio.run_coroutine_threadsafe(self._documents.passages(document), loop).result()
                yield document, [passage for passage in kept if passage.embedder in {embedder, NOBODY}]

        return await self._in_thread(lambda: index.rewrite(read(), end, embedder))

    async def check(self, workspace: str) -> list[Difference]:
        """Every difference between the database and the index as it is now."""

        async def compare(index: Index) -> list[Difference]:
            await self._catch_up(workspace, index)
            _, wanted = await self._documents.ids(workspace)
            expected: dict[str, Place] = {}
            for document in wanted:
                for passage in await self._documents.passages(document):
                    expected[passage.id] = Place(passage.language, passage.grant)
            vectors, terms = await self._in_thread(lambda: (index.vectors(), index.places()))
            return [*_differences(workspace, expected, vectors, "vector index"),
                    *_differences(workspace, expected, terms, "term index")]  # fmt: skip

        return await self.mended(workspace, compare)

    async def _follow(self) -> None:
        """Bring other workers' changes into the indexes that this folder has; the others are built when asked."""
        seen = await self._retried(self._documents.end)
        while True:
            await asyncio.sleep(_POLL_S)
            try:
                changes = await self._documents.changes(seen)
                for workspace in dict.fromkeys(change.workspace for change in changes):
                    if workspace in self._open or (self._folder / Index.folder_of(workspace)).exists():
                        await self.caught_up(workspace)
                if changes:
                    seen = changes[-1].seq
            except Unavailable as e:
                log.warning("the knowledge base cannot follow changes now, and goes on trying: %s", e)

    async def _retried(self, work: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await work()
            except Unavailable:
                await asyncio.sleep(_POLL_S)


def _differences(
    workspace: str, expected: dict[str, Place], found: dict[str, Place], name: str
) -> Iterator[Difference]:  # fmt: skip
    for id_ in sorted(expected.keys() | found.keys()):
        if id_ not in found:
            yield Difference(workspace, id_, f"passage {id_} is in the database but not in the {name}")
        elif id_ not in expected:
            yield Difference(workspace, id_, f"passage {id_} is in the {name} but not in the database")
        elif found[id_] != expected[id_]:
            right, wrong = (f"{place.grant} ({place.language})" for place in (expected[id_], found[id_]))
            what = f"passage {id_} is for {right} in the database but for {wrong} in the {name}"
            yield Difference(workspace, id_, what)


def _own(file: Path) -> IO[bytes]:
    """Lock ``file`` for this process; the lock goes with the process, however it ends."""
    opened = file.open("wb")
    end = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            if time.monotonic() > end:
                opened.close()
                raise Unavailable(
                    f"another process uses the search index in {file.parent}: end it, or give this one a data.path of "
                    "its own"
                ) from e
            time.sleep(0.05)
        else:
            return opened
