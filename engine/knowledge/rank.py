"""Candidates to a ranking: meaning and terms fused within each language, then the languages merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.knowledge.background import Background
from engine.knowledge.index import Hits
from engine.knowledge.lexical import Floats
from engine.knowledge.weights import WEIGHTS
from engine.store.documents import Kept

#: Share of terms within a language, meaning having the rest, each brought to 0..1 over the candidates (FACTS, 3).
_TERMS = WEIGHTS["terms"]
#: Merging languages: half the standing of a candidate's meaning among its own language's candidates, half that of the
#: fused score; passages in the question's language gain by the terms of it that they hold, and lose nothing for those
#: they lack: a question in other words is the rule among people.
_STANDING, _COVER, _COVERED = WEIGHTS["standing"], WEIGHTS["cover"], WEIGHTS["covered"]
#: What is ordinary for a question is told by its other candidates, and by so many unrelated texts where those are few.
_ADDED = 8


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its numbers."""

    kept: Kept
    order: float  # best first
    near: float  # how far its meaning is on the way from unrelated texts (0) to the same text (1)
    standing: float  # cosine, in standard deviations above everything else in its language
    cover: float  # share of the question's terms it holds, weighted by how rare they are


@dataclass(frozen=True, slots=True)
class _Pool:
    """One language's candidates; the arrays are parallel to ``passages``."""

    language: str
    own: bool  # the question's language
    passages: list[Kept]
    dense: Floats
    fused: Floats
    cover: Floats


def rank(
    hits: Sequence[Hits], kept: Mapping[str, Kept], questions: Floats, language: str, background: Background
) -> list[Ranked]:
    """All candidates that are in ``kept``, best first.

    Args:
        hits: the candidates of each language.
        kept: the passages among them that may be read, as SQL has them.
        questions: the vectors of one question's forms.
        language: the question's language.
        background: unrelated texts, to compare with.
    """
    pools = [pool for hit in hits if (pool := _pool(hit, kept, language))]
    found: list[Ranked] = []
    for pool in pools:
        unrelated = np.mean([background.similarities(q, pool.language) for q in questions], axis=0)
        standing = _standing(pool.dense, unrelated)
        order = _deviations(pool.fused)
        if len(pools) > 1:
            known = len(pool.passages) / (len(pool.passages) + _ADDED)
            share = (1 - _STANDING) * known
            order = (1 - share) * standing + share * order
            if pool.own:
                order = order + _COVER * np.maximum(pool.cover - _COVERED, 0.0)
        ordinary = float(unrelated.mean())
        near = (pool.dense - ordinary) / max(1 - ordinary, 1e-3)
        found.extend(
            Ranked(passage, float(order[i]), float(near[i]), float(standing[i]), float(pool.cover[i]))
            for i, passage in enumerate(pool.passages)
        )
    return sorted(found, key=lambda one: (-one.order, one.kept.id))


def _pool(hit: Hits, kept: Mapping[str, Kept], language: str) -> _Pool | None:
    places = [i for i, id_ in enumerate(hit.ids) if id_ in kept]
    if not places:
        return None
    passages = [kept[hit.ids[i]] for i in places]
    dense = hit.dense[places]
    held = hit.held[:, places]
    cover = hit.rarity @ held / max(float(hit.rarity.sum()), 1e-9)
    fused = (1 - _TERMS) * _spread(dense) + _TERMS * _spread(hit.lexical[places])
    return _Pool(hit.language, hit.language == language, passages, dense, fused, cover)


def _spread(values: Floats) -> Floats:
    """0..1 over the candidates."""
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def _deviations(values: Floats) -> Floats:
    """Standard deviations above the mean."""
    deviation = values.std()
    return (values - values.mean()) / deviation if deviation else np.zeros_like(values)


def _standing(dense: Floats, unrelated: Floats) -> Floats:
    """Standard deviations above what is ordinary for this question in this language."""
    others = np.delete(dense, int(dense.argmax()))
    count = len(others)
    mean = (float(others.sum()) + _ADDED * unrelated.mean()) / (count + _ADDED)
    variance = (float(((others - mean) ** 2).sum()) + _ADDED * unrelated.var()) / (count + _ADDED)
    standing: Floats = (dense - mean) / np.sqrt(variance)
    return standing
