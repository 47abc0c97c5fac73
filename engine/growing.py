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

    While there is no text yet a ``status`` may stand in its place ("third in line"): it is no part of the text, of the
    reply or of anything that is kept.  Whoever was shown one sees no text before ``open`` is called: who may read it
    is looked up once more in between.

    Before there is anything to show, ``doing`` says what is being done ("searching 42 documents"), for platforms that
    have a place for it beside what is said: nobody waits for it.
    """

    def __init__(self) -> None:
        self.text = ""
        self.status = ""
        self.doing = ""
        self.reply: Reply | None = None
        self.left = False  # the writer went without a reply: what is shown stays for now
        self.began = 0.0  # event loop time of the first text, seconds; 0 before
        self._opened = True
        self._changed = asyncio.Event()  # for the channel
        self._written = asyncio.Event()  # for whoever opens it
        self._at_work = asyncio.Event()  # for whoever tells what is being done

    @property
    def shown(self) -> str:
        """What a channel shows now, as Markdown: the text, or as long as there is none, the status."""
        return self.text if self.text and self._opened else self.status

    @property
    def waits(self) -> bool:
        """Whether what is shown is a status."""
        return bool(self.status) and not (self.text and self._opened)

    def work(self, doing: str) -> None:
        """What is being done now, in words, without anything from documents."""
        self.doing = doing
        self._at_work.set()

    def tell(self, status: str) -> None:
        """Something to show as long as there is no text: Markdown, without anything from documents."""
        self.status = status
        self._opened = False
        self._changed.set()
        if self.text:
            self._written.set()

    def add(self, text: str) -> None:
        """More checked Markdown; what was shown before stays as it is."""
        if text:
            self.began = self.began or asyncio.get_running_loop().time()
            self.text += text
            self._changed.set()
            if not self._opened:
                self._written.set()

    def restart(self) -> None:
        """Forget the text so far: the next state replaces it."""
        if not self.waits:
            self.status = ""
        self.text = ""
        self._changed.set()

    def finish(self, reply: Reply) -> None:
        """The reply as it is to stand; nothing grows after this."""
        self.reply = reply
        self._changed.set()

    def leave(self) -> None:
        """The writer goes without a reply and comes back later; the status stays shown meanwhile."""
        self.left = True
        self._changed.set()

    async def works(self) -> AsyncGenerator[str, None]:
        """What is being done, as it changes, as long as there is nothing to show; for one reader."""
        while not self.shown and self.reply is None and not self.left:
            self._at_work.clear()
            if self.doing:
                yield self.doing
            await self._at_work.wait()

    async def written(self) -> None:
        """Return as soon as there is text that may not be shown yet."""
        while self._opened or not self.text:
            self._written.clear()
            if self._opened or not self.text:
                await self._written.wait()

    def open(self) -> None:
        """The text may be shown from now on."""
        self._opened = True
        self._changed.set()

    async def states(self, *, pause_s: float = 0.0) -> AsyncGenerator[str, None]:
        """Each new state of what is shown, at most one every ``pause_s`` seconds; ends when the reply is there.

        May be read again from the start, by one reader at a time: the first state is then what is there by now.
        """
        last = ""
        self._changed.set()
        while self.reply is None and not self.left:
            await self._changed.wait()
            self._changed.clear()
            if self.reply is None and not self.left and self.shown != last:
                last = self.shown
                yield last
                if pause_s:
                    await self.rest(pause_s)

    async def rest(self, seconds: float) -> None:
        """Wait so long, but not past the end; for a channel that paces itself between two states."""
        end = asyncio.get_running_loop().time() + seconds
        while self.reply is None and not self.left and (left := end - asyncio.get_running_loop().time()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                break
            if self.reply is None:
                self._changed.clear()
                await asyncio.sleep(min(0.02, left))
        self._changed.set()
