"""Knowledge bases of a bench, in folders of their own: read in this process and put straight into the database."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from engine.knowledge import Embedder, Knowledge
from engine.knowledge.load import read
from engine.knowledge.pieces import drafts
from engine.store.database import Database
from engine.store.documents import Document, Documents, Piece
from engine.store.migrate import migrate
from engine.types import Audience, Found


class Base:
    """Texts by name, and what is found among them.

    Loading proper reads each file in a child process, which is measured elsewhere and takes most of the time here.
    """

    audience = Audience.of("bench", "workspace")

    def __init__(self, embedder: Embedder, stack: AsyncExitStack):
        self._embedder, self._stack = embedder, stack
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        self._database = Database.at(folder)
        self.knowledge = Knowledge(self._database, folder, embedder)

    async def load(self, texts: Mapping[str, str], *, end: str = "txt") -> None:
        """Open it with a document for each text; ``end`` tells how the texts are read (``txt``, ``csv``, ``md``)."""
        await migrate(self._database)
        self._stack.push_async_callback(self._database.close)
        documents = Documents(self._database)
        for name, text in texts.items():
            page = read(text.encode(), f"{name}.{end}")
            document = Document("", "bench", name, "", page.title, "workspace", "", 0, "", "", 0.0)
            pieces = []
            for one in drafts(page):
                vectors = self._embedder.passages([one.meant, *one.sentences]).astype("<f4")
                rest, variants = vectors[1:].tobytes(), "\n".join(one.variants)
                pieces.append(
                    Piece(one.text, one.heading, one.url, one.language, vectors[0].tobytes(), rest, variants)
                )  # fmt: skip
            await documents.put(document, pieces, embedder=self._embedder.name, actor="")
        await self.knowledge.open(warm=False)
        self._stack.push_async_callback(self.knowledge.close)

    async def search(self, question: str, *, limit: int = 5, also: str = "") -> Found:
        """What is found; a passage's ``source`` is the name of its text."""
        return await self.knowledge.search(question, self.audience, limit=limit, also=also)
