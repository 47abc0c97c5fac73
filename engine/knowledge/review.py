"""A check of the knowledge base itself: what in it is wrong, doubled, out of date or of no use, worst first."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Literal

from engine.knowledge.disagreement import Disagreement, disagreements
from engine.knowledge.duplicates import Duplicate, near_duplicates
from engine.store.database import Database
from engine.store.documents import Document, Documents
from engine.store.review import answers_by_document, met_contradictions, passages_by_id, passages_of_workspace
from engine.types import Passage

DAY_S = 86400.0
_SOON_S = 30 * DAY_S
_SETTLED_S = 14 * DAY_S  # a page that was loaded later has had no chance to be used
_OLD_S = 365 * DAY_S
_FEW = 400  # passages that are compared without a process of their own

Kind = Literal["contradiction", "expired", "failed", "expires_soon", "near_duplicate", "old", "never_used"]
#: The order of what is hit by equally many questions.
KINDS: tuple[Kind, ...] = ("contradiction", "expired", "failed", "expires_soon", "near_duplicate", "old", "never_used")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at: ``questions`` is how many recent answers used one of the ``documents``.

    ``text`` says what it is; ``said`` holds the sentences or passages, one for each document.
    """

    kind: Kind
    questions: int
    documents: tuple[Document, ...]
    text: str
    said: tuple[str, ...] = ()


class Review:
    """The check, over one workspace at a time, for its admins: it sees what was loaded for whomever."""

    def __init__(self, database: Database):
        self._database = database
        self._documents = Documents(database)

    async def contradiction(self, workspace: str, first: str, second: str) -> Disagreement | None:
        """How two passages contradict each other; None where they do not, or one of them is gone."""
        found = await self._database.read(lambda c: passages_by_id(c, workspace, [first, second]))
        return next(iter(disagreements(found)), None)

    async def findings(self, workspace: str, *, days: float = 90.0, now: float = 0.0) -> list[Finding]:
        """Everything that is found, what most recent questions hit first.

        Args:
            workspace: which one.
            days: how far back an answer is recent.
            now: the present, seconds since 1970; 0: by the clock.
        """
        now = now or time.time()
        documents = {d.id: d for d in await self._documents.of(workspace)}
        texts = await self._database.read(lambda c: passages_of_workspace(c, workspace))
        recent = await self._database.read(lambda c: answers_by_document(c, workspace, now - days * DAY_S))
        ever = await self._database.read(lambda c: answers_by_document(c, workspace, 0.0))
        met = await self._database.read(lambda c: met_contradictions(c, workspace))
        contradictions, doubles = await _apart(texts)

        def made(kind: Kind, ids: Sequence[str], text: str, said: tuple[str, ...] = ()) -> Finding:
            hit = set[int]().union(*(recent.get(id_, ()) for id_ in ids))
            return Finding(kind, len(hit), tuple(documents[id_] for id_ in ids if id_ in documents), text, said)

        found = [
            made(
                "contradiction",
                (one.first.document, one.second.document),
                f"they say different things ({one.about}){_met(met.get(one.pair, 0))}",
                one.said,
            )
            for one in contradictions
        ]
        found += [
            made(
                "near_duplicate",
                (one.first.document, one.second.document),
                _shared(one),
                (one.first.text, one.second.text),
            )
            for one in doubles
        ]
        for one in documents.values():
            if text := _out_of_date(one, now):
                found.append(made("expired" if one.expires <= now else "expires_soon", [one.id], text))
            if one.status == "failed" or one.reason:
                found.append(made("failed", [one.id], one.reason or "it could not be loaded"))
            if one.version and 0 < one.dated < now - _OLD_S:
                found.append(made("old", [one.id], f"its text is {int((now - one.dated) / DAY_S)} days old"))
            if one.version and ever and one.id not in ever and one.loaded < now - _SETTLED_S:
                found.append(made("never_used", [one.id], "no answer has ever used it"))
        return sorted(found, key=lambda f: (-f.questions, KINDS.index(f.kind), _age(f)))


def _met(answers: int) -> str:
    return f"; {answers} answers have shown both" if answers else ""


def _shared(one: Duplicate) -> str:
    return (
        "a passage is nearly the same in both" if one.passages == 1 else f"{one.passages} passages are nearly the same"
    )


def _out_of_date(document: Document, now: float) -> str:
    if not 0 < document.expires < now + _SOON_S:
        return ""
    days = abs(int((document.expires - now) / DAY_S))
    return f"it expired {days} days ago" if document.expires <= now else f"it expires in {days} days"


def _age(finding: Finding) -> float:
    return min((d.dated for d in finding.documents if d.dated), default=0.0)


async def _apart(passages: list[Passage]) -> tuple[list[Disagreement], list[Duplicate]]:
    """Compare; many passages in a process of their own, politely: it is pure computation of 2 ms a passage."""
    if len(passages) <= _FEW:
        return await asyncio.to_thread(_compared, passages)
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), os.nice, (10,))
    try:
        found = await asyncio.get_running_loop().run_in_executor(pool, _compared, passages)
        await asyncio.to_thread(pool.shutdown)
        return found
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _compared(passages: list[Passage]) -> tuple[list[Disagreement], list[Duplicate]]:
    return disagreements(passages), near_duplicates(passages)
