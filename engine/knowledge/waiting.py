"""Waiting that ends: for an event with patience, for several at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any


async def together(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """All of it; where one breaks, the others are given up."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def set_within(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event is set, but not longer than that.

    Not ``asyncio.wait_for``: before Python 3.12 it loses a cancellation that comes just as the event is set.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


class Gathered:
    """Something that is done for several at once: a while after the first one asked."""

    def __init__(self, work: Callable[[], Awaitable[Any]], after_s: float):
        """``work`` is done ``after_s`` seconds after it was first asked for."""
        self._work, self._after_s = work, after_s
        self._task: asyncio.Task[None] | None = None

    async def ask(self) -> None:
        """Have it done soon; raises what was raised when it was done last."""
        if self._task is None or self._task.done():
            before, self._task = self._task, asyncio.create_task(self._later())
            if before:
                await before

    async def _later(self) -> None:
        await asyncio.sleep(self._after_s)
        await self._work()

    async def now(self) -> None:
        """Have it done now, where it was asked for."""
        if task := self._task:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._work()
            self._task = None
