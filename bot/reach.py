"""Finds the process that owns the data: a running `frontdesk run`, else this one for as long as the verb takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.lock import DataLock, Taken
from bot.wire import connect

if TYPE_CHECKING:
    from bot.wire import Operate
    from engine.config import Loaded

#: How long a verb waits for another short one, or for a `run` that has the lock and is still starting.  Seconds.
_PATIENCE_S = 60.0
#: Verbs that need more than the knowledge base.
_ANSWERING = ("ask", "chat", "eval", "replay", "mcp")


@asynccontextmanager
async def reach(loaded: Loaded, verb: str) -> AsyncIterator[Operate]:
    """A way to operate on the data that the settings name.  Raises ``Taken`` when it stays occupied."""
    folder = loaded.settings.data.path
    end = time.monotonic() + _PATIENCE_S
    while True:
        remote = await connect(folder)
        if remote is not None:
            yield remote
            return
        lock = DataLock(folder, verb)
        try:
            await lock.take()
            break
        except Taken:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.1)
    try:
        loaded.require("database", "knowledge", "model", "audit", "tools")
        from bot.app import App  # only now: the parts behind it take seconds to import
        from bot.operations import Operations

        alone = "mcp" if verb == "mcp" else "terminal"
        async with App(loaded, answering=verb in _ANSWERING, alone=alone).opened() as app:
            yield Operations(app)
    finally:
        lock.release()
