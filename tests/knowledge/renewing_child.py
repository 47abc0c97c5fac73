"""A process that goes over to another embedder and is killed at it: ``python -m tests.knowledge.renewing_child``."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from engine.config import KnowledgeSettings
from engine.knowledge import Knowledge
from engine.knowledge.embedders import Embedders
from engine.store.database import Database
from tests.knowledge.conftest import Words


async def work(folder: Path, url: str) -> None:
    """Until every passage has vectors of the server at this address."""
    settings = KnowledgeSettings(embedder="server", embedder_url=url, embedder_model="words", embedder_passage="p: ")
    database = Database.at(folder / "var")
    knowledge = Knowledge(database, folder / "var", Embedders(None, settings, [Words("old")]), settings=settings)
    await knowledge.open(warm=False)
    await knowledge.renewed()


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), sys.argv[2]))
    os._exit(0)
