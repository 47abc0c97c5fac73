"""Whether two questions ask the same, by their vectors."""

from __future__ import annotations

import asyncio
import math
from typing import Final

from engine.knowledge.embed import Embedder, Packaged, Twofold
from engine.knowledge.embedders import Embedders
from engine.knowledge.lexical import Floats

_LONGEST: Final = 2_000  # characters
#: From which cosine on two questions ask the same, by embedder.  ``python -m tests.bench.same_question``: of the
#: solved questions that are then offered nine in ten ask the same, also among the 77 intents of one bank.
SAME: Final = {Packaged.name: 0.82}


class Questions:
    """Compares questions with one another, not with passages."""

    def __init__(self, embedders: Embedders) -> None:
        self._embedders = embedders

    async def meaning(self, question: str) -> Floats:
        """The question's vector, of unit length.  Raises ``EmbedderAway``."""
        embedder = self._embedders.configured
        return await asyncio.to_thread(_vector, embedder, question[:_LONGEST])

    @property
    def same(self) -> float:
        """From this cosine on two questions ask the same; infinite for an embedder that was not measured."""
        return SAME.get(self._embedders.configured.name, math.inf)


def _vector(embedder: Embedder, question: str) -> Floats:
    vectors = embedder.queries([question])
    found: Floats = (embedder.common(vectors) if isinstance(embedder, Twofold) else vectors)[0]
    return found
