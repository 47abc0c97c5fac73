"""What was looked up at a platform, kept for as long as whoever asks allows."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class Looked(Generic[_K, _V]):
    """What was looked up, by key, with its age: one look at a time for a key, the oldest forgotten first.

    Somebody who may not take anything older than their question waits for a look that began after it; all who wait
    share that one.
    """

    def __init__(self, look: Callable[[_K], Awaitable[_V]], *, size: int = 5_000) -> None:
        self._look = look
        self._size = size
        self._known: OrderedDict[_K, tuple[float, _V]] = OrderedDict()
        self._locks: WeakValueDictionary[_K, asyncio.Lock] = WeakValueDictionary()

    async def get(self, key: _K, max_age_s: float) -> _V:
        """The value, at most so many seconds old."""
        oldest = asyncio.get_running_loop().time() - max_age_s
        if (known := self._known.get(key)) and known[0] >= oldest:
            return known[1]
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            if (known := self._known.get(key)) and known[0] >= oldest:
                return known[1]
            began = asyncio.get_running_loop().time()
            value = await self._look(key)
            self.put(key, value, began)
            return value

    def put(self, key: _K, value: _V, began: float) -> None:
        """Keep what another look has found; ``began`` is the loop time of its start."""
        self._known[key] = (began, value)
        self._known.move_to_end(key)
        while len(self._known) > self._size:
            self._known.popitem(last=False)

    def peek(self, key: _K) -> _V | None:
        """What is known, however old."""
        known = self._known.get(key)
        return known[1] if known else None

    def stale(self, keys: Iterable[_K], max_age_s: float) -> list[_K]:
        """Those of which nothing fresh is known."""
        oldest = asyncio.get_running_loop().time() - max_age_s
        return [k for k in keys if k not in self._known or self._known[k][0] < oldest]
