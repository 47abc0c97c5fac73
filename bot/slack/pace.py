"""How fast Slack may be written to: rooms one post after the other, edits within the workspace's budget."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from bot.pacing import Rooms, Window

#: One post a second in a room, in bursts of five: never a sixth within so many seconds (a little more than five).
_POSTS, _POSTS_S = 5, 5.2
#: Slack takes about 50 edits a minute in a workspace; a part of them is kept for the last states of answers.
_EDITS, _GROWTH, _PLACES, _EDITS_S = 48, 30, 15, 60.5
#: Streams that Slack lets an app begin (and end) in a minute, and how often all may grow: 20, 20 and 100.
_STREAMS, _APPENDS = 18, 90


class Pace:
    """The budgets of one workspace, shared by all answers that are being written."""

    def __init__(self) -> None:
        self._rooms: Rooms[str] = Rooms(_POSTS, _POSTS_S)
        self._edits = Window(_EDITS, _EDITS_S)
        self._starts, self._stops = Window(_STREAMS, _EDITS_S), Window(_STREAMS, _EDITS_S)
        self._appends = Window(_APPENDS, _EDITS_S)
        self._open = 0
        self._growing = 0

    def post(self, room: str) -> AbstractAsyncContextManager[None]:
        """Its turn to post in this room: nobody else posts there meanwhile, so that order is kept."""
        return self._rooms.turn(room)

    @asynccontextmanager
    async def growing(self) -> AsyncIterator[None]:
        """While an answer grows: the more of them, the slower each."""
        self._growing += 1
        try:
            yield
        finally:
            self._growing -= 1

    def may_grow(self) -> bool:
        """Whether an edit may be spent on a state that is not the last."""
        return self._edits.left(_GROWTH) > 0

    def may_wait(self) -> bool:
        """Whether an edit may be spent on a place in the queue."""
        return self._edits.left(_PLACES) > 0

    async def edit(self) -> None:
        """Take one edit."""
        await self._edits.take()

    def may_stream(self) -> bool:
        """Whether a stream may be begun now: each that is open will have to be stopped within the budget too."""
        return self._starts.left() > 0 and self._stops.left() > self._open

    def stream_began(self) -> None:
        """A stream is being begun, which takes one of the budget; it is open until ``stream_ended``."""
        self._open += 1
        self._starts.note()

    def stream_ended(self) -> None:
        """A stream is open no more."""
        self._open -= 1

    def stop(self) -> None:
        """Slack is told that a stream is over, which takes one of the budget."""
        self._stops.note()

    def append(self) -> bool:
        """Take one more piece of a stream; False where none is left for now."""
        if self._appends.left() <= 0:
            return False
        self._appends.note()
        return True

    def stream_pause_s(self) -> float:
        """Seconds between two pieces of a stream: all that grow share the budget."""
        return float(min(6.0, _EDITS_S / _APPENDS * max(1, self._growing)))

    def pause_s(self, edits: int) -> float:
        """Seconds until the next state of an answer that was edited so often: quick at first, then slower."""
        return float(min(6.0, 1.3**edits) * max(1.0, self._growing / 2))
