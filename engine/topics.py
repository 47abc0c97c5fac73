"""Questions that ask alike, in whatever language, as topics: average linkage over their vectors, always the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ladder import words_of
from engine.terms import content_terms

Floats = NDArray[np.float32]
_TERMS: Final = 3


@dataclass(frozen=True, slots=True)
class Topic:
    """``members`` are places among the questions, the most central first; ``terms`` what sets them apart."""

    members: tuple[int, ...]
    terms: tuple[str, ...]


def topics(questions: Sequence[str], vectors: Floats, near: float) -> list[Topic]:
    """The topics, the largest first, then those with the newest question (questions come newest first).

    Args:
        questions: what was asked.
        vectors: theirs, of unit length.
        near: topics are joined while the mean cosine between their questions is this at least.
    """
    groups = _grouped(questions)
    parts = _joined(groups, vectors, near)
    seen = Counter(term for question in questions for term in set(content_terms(question)))
    found = []
    for part in parts:
        members = sorted(n for group in part for n in groups[group])
        alike = vectors[members] @ vectors[members].mean(0)
        central = [members[i] for i in sorted(range(len(members)), key=lambda i: (-round(float(alike[i]), 5), i))]
        found.append(Topic(tuple(central), _terms([questions[n] for n in members], seen)))
    return sorted(found, key=lambda topic: (-len(topic.members), min(topic.members)))


def _grouped(questions: Sequence[str]) -> list[list[int]]:
    """The same question in all but politeness counts as one."""
    groups: dict[object, list[int]] = {}
    for n, question in enumerate(questions):
        groups.setdefault(words_of(question) or question, []).append(n)
    return list(groups.values())


def _joined(groups: Sequence[Sequence[int]], vectors: Floats, near: float) -> list[list[int]]:
    """Which groups belong together (numbers of ``groups``)."""
    parts = [[n] for n in range(len(groups))]
    if len(parts) < 2:
        return parts
    means = np.stack([vectors[list(group)].mean(0) for group in groups]).astype(np.float64)
    sizes = np.array([len(group) for group in groups], np.float64)
    alike = means @ means.T
    np.fill_diagonal(alike, -np.inf)
    best, alive = alike.max(1), np.ones(len(parts), np.bool_)
    while True:
        one = int(best.argmax())
        if best[one] < near:
            return [part for part, lives in zip(parts, alive, strict=True) if lives]
        other = int(alike[one].argmax())
        one, other = min(one, other), max(one, other)
        # The mean cosine to what is joined is the mean of both, by their sizes.
        row = (sizes[one] * alike[one] + sizes[other] * alike[other]) / (sizes[one] + sizes[other])
        row[[one, other]] = -np.inf
        row[~alive] = -np.inf
        alike[one], alike[:, one] = row, row
        alike[other], alike[:, other] = -np.inf, -np.inf
        sizes[one] += sizes[other]
        alive[other] = False
        parts[one] += parts[other]
        best = alike.max(1)


def _terms(asked: Sequence[str], seen: Counter[str]) -> tuple[str, ...]:
    """The terms of a topic's questions that other topics have least."""
    here = Counter(term for question in asked for term in dict.fromkeys(content_terms(question)))
    ranked = sorted(here, key=lambda term: (-here[term] * here[term] / seen[term], term))
    return tuple(ranked[:_TERMS])
