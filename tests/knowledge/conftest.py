"""A knowledge base on real parts: SQLite or PostgreSQL, Chroma, and the packaged embedder or one that counts words."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.knowledge import E5, Embedder, Knowledge, Load, Loaded, Wanted
from engine.knowledge.background import _TEXTS
from engine.store.database import Database
from engine.store.migrate import migrate
from engine.terms import terms
from engine.types import Audience, Passage
from tests.postgresql import Server, running

UNRELATED = {text for texts in _TEXTS.values() for text in texts}  # embedded at every start


class Words:
    """The smallest embedder: a text is the sum of its words' directions.  Counts what it was asked to embed."""

    def __init__(self, name: str = "words", dimensions: int = 64):
        self.name, self.dimensions, self.embedded = name, dimensions, 0

    def open(self) -> None:
        pass

    def queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self._vector(text) for text in texts])

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded += sum(text not in UNRELATED for text in texts)
        return self.queries(texts)

    def _vector(self, text: str) -> NDArray[np.float32]:
        total = np.full(self.dimensions, 1e-3)
        for term in terms(text):
            total += np.random.default_rng(zlib.crc32(f"{self.name} {term}".encode())).normal(size=self.dimensions)
        return (total / np.linalg.norm(total)).astype(np.float32)


@dataclass
class Base:
    """A knowledge base, and short ways to use it."""

    knowledge: Knowledge
    database: Database
    folder: Path
    embedder: Embedder
    steps: list[Load] = field(default_factory=list)

    @property
    def data(self) -> Path:
        """``data.path``: everything that is kept on disk."""
        return self.folder / "var"

    def write(self, name: str, text: str | bytes) -> Path:
        file = self.folder / "docs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    async def add(
        self, *sources: str | Path | Wanted, workspace: str = "acme", grant: str = "workspace"
    ) -> list[Loaded]:
        found = []
        wanted = [s if isinstance(s, Wanted) else str(s) for s in sources]
        async for step in self.knowledge.add(
            wanted, workspace=workspace, grant=grant, folder=self.folder / "docs", actor="tester"
        ):
            if isinstance(step, Loaded):
                found.append(step)
            else:
                self.steps.append(step)
        return found

    async def load(self, name: str, text: str | bytes, *, workspace: str = "acme", grant: str = "workspace") -> Loaded:
        self.write(name, text)
        [row] = await self.add(name, workspace=workspace, grant=grant)
        return row

    async def search(self, text: str, *grants: str, workspace: str = "acme", limit: int = 5) -> list[Passage]:
        audience = Audience.of(workspace, *(grants or ("workspace",)))
        return list((await self.knowledge.search(text, audience, limit=limit)).passages)

    async def texts(self, text: str, *grants: str, workspace: str = "acme") -> str:
        return "\n".join(p.text for p in await self.search(text, *grants, workspace=workspace, limit=20))


Opener = Callable[..., Awaitable[Base]]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opener]:
    """Opens knowledge bases; ``folder`` twice is the same data again, ``url`` a database to share."""
    names = itertools.count()
    async with AsyncExitStack() as stack:

        async def make(
            embedder: Embedder | None = None, *, folder: Path | None = None, url: str = "", **others: Any
        ) -> Base:
            folder = folder or tmp_path / f"base-{next(names)}"
            embedder = embedder or Words()
            database = Database.at(folder / "var", url)
            stack.push_async_callback(database.close)
            await migrate(database)
            knowledge = Knowledge(database, folder / "var", embedder, **others)
            await knowledge.open()
            stack.push_async_callback(knowledge.close)
            return Base(knowledge, database, folder, embedder)

        yield make


@pytest.fixture
async def base(opened: Opener) -> Base:
    """An empty knowledge base whose embedder counts words."""
    return await opened()


@pytest.fixture(scope="session")
def e5() -> E5:
    """The packaged embedder, loaded once."""
    embedder = E5()
    embedder.open()
    return embedder


@pytest.fixture(scope="session")
def _server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def postgresql(_server: Server) -> str:
    """The address of an empty PostgreSQL database."""
    return _server.new_database()
