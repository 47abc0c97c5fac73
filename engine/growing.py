"""A reply that is still being written: the assistant adds checked text, a channel shows it at its own pace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from engine.types import Reply


class Growing:
    """Text that only grows, and at its end the whole reply.

    The writer never waits for the reader: a channel that may edit once a second sees every state that it has time
    for, always the newest, and the last one always.  ``restart`` takes back what was shown (the model failed in the
    middle and the answer begins anew, or turned into a hand-off).
    """

    def __init__(self) -> None:
        self.text = ""
        self.reply: Reply | None = None
        self.began = 0.0  # event loop time of the first text, seconds; 0 before
        self._changed = asyncio.Event()

    def add(self, text: str) -> None:
        """More checked Markdown; what was shown before stays as it is."""
        if text:
            self.began = self.began or asyncio.get_running_loop().time()
            self.text += text
            self._changed.set()

    def restart(self) -> None:
        """Forget the text so far: the next state replaces it."""
        self.text = ""
        self._changed.set()

    def finish(self, reply: Reply) -> None:
        """The reply as it is to stand; nothing grows after this."""
        self.reply = reply
        self._changed.set()

    async def states(self, *, pause_s: float = 0.0) -> AsyncGenerator[str, None]:
        """Each new state of the text, at most one every ``pause_s`` seconds; ends when the reply is there.

        May be read again from the start, by one reader at a time: the first state is then what is there by now.
        """
        last = ""
        self._changed.set()
        while self.reply is None:
            await self._changed.wait()
            self._changed.clear()
            if self.reply is None and self.text != last:
                last = self.text
                yield last
                if pause_s:
                    await self.rest(pause_s)

    async def rest(self, seconds: float) -> None:
        """Wait so long, but not past the end; for a channel that paces itself between two states."""
        end = asyncio.get_running_loop().time() + seconds
        while self.reply is None and (left := end - asyncio.get_running_loop().time()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                break
            if self.reply is None:
                self._changed.clear()
                await asyncio.sleep(min(0.02, left))
        self._changed.set()
