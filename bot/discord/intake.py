"""Hands gateway events on in order: one after the other within a channel, side by side across channels."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from engine.errors import Unavailable

Work = Callable[[], Awaitable[None]]

_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 15.0
_log = structlog.get_logger()


class Intake:
    """Work in lanes, a lane for each channel.

    Discord's gateway cannot be told that an event was not kept, so what cannot be kept now (``Unavailable``) is tried
    again until it can, and what came after it in the same lane waits.  At most ``limit`` events wait in all, besides
    what is put without; a lane without work costs nothing.
    """

    def __init__(self, limit: int = 1000) -> None:
        self._limit = limit
        self._waiting = 0
        self._lanes: dict[int, deque[Work]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = True

    def put(self, lane: int, work: Work, *, limited: bool = True) -> bool:
        """Queue work behind what is in its lane; False when no more can wait (or ``drain`` was called)."""
        if not self._open or (limited and self._waiting >= self._limit):
            return False
        self._waiting += 1
        if lane in self._lanes:
            self._lanes[lane].append(work)
            return True
        self._lanes[lane] = deque([work])
        task = asyncio.create_task(self._run(lane), name=f"discord intake {lane}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def idle(self) -> None:
        """Return when nothing waits."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def drain(self, seconds: float) -> None:
        """Take nothing more, and give what waits that long; what still cannot be kept then is lost with the process."""
        self._open = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.idle()
        if self._waiting:
            _log.error("discord events were not kept before the end", events=self._waiting)
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, lane: int) -> None:
        waiting = self._lanes[lane]
        try:
            while waiting:
                await self._insist(waiting[0])
                waiting.popleft()
                self._waiting -= 1
        finally:
            self._waiting -= len(waiting)
            del self._lanes[lane]

    async def _insist(self, work: Work) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            try:
                return await work()
            except Unavailable as e:
                _log.warning("a discord event cannot be kept now; trying again", reason=str(e), pause_s=pause)
                await asyncio.sleep(max(pause, e.retry_after_s or 0.0))
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            except Exception:  # one event that cannot be read must not stop those behind it
                _log.exception("a discord event could not be handled")
                return None
