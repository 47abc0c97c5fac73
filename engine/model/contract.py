"""What the rest of the house may know of a model: it writes pieces of text, and can be asked whether it is there."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from langchain_core.messages import BaseMessage


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an answer as it is written.

    The last piece, and only that, has ``finish``: ``stop`` (the model was done) or ``length`` (``max_tokens`` was
    reached); ``usage`` stands there too, ``{"prompt", "cached", "completion"}`` in tokens, where the server counts.
    """

    text: str = ""
    usage: Mapping[str, int] | None = None
    finish: str = ""


class Model(Protocol):
    """Writes text from a prompt."""

    @property
    def name(self) -> str:
        """What receipts show; may be empty until ``ready`` or the first answer."""

    @property
    def window(self) -> int:
        """How many tokens prompt and answer may have together; 0 where it is not known (yet)."""

    def write(
        self, prompt: Sequence[BaseMessage], *, max_tokens: int, session: str = "", salt: str = ""
    ) -> AsyncGenerator[Piece]:
        """The answer, piece by piece.

        ``session``: any text that is the same for one conversation; a router in front of several servers sends it
        to the same one.  ``salt``: any text that is the same for one workspace; prefixes are cached per salt.
        Leaving early (``aclose``, cancellation) tells the server to stop.  Raises ``PromptTooLong``, and
        ``ModelUnavailable`` for all else, also after some pieces: then what was written is not an answer.
        """

    async def ready(self) -> str:
        """Ask the server now; returns the model's name.  Raises ``ModelUnavailable`` with what to do."""

    async def close(self) -> None:
        """Let go of connections and memory."""
