"""Questions with known answers, through the same assistant that people talk to: scores of search and of answers."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from engine.clarify import ASKED_BACK
from engine.errors import FrontdeskError
from engine.growing import Growing
from engine.language import language_of
from engine.prompt import Past
from engine.scores import auroc, coverage, rate
from engine.types import PUBLIC, WORKSPACE, Addressed, Audience, Conversation, Message, Outcome, Reply

if TYPE_CHECKING:
    from engine.assistant import Assistant
    from engine.knowledge import KeptEntry, Knowledge

_DEPTH = 10  # results looked at: for mrr@10
_LISTED = 50  # cases named on either side of a comparison
#: What is kept of a case's result.
_KEPT = ("id", "language", "rank", "confidence", "answered", "asked_back", "right", "good", "ms")
#: What is told of it where it moved.
_MOVED = ("good", "answered", "asked_back", "rank", "confidence")
#: Rates that come with an interval.
_RATES = ("recall@1", "recall@5", "precision", "answered_share")


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    role: str
    text: str


class Case(BaseModel):
    """One question.  ``documents``: sources that answer it; ``answer``: texts of which one must stand in the reply.

    ``accepted`` false: proposed by `eval make` and not yet looked at by a person; ``evidence`` is the sentence that it
    was made from, ``proposed`` how.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    question: str
    language: str = ""
    documents: tuple[str, ...] = ()
    answer: str | tuple[str, ...] = ()
    unanswerable: bool = False
    audience: str = WORKSPACE
    history: tuple[_Said, ...] = ()
    accepted: bool = True
    evidence: str = ""
    proposed: str = ""

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


def cases_of(kept: KeptEntry) -> list[Case]:
    """An entry as cases: each of its questions is answered with its answer."""
    return [
        Case(
            id=f"{kept.source}#{n}.{m}" if m else f"{kept.source}#{n}",
            question=question,
            documents=(kept.source,),
            answer=(one.answer,),
            audience=kept.grant,
        )
        for n, one in enumerate(kept.entry.wordings)
        for m, question in enumerate((one.question, *one.variants))
    ]


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
    def asked_back(self) -> bool:
        """The desk asked what is meant: neither an answer nor handed over."""
        return self.reply is not None and self.reply.reason == ASKED_BACK

    @property
    def answered(self) -> bool:
        if self.asked_back:
            return False
        return self.reply.outcome is Outcome.ANSWERED if self.reply else self.enough

    @property
    def right(self) -> bool | None:
        """Whether answering was right, and right was answered; None where the case does not say, or we asked back."""
        if self.asked_back:
            return None
        if self.case.unanswerable:
            return False
        if self.reply and self.case.answers:
            said = _folded(self.reply.text)
            return any(_folded(a) in said for a in self.case.answers)
        return self.rank == 1 if self.rank >= 0 else None

    @property
    def good(self) -> bool | None:
        """Whether this came out as it should: answered and right, or, where nothing answers it, not answered."""
        if self.case.unanswerable:
            return not self.answered
        return None if self.right is None else self.answered and self.right


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
                "asked_back": one.asked_back,
                "right": one.right,
                "good": one.good,
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


def kept(case: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a case's result: no text of a question or an answer, which can be deleted elsewhere."""
    return {name: case[name] for name in _KEPT if name in case}


def compared(
    scores: Mapping[str, Any],
    cases: Sequence[Mapping[str, Any]],
    before: Mapping[str, Any],
    cases_before: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """This run against an earlier one: how the scores moved, and which cases came out better or worse.

    A case moves when it came out as it should and does not any more (or the other way round), and where that is
    unknown or the same, when its document rose or fell by a place that counts (first, among five, among ten).
    """
    old = {c["id"]: c for c in cases_before}
    moved: dict[str, list[dict[str, Any]]] = {"better": [], "worse": []}
    for case in cases:
        if (was := old.get(case["id"])) and (difference := _standing(case) - _standing(was)):
            moved["better" if difference > 0 else "worse"].append(
                {
                    "id": case["id"],
                    "question": case["question"],
                    "before": {k: was.get(k) for k in _MOVED},
                    "after": {k: case.get(k) for k in _MOVED},
                    "by": difference,
                }
            )
    for side in moved.values():
        side.sort(key=lambda m: (-abs(m["by"]), m["id"]))
        for one in side:
            del one["by"]
    names = [k for k, v in scores.items() if isinstance(v, int | float) and isinstance(before.get(k), int | float)]
    return {
        "scores": {k: round(scores[k] - before[k], 4) for k in names if scores[k] != before[k]},
        "better": moved["better"][:_LISTED],
        "worse": moved["worse"][:_LISTED],
        "better_cases": len(moved["better"]),
        "worse_cases": len(moved["worse"]),
        "new_cases": sum(c["id"] not in old for c in cases),
        "gone_cases": len(old.keys() - {c["id"] for c in cases}),
    }


def _standing(case: Mapping[str, Any]) -> int:
    """How well a case came out: mostly whether it did as it should, then where its document stands."""
    rank = case["rank"]
    place = 0 if rank <= 0 else 3 if rank == 1 else 2 if rank <= 5 else 1
    return {True: 20, None: 10, False: 0}[case["good"]] + place


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
    rates = {
        "recall@1": rate([r == 1 for r in ranked]),
        "recall@5": rate([1 <= r <= 5 for r in ranked]),
        "precision": rate([s.right for s in scored if s.answered and s.right is not None]),
        "answered_share": rate([s.answered for s in scored]),
    }
    return {
        "cases": len(scored),
        **{name: found.share if (found := rates[name]) else None for name in _RATES[:2]},
        "mrr@10": round(sum(1 / r if r else 0 for r in ranked) / len(ranked), 4) if ranked else None,
        "answered": sum(s.answered for s in scored),
        "asked_back": sum(s.asked_back for s in scored),
        "handed_off": sum(not s.answered and not s.asked_back for s in scored),
        "precision": found.share if (found := rates["precision"]) else None,
        "coverage_at_95_precision": coverage(judged, 0.95),
        "auroc_answerable": auroc([(s.confidence, not s.case.unanswerable) for s in scored]),
        "intervals": {name: asdict(found) for name in _RATES if (found := rates[name])},
    }


def _folded(text: str) -> str:
    return " ".join(text.lower().replace("*", "").split())
