"""Keeps for channels, over restarts, how far they have read; what they could not read is written into the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.gaps import Gap
from engine.store.bookmarks import latest_rooms, reach, reached, record_gap

if TYPE_CHECKING:
    from engine.store.database import Database


class StoreBookmarks:
    """The ``Bookmarks`` of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reached(self, channel: str, account: str) -> int:
        """As the contract says."""
        return await self._database.read(lambda c: reached(c, channel, account))

    async def reach(self, channel: str, account: str, mark: int) -> None:
        """As the contract says."""
        await self._database.write(lambda c: reach(self._database, c, channel, account, mark))

    async def rooms(self, channel: str, limit: int) -> list[str]:
        """As the contract says."""
        return await self._database.read(lambda c: latest_rooms(c, channel, limit))

    async def missed(self, channel: str, gap: Gap) -> None:
        """As the contract says."""
        await self._database.write(
            lambda c: record_gap(
                self._database, c, channel, gap.workspace, gap.room, since=gap.since, until=gap.until, why=gap.why
            )
        )
