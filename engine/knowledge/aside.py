"""A copy of one workspace in a folder of its own: what is changed there changes nothing that is live."""

from __future__ import annotations

import asyncio
import fcntl
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
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
    """A knowledge base with the same documents and vectors (nothing is embedded again), below ``folder``."""
    with own_folder(folder) as own:
        copy = Database.at(own)
        try:
            await migrate(copy)
            await copy_documents(database, copy, workspace)
            knowledge = Knowledge(copy, own, live.embedders, settings=settings, renew=False)
            try:
                await knowledge.open()
                yield knowledge
            finally:
                await knowledge.close()
        finally:
            await copy.close()
            await asyncio.to_thread(shutil.rmtree, own, ignore_errors=True)


@contextmanager
def own_folder(folder: Path) -> Iterator[Path]:
    """A new folder below ``folder`` that is gone afterwards, texts and all; what a crash leaves, ``discard`` takes."""
    discard(folder)
    own = Path(tempfile.mkdtemp(dir=folder, prefix=_PREFIX))
    try:
        with (own / "owned").open("wb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)


def discard(folder: Path) -> None:
    """Take away what processes left behind that are no more; what somebody still works in stays."""
    for left in folder.glob(f"{_PREFIX}*"):
        try:
            with (left / "owned").open("ab") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
        except OSError:
            continue  # in use, or gone in this moment
