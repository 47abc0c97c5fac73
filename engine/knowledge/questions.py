"""Whether two questions ask the same, by their vectors."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.errors import EmbedderAway
from engine.knowledge.embed import Embedder, Packaged, Twofold
from engine.knowledge.embedders import Embedders
from engine.knowledge.lexical import Floats
from engine.knowledge.small_talk import EMBEDDER, SmallTalk

_LONGEST: Final = 2_000  # characters
#: From which mean cosine on questions are of one topic, by embedder.  Of 300 questions of 40 of CLINC150's intents (its
#: validation part) 83 % of the pairs in a topic had one intent, of BANKING77's 46 %; 32 of 36 FAQ questions of APISIX
#: came together with their translation.  For others it is a guess.
TOPIC: Final = {Packaged.name: 0.6}
_TOPIC_OF_OTHERS: Final = 0.75
_REMEMBERED: Final = 4_000
_LONGEST_TALK: Final = 200
#: From which cosine on two questions ask the same, by embedder.  ``python -m tests.bench.same_question``: of the
#: solved questions that are then offered nine in ten ask the same, also among the 77 intents of one bank.
SAME: Final = {Packaged.name: 0.82}


class Questions:
    """Compares questions with one another, not with passages."""

    def __init__(self, embedders: Embedders) -> None:
        self._embedders = embedders
        self._small_talk: SmallTalk | None = None
        self._lately: dict[str, Floats] = {}

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

    async def alike(self, questions: Sequence[str]) -> tuple[Floats, float]:
        """Vectors of unit length, and the mean cosine from which on questions are of one topic.

        What was asked for lately is not embedded again.  Where nothing can be embedded only the same words are alike.
        """
        new = [text for text in dict.fromkeys(questions) if text not in self._lately]
        if new:
            embedder = self._embedders.configured
            if len(self._lately) + len(new) > _REMEMBERED:
                self._lately.clear()
                new = list(dict.fromkeys(questions))
            try:
                rows = await asyncio.to_thread(_vectors, embedder, [text[:_LONGEST] for text in new])
            except EmbedderAway:
                return np.zeros((len(questions), 1), np.float32), math.inf
            self._lately.update(zip(new, rows, strict=True))
        near = TOPIC.get(self._embedders.configured.name, _TOPIC_OF_OTHERS)
        return np.stack([self._lately[text] for text in questions]), near

    @property
    def same(self) -> float:
        """From this cosine on two questions ask the same; infinite for an embedder that was not measured."""
        return SAME.get(self._embedders.configured.name, math.inf)


def _vector(embedder: Embedder, question: str) -> Floats:
    found: Floats = _vectors(embedder, [question])[0]
    return found


def _vectors(embedder: Embedder, questions: Sequence[str]) -> Floats:
    vectors = embedder.queries(questions)
    return embedder.common(vectors) if isinstance(embedder, Twofold) else vectors
