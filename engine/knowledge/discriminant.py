"""Which entry a question belongs to, learned from the ways in which the workspace's own entries are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
#: How far the spread within entries is drawn to a ball: 385 questions say little of a plane in 400 dimensions.
_SHRUNK = 0.7
#: Questions an entry has on average from which on their spread is worth something, and entries.
_QUESTIONS, _ENTRIES = 3.0, 2


@dataclass(frozen=True, slots=True)
class _Half:
    """The discriminant over one encoder's part of the vectors."""

    part: slice
    mean: Floats
    weights: Floats  # (entries, dimensions)
    constants: Floats

    @classmethod
    def of(cls, vectors: Floats, entry: NDArray[np.int64], part: slice) -> _Half:
        mean = vectors[:, part].mean(0)
        points = _unit(vectors[:, part] - mean)
        count = np.bincount(entry).astype(np.float32)
        centres = np.zeros((len(count), points.shape[1]), np.float32)
        np.add.at(centres, entry, points)
        centres /= count[:, None]
        rest = points - centres[entry]
        spread = rest.T @ rest / max(1, len(points) - len(count))
        ball = float(np.trace(spread)) / len(spread)
        spread = (1 - _SHRUNK) * spread + _SHRUNK * ball * np.eye(len(spread), dtype=np.float32)
        weights = np.linalg.solve(spread, centres.T).T.astype(np.float32)
        return cls(part, mean, weights, -0.5 * (centres * weights).sum(1))

    def scores(self, question: Floats) -> Floats:
        point = _unit((question[self.part] - self.mean)[None])[0]
        # Not @: see Meanings.similarities.
        found: Floats = np.einsum("ed,d->e", self.weights, point) + self.constants
        deviation = float(found.std())
        return (found - found.mean()) / deviation if deviation else np.zeros_like(found)


@dataclass(frozen=True, slots=True)
class Discriminant:
    """A shrunk linear discriminant over entries, one for each encoder, their scores added in standard deviations."""

    _halves: tuple[_Half, ...]

    @classmethod
    def of(cls, vectors: Floats, entry: Sequence[int], parts: Sequence[slice]) -> Discriminant | None:
        """From the questions' vectors and the number of each one's entry; None where they say too little.

        ``parts``: where each encoder's numbers stand in a vector.
        """
        numbers = np.asarray(entry, np.int64)
        entries = int(numbers.max()) + 1 if len(numbers) else 0
        if entries < _ENTRIES or len(numbers) < _QUESTIONS * entries:
            return None
        return cls(tuple(_Half.of(vectors, numbers, part) for part in parts))

    def scores(self, question: Floats) -> Floats:
        """For each entry: the more, the likelier."""
        total: Floats = np.sum([half.scores(question) for half in self._halves], axis=0)
        return total


def _unit(vectors: Floats) -> Floats:
    long = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Floats = vectors / np.maximum(long, 1e-9)
    return found
