"""A time limit on somebody's own work: waiting in line for the model does not count."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Deadline:
    """``passed`` is done when so many seconds were worked; while somebody waits in line the clock stands still."""

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self.passed: asyncio.Future[None] = self._loop.create_future()
        self._left, self._since, self._waiting = seconds, 0.0, 0
        self._handle: asyncio.TimerHandle | None = None
        self._start()

    def _start(self) -> None:
        self._since = self._loop.time()
        self._handle = self._loop.call_later(max(0.0, self._left), self._pass)

    def _stop(self) -> None:
        if self._handle:
            self._handle.cancel()
            self._handle = None
            self._left -= self._loop.time() - self._since

    def _pass(self) -> None:
        if not self.passed.done():
            self.passed.set_result(None)

    @contextmanager
    def stands_still(self) -> Iterator[None]:
        """As long as the block lasts, no time passes."""
        if not self._waiting:
            self._stop()
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting and not self.passed.done():
                self._start()

    def end(self) -> None:
        """Nobody asks any more."""
        self._stop()
        self.passed.cancel()


#: Of whoever works now, where there is one.
of_this_work: ContextVar[Deadline | None] = ContextVar("of_this_work", default=None)


@contextmanager
def in_line() -> Iterator[None]:
    """Around waiting for somebody else's turn to end: it is nobody's fault who waits."""
    if deadline := of_this_work.get():
        with deadline.stands_still():
            yield
    else:
        yield
