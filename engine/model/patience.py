"""How long we wait for a model server: one timer an answer, moved as the answer proceeds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Patience:
    """Deadlines for the first token, between tokens and for the whole answer; times are the event loop's, seconds.

    Only waiting counts: what our own reader does between two reads is not held against the server.  The timer is set
    anew when it fires, not for each token, which keeps a token free of it.
    """

    def __init__(self, *, first_s: float, idle_s: float, total_s: float, give_up: Callable[[], None]) -> None:
        self.reason = ""  # why it ended, once it has
        self._loop = asyncio.get_running_loop()
        self._first_s, self._idle_s, self._total_s = first_s, idle_s, total_s
        now = self._loop.time()
        self._end = now + total_s
        self._deadline = min(now + first_s, self._end)
        self._give_up = give_up
        self._began = self._progressed = self._waiting = False
        self._timer: asyncio.TimerHandle | None = None

    def progressed(self) -> None:
        """The server wrote something that belongs to the answer (and not only a sign of life)."""
        self._began = self._progressed = True

    def wait(self) -> None:
        """We begin to wait for the server."""
        if self._progressed:
            self._progressed = False
            self._deadline = min(self._loop.time() + self._idle_s, self._end)
        self._waiting = True
        if self._timer and self._timer.when() > self._deadline:  # once, when the first token has come
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._look)

    def rest(self) -> None:
        """Something came: we are not waiting now."""
        self._waiting = False

    def stop(self) -> None:
        """No more waiting for this answer."""
        self._waiting = False
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if not self._waiting:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._look)
            return
        if self._deadline >= self._end:
            self.reason = f"The model was not done after {self._total_s:g} s (model.total_s)."
        elif self._began:
            self.reason = f"The model fell silent in the middle of an answer for {self._idle_s:g} s (model.idle_s)."
        else:
            self.reason = f"The model wrote nothing for {self._first_s:g} s (model.first_token_s)."
        self._give_up()
