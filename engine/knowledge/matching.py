"""Whether a question is one that an entry answers: the same, nearly the same, or which entry's it is most likely.

Entries are those that the audience may read, and so are the numbers that it is decided by: nothing about others shows.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from engine.errors import EmbedderAway
from engine.knowledge.discriminant import Discriminant
from engine.knowledge.embed import E5, Embedder, Packaged, Twofold
from engine.knowledge.embedders import Embedders
from engine.knowledge.lexical import Floats
from engine.knowledge.pieces import single
from engine.knowledge.searching import as_passage
from engine.knowledge.wording import Wording
from engine.ladder import is_entry, same_question, words_of
from engine.language import language_of
from engine.store.asked_entries import AskedEntry, entries_of
from engine.store.database import Database
from engine.store.documents import Documents
from engine.types import Audience, Found, Passage

#: From which cosine on, and how far before the next entry, an entry is what was asked; by embedder.
#: ``python -m tests.bench.faq``: fitted on half of BANKING77's intents, reported on the other half.
NEAR: Final = {Packaged.name: (0.75, 0.05)}
_LONGEST: Final = 300  # characters: longer questions say more than an entry is asked for
_WORKSPACES: Final = 32  # whose entries are remembered
_AUDIENCES: Final = 32
_LATELY: Final = 32  # questions whose vectors are remembered


@dataclass(frozen=True, slots=True)
class Match:
    """The entry that a question is, ``exact``: in all but case, punctuation and politeness.

    ``owner`` is its document's, empty where none is named; ``near`` and ``ahead``: how near its nearest wording is
    (cosine; 1 where it is the same), and by how much nearer than the next entry's.
    """

    passage: Passage
    owner: str
    exact: bool
    near: float
    ahead: float


@dataclass(frozen=True, slots=True)
class _Known:
    """An entry with the vectors of all its wordings (unit length in each encoder's part); None: there are none."""

    entry: AskedEntry
    wordings: tuple[str, ...]
    vectors: Floats | None


@dataclass(slots=True)
class _Readable:
    """The entries that one audience may read, ready to be compared with a question."""

    until: float  # seconds since 1970: the first of them expires then
    known: list[_Known]
    exact: dict[tuple[str, ...], list[int]]  # numbers in ``known``
    rows: Floats
    of_row: list[int]
    wordings: list[str]  # of each row
    discriminant: Discriminant | None
    worded: dict[int, list[Wording]] = field(default_factory=dict)  # by number, told when it is needed


@dataclass(slots=True)
class _Entries:
    """What is known of a workspace's entries, up to a place in the feed of changes."""

    position: int = -1
    embedder: str = ""
    known: dict[str, _Known] = field(default_factory=dict)
    readable: dict[frozenset[str], _Readable] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Matching:
    """Compares questions with the entries of their workspace; what it knows of them follows the database's feed."""

    def __init__(self, database: Database, documents: Documents, embedders: Embedders) -> None:
        self._database = database
        self._documents = documents
        self._embedders = embedders
        self._of: dict[str, _Entries] = {}
        self._lately: dict[tuple[str, str], Floats] = {}

    async def match(self, question: str, audience: Audience, *, near: bool = True) -> Match | None:
        """The one entry that this question is; None where there is none, or it could be two that answer differently.

        ``near``: also in other words, where it is sure enough.
        """
        readable = await self._readable(audience)
        if readable is None:
            return None
        if same := _same(readable, question):
            answers = {_answer(readable.known[n].entry) for n in same}
            return await self._told(readable.known[same[0]], audience, True, 1.0, 1.0) if len(answers) == 1 else None
        threshold, ahead = NEAR.get(self._embedders.configured.name, (math.inf, 0.0))
        if not near or not len(readable.rows) or len(question) > _LONGEST or math.isinf(threshold):
            return None
        vector = await self._vector(question)
        if vector is None:
            return None
        found = await asyncio.to_thread(_nearest, readable, question, vector, self._parts(), threshold, ahead)
        return await self._told(readable.known[found[0]], audience, False, *found[1:]) if found else None

    async def ordered(self, question: str, found: Found, audience: Audience, limit: int) -> Found:
        """What was found, where that begins with an entry: first the one whose wordings are most like the question."""
        if not found.passages or not is_entry(found.passages[0]) or not question:
            return found
        readable = await self._readable(audience)
        if readable is None or readable.discriminant is None:
            return found
        vector = await self._vector(question)
        if vector is None:
            return found
        scores = await asyncio.to_thread(readable.discriminant.scores, vector)
        first = readable.known[int(scores.argmax())].entry.id
        if first == found.passages[0].id:
            return found
        kept = await self._documents.readable(audience.workspace, [first], audience.grants)
        if first not in kept:
            return found
        others = tuple(p for p in found.passages if p.id != first)
        passages = (as_passage(kept[first], found.passages[0].score), *others)
        return replace(found, passages=passages[:limit])

    async def _told(self, known: _Known, audience: Audience, exact: bool, near: float, ahead: float) -> Match | None:
        """With its text as the database has it now, for this audience."""
        entry = known.entry
        kept = await self._documents.readable(audience.workspace, [entry.id], audience.grants)
        document = await self._documents.one(audience.workspace, entry.document)
        if entry.id not in kept or document is None:
            return None
        return Match(as_passage(kept[entry.id], round(near, 4)), document.owner, exact, near, ahead)

    async def _readable(self, audience: Audience) -> _Readable | None:
        entries = await self._caught_up(audience.workspace)
        if not entries.known:
            return None
        now, grants = time.time(), audience.grants
        known = entries.readable.get(grants)
        if known is None or known.until <= now:
            some = [one for one in entries.known.values()
                    if one.entry.grant in grants and not 0 < one.entry.expires <= now]  # fmt: skip
            parts = self._parts()
            known = await asyncio.to_thread(_prepared, sorted(some, key=lambda one: one.entry.id), parts)
            if len(entries.readable) >= _AUDIENCES:
                entries.readable.clear()
            entries.readable[grants] = known
        return known if known.known else None

    async def _caught_up(self, workspace: str) -> _Entries:
        """What is known, with everything that is committed now."""
        if workspace not in self._of and len(self._of) >= _WORKSPACES:
            del self._of[next(iter(self._of))]
        entries = self._of.setdefault(workspace, _Entries())
        async with entries.lock:
            embedder = self._embedders.configured
            if entries.position < 0 or entries.embedder != embedder.name:
                position = await self._documents.end()
                await self._load(entries, workspace, embedder, None)
                entries.position, entries.embedder = position, embedder.name
            while changes := await self._documents.changes(entries.position, workspace):
                whole = any(not change.document for change in changes)
                which = None if whole else sorted({change.document for change in changes})
                await self._load(entries, workspace, embedder, which)
                entries.position = changes[-1].seq
        return entries

    async def _load(self, entries: _Entries, workspace: str, embedder: Embedder, which: Sequence[str] | None) -> None:
        rows = await self._database.read(lambda c: entries_of(c, workspace, which))
        before = entries.known
        kept = {} if which is None else {i: one for i, one in before.items() if one.entry.document not in set(which)}
        fresh = await asyncio.to_thread(_known, rows, before, embedder)
        entries.known = kept | fresh
        entries.readable = {}

    async def _vector(self, question: str) -> Floats | None:
        """Of the question; of the last few it is known: the same one is matched, and then put in order."""
        embedder = self._embedders.configured
        if (embedder.name, question) not in self._lately:
            try:
                vectors = await asyncio.to_thread(embedder.queries, [question])
            except EmbedderAway:
                return None
            while len(self._lately) >= _LATELY:
                del self._lately[next(iter(self._lately))]
            self._lately[embedder.name, question] = _unit(vectors, self._parts())[0]
        return self._lately.get((embedder.name, question))

    def _parts(self) -> tuple[slice, ...]:
        return _parts_of(self._embedders.configured)


def _parts_of(embedder: Embedder) -> tuple[slice, ...]:
    """Where each encoder's numbers stand; the last one's cosines mean the same in every language."""
    if isinstance(embedder, Twofold):
        return slice(0, E5.dimensions), slice(E5.dimensions, None)
    return (slice(None),)


def _unit(vectors: Floats, parts: Sequence[slice]) -> Floats:
    found = vectors.astype(np.float32)
    for part in parts:
        found[:, part] /= np.maximum(np.linalg.norm(found[:, part], axis=1, keepdims=True), 1e-9)
    return found


def _answer(entry: AskedEntry) -> str:
    return " ".join(entry.text.partition("\n")[2].split())


def _known(rows: Sequence[AskedEntry], before: dict[str, _Known], embedder: Embedder) -> dict[str, _Known]:
    """The entries with their vectors: those that are kept, and the question's own where it is not among them; blocks.

    A question's own is embedded again only where its passage is new.
    """
    parts, found, lacking = _parts_of(embedder), dict[str, _Known](), list[tuple[AskedEntry, Floats]]()
    for row in rows:
        wordings = (row.heading, *row.variants)
        if row.embedder != embedder.name or not row.width:
            found[row.id] = _Known(row, wordings, None)
            continue
        old = before.get(row.id)
        if old and old.vectors is not None and (old.entry.embedder, old.wordings) == (row.embedder, wordings):
            found[row.id] = _Known(row, wordings, old.vectors)
            continue
        vectors = np.frombuffer(row.vectors, "<f4").reshape(-1, row.width // 4)
        sentences, variants = np.split(vectors, [max(0, len(vectors) - len(row.variants))])
        alone = single(row.text)
        if row.heading in alone and len(alone) == len(sentences):
            rows_of = np.vstack([sentences[alone.index(row.heading)][None], variants])
            found[row.id] = _Known(row, wordings, _unit(rows_of, parts))
        else:
            lacking.append((row, variants))
    own: Floats | None
    try:
        own = embedder.passages([row.heading for row, _ in lacking]) if lacking else np.zeros((0, 1), np.float32)
    except EmbedderAway:
        own = None
    for n, (row, variants) in enumerate(lacking):
        whole = None if own is None else _unit(np.vstack([own[n][None], variants]), parts)
        found[row.id] = _Known(row, (row.heading, *row.variants), whole)
    return found


def _prepared(known: list[_Known], parts: Sequence[slice]) -> _Readable:
    """What a question is compared with; blocks (.1 s at 10,000 wordings)."""
    exact: dict[tuple[str, ...], list[int]] = {}
    rows, of_row, wordings = list[Floats](), list[int](), list[str]()
    for n, one in enumerate(known):
        for said in dict.fromkeys(words for wording in one.wordings if (words := words_of(wording))):
            exact.setdefault(said, []).append(n)
        if one.vectors is not None:
            rows.append(one.vectors)
            of_row += [n] * len(one.wordings)
            wordings += one.wordings
    vectors = np.vstack(rows) if rows else np.zeros((0, 1), np.float32)
    whole = len(set(of_row)) == len(known)
    discriminant = Discriminant.of(vectors, of_row, parts) if whole and rows else None
    until = min((one.entry.expires for one in known if one.entry.expires), default=math.inf)
    return _Readable(until, known, exact, vectors, of_row, wordings, discriminant)


def _same(readable: _Readable, question: str) -> list[int]:
    """The numbers of the entries that have this very question among their wordings."""
    alike = readable.exact.get(words_of(question), ())
    return [n for n in alike if any(same_question(question, way) for way in readable.known[n].wordings)]


def _nearest(
    readable: _Readable, question: str, vector: Floats, parts: Sequence[slice], threshold: float, ahead: float
) -> tuple[int, float, float] | None:
    """The number of the entry that this question is in other words, how near it is and how far ahead; blocks."""
    part = parts[-1]
    near = np.einsum("rd,d->r", readable.rows[:, part], vector[part])
    of_row = np.asarray(readable.of_row)
    best = np.full(len(readable.known), -1.0, np.float32)
    np.maximum.at(best, of_row, near)
    first = int(best.argmax())
    second = float(np.partition(best, -2)[-2]) if len(best) > 1 else -1.0
    if best[first] < threshold or best[first] - second < ahead:
        return None
    if readable.discriminant is not None and int(readable.discriminant.scores(vector).argmax()) != first:
        return None
    language, asked = language_of(question), Wording.of(question)
    entry = readable.known[first]
    worded = readable.worded.setdefault(first, [Wording.of(wording) for wording in entry.wordings])
    known = {word for wording in worded for word in wording.said}
    alike = [w for w, said in zip(worded, entry.wordings, strict=True) if language_of(said) == language]
    if not alike or not set(asked.said) <= known:
        return None  # it says something that no wording of the entry says
    needed = set(alike[0].said).intersection(*(wording.said for wording in alike))
    if not needed <= set(asked.said):
        return None  # it leaves out what all of them say
    rows = [r for r in np.argsort(-near) if of_row[r] == first and near[r] >= threshold]
    numbers = {r: n for n, r in enumerate(np.flatnonzero(of_row == first))}
    if not any(asked.may_mean(worded[numbers[r]]) for r in rows if language_of(readable.wordings[r]) == language):
        return None
    return first, float(best[first]), float(best[first]) - second
