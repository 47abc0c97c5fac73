"""How fast a platform may be written to: so many in so many seconds, and rooms one post after the other."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

_K = TypeVar("_K", bound=Hashable)
#: Rooms of which the last posts are remembered.
_ROOMS = 1_000


class Window:
    """At most so many in so many seconds, as a sliding window."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._taken: deque[float] = deque()

    def left(self, most: int = 0) -> int:
        """How many are left now, of ``most`` (of all where none is given)."""
        now = asyncio.get_running_loop().time()
        while self._taken and now - self._taken[0] >= self._seconds:
            self._taken.popleft()
        return (most or self._most) - len(self._taken)

    def _wait_s(self) -> float:
        """Seconds until one more may be taken, after all that others have taken."""
        if self.left() > 0:
            return 0.0
        return max(0.0, self._taken[-self._most] + self._seconds - asyncio.get_running_loop().time())

    async def take(self) -> None:
        """Take one, as soon as there is one; who asks first, takes first."""
        wait = self._wait_s()
        self._taken.append(asyncio.get_running_loop().time() + wait)
        await asyncio.sleep(wait)

    def note(self) -> None:
        """One is taken now."""
        self._taken.append(asyncio.get_running_loop().time())

    @asynccontextmanager
    async def use(self) -> AsyncIterator[None]:
        """As ``take``, for one user at a time whose work lasts: it counts from its end."""
        await asyncio.sleep(self._wait_s())
        try:
            yield
        finally:
            self._taken.append(asyncio.get_running_loop().time())


class Rooms(Generic[_K]):
    """A window for each room, used by one at a time."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._rooms: OrderedDict[_K, tuple[asyncio.Lock, Window]] = OrderedDict()

    @asynccontextmanager
    async def turn(self, room: _K) -> AsyncIterator[None]:
        """The next turn in this room, as soon as the window lets it: who asks first, is first, and alone."""
        lock, window = self._rooms.setdefault(room, (asyncio.Lock(), Window(self._most, self._seconds)))
        self._rooms.move_to_end(room)
        async with lock, window.use():
            yield
        for old in [r for r, (held, _) in self._rooms.items() if not held.locked()][: len(self._rooms) - _ROOMS]:
            del self._rooms[old]
