"""Tries the embedder and the reranker that the settings name on three sentences, for `frontdesk doctor`."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing

from engine.errors import FrontdeskError, ModelUnavailable, Unavailable
from engine.finding_settings import FindingSettings
from engine.knowledge.embedders import Embedders
from engine.model.pooling import Pooling

_QUESTION = "How long does it take to bake the cake?"
_PASSAGES = (
    "The river rises in the hills and reaches the sea after three hundred miles.",
    "The cake is baked for forty minutes: that is how long it takes in a hot oven.",
    "The striker scored twice in the second half.",
)
_RIGHT = 1
_PATIENCE_S = 30.0


async def try_embedder(settings: FindingSettings) -> str:
    """Embed a question and passages; returns what it is, how long its vectors are and how quick it was.

    Raises a ``FrontdeskError`` that says what is wrong: it is away, or the question is not nearest to its passage.
    """
    return await asyncio.to_thread(_try_embedder, settings)


def _try_embedder(settings: FindingSettings) -> str:
    with closing(Embedders(None, settings)) as embedders:
        embedder = embedders.configured
        passages = embedder.passages(_PASSAGES)
        began = time.monotonic()
        [question] = embedder.queries([_QUESTION])
        took_ms = (time.monotonic() - began) * 1000
        cosines = passages @ question
        if int(cosines.argmax()) != _RIGHT:
            said = ", ".join(f"{cosine:.2f}" for cosine in cosines)
            raise FrontdeskError(
                f"{embedder.name} answers, but a question is not nearest to its passage (cosines {said}): is it an "
                "embedding model, are knowledge.embedder_query and knowledge.embedder_passage as it wants them?"
            )
        where = f" at {settings.embedder_url}" if settings.embedder == "server" else ""
        return f"{embedder.name}{where}, {passages.shape[1]} numbers, a question takes {took_ms:.0f} ms"


async def try_reranker(settings: FindingSettings) -> str:
    """Rerank three passages; returns what it is and how quick it was; raises a ``FrontdeskError`` as above."""
    key = settings.rerank_key.get_secret_value()
    server = Pooling(settings.rerank_url, settings.rerank_model, key, setting="knowledge.rerank")
    try:
        await server.rerank(_QUESTION, _PASSAGES, within_s=_PATIENCE_S)  # the first may be slow
        began = time.monotonic()
        scores = await server.rerank(_QUESTION, _PASSAGES, within_s=_PATIENCE_S)
        took = time.monotonic() - began
    except ModelUnavailable as e:
        raise Unavailable(f"the reranker does not answer: {e}") from e
    finally:
        await server.close()
    if max(scores, key=lambda n: scores[n]) != _RIGHT:
        raise FrontdeskError(f"{settings.rerank_model} answers, but puts a wrong passage first: is it a reranker?")
    if took > settings.rerank_s:
        raise FrontdeskError(
            f"{settings.rerank_model} takes {took:.1f} s for three passages: no question waits that long "
            f"(knowledge.rerank_s = {settings.rerank_s:g})"
        )
    return f"{settings.rerank_model} at {settings.rerank_url}, three passages take {took * 1000:.0f} ms"
