"""Answers that are being written in this process, for the pages that are open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from engine.types import Outcome, Source

#: Seconds that an ended answer stays here: far longer than its commit takes, after which the database has it.
_KEPT_S = 60.0


@dataclass(frozen=True, slots=True)
class State:
    """How an answer looks now.

    ``outcome`` is None until the end; ``at`` is the monotonic time of this state.  ``waits``: no answer yet, but a word
    about when one will come.  ``below``: actions of buttons of its own.
    """

    event: str
    html: str
    at: float
    outcome: Outcome | None = None
    sources: tuple[Source, ...] = ()
    waits: bool = False
    below: tuple[str, ...] = ()


class Listener:
    """One open page: ``wait`` returns when something in its conversation changed, or after a while."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self.gone = False  # an answer was taken back, or ended in silence: only the database knows what stands now

    def wake(self, *, gone: bool = False) -> None:
        """Something changed."""
        self.gone |= gone
        self._changed.set()

    async def wait(self, seconds: float) -> bool:
        """True: something changed; False: nothing did for so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True


class Live:
    """The newest state of each answer, by conversation and message, and who listens."""

    def __init__(self) -> None:
        self._states: dict[str, dict[str, State]] = {}
        self._listeners: dict[str, set[Listener]] = {}
        self._swept = 0.0

    def show(self, conversation: str, message: str, state: State) -> None:
        """Replace the state of an answer and wake whoever listens to the conversation."""
        self._forget_old()
        self._states.setdefault(conversation, {})[message] = state
        self._wake(conversation)

    def drop(self, conversation: str, message: str) -> None:
        """Forget an answer: it was taken back, or another try begins."""
        states = self._states.get(conversation, {})
        states.pop(message, None)
        if not states:
            self._states.pop(conversation, None)
        self._wake(conversation, gone=True)

    def states(self, conversation: str) -> dict[str, State]:
        """What is being written in a conversation, or has just been, by message id."""
        return dict(self._states.get(conversation, {}))

    @contextmanager
    def listen(self, conversation: str) -> Iterator[Listener]:
        """Be woken by changes of a conversation while in this block."""
        listener = Listener()
        self._listeners.setdefault(conversation, set()).add(listener)
        try:
            yield listener
        finally:
            listeners = self._listeners[conversation]
            listeners.discard(listener)
            if not listeners:
                del self._listeners[conversation]

    def wake_all(self) -> None:
        """Wake everybody: the end has come."""
        for conversation in self._listeners:
            self._wake(conversation)

    def _wake(self, conversation: str, *, gone: bool = False) -> None:
        for listener in self._listeners.get(conversation, ()):
            listener.wake(gone=gone)

    def _forget_old(self) -> None:
        if time.monotonic() < self._swept + _KEPT_S / 4:
            return
        self._swept = time.monotonic()
        before = self._swept - _KEPT_S
        for conversation, states in list(self._states.items()):
            for message, state in list(states.items()):
                if state.outcome is not None and state.at < before:
                    del states[message]
            if not states:
                del self._states[conversation]
