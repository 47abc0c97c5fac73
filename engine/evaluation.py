"""Questions with known answers, through the same assistant that people talk to: scores of search and of answers."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from engine.errors import FrontdeskError
from engine.growing import Growing
from engine.language import language_of
from engine.prompt import Past
from engine.types import PUBLIC, WORKSPACE, Addressed, Audience, Conversation, Message, Outcome, Reply

if TYPE_CHECKING:
    from engine.assistant import Assistant
    from engine.knowledge import Knowledge

_DEPTH = 10  # results looked at: for mrr@10


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    role: str
    text: str


class Case(BaseModel):
    """One question.  ``documents``: sources that answer it; ``answer``: texts of which one must stand in the reply."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    question: str
    language: str = ""
    documents: tuple[str, ...] = ()
    answer: str | tuple[str, ...] = ()
    unanswerable: bool = False
    audience: str = WORKSPACE
    history: tuple[_Said, ...] = ()

    @classmethod
    def from_json(cls, line: str) -> Case:
        """A case from a line of a file.  Raises ``FrontdeskError`` that names what is wrong."""
        try:
            return cls.model_validate(orjson.loads(line))
        except (ValidationError, orjson.JSONDecodeError) as e:
            problem = e.errors(include_url=False)[0] if isinstance(e, ValidationError) else None
            reason = f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" if problem else str(e)
            raise FrontdeskError(f"this line is no case ({reason}): {line[:120]}") from None

    @property
    def answers(self) -> tuple[str, ...]:
        """The accepted answers."""
        return (self.answer,) if isinstance(self.answer, str) else self.answer


@dataclass(frozen=True, slots=True)
class _Scored:
    """What came out for one case."""

    case: Case
    language: str
    rank: int  # of the first right document, from 1; 0: not among the first ten; -1: none is known
    confidence: float
    enough: bool
    reply: Reply | None
    ms: float

    @property
    def answered(self) -> bool:
        return self.reply.outcome is Outcome.ANSWERED if self.reply else self.enough

    @property
    def right(self) -> bool | None:
        """Whether answering was right, and right was answered; None where the case does not say."""
        if self.case.unanswerable:
            return False
        if self.reply and self.case.answers:
            said = _folded(self.reply.text)
            return any(_folded(a) in said for a in self.case.answers)
        return self.rank == 1 if self.rank >= 0 else None


async def evaluate(
    cases: Sequence[Case], assistant: Assistant, knowledge: Knowledge, workspace: str, *, retrieval_only: bool
) -> AsyncIterator[Mapping[str, Any]]:
    """Run the cases one after the other; yields ``progress`` and ``case`` lines, at last a ``row`` with the scores."""
    scored = []
    for n, case in enumerate(cases, 1):
        one = await _run(case, assistant, knowledge, workspace, retrieval_only=retrieval_only)
        scored.append(one)
        yield {
            "case": {
                "id": case.id,
                "question": case.question,
                "language": one.language,
                "rank": one.rank,
                "confidence": round(one.confidence, 4),
                "answered": one.answered,
                "right": one.right,
                "text": one.reply.text if one.reply else None,
                "reason": one.reply.reason if one.reply else None,
                "ms": round(one.ms, 1),
            }
        }
        yield {"progress": {"done": n, "total": len(cases), "source": case.id}}
    by_language = {
        lang: _scores([s for s in scored if s.language == lang]) for lang in sorted({s.language for s in scored})
    }
    yield {"row": {**_scores(scored), "by_language": by_language}}


async def _run(
    case: Case, assistant: Assistant, knowledge: Knowledge, workspace: str, *, retrieval_only: bool
) -> _Scored:
    audience = Audience(
        workspace, frozenset({PUBLIC, WORKSPACE, case.audience} if case.audience != PUBLIC else {PUBLIC})
    )
    language = case.language or language_of(case.question)
    began = time.monotonic()
    previous = [s.text for s in case.history if s.role == "user"][-1:]
    also = f"{previous[0]} {case.question}" if previous else ""
    found = await knowledge.search(case.question, audience, limit=_DEPTH, also=also)
    rank = -1
    if case.documents:
        rank = next((n for n, p in enumerate(found.passages, 1) if _among(p.source, case.documents)), 0)
    reply = None
    if not retrieval_only:
        message = Message(
            uuid.uuid4().hex, Conversation("eval", workspace, "eval", case.id), "eval", case.question, Addressed.DIRECT
        )
        reply = await assistant.respond(message, audience, _past(case), Growing())
    return _Scored(
        case,
        language,
        rank,
        reply.confidence if reply else found.confidence,
        found.enough,
        reply,
        (time.monotonic() - began) * 1000,
    )


def _past(case: Case) -> list[Past]:
    """Pairs of what the person said and what was answered, without passages."""
    turns = []
    for asked, answered in zip(case.history, case.history[1:], strict=False):
        if asked.role == "user" and answered.role == "assistant":
            turns.append(Past((), asked.text, answered.text, language_of(asked.text)))
    return turns


def _among(source: str, wanted: Sequence[str]) -> bool:
    """A source is right when it is the one named, or the path that was named ends it."""
    return any(source == w or source.endswith("/" + w) for w in wanted)


def _scores(scored: Sequence[_Scored]) -> dict[str, Any]:
    ranked = [s.rank for s in scored if s.rank >= 0]
    judged = [(s.confidence, s.right) for s in scored if s.right is not None]
    return {
        "cases": len(scored),
        "recall@1": _share([r == 1 for r in ranked]),
        "recall@5": _share([1 <= r <= 5 for r in ranked]),
        "mrr@10": round(math.fsum(1 / r for r in ranked if r) / len(ranked), 4) if ranked else None,
        "answered": sum(s.answered for s in scored),
        "handed_off": sum(not s.answered for s in scored),
        "coverage_at_95_precision": coverage(judged, 0.95),
        "auroc_answerable": auroc([(s.confidence, not s.case.unanswerable) for s in scored]),
    }


def _share(hits: Sequence[bool]) -> float | None:
    return round(sum(hits) / len(hits), 4) if hits else None


def coverage(judged: Sequence[tuple[float, bool | None]], precision: float) -> float | None:
    """The largest share of cases that can be answered, surest first, with at least this precision."""
    if not judged:
        return None
    best = right = 0
    ordered = sorted(judged, key=lambda j: -j[0])
    for n, (confidence, ok) in enumerate(ordered, 1):
        right += bool(ok)
        ends_tie = n == len(ordered) or ordered[n][0] != confidence
        if ends_tie and right >= precision * n:
            best = n
    return round(best / len(judged), 4)


def auroc(scores: Sequence[tuple[float, bool]]) -> float | None:
    """The chance that an answerable case has a higher confidence than an unanswerable one; ties count half."""
    yes = [s for s, good in scores if good]
    no = [s for s, good in scores if not good]
    if not yes or not no:
        return None
    wins = sum((y > n) + 0.5 * (y == n) for y in yes for n in no)
    return round(wins / (len(yes) * len(no)), 4)


def _folded(text: str) -> str:
    return " ".join(text.lower().replace("*", "").split())
