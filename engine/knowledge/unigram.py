"""Text to the numbers of a unigram vocabulary (SentencePiece's), from a table that is mapped and not built at start."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_BITS = 21  # of a code point
_NOWHERE = (1 << _BITS) - 1  # no code point
_UNKNOWN = 10.0  # less than the least score: what a character costs that is in no piece
_WORD = re.compile("▁[^▁]*")
_LONGEST = 24  # characters: longer words hardly come again
_KEPT = 50_000  # words whose pieces are remembered


class Unigram:
    """Cuts text into the pieces whose scores add up to the most; a run of unknown characters is one piece.

    The same numbers as the package ``tokenizers`` gives, which takes a second and 250 MB to build its tree of 250,000
    pieces; here the tree stands in a file.  No piece goes on behind a ``▁``, and sums of its scores are exact in
    float64, so a word has the same pieces wherever it stands.  May be used from several threads at the same time.
    """

    def __init__(self, file: Path, unknown: int):
        """``file``: what ``write`` wrote; ``unknown``: the number of the unknown piece."""
        table = np.load(file, mmap_mode="r")
        self._edges: Ints = np.asarray(table[0])
        halves = np.asarray(table[1]).view("<i4").reshape(-1, 2)
        self._numbers, self._scores = halves[:, 0], halves.view("<f4")[:, 1]
        self._unknown, self._least = unknown, float(self._scores[0]) - _UNKNOWN
        self._known: dict[str, list[int]] = {}

    def numbers(self, text: str) -> list[int]:
        """The numbers of the pieces of ``text``, in which a space is ``▁`` and which begins with one."""
        text = text.replace(" ", "▁")
        words: list[str] = _WORD.findall(text if text.startswith("▁") or not text else f"▁{text}")
        known = self._known
        found = [known.get(word) for word in words]
        if None in found:
            new = dict.fromkeys(word for word, pieces in zip(words, found, strict=True) if pieces is None)
            fresh = dict(zip(new, self._cut(list(new)), strict=True))
            if len(known) > _KEPT:
                known = self._known = {}
            known.update((word, pieces) for word, pieces in fresh.items() if len(word) <= _LONGEST)
            found = [fresh[word] if pieces is None else pieces for word, pieces in zip(words, found, strict=True)]
        return list(itertools.chain.from_iterable(filter(None, found)))

    def _cut(self, words: Sequence[str]) -> list[list[int]]:
        """The pieces of each word: those with the best sum up to every place, then back from the end (Viterbi)."""
        text = "".join(words)
        size = len(text)
        best, came, which = [0.0, *[-np.inf] * size], [0] * (size + 1), [0] * (size + 1)
        for begin, end, number, score in self._pieces(text):
            total = best[begin] + score
            if total > best[end]:
                best[end], came[end], which[end] = total, begin, number
        cut = []
        for word in reversed(words):
            start, pieces = size - len(word), list[int]()
            while size > start:
                number = which[size]
                if number != self._unknown or not pieces or pieces[-1] != number:
                    pieces.append(number)
                size = came[size]
            cut.append(pieces[::-1])
        return cut[::-1]

    def _pieces(self, text: str) -> zip[tuple[int, int, int, float]]:
        """Every piece that stands somewhere in ``text``, by where it begins: begin, end, number, score."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int64)
        codes = np.append(codes, _NOWHERE)
        edges, at, node = self._edges, np.arange(len(text)), np.zeros(len(text), np.int64)
        steps: list[tuple[Ints, Ints]] = []
        while len(at):
            wanted = node << _BITS
            wanted |= codes[len(steps) :][at]
            node = edges.searchsorted(wanted)
            known = edges[node] == wanted
            at, node = at[known], node[known]
            steps.append((at, node))
        begins, node = (np.concatenate(both) for both in zip(*steps, strict=True))
        ends = begins + np.repeat(np.arange(1, len(steps) + 1), [len(at) for at, _ in steps])
        whole = self._numbers[node] >= 0
        begins, ends, node = begins[whole], ends[whole], node[whole]
        alone = np.ones(len(text), np.bool_)
        alone[begins[ends == begins + 1]] = False
        other = np.flatnonzero(alone)  # characters that are no piece
        begins = np.append(begins, other)
        order = begins.argsort(kind="stable")
        ends, numbers = np.append(ends, other + 1), np.append(self._numbers[node], np.full(len(other), self._unknown))
        scores = np.append(self._scores[node].astype(np.float64), np.full(len(other), self._least))
        return zip(*(each[order].tolist() for each in (begins, ends, numbers, scores)), strict=True)


def write(path: Path, pieces: Sequence[str], scores: Sequence[float]) -> None:
    """The tree of the pieces: for each edge its parent and character, sorted, and the piece that ends there.

    A node has the number of the edge that leads to it; edge 0 is the root, and the last one is no edge.
    """
    lengths = np.array([len(piece) for piece in pieces])
    codes = np.zeros((len(pieces), lengths.max()), np.int64)
    for row, piece in zip(codes, pieces, strict=True):
        row[: len(piece)] = np.frombuffer(piece.encode("utf-32-le", "surrogatepass"), "<u4")
    edges, size = [np.array([-1])], 1
    node = np.zeros(len(pieces), np.int64)
    for length in range(codes.shape[1]):
        here = np.flatnonzero(lengths > length)
        fresh, which = np.unique(node[here] << _BITS | codes[here, length], return_inverse=True)
        node[here] = size + which
        edges.append(fresh)
        size += len(fresh)
    numbers, values = np.full(size + 1, -1, "<i4"), np.full(size + 1, min(scores), "<f4")
    numbers[node], values[node] = np.arange(len(pieces)), scores
    table = np.stack([np.append(np.concatenate(edges), np.iinfo(np.int64).max).astype("<i8"),
                      np.stack([numbers, values.view("<i4")], 1).reshape(-1).view("<i8")])  # fmt: skip
    with path.open("wb") as file:
        np.save(file, table)
