"""Decides, before anything is generated, whether the passages found are enough to answer from.

A logistic model of five numbers, then a straight line for each language (Platt's), so that ``confidence`` is a
chance: of a hundred questions with .8, eighty are answered by the passages.  All of it, and the confidence from which
on a stated share of the answers is right, stands in ``gate.json``, which ``python -m tests.bench.fit_gate`` writes and
which says from what; ``tests.bench.abstain`` measures it on other data.

It was fitted on the packaged embedder.  What is ordinary is told for each embedder from its own vectors
(background.py), so that its numbers mean the same for others, but that is not measured: with another embedder or
language ``frontdesk eval`` on your own questions tells how far the confidence holds.  Questions that are searched by
words alone, because nothing can be embedded, have a model of their own (``by_words``).
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


@dataclass(frozen=True, slots=True)
class _Fit:
    """A model as ``gate.json`` has it; ``other`` stands for all languages that are not named.

    ``lines``: by language, slope and constant that make a chance of the model's sum; ``thresholds``: by language,
    (precision, least confidence), rising.
    """

    weights: Mapping[str, float]
    constant: float
    lines: Mapping[str, Sequence[float]]
    thresholds: Mapping[str, Sequence[Sequence[float]]]


_read = orjson.loads(Path(__file__).with_name("gate.json").read_bytes())
_FITS = {by_words: _Fit(*(one[name] for name in _Fit.__slots__)) for by_words, one in
         ((False, _read), (True, _read["by_words"]))}  # fmt: skip


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


def needed(language: str, precision: float = PRECISION, *, by_words: bool = False) -> float:
    """The least confidence with which ``precision`` (0..1) of the answers to questions in ``language`` are right."""
    thresholds = _FITS[by_words].thresholds
    steps = thresholds.get(language) or thresholds["other"]
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


def total(numbers: Mapping[str, float], *, by_words: bool = False) -> float:
    """The model's sum, before the line of a language makes a chance of it."""
    fit = _FITS[by_words]
    return fit.constant + math.fsum(weight * numbers[name] for name, weight in fit.weights.items())


def nothing(language: str = "", precision: float = PRECISION) -> Decision:
    """Where nothing was found."""
    numbers = dict.fromkeys(_FITS[False].weights, 0.0)
    least = round(needed(language, precision), 4)
    return Decision(False, 0.0, {**numbers, "needed": least, "precision": precision})


def decide(
    ranked: Sequence[Ranked], language: str, asked: int, precision: float = PRECISION, *, by_words: bool = False
) -> Decision:
    """The decision for a ranking, best first, of a question in ``language`` with ``asked`` different terms.

    ``by_words``: the question has no vectors, and only ``covered`` and ``held`` say something.

    It is enough when at least ``precision`` of the answers given with this confidence, or more, are right.
    """
    if not ranked:
        return nothing(language, precision)
    numbers = measured(ranked, asked)
    lines = _FITS[by_words].lines
    slope, constant = lines.get(language) or lines["other"]
    value = constant + slope * total(numbers, by_words=by_words)
    confidence = round(1 / (1 + math.exp(-max(-30.0, min(30.0, value)))), 4)
    least = round(needed(language, precision, by_words=by_words), 4)
    return Decision(confidence >= least, confidence, {**numbers, "needed": least, "precision": precision})
