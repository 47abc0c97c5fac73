"""What answers are made with: one value that is swapped as a whole when the settings change."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.budget import Budget
from engine.containing import Containing

if TYPE_CHECKING:
    from engine.admission import Gate
    from engine.model.contract import Model


class Setup:
    """Plugins, model, budget and turns at the model; a turn keeps the one that it began with until its end."""

    def __init__(
        self,
        plugins: Containing,
        model: Model | None,
        budget: Budget,
        gate: Gate | None = None,
        queue_s: float = math.inf,
    ) -> None:
        self.plugins, self.model, self.budget, self.gate, self.queue_s = plugins, model, budget, gate, queue_s
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def changed(self, *, model: Model) -> Setup:
        """The same with this model."""
        return Setup(self.plugins, model, self.budget, self.gate, self.queue_s)

    @contextmanager
    def in_use(self) -> Iterator[Setup]:
        """For as long as an answer is made with it."""
        self._under_way += 1
        self._idle.clear()
        try:
            yield self
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def idle(self) -> None:
        """Return when no answer is made with it (any more)."""
        await self._idle.wait()
