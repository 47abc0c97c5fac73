"""Decides, before anything is generated, whether the passages found are enough to answer from.

A logistic model of five numbers, then a straight line for each language (Platt's), so that ``confidence`` is a
chance: of a hundred questions with .8, eighty are answered by the passages.  All of it, and the confidence from which
on a stated share of the answers is right, stands in ``gate.json``, which ``python -m tests.bench.fit_gate`` writes and
which says from what; ``tests.bench.abstain`` measures it on other data.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from engine.knowledge.rank import Ranked

PRECISION = 0.95  # of the answers are to be right, where nothing else is said
_LOOKED_AT = 3  # passages
_NEAREST, _FURTHEST = 0.5, 10.0  # standard deviations: less or more than these mean the same

_FITTED = orjson.loads(Path(__file__).with_name("gate.json").read_bytes())
_WEIGHTS: Mapping[str, float] = _FITTED["weights"]
_CONSTANT: float = _FITTED["constant"]
#: By language: slope and constant that make a chance of the model's sum.  ``other`` stands for all other languages.
_LINES: Mapping[str, Sequence[float]] = _FITTED["lines"]
#: By language: (precision, least confidence), rising.
_THRESHOLDS: Mapping[str, Sequence[Sequence[float]]] = _FITTED["thresholds"]


@dataclass(frozen=True, slots=True)
class Decision:
    """``confidence`` 0..1 that the passages hold the answer, and the numbers it was computed from.

    ``near``: how far the nearest passage is on the way from what is ordinary for unrelated texts (0) to the same text
    (1); ``standing``: by how many standard deviations it is nearer than everything else there is (natural logarithm);
    ``covered``: share of the question's terms that the first passage holds, weighted by how rare they are; ``held``:
    the same times the logarithm of how many terms there are, since half of six terms say more than half of two;
    ``apart``: how much nearer the first passage is than the next different one in its language.
    ``needed``: the confidence from which on so many of the answers are right as ``precision`` says.
    """

    enough: bool
    confidence: float
    numbers: Mapping[str, float]


def needed(language: str, precision: float = PRECISION) -> float:
    """The least confidence with which ``precision`` (0..1) of the answers to questions in ``language`` are right."""
    steps = _THRESHOLDS.get(language) or _THRESHOLDS["other"]
    place = bisect_left([step[0] for step in steps], precision)
    if place == 0:
        return steps[0][1]
    if place == len(steps):
        return steps[-1][1]
    (lower, least), (upper, most) = steps[place - 1], steps[place]
    return least + (most - least) * (precision - lower) / (upper - lower)


def measured(ranked: Sequence[Ranked], asked: int) -> dict[str, float]:
    """The numbers of a ranking, best first, of a question with so many different terms."""
    top, first = ranked[:_LOOKED_AT], ranked[0]
    text = " ".join(first.kept.text.split())
    others = [one for one in ranked[1:] if one.kept.language == first.kept.language]
    nearest = sorted(others, key=lambda one: -one.near)
    different = (one.near for one in nearest if " ".join(one.kept.text.split()) != text)
    numbers = {
        "near": max(one.near for one in top),
        "standing": math.log(min(_FURTHEST, max(_NEAREST, *(one.standing for one in top)))),
        "covered": first.cover,
        "held": first.cover * math.log1p(asked),
        "apart": first.near - next(different, 0.0),
    }
    return {name: round(float(value), 4) for name, value in numbers.items()}


def total(numbers: Mapping[str, float]) -> float:
    """The model's sum, before the line of a language makes a chance of it."""
    return _CONSTANT + math.fsum(weight * numbers[name] for name, weight in _WEIGHTS.items())


def nothing(language: str = "", precision: float = PRECISION) -> Decision:
    """Where nothing was found."""
    numbers = dict.fromkeys(_WEIGHTS, 0.0)
    least = round(needed(language, precision), 4)
    return Decision(False, 0.0, {**numbers, "needed": least, "precision": precision})


def decide(ranked: Sequence[Ranked], language: str, asked: int, precision: float = PRECISION) -> Decision:
    """The decision for a ranking, best first, of a question in ``language`` with ``asked`` different terms.

    It is enough when at least ``precision`` of the answers given with this confidence, or more, are right.
    """
    if not ranked:
        return nothing(language, precision)
    numbers = measured(ranked, asked)
    slope, constant = _LINES.get(language) or _LINES["other"]
    confidence = round(1 / (1 + math.exp(-max(-30.0, min(30.0, constant + slope * total(numbers))))), 4)
    least = round(needed(language, precision), 4)
    return Decision(confidence >= least, confidence, {**numbers, "needed": least, "precision": precision})
