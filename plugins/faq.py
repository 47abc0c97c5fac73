"""Answers from the knowledge base, or hands over to a person."""

from __future__ import annotations

from pydantic import Field

from engine import Plugin, Reply, Turn

INSTRUCTIONS = """\
You are answering at the front desk: plainly, kindly and to the point, as a colleague who knows the documents."""


class Faq(Plugin):
    """The main job: search, decide whether that is enough, write, cite."""

    passages: int = Field(default=5, ge=1, le=20)  # how many passages the answer may be written from
    # From this confidence on the model may try: it can still say that the passages do not answer, and what it writes is
    # checked.  Without a model the nearest passage is shown with a word of doubt.
    confidence: float = Field(default=0.35, ge=0, le=1)

    async def answer(self, turn: Turn) -> Reply | None:
        """An answer with its sources, or a hand-over."""
        found = await turn.search(limit=self.passages)
        if not found.enough and found.confidence < self.confidence:
            return turn.hand_off("nothing in the knowledge base answers this", found)
        if not found.enough and not turn.writes:
            return turn.quote(found, "closest")
        return await turn.generate(INSTRUCTIONS, found)
