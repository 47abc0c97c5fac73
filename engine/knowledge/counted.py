"""How many documents an audience may read, counted once a minute for each workspace."""

from __future__ import annotations

import asyncio
from typing import Final

from engine.store.counts import documents_by_grant
from engine.store.database import Database
from engine.types import Audience

_KEPT_S: Final = 60.0
_WORKSPACES: Final = 1_000


class Counted:
    """Counts that are told to people who wait, and decide nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, dict[str, int]]] = {}

    async def readable(self, audience: Audience) -> int:
        """The documents that can be found for this audience, as they were at most a minute ago."""
        now = asyncio.get_running_loop().time()
        known = self._known.get(audience.workspace)
        if known is None or now - known[0] > _KEPT_S:
            counts = await self._database.read(lambda c: documents_by_grant(c, audience.workspace))
            if len(self._known) >= _WORKSPACES:
                self._known.clear()
            known = self._known[audience.workspace] = (now, counts)
        return sum(n for grant, n in known[1].items() if audience.may_read(grant))
