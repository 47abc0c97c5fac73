"""BM25 over passages, in memory: postings in numpy, kept as hashed terms, rebuilt from them in a moment at start."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

_K1, _B = 1.2, 0.75  # the usual values; FACTS, 3 measured with them
_SEGMENTS = 8
_AUDIENCES = 32  # whose passages are remembered

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bag:
    """The terms of a passage as hashes with their counts, in bytes: what is kept of a text outside the database."""

    hashes: bytes  # uint32, little-endian, ascending
    counts: bytes  # uint8
    length: int  # terms, with repetitions

    @classmethod
    def of(cls, terms: Sequence[str]) -> Bag:
        """The bag of these terms."""
        counted = Counter(map(hashed, terms))
        hashes = sorted(counted)
        return cls(
            np.array(hashes, "<u4").tobytes(), bytes(min(counted[h], 255) for h in hashes), len(terms)
        )  # fmt: skip


def hashed(term: str) -> int:
    """A term's number, the same in every process."""
    return zlib.crc32(term.encode())


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage in the index."""

    id: str
    language: str
    grant: str
    bag: Bag


@dataclass(frozen=True, slots=True)
class _Segment:
    """Postings of some passages: for ``terms[i]`` the places ``places[starts[i]:starts[i + 1]]``."""

    terms: NDArray[np.uint32]
    starts: NDArray[np.int64]
    places: Ints
    counts: Floats

    @classmethod
    def of(cls, terms: NDArray[np.uint32], places: Ints, counts: Floats) -> _Segment:
        order = np.argsort(terms, kind="stable")
        unique, starts = np.unique(terms[order], return_index=True)
        return cls(unique, np.append(starts, len(order)), places[order], counts[order])

    def joined(self, other: _Segment) -> _Segment:
        return _Segment.of(
            np.concatenate([self._each(), other._each()]),
            np.concatenate([self.places, other.places]),
            np.concatenate([self.counts, other.counts]),
        )

    def _each(self) -> NDArray[np.uint32]:
        return np.repeat(self.terms, np.diff(self.starts))

    def of_term(self, term: int) -> tuple[Ints, Floats]:
        at = int(self.terms.searchsorted(np.uint32(term)))  # a number of another kind has all terms copied first
        if at == len(self.terms) or self.terms[at] != term:
            return self.places[:0], self.counts[:0]
        begin, end = self.starts[at], self.starts[at + 1]
        return self.places[begin:end], self.counts[begin:end]


@dataclass(frozen=True, slots=True)
class Readable:
    """The passages in one language that an audience may read."""

    mask: Mask  # by place
    among: int  # how many
    mean: float  # of their lengths

    @property
    def is_all(self) -> bool:
        """Whether there are no others."""
        return self.among == len(self.mask)


@dataclass(frozen=True, slots=True)
class Lexical:
    """The passages of one workspace; each change makes a new value, so that searches never see half of one.

    Every statistic (how many passages, in how many a term stands, how long they are) is taken over what the audience
    may read alone: nothing about other passages shows in a score.
    """

    # These three only ever grow and are shared between versions, each of which looks at its own part.
    _ids: list[str] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)
    _names: dict[str, int] = field(default_factory=dict)  # numbers of languages and grants
    _lengths: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    _languages: Ints = field(default_factory=lambda: np.zeros(0, np.int32))  # -1: removed
    _grants: Ints = field(default_factory=lambda: np.zeros(0, np.int32))
    _segments: tuple[_Segment, ...] = ()
    _readable: dict[frozenset[str], dict[str, Readable]] = field(default_factory=dict)  # of this version, by grants

    def with_entries(self, entries: Sequence[Entry]) -> Lexical:
        """A new version with these added."""
        if not entries:
            return self
        first = len(self._lengths)
        self._ids.extend(entry.id for entry in entries)
        self._places.update((entry.id, first + i) for i, entry in enumerate(entries))
        terms = np.frombuffer(b"".join(entry.bag.hashes for entry in entries), "<u4")
        counts = np.frombuffer(b"".join(entry.bag.counts for entry in entries), np.uint8).astype(np.float32)
        sizes = [len(entry.bag.counts) for entry in entries]
        places = np.repeat(np.arange(first, first + len(entries), dtype=np.int32), sizes)
        segments = [*self._segments, _Segment.of(terms, places, counts)]
        while len(segments) > 1 and (len(segments) > _SEGMENTS or len(segments[-2].places) <= len(segments[-1].places)):
            last = segments.pop()
            segments[-1] = segments[-1].joined(last)
        return replace(
            self,
            _lengths=np.append(self._lengths, np.array([entry.bag.length for entry in entries], np.float32)),
            _languages=np.append(self._languages, self._numbers(entry.language for entry in entries)),
            _grants=np.append(self._grants, self._numbers(entry.grant for entry in entries)),
            _segments=tuple(segments),
            _readable={},
        )

    def without(self, ids: Iterable[str]) -> Lexical:
        """A new version without these."""
        places = [at for id_ in set(ids) if (at := self._places.get(id_, -1)) >= 0]
        if not places:
            return self
        languages = self._languages.copy()
        languages[places] = -1
        return replace(self, _languages=languages, _readable={})

    @property
    def mostly_alive(self) -> bool:
        """Whether removed passages take less room than the others."""
        gone = int(np.count_nonzero(self._languages < 0))
        return gone < 1000 or 2 * gone < len(self._languages)

    def _numbers(self, names: Iterable[str]) -> Ints:
        known = self._names
        return np.array([known.setdefault(name, len(known)) for name in names], np.int32)

    def readable(self, grants: Iterable[str]) -> dict[str, Readable]:
        """The passages that an audience with these grants may read, for each language that has some."""
        who = frozenset(grants)
        known = self._readable.get(who)
        if known is None:
            if len(self._readable) >= _AUDIENCES:
                self._readable.clear()
            known = self._readable[who] = self._masks(who)
        return known

    def _masks(self, grants: frozenset[str]) -> dict[str, Readable]:
        # By counting: while documents are loaded all of it is told anew for many a search.
        given = np.zeros(len(self._names) + 1, np.bool_)
        given[[self._names[grant] for grant in grants if grant in self._names]] = True
        allowed = given[self._grants] & (self._languages >= 0)
        counts = np.bincount(self._languages[allowed], minlength=1)
        present = np.flatnonzero(counts).tolist()
        names = {number: name for name, number in self._names.copy().items()}
        alone = len(present) == 1
        masks = {names[number]: allowed if alone else allowed & (self._languages == number) for number in present}
        return {name: self.among(mask) for name, mask in masks.items()}

    def among(self, mask: Mask) -> Readable:
        """The passages of a mask."""
        count = int(np.count_nonzero(mask))
        return Readable(mask, count, max(1.0, float(self._lengths[mask].mean()) if count else 1.0))

    def score(self, weights: Mapping[str, float], asked: Sequence[str], among: Readable) -> Scores:
        """BM25 of all these passages for the weighted terms, and which of the ``asked`` terms each holds."""
        scores = np.zeros(len(self._lengths), np.float32)
        rarity = np.zeros(len(asked), np.float32)
        rows = {term: row for row, term in enumerate(asked)}
        held: list[Ints] = [np.zeros(0, np.int32)] * len(asked)
        for term in dict.fromkeys((*weights, *asked)):
            places, counts = self._of_term(hashed(term))
            if not among.is_all:
                here = among.mask[places]
                places, counts = places[here], counts[here]
            inverse = math.log1p((among.among - len(places) + 0.5) / (len(places) + 0.5))
            if (row := rows.get(term)) is not None:
                held[row], rarity[row] = places, inverse
            if weight := weights.get(term, 0.0):
                at = places.astype(np.intp)  # once: each use of others as an index makes a copy of its own
                # counts / (counts + k1 * (1 - b + b * length / mean)) in place: common words stand in every passage
                part = self._lengths.take(at)
                part *= _K1 * _B / among.mean
                part += _K1 * (1 - _B)
                part += counts
                np.divide(counts, part, out=part)
                part *= weight * inverse * (_K1 + 1)
                scores[at] += part
        return Scores(scores, tuple(held), rarity, among.among)

    def _of_term(self, term: int) -> tuple[Ints, Floats]:
        found = [segment.of_term(term) for segment in self._segments]
        if len(found) == 1:
            return found[0]
        places, counts = zip(*found, strict=True) if found else ((), ())
        return np.concatenate([np.zeros(0, np.int32), *places]), np.concatenate([np.zeros(0, np.float32), *counts])

    def best(self, scores: Scores, limit: int) -> list[str]:
        """The ids of the passages with the highest scores above nothing, best first."""
        above = np.flatnonzero(scores.values > 0)
        values = -scores.values[above]
        top = np.argpartition(values, limit)[:limit] if limit < len(values) else np.arange(len(values))
        return [self._ids[above[i]] for i in top[np.argsort(values[top], kind="stable")]]

    def places(self, ids: Iterable[str]) -> Ints:
        """Where these ids stand in ``Scores``; -1 for one that is not here."""
        known, size = self._places, len(self._lengths)
        return np.array([at if (at := known.get(id_, -1)) < size else -1 for id_ in ids], np.int32)


@dataclass(frozen=True, slots=True)
class Scores:
    """How the passages of a mask answer to a question's terms; columns are places."""

    values: Floats  # BM25
    _holding: tuple[Ints, ...]  # for each of the asked terms the places that hold it, rising
    rarity: Floats  # of the asked terms: inverse document frequency
    among: int  # passages in the mask

    def held(self, at: Ints) -> Mask:
        """(asked terms, places ``at``): the passage there holds the term."""
        found = np.zeros((len(self._holding), len(at)), np.bool_)
        for row, places in zip(found, self._holding, strict=True):
            if len(places):
                row[:] = places.take(places.searchsorted(at), mode="clip") == at
        return found
