"""Answers from the knowledge base, or hands over to a person."""

from __future__ import annotations

from pydantic import Field

from engine import Plugin, Reply, Turn

INSTRUCTIONS = """\
You are answering at the front desk: plainly, kindly and to the point, as a colleague who knows the documents."""


class Faq(Plugin):
    """The main job: search, decide whether that is enough, write, cite."""

    passages: int = Field(default=5, ge=1, le=20)  # how many passages the answer may be written from

    async def answer(self, turn: Turn) -> Reply | None:
        """An answer with its sources, or a hand-over."""
        found = await turn.search(limit=self.passages)
        if not found.enough:
            return turn.hand_off("nothing in the knowledge base answers this", found)
        return await turn.generate(INSTRUCTIONS, found)
