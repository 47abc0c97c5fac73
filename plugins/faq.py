"""Answers from the knowledge base, asks back, or hands over to a person."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from engine import Plugin, Reply, Turn

INSTRUCTIONS = """\
You are answering at the front desk: plainly, kindly and to the point, as a colleague who knows the documents."""


class Faq(Plugin):
    """The main job: search, decide whether that is enough, write, cite."""

    passages: int = Field(default=5, ge=1, le=20)  # how many passages the answer may be written from
    # Of the answers that the search alone is sure of so many are to be right: how sure that is was measured for each
    # language (engine/knowledge/gate.json).
    precision: float = Field(default=0.95, ge=0.6, le=0.99)
    # Below that, from this chance on that the passages hold the answer, the model may try: it can still say that they
    # do not, and what it writes is checked.  Without a model the nearest passage is shown with a word of doubt.
    confidence: float = Field(default=0.35, ge=0, le=1)
    verified: bool = True  # an entry whose question it is, answered word for word; else it is a passage as others
    asks_back: bool = True  # which of two is meant, where the question does not say
    # Of the tools that the settings allow and plugins offer (`ops.status`), those that may be called for an answer.
    tools: tuple[str, ...] = ()

    def uses(self) -> Sequence[str]:
        """The tools that its answers may call."""
        return self.tools

    async def answer(self, turn: Turn) -> Reply | None:
        """An entry's own answer, one with its sources, a question back, or a hand-over."""
        if self.verified and (entry := await turn.verified()):
            return entry
        found = await turn.search(limit=self.passages, precision=self.precision)
        if not found.enough and (word := await turn.small_talk(likely=found.confidence >= self.confidence)):
            return word
        if self.asks_back and (question := turn.unclear(found, likely=self.confidence)):
            return question
        if not found.enough and found.confidence < self.confidence:
            beside = await turn.from_attached(INSTRUCTIONS, found)
            return beside or turn.hand_off("nothing in the knowledge base answers this", found)
        if not found.enough and not turn.writes:
            return turn.quote(found, "closest")
        return await turn.generate(INSTRUCTIONS, found)
