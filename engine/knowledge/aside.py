"""A copy of one workspace's knowledge in a folder of its own: what is changed there changes nothing that is live."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from engine.config import KnowledgeSettings
from engine.knowledge.knowledge import Knowledge
from engine.store.copying import copy_documents
from engine.store.database import Database
from engine.store.migrate import migrate

_PREFIX = "aside-"


@asynccontextmanager
async def aside(
    database: Database, live: Knowledge, workspace: str, folder: Path, settings: KnowledgeSettings | None = None
) -> AsyncIterator[Knowledge]:
    """A knowledge base with the same documents and vectors (nothing is embedded again), below ``folder``.

    It is gone afterwards, texts and all; what a crash leaves behind, ``discard`` takes away.
    """
    discard(folder)
    own = Path(tempfile.mkdtemp(dir=folder, prefix=_PREFIX))
    copy = Database.at(own)
    try:
        await migrate(copy)
        await copy_documents(database, copy, workspace)
        knowledge = Knowledge(copy, own, live.embedder, settings=settings)
        try:
            await knowledge.open()
            yield knowledge
        finally:
            await knowledge.close()
    finally:
        await copy.close()
        await asyncio.to_thread(shutil.rmtree, own, ignore_errors=True)


def discard(folder: Path) -> None:
    """Take away what an earlier process left behind; only the owner of ``folder`` may call it."""
    for left in folder.glob(f"{_PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)
