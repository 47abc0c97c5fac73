"""How far channels have read, kept over restarts, and what they could not read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Gap:
    """Talk that a channel could not read, so that questions in it may be unanswered.

    ``room`` as the platform names it (empty: anywhere), ``since`` and ``until`` in seconds since 1970, ``why`` in words
    that say what to do.
    """

    workspace: str
    room: str
    since: float
    until: float
    why: str


class Bookmarks(Protocol):
    """What channels keep over restarts: how far they have read.  ``account`` is ours on the platform."""

    async def reached(self, channel: str, account: str) -> int:
        """The platform's id up to which everything is kept; 0: nothing is known."""

    async def reach(self, channel: str, account: str, mark: int) -> None:
        """Everything up to this id is kept."""

    async def rooms(self, channel: str, limit: int) -> list[str]:
        """The rooms without threads where something was asked last, newest first: direct messages are among them."""

    async def missed(self, channel: str, gap: Gap) -> None:
        """Something could not be read: it is written down where admins see it (`frontdesk audit`)."""
