"""Loading gives way to questions: what would stop this process for long waits a moment while a search is under way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: Whoever gives way waits so long at most: where there is always a search under way, loading goes on all the same.
_PATIENCE_S = 0.1
_STILL_S = 2.0  # without a search: then nobody is in anybody's way


class Way:
    """How many searches are under way.  All of it may be called from any thread at any time."""

    def __init__(self, patience_s: float = _PATIENCE_S) -> None:
        self._changed, self._patience_s = threading.Condition(), patience_s
        self._searches = 0
        self._last = -_STILL_S  # when one ended

    @contextmanager
    def taken(self) -> Iterator[None]:
        """A search is under way meanwhile."""
        with self._changed:
            self._searches += 1
        try:
            yield
        finally:
            with self._changed:
                self._searches -= 1
                self._last = time.monotonic()
                if not self._searches:
                    self._changed.notify_all()

    @contextmanager
    def left(self) -> Iterator[None]:
        """Within ``taken``: it waits for what gives way to it."""
        with self._changed:
            self._searches -= 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._searches += 1

    def give(self) -> None:
        """Wait until none is under way, a moment at most; blocks."""
        if self._searches:
            with self._changed:
                self._changed.wait_for(lambda: not self._searches, self._patience_s)

    @property
    def still(self) -> bool:
        """Whether nobody has searched for a while."""
        return not self._searches and time.monotonic() > self._last + _STILL_S
