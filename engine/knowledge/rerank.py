"""A second look at the best passages: a model server scores each against the question, within a deadline."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from engine.errors import ModelUnavailable, PromptTooLong
from engine.finding_settings import FindingSettings
from engine.knowledge.rank import Ranked
from engine.model.circuit import Circuit
from engine.model.pooling import Pooling

log = logging.getLogger(__name__)

_LONGEST = 4_000  # characters of a passage that are sent
_SHORTEST = 200


class Reranker:
    """``/v1/rerank`` of a model server, as vLLM serves cross-encoders; off where the settings name none.

    It is given passages that this audience may read and nothing else, and changes their order alone: whether they are
    enough to answer from is decided by what it was measured with (gate.py).
    """

    #: So many of the best passages are looked at.
    candidates = 20

    def __init__(self, settings: FindingSettings):
        """Nothing is opened yet."""
        key = settings.rerank_key.get_secret_value()
        self.name = settings.rerank_model
        self._server = Pooling(settings.rerank_url, settings.rerank_model, key, setting="knowledge.rerank")
        self._within_s = settings.rerank_s
        self._circuit = Circuit()
        self._characters = _LONGEST  # of a passage; less once the model has said that it is too much

    @property
    def is_on(self) -> bool:
        """Whether there is one."""
        return bool(self.name)

    async def ordered(self, question: str, ranked: Sequence[Ranked]) -> tuple[list[Ranked], str]:
        """The same passages in the order that the server gives them, and a note for the receipt.

        When it does not answer in time, or not sensibly, the order stays as it is and the note says so.  Passages that
        it left out come last.  Each place keeps its number: they fall with the order, whoever stands there.
        """
        if not ranked or not self.is_on:
            return list(ranked), ""
        try:
            scores = await self._scores(question, ranked)
        except ModelUnavailable as e:
            log.warning("passages were not reranked: %s", e)
            return list(ranked), f"not reranked: {self.name} did not answer"
        least = min(scores.values()) - 1
        order = sorted(range(len(ranked)), key=lambda n: -scores.get(n, least))  # stable: equals stay as they were
        return [replace(ranked[n], order=place.order) for n, place in zip(order, ranked, strict=True)], (
            f"order by {self.name}"
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._server.close()

    async def _scores(self, question: str, ranked: Sequence[Ranked]) -> dict[int, float]:
        with self._circuit.guarded(ModelUnavailable):
            return await self._fitting(question, ranked)

    async def _fitting(self, question: str, ranked: Sequence[Ranked]) -> dict[int, float]:
        end = time.monotonic() + self._within_s
        while True:
            texts = [_text(one)[: self._characters] for one in ranked]
            try:
                return await self._server.rerank(question, texts, within_s=max(0.0, end - time.monotonic()))
            except PromptTooLong:
                if self._characters <= _SHORTEST:
                    raise
                self._characters //= 2


def _text(one: Ranked) -> str:
    kept = one.kept
    return f"{kept.heading or kept.title}\n{kept.text}"
