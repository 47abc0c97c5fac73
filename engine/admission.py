"""Admission to the model: as many answers at once as its server takes without a queue, the others wait here, in turn.

A queue in the server is first come, first served, and what stands in it cannot be taken back; ours is fair between
workspaces, people and rooms, tells everybody their place, and forgets a question that was deleted.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import fmean

import structlog

from engine.bound import Bound, Load
from engine.deadline import in_line
from engine.errors import ModelUnavailable, Unavailable
from engine.fair import Fair, Flow

#: Seconds between two looks at the server while there is work; half of it while some wait.
_LOOK_S = 1.0
#: Who waits longer is told; and not more often than so, each, and all together so many times a second.
_SILENT_S = 1.5
_BETWEEN_S = 4.0
_EDITS_PER_S = 0.5
#: One person is told the place of so many questions at a time: a flood of them would use up the platform's budget.
_TOLD_AT_ONCE = 3
#: So many answers must have been measured before a time is told, and so many are remembered.
_MEASURED, _REMEMBERED = 3, 32

_log = structlog.get_logger()


class Busy(ModelUnavailable):
    """It would take too long until the model's turn comes."""

    failures = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one stands: ``place`` from 1 on, and in about how many seconds it begins (None: not known)."""

    place: int
    about_s: float | None


@dataclass(slots=True, eq=False)
class Slot:
    """One answer that is being written; times are the event loop's, in seconds."""

    began: float
    first_s: float = 0.0

    def first(self) -> None:
        """Its first token has come."""
        self.first_s = self.first_s or asyncio.get_running_loop().time() - self.began


@dataclass(slots=True, eq=False)
class _Waiting:
    flow: Flow
    turn: asyncio.Future[Slot]
    since: float
    patience_s: float
    tell: Callable[[Standing], None]
    told_at: float = 0.0
    told: Standing | None = None


