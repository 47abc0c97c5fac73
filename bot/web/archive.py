"""What the page reads from the database, and who signed in: a visitor's conversations, and what was said in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from engine.types import Conversation, Outcome, Source


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation in the list: ``question`` is its first, ``at`` when its last one came (seconds since 1970)."""

    conversation: Conversation
    question: str
    at: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what became of it.

    ``event`` is the ``Post.key`` of its answer, ``message`` the ``Message.id``.  ``outcome`` is None until the end;
    the fields behind it are empty until then, and stay so where the question was ignored.  ``helpful`` is what the
    asker pressed, None for nothing; ``below`` are the actions of the buttons that stand below
    this answer and not below every one.
    """

    event: str
    message: str
    question: str
    at: float  # seconds since 1970
    outcome: Outcome | None = None
    text: str = ""
    sources: tuple[Source, ...] = ()
    helpful: bool | None = None
    below: tuple[str, ...] = ()


class Archive(Protocol):
    """The past, as the database has it.  What was deleted or forgotten is not in it."""

    async def conversations(self, channel: str, workspace: str, room: str, *, limit: int) -> list[Talk]:
        """The conversations in this room, newest first."""

    async def exchanges(self, conversation: Conversation, *, limit: int) -> list[Exchange]:
        """The last questions of a conversation, oldest first, with those not answered yet; empty: there is none."""

    async def signed(self, what: str, person: str, workspace: str) -> None:
        """A visitor signed in or out, or was refused: committed to the audit when this returns.

        ``what``: ``sign-in``, ``sign-in refused``, ``sign-out``.
        """
