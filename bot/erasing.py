"""Erases a workspace: what was loaded, asked and answered there leaves every table, every index and the disk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from engine.errors import NotFound
from engine.store.erasing import erase_workspace

if TYPE_CHECKING:
    from engine.knowledge import Knowledge
    from engine.store.database import Database

log = structlog.get_logger()

#: Seconds between two looks at answers that are still being posted: whoever posts them takes them back.
_LOOK_S = 1.0


class Erasing:
    """Safe to do again, and to begin again after a crash; the audit keeps that it was done, and no content."""

    def __init__(self, database: Database, knowledge: Knowledge, channel: str) -> None:
        """``channel``: the platform whose workspaces they are, and that asks for it."""
        self._database = database
        self._knowledge = knowledge
        self._channel = channel

    async def workspace(self, name: str) -> None:
        """Erase all of it."""
        channel = self._channel
        for load in await self._knowledge.loads.open():
            if load.workspace == name:
                await self._knowledge.loads.cancel(load.id, actor=channel)
        for document in await self._knowledge.documents(name):
            try:
                await self._knowledge.remove(name, document.id, actor=channel)
            except NotFound:
                continue  # it went with another of its source
        await self._knowledge.cleaned(name, purge=True, actor=channel)
        while await self._database.write(lambda c: erase_workspace(self._database, c, name, channel, actor=channel)):  # noqa: ASYNC110 - another worker may be the one who posts, and tells nobody
            await asyncio.sleep(_LOOK_S)
        await self._database.wipe()
        log.info("workspace erased", workspace=name)
