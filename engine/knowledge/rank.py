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
class Pool:
    """One language's candidates in numbers; the arrays are parallel.

    ``dense``: nearness of meaning; ``common``: the same, comparable between languages; ``lexical``: BM25; ``cover``:
    share of the question's terms that each holds; ``exact``: share of its exact names; ``unrelated``: nearness of
    texts that have nothing to do with the question.
    """

    own: bool  # the question's language
    dense: Floats
    common: Floats
    lexical: Floats
    cover: Floats
    exact: Floats
    unrelated: Floats


def rank(hits: Sequence[Hits], kept: Mapping[str, Kept], language: str, background: Background | None) -> list[Ranked]:
    """All candidates that are in ``kept``, best first.

    Args:
        hits: the candidates of each language.
        kept: the passages among them that may be read, as SQL has them.
        language: the question's language.
        background: unrelated texts, to compare with; None where the question has no vectors: then its terms decide.
    """
    pools, passages = [], []
    for hit in hits:
        if places := [i for i, id_ in enumerate(hit.ids) if id_ in kept]:
            cover = hit.rarity @ hit.held[:, places] / max(float(hit.rarity.sum()), 1e-9)
            unrelated = np.zeros(1, np.float32)
            if background:
                unrelated = np.mean([background.similarities(q, hit.language) for q in hit.questions], axis=0)
            own = hit.language == language
            meant, said = (hit.dense[places], hit.common[places]), (hit.lexical[places], cover, hit.exact[places])
            pools.append(Pool(own, *meant, *said, unrelated))
            passages.append([kept[hit.ids[i]] for i in places])
    found: list[Ranked] = []
    for pool, some, order in zip(pools, passages, orders(pools), strict=True):
        ordinary, standing = float(pool.unrelated.mean()), _standing(pool)
        near = (pool.dense - ordinary) / max(1 - ordinary, 1e-3)
        numbers = (x.tolist() for x in (order, near, standing, pool.cover))
        found.extend(map(Ranked, some, *numbers))
    return sorted(found, key=lambda one: (-one.order, one.kept.id))


def orders(pools: Sequence[Pool], weights: Mapping[str, float] = WEIGHTS) -> list[Floats]:
    """What the candidates of each pool are sorted by, all pools together: the more, the better.

    Within a language meaning and BM25 are brought to 0..1 over the candidates and added (FACTS, 3); a passage gains
    that holds the exact names of the question (an error code, an option): meaning tells them apart badly, and who
    writes one means no other.  Languages are merged by how far a candidate stands above what is ordinary in its own:
    partly by its meaning alone, partly by the sum; and by the nearness that means the same in all of them.  Passages in
    the question's language gain by the terms of it that they hold, and lose nothing for those they lack: a question in
    other words is the rule among people.
    """
    found = []
    for pool in pools:
        terms = weights["terms" if pool.own else "terms_across"]
        fused = (1 - terms) * _spread(pool.dense) + terms * _spread(pool.lexical) + weights["exact"] * pool.exact
        order = _deviations(fused)
        if len(pools) > 1:
            known = len(fused) / (len(fused) + _ADDED)
            share = (1 - weights["standing"]) * known
            order = (1 - share) * _standing(pool) + share * order + weights["common"] * pool.common
            if pool.own:
                order = order + weights["cover"] * np.maximum(pool.cover - weights["covered"], 0.0)
        found.append(order)
    return found


def _spread(values: Floats) -> Floats:
    """0..1 over the candidates."""
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def _deviations(values: Floats) -> Floats:
    """Standard deviations above the mean."""
    deviation = values.std()
    return (values - values.mean()) / deviation if deviation else np.zeros_like(values)


def _standing(pool: Pool) -> Floats:
    """Standard deviations above what is ordinary for this question in this language."""
    others = np.delete(pool.dense, int(pool.dense.argmax()))
    count = len(others)
    mean = (float(others.sum()) + _ADDED * pool.unrelated.mean()) / (count + _ADDED)
    variance = (float(((others - mean) ** 2).sum()) + _ADDED * pool.unrelated.var()) / (count + _ADDED)
    standing: Floats = (pool.dense - mean) / np.sqrt(max(variance, 1e-12))
    return standing
