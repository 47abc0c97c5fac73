"""Loads on real parts, and an embedder that can be held."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.config import KnowledgeSettings
from engine.knowledge import Load, Loaded, wanted_of
from tests.knowledge.conftest import (  # noqa: F401 - fixtures
    Base,
    Opener,
    Words,
    _server,
    base,
    opened,
    postgresql,
)
from tests.web_sources.conftest import Site, site  # noqa: F401 - fixtures

Surfer = Callable[..., Awaitable[Base]]


class Held(Words):
    """Stops at passages that say HOLD, until let go."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.go_on = threading.Event(), threading.Event()

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if any("HOLD" in text for text in texts):
            self.reached.set()
            assert self.go_on.wait(60)
        return super().passages(texts)


@pytest.fixture
def held() -> Iterator[Held]:
    embedder = Held()
    yield embedder
    embedder.go_on.set()


@pytest.fixture
def surfer(opened: Opener, site: Site) -> Surfer:  # noqa: F811 - fixtures
    """Opens knowledge bases that may fetch from the site."""

    async def make(**others: object) -> Base:
        settings = KnowledgeSettings(allow_hosts=(site.place,), pause_s=0)
        return await opened(settings=settings, **others)

    return make


async def sync(of: Base, *sources: str, purge: bool = False) -> dict[str, str]:
    """`kb sync`: what became of each document."""
    found = {}
    async for step in of.knowledge.sync([str(s) for s in sources], workspace="acme", actor="tester"):
        if isinstance(step, Loaded):
            found[step.source] = step.status
        else:
            of.steps.append(step)
    if purge:
        await of.knowledge.cleaned("acme", purge=True)
    return found


async def begin(of: Base, *sources: str | Path, grant: str = "workspace", every_s: float = 0.0) -> str:
    """Start a load and leave it."""
    wanted = [wanted_of(str(source), folder=of.folder / "docs") for source in sources]
    return await of.knowledge.loads.start(wanted, workspace="acme", grant=grant, actor="tester", every_s=every_s)


async def end_of(of: Base, load: str) -> Load:
    """The load when it has ended."""
    async with asyncio.timeout(120):
        async for state in of.knowledge.loads.watch(load):
            last = state
    return last
