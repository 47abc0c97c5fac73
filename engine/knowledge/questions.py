"""Whether two questions ask the same, by their vectors."""

from __future__ import annotations

import asyncio
import math
from typing import Final

from engine.errors import EmbedderAway
from engine.knowledge.embed import Embedder, Packaged, Twofold
from engine.knowledge.embedders import Embedders
from engine.knowledge.lexical import Floats
from engine.knowledge.small_talk import EMBEDDER, SmallTalk

_LONGEST: Final = 2_000  # characters
_LONGEST_TALK: Final = 200
#: From which cosine on two questions ask the same, by embedder.  ``python -m tests.bench.same_question``: of the
#: solved questions that are then offered nine in ten ask the same, also among the 77 intents of one bank.
SAME: Final = {Packaged.name: 0.82}


class Questions:
    """Compares questions with one another, not with passages."""

    def __init__(self, embedders: Embedders) -> None:
        self._embedders = embedders
        self._small_talk: SmallTalk | None = None

    async def meaning(self, question: str) -> Floats:
        """The question's vector, of unit length.  Raises ``EmbedderAway``."""
        embedder = self._embedders.configured
        return await asyncio.to_thread(_vector, embedder, question[:_LONGEST])

    async def small_talk(self, question: str, least: float = 0.0) -> str:
        """The kind of small talk that a question is by its meaning; empty: it is none, or that cannot be told.

        ``least``: see ``SmallTalk.kind``.
        """
        if self._embedders.configured.name != EMBEDDER or len(question) > _LONGEST_TALK:
            return ""
        try:
            meaning = await self.meaning(question)
        except EmbedderAway:
            return ""
        if self._small_talk is None:
            self._small_talk = await asyncio.to_thread(SmallTalk)
        return self._small_talk.kind(meaning, least)

    @property
    def same(self) -> float:
        """From this cosine on two questions ask the same; infinite for an embedder that was not measured."""
        return SAME.get(self._embedders.configured.name, math.inf)


def _vector(embedder: Embedder, question: str) -> Floats:
    vectors = embedder.queries([question])
    found: Floats = (embedder.common(vectors) if isinstance(embedder, Twofold) else vectors)[0]
    return found
