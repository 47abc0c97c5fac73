"""Decides, before anything is generated, whether the passages found are enough to answer from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.knowledge.rank import Ranked

_LOOKED_AT = 3  # passages


@dataclass(frozen=True, slots=True)
class Decision:
    """``confidence`` 0..1 that the passages hold the answer, and the numbers it was computed from."""

    enough: bool
    confidence: float
    numbers: Mapping[str, float]


NOTHING = Decision(False, 0.0, {"passages": 0.0})


def decide(ranked: Sequence[Ranked], language: str) -> Decision:
    """The decision for a ranking, best first, of a question in ``language``."""
    if not ranked:
        return NOTHING
    top = ranked[:_LOOKED_AT]
    first = ranked[0]
    same = [r for r in top if r.kept.language == language]
    covered = 0.0
    if same and sum(same[0].rarity):
        held = [any(r.held[i] for r in same) for i in range(len(same[0].rarity))]
        covered = sum(w for w, h in zip(same[0].rarity, held, strict=True) if h) / sum(same[0].rarity)
    numbers = {
        "similarity": max(r.dense for r in top),
        "standing": first.standing,
        "covered": covered,
        "best_covered": max((r.cover for r in same), default=0.0),
        "same_language": float(first.kept.language == language),
    }
    confidence = _confidence(numbers)
    return Decision(confidence >= 0.5, confidence, numbers)


def _confidence(n: Mapping[str, float]) -> float:
    x = 30 * (n["similarity"] - 0.85) + 4 * (n["covered"] - 0.4) * n["same_language"]
    return 1 / (1 + math.exp(-x))
