"""How many answers a model server takes at the same time without a queue: found out from its own numbers, or from ours.

Additive increase, multiplicative decrease, as congestion control on the internet does (Chiu and Jain, 1989; Jacobson,
1988): while the server has no queue and we would have more for it, the bound grows; where it has one, the bound falls
to our share of what it really runs, which its numbers tell exactly.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from statistics import median

#: The bound at the start, and how it grows from look to look until a server shows its first queue.
_START, _GROWTH = 8, 1.5
_MOST = 4_096
#: After a decrease the bound stays for so many seconds before it tries more again.
_HOLD_S = 10.0
#: Above this share of its cache in use a vLLM begins to throw out answers under way and to begin them anew.
_CACHE_FULL = 0.95
#: Without the server's numbers: its queue shows when first tokens take so many times what they took at best, and so
#: many seconds more.
_SLOWER, _SLOWER_S = 2.0, 1.0
_FIRST_TOKENS, _RECENT = 200, 8


@dataclass(frozen=True, slots=True)
class Load:
    """What a server says of itself: how many requests run and wait, the share of its ``cache`` in use (0..1)."""

    running: float
    waiting: float
    cache: float = 0.0


class Bound:
    """``fixed``: this number and nothing else."""

    def __init__(self, fixed: int | None = None) -> None:
        self._fixed = fixed
        self._value = fixed or _START
        self._fast = True  # until the first sign of a queue
        self._queued = 0  # looks in a row that showed a queue
        self._reached = False  # somebody had to wait since the last look
        self._hold_until = 0.0
        self._best: deque[float] = deque(maxlen=_FIRST_TOKENS)
        self._recent: deque[float] = deque(maxlen=_RECENT)

    @property
    def value(self) -> int:
        """How many now."""
        return self._value

    def reached(self) -> None:
        """Somebody has to wait for it."""
        self._reached = True

    def answered(self, first_s: float) -> None:
        """An answer came to its end; its first token took so many seconds."""
        if first_s > 0:
            self._best.append(first_s)
            self._recent.append(first_s)

    def refused(self) -> None:
        """The server says that it has too much to do (status 429)."""
        if not self._fixed:
            self._fall(int(self._value * 0.7), asyncio.get_running_loop().time())

    def look(self, load: Load | None, ours: int, *, waiting: bool) -> None:
        """Once a second: what the server says (None: nothing), how many answers are ours, whether some of ours wait."""
        if self._fixed:
            return
        wanted, self._reached = waiting or self._reached, False
        now = asyncio.get_running_loop().time()
        if load is None:
            self._by_our_own_times(wanted, now)
            return
        self._queued = self._queued + 1 if load.waiting > 0 and ours else 0
        if self._queued > 1 or (self._queued and load.waiting * 2 >= load.running):  # a few may have come just now
            self._fall(int(ours * load.running / (load.running + load.waiting)), now)
        elif load.cache >= _CACHE_FULL and ours:
            self._fall(int(min(self._value, ours) * 0.9), now)
        elif not self._queued:
            self._grow(wanted, now, fast=self._fast)

    def _by_our_own_times(self, wanted: bool, now: float) -> None:
        if len(self._recent) == _RECENT and median(self._recent) > _SLOWER * min(self._best) + _SLOWER_S:
            self._recent.clear()
            self._fall(int(self._value * 0.8), now)
        else:
            self._grow(wanted, now, fast=False)

    def _fall(self, to: int, now: float) -> None:
        self._value, self._fast, self._hold_until = max(1, min(self._value, to)), False, now + _HOLD_S

    def _grow(self, wanted: bool, now: float, *, fast: bool) -> None:
        if wanted and now >= self._hold_until:
            self._value = min(_MOST, int(self._value * _GROWTH) if fast else self._value + 1)
