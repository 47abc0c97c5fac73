"""A question to the passages that answer it best: candidates from the indexes, checked again in SQL, ranked, judged."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from engine.errors import EmbedderAway, Unavailable
from engine.knowledge import gate
from engine.knowledge.background import Background
from engine.knowledge.embed import Embedder, Twofold
from engine.knowledge.embedders import Embedders, ServerEmbedder
from engine.knowledge.index import Hits, Index, Switched
from engine.knowledge.indexes import Indexes
from engine.knowledge.lexical import Floats
from engine.knowledge.rank import Ranked, rank
from engine.knowledge.rerank import Reranker
from engine.knowledge.vectors import Damaged, load_chroma
from engine.language import language_of
from engine.store.documents import Documents, Kept
from engine.terms import content_terms, names, terms
from engine.types import Audience, Found, Passage

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Of each kind and language.  50 finds no more: R@1 and R@5 on XQuAD, alone and among 3,200 other passages, are the
#: same within 0.1 points from 15 to 50, and a second search by sentence vectors adds nothing to the candidates.
_CANDIDATES = 25
_LONGEST_QUESTION = 2000  # characters that are searched for
_REPEATED = re.compile(r"([!?！？。.…])[!?！？。.…]+")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_RUN = 4  # words
_ALIKE = 0.8  # of the runs of two texts together
_SWAPS = 3  # times that it is searched again, because a document was replaced between the index and the database
_ASKERS = 16  # threads
_SAY_S = 60.0  # between two warnings that nothing can be embedded
_ALSO = 0.5  # what the terms of the question's second form count: .25 to 1 find the same (MTRAG, within 1 point)


@dataclass(frozen=True, slots=True)
class Form:
    """A question as it is searched: its texts, and what of them is looked for by its letters."""

    texts: tuple[str, ...]
    language: str
    weights: Mapping[str, float]  # of the terms
    asked: tuple[str, ...]  # the terms that tell what it is about
    named: tuple[str, ...]  # the exact names in it

    @classmethod
    def of(cls, texts: Sequence[str]) -> Form:
        """From the question, and other ways to ask it after that."""
        first, named = texts[0], tuple(dict.fromkeys(names(texts[0])))
        weights = dict.fromkeys([*terms(first), *named], 1.0)
        for text in texts[1:]:
            weights = {**dict.fromkeys([*terms(text), *names(text)], _ALSO), **weights}
        return cls(tuple(texts), language_of(first), weights, tuple(content_terms(first)), named)


class Search:
    """The search over all workspaces' indexes."""

    def __init__(self, documents: Documents, indexes: Indexes, embedders: Embedders, reranker: Reranker):
        self._documents = documents
        self._indexes = indexes
        self._embedders = embedders
        self._reranker = reranker
        self._searchers = ThreadPoolExecutor(2, "search")
        self._askers = ThreadPoolExecutor(_ASKERS, "ask")  # for embedders that are elsewhere: they mostly wait
        self._said = 0.0

    def warm(self) -> list[asyncio.Future[None]]:
        """Load Chroma and the embedder in threads."""
        loop = asyncio.get_running_loop()
        name = self._embedders.configured.name
        return [loop.run_in_executor(self._searchers, load) for load in (load_chroma, partial(self._open, name))]

    async def ready(self, embedder: str) -> None:
        """Load this embedder, where there is one of that name."""
        await asyncio.get_running_loop().run_in_executor(self._searchers, self._open, embedder)

    def _open(self, embedder: str) -> None:
        if background := self._embedders.background(embedder):
            try:
                background.open()
            except EmbedderAway as e:
                log.warning("questions are searched by words alone for now: %s", e)

    async def close(self) -> None:
        """End the threads, and let go of the reranker."""
        await asyncio.to_thread(self._searchers.shutdown)
        await asyncio.to_thread(self._askers.shutdown)
        await self._reranker.close()

    async def search(
        self, text: str, audience: Audience, *, limit: int = 5, also: str = "", precision: float = gate.PRECISION
    ) -> Found:
        """The ``limit`` best passages that the audience may read, and whether they are enough to answer from.

        ``also`` is a second form of the question (a rewritten follow-up): both are searched and count together.
        ``precision`` is the share of answers that is to be right where it is enough.  Where the question cannot be
        embedded now it is searched by its words alone, and ``notes`` say so.
        """
        texts = list(dict.fromkeys(one for given in (text, also) if (one := _searched(given))))
        if not texts or limit < 1 or await self._indexes.of(audience.workspace) is None:
            return Found(text, (), False, 0.0, gate.nothing().numbers)
        form, many = Form.of(texts), max(limit, _CANDIDATES)
        notes = []
        try:
            ranked = await self._ranked(form, audience, many)
        except EmbedderAway as e:
            self._say(e)
            ranked = await self._ranked(form, audience, many, by_words=True)
            notes.append("searched by words alone: the question could not be embedded")
        decision = gate.decide(ranked, form.language, len(form.asked), precision, by_words=bool(notes))
        best = _different(ranked, max(limit, self._reranker.candidates if self._reranker.is_on else 0))
        best, note = await self._reranker.ordered(texts[-1], best)
        passages = _scored(best[:limit], decision.confidence)
        notes += [note] if note else []
        return Found(text, passages, decision.enough, decision.confidence, decision.numbers, tuple(notes))

    async def _ranked(self, form: Form, audience: Audience, many: int, *, by_words: bool = False) -> list[Ranked]:
        """The candidates that may be read, best first; raises ``EmbedderAway``."""
        with self._indexes.way.taken():
            seen, hits, asked = await self._candidates(form, audience, many, by_words=by_words)
            kept = await self._readable(hits, audience)
            for _ in range(_SWAPS):
                if all(id_ in kept for hit in hits for id_ in hit.ids):
                    break
                current = await self._until(self._indexes.caught_up(audience.workspace))
                if current.position == seen:
                    break  # what is missing has expired
                seen, hits, asked = await self._candidates(form, audience, many, by_words=by_words)
                kept = await self._readable(hits, audience)
            ranking = partial(rank, hits, kept, form.language, asked.background)
            return await asyncio.get_running_loop().run_in_executor(self._searchers, ranking)

    async def _until(self, ready: Awaitable[T]) -> T:
        """Wait for the index: meanwhile it gives way to this search no more."""
        with self._indexes.way.left():
            return await ready

    async def _candidates(
        self, form: Form, audience: Audience, many: int, *, by_words: bool
    ) -> tuple[int, list[Hits], Asked]:
        """How far the index has followed, what it offers, and how it was asked."""
        loop, workspace = asyncio.get_running_loop(), audience.workspace
        for _ in range(_SWAPS):
            index = await self._until(self._index(workspace))
            seen = index.position
            try:
                name = index.embedder
                ask = partial(by_words_alone, name) if by_words else self._ask(index, form)
                if not by_words and isinstance(self._embedders.of(name), ServerEmbedder):  # waited for elsewhere
                    ask = partial(_known, await loop.run_in_executor(self._askers, ask))
                look = partial(_look, index, form, audience.grants, many, ask)
                hits, asked = await loop.run_in_executor(self._searchers, look)
            except Switched:
                continue  # it holds other vectors by now
            except Damaged as e:
                await self._until(self._indexes.build_anew(workspace, index, e))
            else:
                return seen, hits, asked
        raise Unavailable("the search index is being written anew: try again in a moment")

    async def _index(self, workspace: str) -> Index:
        return await self._indexes.of(workspace) or await self._indexes.caught_up(workspace)

    def _ask(self, index: Index, form: Form) -> Callable[[], Asked]:
        """What puts the question into the vectors of the index."""
        name = index.embedder
        embedder, background = self._embedders.of(name), self._embedders.background(name)
        if embedder is None or background is None:
            raise EmbedderAway(f"the vectors in use are those of {name}, which the settings do not name any more")

        def ask() -> Asked:
            vectors, kept = embedder.queries(form.texts), index.dimensions
            if kept not in {0, vectors.shape[1]} and index.embedder == name:  # else it was swapped meanwhile: Switched
                raise EmbedderAway(
                    f"{name} gives vectors of {vectors.shape[1]} numbers now, and those kept have {kept}"
                )
            return Asked(name, embedder, background, vectors)

        return ask

    async def _readable(self, hits: Sequence[Hits], audience: Audience) -> dict[str, Kept]:
        ids = [id_ for hit in hits for id_ in hit.ids]
        return await self._documents.readable(audience.workspace, ids, audience.grants)

    def _say(self, why: EmbedderAway) -> None:
        """Once a minute, not once a question."""
        if time.monotonic() >= self._said:
            self._said = time.monotonic() + _SAY_S
            log.warning("questions are searched by words alone: %s", why)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's vectors, and whose they are; no background: it is searched by words alone."""

    embedder: str
    made_by: Embedder | None
    background: Background | None
    vectors: Floats

    def towards(self, other: str, *, of: str) -> tuple[Floats, Floats]:
        """Those for passages in the language ``other``, and those for comparing languages; ``of`` is the question's."""
        embedder = self.made_by
        if embedder and isinstance(embedder, Twofold):
            return embedder.towards(self.vectors, other == of), embedder.common(self.vectors)
        return self.vectors, self.vectors[:0]