class Gate:
    """Lets answers through to the model.

    ``look`` asks the server how busy it is (None: it does not say); it is asked once a second while there is work and
    never when idle.  ``at_once``: a fixed number of answers at a time; None: the number follows the server's load.
    """

    def __init__(self, *, at_once: int | None = None, look: Callable[[], Awaitable[Load | None]] | None = None) -> None:
        self._bound = Bound(at_once)
        self._look = look if at_once is None else None
        self._queue: Fair[_Waiting] = Fair()
        self._running: set[Slot] = set()
        self._took: deque[float] = deque(maxlen=_REMEMBERED)
        self._minding: asyncio.Task[None] | None = None
        self._closed = False

    # What others may know.

    @property
    def running(self) -> int:
        """How many answers are being written."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._queue)

    @property
    def bound(self) -> int:
        """How many may be written at the same time."""
        return self._bound.value

    @property
    def full(self) -> bool:
        """Whether one more would have to wait."""
        return bool(self._queue) or self.running >= self.bound

    @property
    def wait_s(self) -> float | None:
        """In about how many seconds one who comes last would begin; None while that is not known."""
        return self.about_s(self.waiting + 1) if self.full else 0.0

    def about_s(self, place: int) -> float | None:
        """In about how many seconds the one at this place begins, from how long answers took lately."""
        if len(self._took) < _MEASURED:
            return None
        return place * fmean(self._took) / self.bound

    # Its turn.

    @asynccontextmanager
    async def turn(
        self,
        flow: Flow,
        *,
        patience_s: float = float("inf"),
        tell: Callable[[Standing], None] = lambda _: None,
    ) -> AsyncIterator[Slot]:
        """Wait for a turn, and have it for as long as the block lasts.

        ``tell`` is called while it waits, when its place or time changes.  Raises ``Busy`` as soon as it is likely to
        wait longer than ``patience_s`` in all, ``Unavailable`` when the process stops.
        """
        if self.full or self._closed:
            slot = await self._wait(flow, patience_s, tell)
        else:
            self._queue.pass_by(flow)
            slot = self._begin()
        try:
            yield slot
            self._took.append(_now() - slot.began)
            self._bound.answered(slot.first_s)
        except ModelUnavailable as e:
            from engine.model.replies import Overloaded  # only now: what speaks HTTP takes a while to import

            if isinstance(e, Overloaded):
                self._bound.refused()
            raise
        finally:
            self._end(slot)

    def close(self) -> None:
        """Nobody else is let through; whoever waits is sent back at once."""
        self._closed = True
        while waiting := self._queue.take():
            self._send_back(waiting, _stopping())
        if self._minding:
            self._minding.cancel()

    def _begin(self) -> Slot:
        slot = Slot(_now())
        self._running.add(slot)
        self._mind()
        return slot

    def _end(self, slot: Slot) -> None:
        self._running.discard(slot)
        self._let_through()

    def _let_through(self) -> None:
        while self._queue and self.running < self.bound and not self._closed:
            waiting = self._queue.take()
            if waiting and not waiting.turn.done():
                waiting.turn.set_result(self._begin())

    async def _wait(self, flow: Flow, patience_s: float, tell: Callable[[Standing], None]) -> Slot:
        if self._closed:
            raise _stopping()
        waiting = _Waiting(flow, asyncio.get_running_loop().create_future(), _now(), patience_s, tell)
        self._queue.add(flow, waiting)
        self._bound.reached()
        self._mind()
        if patience_s < (self.about_s(self.waiting) or 0.0):  # behind all others; it may come before some
            self._keep_in_line(only=waiting)
        try:
            with in_line():
                return await waiting.turn
        except BaseException:
            self._queue.remove(flow, waiting)
            if waiting.turn.done() and not waiting.turn.cancelled() and not waiting.turn.exception():
                self._end(waiting.turn.result())  # its turn came, and nobody was there any more
            raise

    @staticmethod
    def _send_back(waiting: _Waiting, why: Unavailable) -> None:
        if not waiting.turn.done():
            waiting.turn.set_exception(why)

    # While there is work.

    def _mind(self) -> None:
        if (self._minding is None or self._minding.done()) and not self._closed:
            self._minding = asyncio.create_task(self._mind_the_queue(), name="model queue")

    async def _mind_the_queue(self) -> None:
        """Ask the server how it is, let through as many as it takes, and tell those who wait how they stand."""
        looked_at = 0.0
        while self._running or self._queue:
            await asyncio.sleep(_LOOK_S / 2)
            if _now() - looked_at >= _LOOK_S * (0.4 if self._queue else 0.9):
                looked_at = _now()
                await self._ask_the_server()
            if self._queue:
                self._keep_in_line()

    async def _ask_the_server(self) -> None:
        try:
            load = await self._look() if self._look else None
        except Exception as e:  # whatever it answers, people wait
            _log.warning("the model server's numbers cannot be read", why=str(e), exc_info=e)
            load = None
        self._bound.look(load, self.running, waiting=bool(self._queue))
        self._let_through()

    def _keep_in_line(self, only: _Waiting | None = None) -> None:
        """Tell who waits, and send back who would wait too long."""
        now, told, impatient = _now(), Counter[tuple[str, str]](), []
        pause = max(_BETWEEN_S, self.waiting / _EDITS_PER_S)
        for place, (flow, waiting) in enumerate(self._queue.in_order(), 1):
            if only is not None and waiting is not only:
                continue
            about = self.about_s(place)
            waited = now - waiting.since
            if waited + (about or 0.0) > waiting.patience_s:
                impatient.append(waiting)
                continue
            told[flow.asker] += 1
            if (
                told[flow.asker] > _TOLD_AT_ONCE
                or waited < _SILENT_S
                or (waiting.told and now < waiting.told_at + pause)
            ):
                continue
            standing = Standing(place, about)
            if standing != waiting.told:
                waiting.told, waiting.told_at = standing, now
                waiting.tell(standing)
        for waiting in impatient:
            self._queue.remove(waiting.flow, waiting)
            self._send_back(waiting, Busy("The model has too much to do."))


def _now() -> float:
    return asyncio.get_running_loop().time()


def _stopping() -> Unavailable:
    return Unavailable("Frontdesk stops; this is answered after the start.", retry_after_s=0.0)
