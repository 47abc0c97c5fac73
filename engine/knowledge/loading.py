"""From the bytes of one document to its passages in the database: read, cut, embedded, written."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import EmbedderAway, LoadFailed, SettingsError
from engine.knowledge.embed import Embedder
from engine.knowledge.embedders import Embedders, Stopgap
from engine.knowledge.lately import Lately
from engine.knowledge.load import LARGEST, READER, Page
from engine.knowledge.pieces import Draft, drafts
from engine.knowledge.reading import Reader
from engine.store.documents import Before, Document, Documents, Piece
from engine.store.embedding import Embedding, OtherEmbedder
from engine.store.loads import Ticket
from engine.types import PUBLIC, WORKSPACE

R = TypeVar("R")

_BATCH = 8  # passages embedded by one thread before it takes the next ones
_AHEAD = 2  # batches of one document that are with the threads at a time: others' come in between
_SHORT = 1 << 18  # bytes: hashed in less time than a thread takes to wake up
_LARGE = 64  # passages: larger documents are embedded one after the other
#: A document may take so many seconds to be read and embedded.  Reading and fetching have limits of their own; where
#: many are loaded at once and reading takes its turn, there is at least this much for embedding.
ITEM_S = 85.0
_LEAST_S = 30.0


@dataclass(frozen=True, slots=True)
class Got:
    """The bytes of a document, and what is known of it before it is read."""

    data: bytes
    name: str  # of a file: its ending says what it is
    location: str
    url: str = ""
    media_type: str = ""
    charset: str = ""
    etag: str = ""
    modified: str = ""
    dated: float = 0.0
    crawled: str = ""


@dataclass(slots=True)
class Counts:
    """What this process has done for one load so far."""

    parsed: int = 0
    embedded: int = 0


def checked_grant(grant: str) -> str:
    """``grant`` as it is; raises ``SettingsError`` when it names no audience."""
    kind, _, who = grant.partition(":")
    if grant in {PUBLIC, WORKSPACE} or (kind in {"room", "user"} and who and not who.isspace()):
        return grant
    raise SettingsError(f"there is no audience {grant!r}: write public, workspace, room:ID or user:ID")


class Loader:
    """Reads in a child process, cuts and embeds in threads, and writes what came of it."""

    def __init__(self, documents: Documents, embedding: Embedding, embedders: Embedders, item_s: float = ITEM_S):
        self._documents = documents
        self._embedding = embedding
        self._embedders = embedders
        self._item_s = item_s
        self.reader = Reader()
        self._threads = ThreadPoolExecutor(max(1, min(4, os.cpu_count() or 1)), "load")
        # Its own: behind batches that are embedded a document would wait to be cut, and leave nothing to embed next.
        self._cutter = ThreadPoolExecutor(2, "cut")
        self._large = asyncio.Lock()
        self._lately = Lately()
        # Not by which embedder: where that changes, vectors are made anew from what is kept (see renewal.py).
        self._how = hashlib.sha256(READER.encode()).hexdigest()[:8]

    async def close(self) -> None:
        """End the threads and the reader."""
        for threads in (self._cutter, self._threads):
            await asyncio.to_thread(threads.shutdown, wait=True, cancel_futures=True)
        await self.reader.close()

    def is_current(self, document: Document) -> bool:
        """Whether the document was read as it would be now: then the same bytes need nothing."""
        return bool(document.version) and document.hash.startswith(self._how)

    async def load(self, ticket: Ticket, got: Got, before: Before, counts: Counts) -> Document:
        """Bring one document into the database, or find it unchanged.

        Raises ``LoadFailed`` when that cannot be, and ``Superseded`` when it must not be any more.
        """
        short = len(got.data) < _SHORT
        seen = self._hash(got) if short else await self._in_thread(lambda: self._hash(got))
        known = before.document
        fresh = self._document(ticket, got, known, before.options, seen)
        if known and known.version and known.hash == seen:
            return await self._documents.keep(fresh, actor=ticket.load.actor, ticket=ticket)
        since = time.monotonic()
        page = await self.reader.read(got.data, got.name, media_type=got.media_type, charset=got.charset)
        parts = await self._in_thread(lambda: _cut(replace(page, url=page.url or got.url)))
        counts.parsed += 1
        left_s = max(self._item_s - (time.monotonic() - since), min(_LEAST_S, self._item_s))
        fresh = replace(fresh, title=page.title, encoding=page.encoding, dated=page.dated or fresh.dated)
        return await self._put(fresh, parts, before.embedder, left_s, counts, actor=ticket.load.actor, ticket=ticket,
                               action=f"kb {ticket.load.kind}")  # fmt: skip

    async def enter(self, document: Document, page: Page, *, actor: str, action: str) -> Document:
        """Bring a page that was not read from anywhere into the database.  Raises ``LoadFailed``."""
        parts = await self._in_thread(lambda: _cut(page))
        used = await self._embedding.used(document.workspace)
        return await self._put(document, parts, used, self._item_s, Counts(), actor=actor, action=action)

    async def _put(
        self, document: Document, parts: list[Draft], used: str, left_s: float, counts: Counts, *, actor: str,
        action: str, ticket: Ticket | None = None,
    ) -> Document:  # fmt: skip
        """Embed with the embedder by whose vectors the workspace is searched, and write."""
        used = used or self._embedders.configured.name
        while True:
            pieces, stopgap = await self._embed(parts, used, left_s, counts)
            try:
                return await self._documents.put(document, pieces, embedder=used, actor=actor, ticket=ticket,
                                                 action=action, stopgap=stopgap)  # fmt: skip
            except OtherEmbedder as e:  # it went over to another one meanwhile
                used = e.embedder

    async def fail(self, ticket: Ticket, before: Before, reason: str, location: str) -> None:
        """Write down why it could not be loaded."""
        document = self._document(ticket, Got(b"", "", location), before.document, before.options, "")
        action = f"kb {ticket.load.kind} failed"
        await self._documents.fail(document, reason, actor=ticket.load.actor, ticket=ticket, action=action)

    async def keep(self, ticket: Ticket, known: Document, options: Mapping[str, Any]) -> None:
        """The web server says that it has not changed."""
        fresh = replace(known, origin=ticket.item.origin, **_of_options(known, options))
        await self._documents.keep(fresh, actor=ticket.load.actor, ticket=ticket)

    def _document(self, ticket: Ticket, got: Got, known: Document | None, options: Mapping[str, Any],
                  seen: str) -> Document:  # fmt: skip
        load, item = ticket.load, ticket.item
        plain = known or Document("", load.workspace, item.source, got.location, item.source, load.grant, "", 0, "",
                                  "", 0.0)  # fmt: skip
        return replace(
            plain, location=got.location, hash=seen, origin=item.origin, etag=got.etag, modified=got.modified,
            dated=got.dated or plain.dated, checked=time.time(), crawled=got.crawled, **_of_options(plain, options),
        )  # fmt: skip

    async def _embed(
        self, parts: list[Draft], used: str, left_s: float, counts: Counts
    ) -> tuple[list[Piece], bool]:  # fmt: skip
        """The pieces, and whether their vectors say nothing; large documents take turns."""
        if len(parts) <= _LARGE:
            return await self._with(used, parts, left_s, counts)
        async with self._large:
            return await self._with(used, parts, left_s, counts)

    async def _with(self, used: str, parts: list[Draft], left_s: float, counts: Counts) -> tuple[list[Piece], bool]:
        embedder = self._embedders.of(used)
        try:
            if embedder:
                return await self._timed(embedder, parts, left_s, counts), False
        except EmbedderAway as e:
            if used == self._embedders.configured.name:
                raise LoadFailed(f"it could not be embedded, try again later: {e}") from e
        # The settings name another one now, and this one is gone: found by its words until that one's are all there.
        stopgap = Stopgap(used, await self._embedding.dimensions(used) or 1)
        return await self._timed(stopgap, parts, left_s, counts), True

    async def _timed(self, embedder: Embedder, parts: list[Draft], left_s: float, counts: Counts) -> list[Piece]:
        pieces: list[Piece] = []
        try:
            async with asyncio.timeout(left_s):
                await self._all(embedder, parts, pieces, counts)
        except TimeoutError:
            raise LoadFailed(
                f"it has {len(parts)} passages, and only {len(pieces)} of them were ready in {self._item_s:.0f} s: "
                "cut it into parts"
            ) from None
        return pieces

    async def _all(self, embedder: Embedder, parts: list[Draft], pieces: list[Piece], counts: Counts) -> None:
        batches = [parts[start : start + _BATCH] for start in range(0, len(parts), _BATCH)]
        waiting: list[asyncio.Future[list[Piece]]] = []
        try:
            for n, batch in enumerate(batches):
                waiting.append(self._submit(embedder, batch))
                if n + 1 >= _AHEAD:
                    done = await waiting.pop(0)
                    pieces.extend(done)
                    counts.embedded += len(done)
            for future in waiting:
                done = await future
                pieces.extend(done)
                counts.embedded += len(done)
        finally:
            for future in waiting:
                future.cancel()

    def _submit(self, embedder: Embedder, batch: list[Draft]) -> asyncio.Future[list[Piece]]:
        lately = None if isinstance(embedder, Stopgap) else self._lately  # its vectors are none
        return asyncio.get_running_loop().run_in_executor(self._threads, embedded, embedder, batch, lately)

    def _hash(self, got: Got) -> str:
        """Of the bytes, and of how they are read."""
        how = f"{got.name}\0{got.media_type}\0{got.charset}\0".encode()
        return f"{self._how}:{hashlib.sha256(how + got.data).hexdigest()}"

    async def _in_thread(self, work: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._cutter, work)


def file_bytes(path: Path) -> tuple[bytes, float]:
    """The file and when it was changed; never waits for a pipe, and reads one byte more than is allowed at most."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise LoadFailed("this is no regular file")
    data = bytearray()
    with path.open("rb") as file:
        # Asking for all that is allowed would make room for that first, and wipe it (15 ms a page; vectors.py).
        while piece := file.read(min(max(status.st_size - len(data), 0), LARGEST - len(data)) + 1):
            data += piece
            if len(data) > LARGEST:
                break
    return bytes(data), status.st_mtime