def by_words_alone(embedder: str) -> Asked:
    """No vectors at all, for an index that holds those of ``embedder``."""
    return Asked(embedder, None, None, np.zeros((0, 1), np.float32))


def _known(asked: Asked) -> Asked:
    return asked


def _look(
    index: Index, form: Form, grants: frozenset[str], many: int, ask: Callable[[], Asked]
) -> tuple[list[Hits], Asked]:
    """What the index offers for the question, and how it was asked; blocks, in one thread for both."""
    asked = ask()
    towards = partial(asked.towards, of=form.language)
    return index.search(asked.embedder, towards, form.weights, form.asked, form.named, grants, many), asked


def _searched(text: str) -> str:
    """A question as it is searched: not endless, and shouting changes nothing."""
    return _REPEATED.sub(r"\1", text[:_LONGEST_QUESTION]).strip()


def as_passage(kept: Kept, score: float = 0.0) -> Passage:
    """What leaves the knowledge base."""
    return Passage(kept.id, kept.document, kept.source, kept.title, kept.heading, kept.url, kept.text, kept.language,
                   kept.grant, score, kept.dated)  # fmt: skip


def _different(ranked: Sequence[Ranked], limit: int) -> list[Ranked]:
    """The first ``limit`` that differ: of passages that are nearly the same text the best is shown."""
    taken: list[Ranked] = []
    seen: list[_Print] = []
    for one in ranked:
        if len(taken) == limit:
            break
        here = _Print.of(one.kept.text)
        if not any(here.alike(other) for other in seen):
            taken.append(one)
            seen.append(here)
    return taken


@dataclass(frozen=True, slots=True)
class _Print:
    """What tells whether two texts are nearly the same: runs of words, and every number in order.

    A text that differs in a number says something else, however alike the rest.
    """

    runs: frozenset[tuple[str, ...]]
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> _Print:
        words = _WORD.findall(text.casefold())
        runs = frozenset(zip(*(words[n:] for n in range(_RUN)), strict=False)) or frozenset([tuple(words)])
        return cls(runs, tuple(word for word in words if word[0].isdigit()))

    def alike(self, other: _Print) -> bool:
        if self.numbers != other.numbers:
            return False
        fewer, more = sorted((len(self.runs), len(other.runs)))
        if fewer < _ALIKE * more:
            return False
        both = len(self.runs & other.runs)
        return both >= _ALIKE * (fewer + more - both)


def _scored(ranked: Sequence[Ranked], confidence: float) -> tuple[Passage, ...]:
    """Scores fall with the order: the first has what the gate thinks of all, the others their share of it."""
    if not ranked:
        return ()
    first = ranked[0].order
    return tuple(
        as_passage(one.kept, round(max(confidence, 0.01) / (1 + max(0.0, first - one.order)), 4)) for one in ranked
    )  # fmt: skip
