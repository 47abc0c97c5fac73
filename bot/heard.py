"""Since when a channel hears all that happens on its platform: what was kept before may have changed unheard."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import suppress


class Heard:
    """How long a channel has listened without a break; before ``begins`` it hears nothing."""

    def __init__(self) -> None:
        self._since = math.inf
        self._listening = asyncio.Event()

    @property
    def listening(self) -> bool:
        """Whether what happens now is heard."""
        return self._listening.is_set()

    def begins(self) -> None:
        """What happens from now on is heard; what happened before may have been missed."""
        self._since = time.time()
        self._listening.set()

    def breaks(self) -> None:
        """Nothing is heard now."""
        self._listening.clear()

    def goes_on(self) -> None:
        """The break is over, and all that happened in it has been sent after all."""
        if self._since < math.inf:
            self._listening.set()

    def all_since(self, moment: float) -> bool:
        """Whether all was heard from that moment (seconds since 1970, by our clock) until now."""
        return self.listening and self._since <= moment

    async def wait(self, seconds: float) -> None:
        """Wait until it listens, but not for longer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._listening.wait()
