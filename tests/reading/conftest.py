"""A reader of documents, with real child processes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from engine.knowledge.reading import Reader


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def reader() -> AsyncIterator[Reader]:
    made = Reader()
    yield made
    await made.close()
