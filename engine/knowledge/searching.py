"""A question to the passages that answer it best: candidates from the indexes, checked again in SQL, ranked, judged."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from engine.knowledge import gate
from engine.knowledge.background import Background
from engine.knowledge.embed import Embedder, Twofold
from engine.knowledge.index import Hits
from engine.knowledge.indexes import Indexes
from engine.knowledge.lexical import Floats
from engine.knowledge.rank import Ranked, rank
from engine.knowledge.vectors import Damaged, load_chroma
from engine.language import language_of
from engine.store.documents import Documents, Kept
from engine.terms import content_terms, names, terms
from engine.types import Audience, Found, Passage

#: Of each kind and language.  50 finds no more: R@1 and R@5 on XQuAD, alone and among 3,200 other passages, are the
#: same within 0.1 points from 15 to 50, and a second search by sentence vectors adds nothing to the candidates.
_CANDIDATES = 25
_LONGEST_QUESTION = 2000  # characters that are searched for
_REPEATED = re.compile(r"([!?！？。.…])[!?！？。.…]+")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_RUN = 4  # words
_ALIKE = 0.8  # of the runs of two texts together
_SWAPS = 3  # times that it is searched again, because a document was replaced between the index and the database
_ALSO = 0.5  # what the terms of the question's second form count: .25 to 1 find the same (MTRAG, within 1 point)


class Search:
    """The search over all workspaces' indexes."""

    def __init__(self, documents: Documents, indexes: Indexes, embedder: Embedder):
        self._documents = documents
        self._indexes = indexes
        self._embedder = embedder
        self._background = Background(embedder)
        self._searchers = ThreadPoolExecutor(2, "search")

    def warm(self) -> list[asyncio.Future[None]]:
        """Load Chroma and the embedder in threads."""
        loop = asyncio.get_running_loop()
        return [loop.run_in_executor(self._searchers, load) for load in (load_chroma, self._background.open)]

    def close(self) -> None:
        """End the threads."""
        self._searchers.shutdown()

    async def search(
        self, text: str, audience: Audience, *, limit: int = 5, also: str = "", precision: float = gate.PRECISION
    ) -> Found:
        """The ``limit`` best passages that the audience may read, and whether they are enough to answer from.

        ``also`` is a second form of the question (a rewritten follow-up): both are searched and count together.
        ``precision`` is the share of answers that is to be right where it is enough.
        """
        forms = list(dict.fromkeys(form for given in (text, also) if (form := _searched(given))))
        if not forms or limit < 1:
            return Found(text, (), False, 0.0, gate.nothing().numbers)
        index, vectors = await asyncio.gather(self._indexes.of(audience.workspace), self._vectors(forms))
        language = language_of(forms[0])
        embedder = self._embedder

        def towards(other: str) -> tuple[Floats, Floats]:
            if isinstance(embedder, Twofold):
                return embedder.towards(vectors, other == language), embedder.common(vectors)
            return vectors, vectors[:0]

        named = list(dict.fromkeys(names(forms[0])))
        weights = dict.fromkeys([*terms(forms[0]), *named], 1.0)
        for form in forms[1:]:
            weights = {**dict.fromkeys([*terms(form), *names(form)], _ALSO), **weights}
        asked = content_terms(forms[0])

        if index is None:
            return Found(text, (), False, 0.0, gate.nothing().numbers)

        async def candidates() -> list[Hits]:
            current = await self._indexes.of(audience.workspace) or index
            many = max(limit, _CANDIDATES)
            return await asyncio.get_running_loop().run_in_executor(
                self._searchers, current.search, towards, weights, asked, named, audience.grants, many
            )

        seen = index.position
        try:
            hits = await candidates()
        except Damaged as e:
            await self._indexes.build_anew(audience.workspace, index, e)
            hits = await candidates()
        kept = await self._readable(hits, audience)
        for _ in range(_SWAPS):
            if all(id_ in kept for hit in hits for id_ in hit.ids):
                break
            current = await self._indexes.caught_up(audience.workspace)
            if current.position == seen:
                break  # what is missing has expired
            seen = current.position
            hits = await candidates()
            kept = await self._readable(hits, audience)
        ranked = await asyncio.to_thread(rank, hits, kept, language, self._background)
        decision = gate.decide(ranked, language, len(asked), precision)
        best = _different(ranked, limit)
        return Found(
            text, _scored(best, decision.confidence), decision.enough, decision.confidence, decision.numbers
        )  # fmt: skip

    async def _readable(self, hits: Sequence[Hits], audience: Audience) -> dict[str, Kept]:
        ids = [id_ for hit in hits for id_ in hit.ids]
        return await self._documents.readable(audience.workspace, ids, audience.grants)

    async def _vectors(self, forms: Sequence[str]) -> Floats:
        return await asyncio.get_running_loop().run_in_executor(self._searchers, self._embedder.queries, forms)


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

    runs: frozenset[int]
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> _Print:
        words = _WORD.findall(text.casefold())
        runs = frozenset(hash(tuple(words[n : n + _RUN])) for n in range(max(1, len(words) - _RUN + 1)))
        return cls(runs, tuple(word for word in words if word[0].isdigit()))

    def alike(self, other: _Print) -> bool:
        return self.numbers == other.numbers and len(self.runs & other.runs) >= _ALIKE * len(self.runs | other.runs)


def _scored(ranked: Sequence[Ranked], confidence: float) -> tuple[Passage, ...]:
    """Scores fall with the order: the first has what the gate thinks of all, the others their share of it."""
    if not ranked:
        return ()
    first = ranked[0].order
    return tuple(
        as_passage(one.kept, round(max(confidence, 0.01) / (1 + max(0.0, first - one.order)), 4)) for one in ranked
    )  # fmt: skip
