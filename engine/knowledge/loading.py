"""From the sources that an admin names to documents in the database."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from engine.errors import LoadFailed, SettingsError
from engine.knowledge.embed import Embedder
from engine.knowledge.load import LARGEST, READER, read
from engine.knowledge.pieces import Draft, draft, drafts
from engine.knowledge.values import Loaded, Progress
from engine.store.documents import Document, Documents, Piece
from engine.types import PUBLIC, WORKSPACE

R = TypeVar("R")

_BATCH = 8  # passages embedded by one thread before it takes the next ones


@dataclass(frozen=True, slots=True)
class File:
    """A file to load: ``source`` is what it is called, ``path`` where it is, ``wrong`` why it cannot be loaded."""

    source: str
    path: Path
    wrong: str = ""


def checked_grant(grant: str) -> str:
    """``grant`` as it is; raises ``SettingsError`` when it names no audience."""
    kind, _, who = grant.partition(":")
    if grant in {PUBLIC, WORKSPACE} or (kind in {"room", "user"} and who and not who.isspace()):
        return grant
    raise SettingsError(f"there is no audience {grant!r}: write public, workspace, room:ID or user:ID")


def files(sources: Sequence[str], folder: Path) -> Iterator[File]:
    """The files that the sources name, in order; a folder gives its files, sorted, without hidden ones."""
    for source in sources:
        if "://" in source:
            yield File(source, Path(), "addresses cannot be loaded yet: save the page and load the file")
            continue
        path = folder / source
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as e:
            why = getattr(e, "strerror", None) or str(e)
            yield File(
                source, path, f"there is no such file or folder: {path}" if isinstance(e, FileNotFoundError) else why
            )
            continue
        if not stat.S_ISDIR(mode):
            yield File(source, path)
            continue
        found = False
        for below, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                if not name.startswith("."):
                    found = True
                    inside = Path(below) / name
                    yield File(os.path.join(source, os.path.relpath(inside, path)), inside)  # noqa: PTH118 - keeps "./"
        if not found:
            yield File(source, path, "there are no files in this folder")


class Loader:
    """Reads, cuts and embeds off the event loop, and writes what came of it."""

    def __init__(self, documents: Documents, embedder: Embedder):
        self._documents = documents
        self._embedder = embedder
        self._threads = ThreadPoolExecutor(max(1, min(4, os.cpu_count() or 1)), "load")

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def load(self, file: File, *, workspace: str, grant: str, actor: str) -> AsyncIterator[Loaded | Progress]:
        """Progress, then how it ended.  What is written is in the database when this ends, not yet in the index."""
        if file.wrong:
            known = await self._documents.one(workspace, file.source)
            yield Loaded(file.source, known.id if known else "", "failed", file.wrong, 0)
            return
        document = Document(
            "", workspace, file.source, str(file.path.absolute()), file.source, grant, "", 0, "", "", 0.0
        )
        try:
            data = await self._in_thread(lambda: _bytes(file.path))
            seen = self._hash(data, file.path)
            known = await self._documents.one(workspace, file.source)
            if known and known.hash == seen and known.version:
                yield await self._known(known, grant, actor)
                return
            title, pieces = "", list[Piece]()
            async for step in self._read(data, file):
                if isinstance(step, Progress):
                    yield step
                else:
                    title, pieces = step
        except (LoadFailed, OSError) as e:
            why = str(e) if isinstance(e, LoadFailed) else f"the file cannot be read: {e.strerror or e}"
            yield await self._failed(document, grant, why, actor)
            return
        fresh = Document("", workspace, file.source, document.location, title, grant, seen, 0, "", "", 0.0)
        put = await self._documents.put(fresh, pieces, embedder=self._embedder.name, actor=actor)
        yield Loaded(file.source, put.id, "searchable", "", len(pieces))

    async def _known(self, known: Document, grant: str, actor: str) -> Loaded:
        status: Literal["searchable", "unchanged"] = "unchanged"
        if known.grant != grant:
            await self._documents.regrant(known, grant, actor=actor)
            status = "searchable"
        elif known.reason:
            await self._documents.mend(known)
        count = len(await self._documents.passages(known.id))
        return Loaded(known.source, known.id, status, "", count)

    async def _failed(self, document: Document, grant: str, why: str, actor: str) -> Loaded:
        kept = await self._documents.fail(document, why, actor=actor)
        if kept.version and kept.grant != grant:  # who may read it is decided now, whatever became of the text
            await self._documents.regrant(kept, grant, actor=actor)
        return Loaded(kept.source, kept.id, "failed", why, 0)

    async def _read(self, data: bytes, file: File) -> AsyncIterator[Progress | tuple[str, list[Piece]]]:
        title, parts = await self._in_thread(lambda: _parts(data, file.path.name))
        pieces: list[Piece] = []
        batches = [parts[start : start + _BATCH] for start in range(0, len(parts), _BATCH)]
        waiting = [self._submit(batch) for batch in batches]
        try:
            for future in waiting:
                pieces.extend(await future)
                if len(batches) > 1:
                    yield Progress(file.source, len(pieces), len(parts))
        finally:
            for future in waiting:
                future.cancel()
        yield title, pieces

    def _submit(self, batch: list[Draft]) -> asyncio.Future[list[Piece]]:
        return asyncio.get_running_loop().run_in_executor(self._threads, self._embedded, batch)

    def _embedded(self, batch: list[Draft]) -> list[Piece]:
        found = []
        for one in batch:
            vectors = self._embedder.passages([one.meant, *one.sentences]).astype("<f4")
            found.append(
                Piece(
                    one.text,
                    one.heading,
                    one.url,
                    one.language,
                    vectors[0].tobytes(),
                    vectors[1:].tobytes(),
                    "\n".join(one.variants),
                )
            )
        return found

    async def embed_again(self, workspace: str) -> int:
        """Give passages with another embedder's vectors new ones; returns how many."""
        rows = await self._documents.of_other_embedders(workspace, self._embedder.name)
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH]
            batch = [
                draft(k.text, k.heading, k.url, language=k.language, variants=tuple(k.variants.splitlines()))
                for k in part
            ]
            pieces = await self._submit(batch)
            vectors = {k.id: (p.vector, p.sentences) for k, p in zip(part, pieces, strict=True)}
            await self._documents.embed_anew(workspace, self._embedder.name, vectors)
        return len(rows)

    def _hash(self, data: bytes, path: Path) -> str:
        how = f"{READER}\0{self._embedder.name}\0{path.name}\0".encode()
        return hashlib.sha256(how + data).hexdigest()

    async def _in_thread(self, work: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _bytes(path: Path) -> bytes:
    """The file; never waits for a pipe, and reads one byte more than is allowed at most."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise LoadFailed("this is no regular file")
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _parts(data: bytes, name: str) -> tuple[str, list[Draft]]:
    page = read(data, name)
    try:
        return page.title, drafts(page)
    except RecursionError as e:
        raise LoadFailed("it is nested too deeply to be read") from e
