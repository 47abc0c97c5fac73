"""Passages of different documents that are nearly the same text, found without comparing each with each."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.types import Passage

_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]|[^\W_]+")
_RUN = 5  # tokens in a shingle
_SKETCH = 16  # smallest shingles of a passage: two that share half of them are compared
_SHORTEST = 25  # tokens: shorter passages are alike by chance
_ALIKE = 0.8  # of all shingles of both
_EVERYWHERE = 60  # a shingle that more passages have is a phrase of the house


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two documents that share passages: how many, and one of them in both."""

    first: Passage
    second: Passage
    passages: int


def near_duplicates(passages: Iterable[Passage]) -> list[Duplicate]:
    """Pairs of documents with passages that are at least four fifths the same, the largest overlap first."""
    kept: list[tuple[Passage, frozenset[int]]] = []
    places: dict[int, list[int]] = {}
    for passage in passages:
        shingles = _shingles(passage.text)
        if shingles:
            for shingle in sorted(shingles)[:_SKETCH]:
                places.setdefault(shingle, []).append(len(kept))
            kept.append((passage, shingles))
    shared: Counter[tuple[int, int]] = Counter()
    for where in places.values():
        if 1 < len(where) <= _EVERYWHERE:
            shared.update((a, b) for n, a in enumerate(where) for b in where[n + 1 :])
    found: dict[tuple[str, str], list[tuple[Passage, Passage]]] = {}
    for (a, b), count in shared.items():
        (one, ones), (other, others) = kept[a], kept[b]
        if one.document == other.document or count * 2 < min(_SKETCH, len(ones), len(others)):
            continue
        if len(ones & others) >= _ALIKE * len(ones | others):
            first, second = sorted((one, other), key=lambda p: p.document)
            found.setdefault((first.document, second.document), []).append((first, second))
    duplicates = [Duplicate(*pairs[0], len({p[0].id for p in pairs})) for pairs in found.values()]
    return sorted(duplicates, key=lambda d: -d.passages)


def _shingles(text: str) -> frozenset[int]:
    tokens: Sequence[str] = _TOKEN.findall(text.casefold())
    if len(tokens) < _SHORTEST:
        return frozenset()
    return frozenset(zlib.crc32("\0".join(tokens[n : n + _RUN]).encode()) for n in range(len(tokens) - _RUN + 1))
