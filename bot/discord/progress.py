"""How far everything that Discord has sent is kept, and where that is written down for the next start."""

from __future__ import annotations

import asyncio
import itertools

import structlog

from bot.gaps import Bookmarks
from engine.errors import Unavailable

_SAVE_S = 2.0  # between two writes: what was kept twice is recognised
_log = structlog.get_logger()


class Progress:
    """The newest id up to which nothing is missing, while work on several messages is under way.

    Work is announced with ``begin`` and the first id that it is about; until it has ended, the mark stays before it.
    Work that ends with the process leaves the mark where it was: the next process does it again.  ``account`` is our
    user id; without ``bookmarks`` nothing outlives the process.
    """

    def __init__(self, bookmarks: Bookmarks | None, channel: str, account: int) -> None:
        self._bookmarks = bookmarks
        self._whose = (channel, str(account))
        self._newest = self._saved = 0
        self._open: dict[int, int] = {}  # by ticket: the first id that is not kept yet
        self._tickets = itertools.count()
        self._moved = asyncio.Event()

    async def load(self) -> None:
        """Go on where an earlier process got to.  Raises ``Unavailable`` when the database does not answer."""
        if self._bookmarks:
            self._saved = await self._bookmarks.reached(*self._whose)
        self.saw(self._saved)

    def saw(self, message: int) -> None:
        """Discord has sent a message with this id."""
        if message > self._newest:
            self._newest = message
            self._moved.set()

    def begin(self, first: int) -> int:
        """Work on messages from this id on begins; the ticket is for ``end``."""
        ticket = next(self._tickets)
        self._open[ticket] = first
        return ticket

    def end(self, ticket: int) -> None:
        """That work is done, and what came of it is kept."""
        self._open.pop(ticket, None)
        self._moved.set()

    @property
    def reached(self) -> int:
        """Everything up to this id is kept; 0: nothing was ever seen."""
        return min([self._newest, *(first - 1 for first in self._open.values())])

    async def keep_saving(self) -> None:
        """Write it down from time to time, until cancelled."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            await self.save()
            await asyncio.sleep(_SAVE_S)

    async def save(self) -> None:
        """Write it down; that it cannot be now only means that more is read again after a restart."""
        reached = self.reached
        if self._bookmarks is None or reached <= self._saved:
            return
        try:
            await self._bookmarks.reach(*self._whose, reached)
            self._saved = reached
        except Unavailable as e:
            _log.info("how far discord was read cannot be written down now", reason=str(e))
            self._moved.set()
