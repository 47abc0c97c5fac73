"""Asks a failing server less often: after a run of failures one call at a time tries, and the others fail at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine.errors import ModelUnavailable


class LeftAlone(ModelUnavailable):
    """The server was not asked: it failed too often, and is not tried again yet."""


class Circuit:
    """Opens after ``failures`` in a row; ``rest_s`` seconds later one call may try.

    The caller says how each call that ``enter`` let through went: ``alive`` at the first sign of life, then exactly one
    of ``worked``, ``failed`` and ``left`` (nobody waited for the end, or the fault was the request's).
    """

    def __init__(self, failures: int = 5, rest_s: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._rest_s, self._clock = failures, rest_s, clock
        self._failures = 0
        self._open_until = 0.0
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Whether calls are turned away at the moment."""
        return self._failures >= self._most

    @property
    def lets_in(self) -> bool:
        """Whether ``enter`` would let a call through."""
        return not self.is_open or (self._clock() >= self._open_until and not self._trying)

    def enter(self) -> bool:
        """Let a call through, or raise ``LeftAlone`` at once; True for the one that tries a failing server."""
        if not self.is_open:
            return False
        left = self._open_until - self._clock()
        if left > 0 or self._trying:
            raise LeftAlone(
                f"The model server failed {self._failures} times in a row; it is tried again in a moment.",
                retry_after_s=max(left, 1.0),
            )
        self._trying = True
        return True

    @contextmanager
    def guarded(self, fault: type[ModelUnavailable]) -> Iterator[None]:
        """One whole call: ``fault`` is the server's, any other error says nothing about it.  Raises as ``enter``."""
        self.enter()
        try:
            yield
        except fault:
            self.failed()
            raise
        except BaseException:
            self.left()
            raise
        self.worked()

    def alive(self) -> None:
        """The server answers: others may come, but one more failure closes the door again."""
        if self.is_open:
            self._failures = self._most - 1
        self._trying = False

    def worked(self) -> None:
        """A call went well to its end."""
        self._failures, self._trying = 0, False

    def failed(self) -> None:
        """A call failed through the server's fault."""
        self._failures += 1
        self._trying = False
        self._open_until = self._clock() + self._rest_s

    def left(self) -> None:
        """A call ended without saying anything about the server."""
        self._trying = False
