"""Brings workspaces from one embedder to the next, in the background, while the vectors of the old one answer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from engine.errors import EmbedderAway, FrontdeskError, Unavailable
from engine.failpoints import reach
from engine.knowledge.embedders import Embedders, ServerEmbedder
from engine.knowledge.loading import embedded
from engine.knowledge.pieces import draft
from engine.store.documents import Documents, Kept
from engine.store.embedding import Embedding, Renewing

log = logging.getLogger(__name__)

_BATCH = 8  # passages that are embedded together
_TOGETHER = 4  # batches at a time, where a server embeds; here one, so that questions and loads come in between
_MOVED = 100  # passages whose vectors are moved in one transaction
_SAY_S = 30.0  # between two lines of the log
_PAUSE_S = (2.0, 60.0)  # first and longest, before an embedder that is away is asked again


class Renewal:
    """Every passage gets vectors of the embedder that the settings name; see engine.store.embedding for the steps.

    Everything done is in the database: after a restart it goes on where it was.  Workers that share a database may do
    the same passages; the result is the same.
    """

    def __init__(
        self,
        documents: Documents,
        embedding: Embedding,
        embedders: Embedders,
        caught_up: Callable[[str], Awaitable[Any]],
    ):
        """``caught_up`` brings a workspace's index up to date."""
        self._documents = documents
        self._embedding = embedding
        self._embedders = embedders
        self._threads = ThreadPoolExecutor(_TOGETHER, "renew")  # its own: loads need not wait for a slow server
        self._caught_up = caught_up
        self._locks: dict[str, asyncio.Lock] = {}
        self._said = 0.0
        self.trouble = ""  # why it does not get on at the moment

    async def run(self) -> None:
        """Do what there is to do; an embedder that does not answer is asked again until it does."""
        pause, longest = _PAUSE_S
        await self._patiently(lambda: self._embedding.forget(self._target))
        while True:
            try:
                for workspace in await self._embedding.outdated(self._target):
                    await self.renew(workspace)
                    pause = _PAUSE_S[0]
                return
            except EmbedderAway as e:
                self.trouble = str(e)
                log.warning("the old vectors answer until the new ones can be made: %s", e)
                await asyncio.sleep(max(pause, e.retry_after_s or 0.0))
                pause = min(2 * pause, longest)
            except FrontdeskError as e:
                self.trouble = str(e)
                log.warning("another embedder is not taken up: %s", e)
                if not isinstance(e, Unavailable):
                    return
                await asyncio.sleep(pause)

    async def _patiently(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await work()
            except Unavailable:
                await asyncio.sleep(_PAUSE_S[0])

    @property
    def _target(self) -> str:
        return self._embedders.configured.name

    async def progress(self) -> list[Renewing]:
        """The workspaces that are still searched by another embedder's vectors, and how far each is."""
        return await self._embedding.progress(self._target)

    async def close(self) -> None:
        """End the threads."""
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)

    async def renew(self, workspace: str) -> int:
        """Bring one workspace to its end; returns how many passages were embedded.

        Raises ``EmbedderAway`` when the embedder does not answer; what is done stays done.
        """
        async with self._locks.setdefault(workspace, asyncio.Lock()):
            count = 0
            while True:
                made = await self._make(workspace)
                count += made
                if not made and await self._embedding.used(workspace) in {"", self._target} and not count:
                    break
                if await self._embedding.switch(workspace, self._target):
                    break  # else passages came in between
            reach("embedder changed")
            await self._caught_up(workspace)
            moved = True
            while moved:
                moved = await self._embedding.settle(workspace, _MOVED) > 0
            reach("vectors moved")
            if count:
                await self._documents.wipe()  # the old vectors leave the database's log
                log.info("%d passages of %s were embedded anew: %s answers now", count, workspace, self._target)
            self.trouble = ""
            return count

    async def _make(self, workspace: str) -> int:
        """Vectors for all passages that have none yet, which are kept beside those in use."""
        embedder = self._embedders.configured
        together = _TOGETHER if isinstance(embedder, ServerEmbedder) else 1
        after, count = "", 0
        while rows := await self._embedding.without(workspace, self._target, after=after, limit=_BATCH * together):
            batches = [rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)]
            done = await asyncio.gather(*(self._of(workspace, batch) for batch in batches), return_exceptions=True)
            count += sum(one for one in done if isinstance(one, int))
            if wrong := next((one for one in done if isinstance(one, BaseException)), None):
                raise wrong
            after = rows[-1].id
            await self._say(workspace)
        return count

    async def _of(self, workspace: str, batch: Sequence[Kept]) -> int:
        parts = [
            draft(k.text, k.heading, k.url, language=k.language, variants=tuple(k.variants.splitlines())) for k in batch
        ]
        loop, embedder = asyncio.get_running_loop(), self._embedders.configured
        pieces = await loop.run_in_executor(self._threads, embedded, embedder, parts)
        vectors = {k.id: (p.vector, p.sentences) for k, p in zip(batch, pieces, strict=True)}
        await self._embedding.keep(workspace, self._target, vectors)
        reach("vectors kept")
        return len(vectors)

    async def _say(self, workspace: str) -> None:
        if time.monotonic() < self._said + _SAY_S:
            return
        self._said = time.monotonic()
        for one in await self.progress():
            if one.workspace == workspace:
                log.info("%d of %d passages of %s have vectors of %s; until all have, those of %s answer",
                         one.done, one.total, workspace, one.embedder, one.before)  # fmt: skip
