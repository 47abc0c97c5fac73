"""How often and how long an event is tried before a person takes over."""

from __future__ import annotations

import random
from dataclasses import dataclass

from engine.store.events import Head
from engine.store.statements import DELETED

#: After so many errors of ours in one event a person takes over.
_FAILURES = 3
_LONGEST_WAIT_S = 60.0
#: The least time (seconds) for handing over what was given up.
_HAND_OVER_S = 10.0


@dataclass(frozen=True, slots=True)
class Patience:
    """``give_up_s``: an event older than this goes to a person; ``backoff_s``: the wait after the first failed try."""

    give_up_s: float
    backoff_s: float

    def reason(self, head: Head) -> str:
        """Why this event is to be ended without another try; empty while it is worth one."""
        if head.deleted:
            return DELETED
        if head.failures >= _FAILURES:
            return f"answering failed {head.failures} times"
        return "it could not be answered in time" if head.age >= self.give_up_s else ""

    def for_one_try(self, head: Head) -> float:
        """Seconds that the next try may take."""
        return self._hand_over_s if self.reason(head) else self.give_up_s - head.age

    @property
    def _hand_over_s(self) -> float:
        return max(self.give_up_s / 10, _HAND_OVER_S)

    def is_hopeless(self, head: Head) -> bool:
        """Whether not even the hand-off succeeds."""
        return head.failures > _FAILURES or head.age > self.give_up_s + self._hand_over_s

    def backoff(self, tries: int) -> float:
        """Seconds to wait; spread, so that what failed together does not come back together."""
        wait = min(self.backoff_s * 2 ** min(tries, 16), _LONGEST_WAIT_S)
        return float(wait * random.uniform(0.5, 1.5))  # noqa: S311 - no secret

    def until(self, head: Head, wait_s: float) -> float:
        """The wait, shortened to the time at which the event is to be given up."""
        left = self.give_up_s - head.age
        return min(wait_s, left) if left > 0 else wait_s