def _of_options(document: Document, options: Mapping[str, Any]) -> dict[str, Any]:
    """What an admin said of the documents, where they said it."""
    return {"owner": str(options.get("owner") or document.owner),
            "expires": float(options.get("expires") or document.expires)}  # fmt: skip


def embedded(embedder: Embedder, batch: list[Draft], lately: Lately | None = None) -> list[Piece]:
    """The pieces; blocks.  All texts at once: an embedder that is elsewhere is asked seldom.

    A text that comes again, or came ``lately``, is not embedded again.
    """
    texts = list(dict.fromkeys(text for one in batch for text in (one.meant, *one.sentences)))
    vectors = lately.known(embedder.name, texts) if lately else {}
    if new := [text for text in texts if text not in vectors]:
        rows = embedder.passages(new).astype("<f4")
        fresh = {text: row.tobytes() for text, row in zip(new, rows, strict=True)}
        vectors |= fresh
        if lately:
            lately.keep(embedder.name, fresh)
    return [
        Piece(one.text, one.heading, one.url, one.language, vectors[one.meant],
              b"".join(vectors[sentence] for sentence in one.sentences), "\n".join(one.variants))
        for one in batch
    ]  # fmt: skip


def _cut(page: Page) -> list[Draft]:
    try:
        return drafts(page)
    except RecursionError as e:
        raise LoadFailed("it is nested too deeply to be read") from e
