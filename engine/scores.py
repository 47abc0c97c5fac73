"""Shares with their intervals, precision against coverage, reliability: what an evaluation is judged by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: Standard deviations on either side that hold 95 % of a normal distribution.
_Z = 1.959964

Judged = Sequence[tuple[float, bool]]  # a confidence, and whether answering was right


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of ``n`` cases with its 95 % interval (Wilson)."""

    share: float
    low: float
    high: float
    n: int


def rate(hits: Sequence[bool]) -> Rate | None:
    """The share of hits; None where there is no case."""
    n = len(hits)
    if not n:
        return None
    low, high = wilson(sum(hits), n)
    return Rate(round(sum(hits) / n, 4), low, high, n)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share: it stays within 0..1 and means something for few cases too."""
    share = hits / n
    middle = share + _Z**2 / (2 * n)
    half = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    whole = 1 + _Z**2 / n
    return round(max(0.0, (middle - half) / whole), 4), round(min(1.0, (middle + half) / whole), 4)


def curve(judged: Judged) -> list[tuple[float, float]]:
    """Precision against coverage, surest first: (share answered, share of those that is right).

    Cases of equal confidence are answered together or not at all.
    """
    ordered = sorted(judged, key=lambda j: -j[0])
    points, right = [], 0
    for n, (confidence, ok) in enumerate(ordered, 1):
        right += ok
        if n == len(ordered) or ordered[n][0] != confidence:
            points.append((n / len(ordered), right / n))
    return points


def coverage(judged: Judged, precision: float) -> float | None:
    """The largest share of cases that can be answered, surest first, with at least this precision."""
    if not judged:
        return None
    enough = [share for share, reached in curve(judged) if reached >= precision]
    return round(max(enough, default=0.0), 4)


def auroc(scores: Judged) -> float | None:
    """The chance that an answerable case has a higher confidence than an unanswerable one; ties count half."""
    yes = [s for s, good in scores if good]
    no = [s for s, good in scores if not good]
    if not yes or not no:
        return None
    wins = sum((y > n) + 0.5 * (y == n) for y in yes for n in no)
    return round(wins / (len(yes) * len(no)), 4)


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases of similar confidence: their mean confidence, and the share of them that is right."""

    confidence: float
    right: Rate


def reliability(judged: Judged, bins: int = 10) -> list[Bin]:
    """Whether a confidence of 0.8 means right in 8 of 10 cases: by equal steps of confidence, empty ones left out."""
    found = []
    for n in range(bins):
        inside = [j for j in judged if min(bins - 1, int(j[0] * bins)) == n]
        if share := rate([ok for _, ok in inside]):
            found.append(Bin(round(sum(c for c, _ in inside) / len(inside), 4), share))
    return found
