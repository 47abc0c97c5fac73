"""Entries found by what people ask: which one comes first, and how often one is answered word for word, and rightly.

``banking77`` (one bank's customers, 77 intents): 77 entries with five example questions each, drawn by a seed; of
the other questions 1,000 (``--quick``: 250) go through the FAQ plugin, without a model.  ``top1``: the entry that is
answered, or stands first among what was found, is the right one.  ``verified``: the share that was answered word for
word, and how many of those rightly.  ``routes``: what other ways to choose among the same examples give, over all
other questions: the nearest example by each encoder, the mean of an entry's examples, a discriminant over one or both.

``near``: when an entry in other words is taken for what was asked (``engine.knowledge.matching.NEAR``).  The numbers
were chosen on one half of the intents (``fitted``) and are reported on the other (``held_out``): of each half, two
thirds are entries and the questions of the last third have none, so that any entry is wrong for them.
``twins``: pairs of questions of our own (``tests/data/twins.jsonl``), some of which only differ in a number, a name, a
"not": ``taken`` of those that ask the same, ``wrong`` of those that do not.  ``elsewhere``: questions about another
product, asked of APISIX's FAQ: each match is wrong.

    .venv/bin/python -m tests.bench.faq --json
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson

from engine.budget import Budget
from engine.growing import Growing
from engine.knowledge import Entry, Knowledge, Packaged
from engine.knowledge.discriminant import Discriminant
from engine.knowledge.lexical import Floats
from engine.knowledge.matching import NEAR
from engine.language import language_of
from engine.store.database import Database
from engine.store.migrate import migrate
from engine.turn import Turn
from engine.types import Addressed, Audience, Conversation, Found, Message
from plugins.faq import Faq
from tests.bench import report
from tests.bench.same_question import Labelled, banking
from tests.bench.vectors import Kept

_EXAMPLES, _ASKED, _QUICK = 5, 1_000, 250
_E5 = 384  # numbers of the first encoder
_TWINS = Path(__file__).parent.parent / "data" / "twins.jsonl"


@dataclass(slots=True)
class Watched(Turn):
    """A turn that keeps what was found for it."""

    found: Found | None = None

    async def search(self, text: str = "", *, limit: int = 5, precision: float = 0.95) -> Found:
        """As every turn does."""
        self.found = await Turn.search(self, text, limit=limit, precision=precision)
        return self.found


class Bench:
    """A knowledge base with a workspace for each set of entries."""

    def __init__(self, knowledge: Knowledge, embedder: Kept, quick: bool) -> None:
        self._knowledge, self._embedder, self._quick = knowledge, embedder, quick

    async def load(self, workspace: str, entries: Sequence[Sequence[str]]) -> None:
        """One entry a group of questions; its answer is its number."""
        for n, (question, *variants) in enumerate(entries):
            entry = Entry(question, f"Answer number {n}.", tuple(variants))
            await self._knowledge.put_entry(entry, workspace=workspace, grant="workspace", actor="bench")

    async def verified(self, workspace: str, question: str) -> int | None:
        """The number of the entry that the question is taken for."""
        match = await self._knowledge.match(question, Audience.of(workspace, "workspace"))
        return _number(match.passage.text) if match else None

    async def banking(self, rows: Labelled, seed: int) -> report.Result:
        """Through the plugin."""
        intents = sorted({intent for _, intent in rows})
        examples, others = drawn(rows, intents, np.random.default_rng(seed))
        await self.load("banking", [examples[intent] for intent in intents])
        rng = np.random.default_rng(seed)
        chosen = rng.choice(len(others), _QUICK if self._quick else _ASKED, replace=False)
        right = verified = verified_right = answered = 0
        for text, intent in (others[i] for i in chosen):
            turn = _turn(text, "banking", self._knowledge)
            reply = await Faq().answer(turn)
            passages = reply.used if reply and reply.used else turn.found.passages if turn.found else ()
            is_right = bool(passages) and intents[_number(passages[0].text)] == intent
            right += is_right
            answered += bool(reply and reply.outcome == "answered" and reply.used)
            if turn.found is None:
                verified, verified_right = verified + 1, verified_right + is_right
        n = len(chosen)
        return {
            "top1": round(100 * right / n, 1),
            "verified": {"share": round(100 * verified / n, 1), "right": round(100 * verified_right / verified, 1)},
            "answered": round(100 * answered / n, 1),
            "n": n,
        }

    def routes(self, rows: Labelled, seed: int) -> report.Result:
        """Ways to choose among the same examples, over all other questions."""
        intents = sorted({intent for _, intent in rows})
        examples, others = drawn(rows, intents, np.random.default_rng(seed))
        if self._quick:
            others = [others[i] for i in np.random.default_rng(seed).choice(len(others), _QUICK, replace=False)]
        known = _unit(self._embedder.passages([text for intent in intents for text in examples[intent]]))
        asked = _unit(self._embedder.queries([text for text, _ in others]))
        entry = np.repeat(np.arange(len(intents)), _EXAMPLES)
        truth = np.array([intents.index(intent) for _, intent in others])
        first, second = slice(0, _E5), slice(_E5, None)

        def share(scores: Floats) -> float:
            return round(100 * float((scores.argmax(1) == truth).mean()), 1)

        def each(near: Floats, how: str) -> Floats:
            by_entry = near.reshape(len(near), len(intents), _EXAMPLES)
            return np.asarray(by_entry.max(2) if how == "max" else by_entry.mean(2))

        def learned(*parts: slice) -> float:
            found = Discriminant.of(known, entry.tolist(), parts)
            return share(np.stack([found.scores(one) for one in asked])) if found else 0.0

        near = {"e5": asked[:, first] @ known[:, first].T, "use": asked[:, second] @ known[:, second].T}
        near["both"] = (near["e5"] + near["use"]) / 2
        named = {f"{name}, {how}": share(each(one, how)) for name, one in near.items() for how in ("max", "mean")}
        return {**named, "discriminant, e5": learned(first), "discriminant, use": learned(second),
                "discriminant, both": learned(first, second), "n": len(others)}  # fmt: skip

    async def near(self, rows: Labelled, name: str, intents: Sequence[str]) -> report.Result:
        """Of questions that have an entry and of those that have none, how many are taken for one, and rightly."""
        inside = list(intents[: len(intents) * 2 // 3])
        examples, others = drawn(rows, inside, np.random.default_rng(1))
        outside = [(text, intent) for text, intent in rows if intent in set(intents) - set(inside)]
        await self.load(name, [examples[intent] for intent in inside])
        asked = [*others, *outside]
        if self._quick:
            asked = [asked[i] for i in np.random.default_rng(1).choice(len(asked), _QUICK, replace=False)]
        taken = right = taken_outside = 0
        for text, intent in asked:
            number = await self.verified(name, text)
            taken += number is not None
            right += number is not None and inside[number] == intent
            taken_outside += number is not None and intent not in inside
        share = round(100 * right / taken, 1) if taken else None
        return {"taken": taken, "right": share, "taken_without_an_entry": taken_outside, "n": len(asked)}

    async def twins(self) -> report.Result:
        """Pairs that ask the same, and pairs that only nearly do."""
        rows = [orjson.loads(line) for line in _TWINS.read_bytes().splitlines()]
        result: report.Result = {}
        for n, row in enumerate(rows):
            await self.load(f"twin-{n}", [[row["entry"]]])
            taken = await self.verified(f"twin-{n}", row["asked"]) is not None
            of = result.setdefault(row["language"], {"same": 0, "taken": 0, "different": 0, "wrong": []})
            of["same" if row["same"] else "different"] += 1
            if row["same"]:
                of["taken"] += taken
            elif taken:
                of["wrong"].append(row["asked"])
        return result

    async def elsewhere(self, data: Path) -> report.Result:
        """Another product's questions, and the FAQ's own in the other language."""
        pairs = [orjson.loads(line) for line in (data / "docs-apisix" / "faq_pairs.jsonl").read_bytes().splitlines()]
        result: report.Result = {}
        for language in ("en", "zh"):
            own = [str(pair[f"q_{language}"]) for pair in pairs]
            await self.load(f"apisix-{language}", [[question] for question in own])
            text = (data / "faq-shardingsphere" / f"{language}.txt").read_text("utf-8")
            others = [line for line in text.splitlines() if line.strip()]
            wrong = [line for line in others if await self.verified(f"apisix-{language}", line) is not None]
            same = [await self.verified(f"apisix-{language}", question) == n for n, question in enumerate(own)]
            result[language] = {"wrong": len(wrong), "n": len(others), "own": sum(same), "own_n": len(own)}
        return result


def drawn(rows: Labelled, intents: Sequence[str], rng: np.random.Generator) -> tuple[dict[str, list[str]], Labelled]:
    """Five example questions of each intent, and the other questions of these intents."""
    examples: dict[str, list[str]] = {}
    others: Labelled = []
    for intent in intents:
        texts = list(dict.fromkeys(text for text, of in rows if of == intent))
        order = rng.permutation(len(texts))
        examples[intent] = [texts[i] for i in order[:_EXAMPLES]]
        others += [(texts[i], intent) for i in order[_EXAMPLES:]]
    return examples, others


def halves(rows: Labelled) -> Iterator[list[str]]:
    """The intents in two halves: the numbers of ``NEAR`` were chosen on the first."""
    intents = sorted({intent for _, intent in rows})
    order = np.random.default_rng(5).permutation(len(intents))
    yield [intents[i] for i in order[: len(intents) // 2]]
    yield [intents[i] for i in order[len(intents) // 2 :]]


def _number(text: str) -> int:
    return int(text.rpartition("Answer number ")[2].rstrip("."))


def _turn(text: str, workspace: str, knowledge: Knowledge) -> Watched:
    message = Message("1", Conversation("bench", workspace, "room"), "somebody", text, Addressed.DIRECT)
    audience = Audience.of(workspace, "workspace")
    return Watched(message, text, language_of(text), audience, (), knowledge, None, Budget(500, 300, 300), Growing())


def _unit(vectors: Floats) -> Floats:
    found = vectors.astype(np.float32)
    for part in (slice(0, _E5), slice(_E5, None)):
        found[:, part] /= np.linalg.norm(found[:, part], axis=1, keepdims=True)
    return found


async def measured(wanted: argparse.Namespace, folder: Path) -> report.Result:
    """All of it."""
    embedder = Kept(Packaged(), wanted.vectors)
    database = Database.at(folder)
    await migrate(database)
    knowledge = Knowledge(database, folder, embedder, renew=False)
    await knowledge.open(warm=False)
    try:
        bench, rows = Bench(knowledge, embedder, wanted.quick), banking(wanted.data)
        fitted, held_out = halves(rows)
        return {
            "banking77": await bench.banking(rows, 1),
            "routes": bench.routes(rows, 1),
            "near": {
                "settings": dict(zip(("cosine", "ahead"), NEAR[embedder.name], strict=True)),
                "fitted": await bench.near(rows, "fitted", fitted),
                "held_out": await bench.near(rows, "held-out", held_out),
            },
            "twins": await bench.twins(),
            "elsewhere": await bench.elsewhere(wanted.data),
        }
    finally:
        await knowledge.close()
        await database.close()


def main() -> None:
    """Measure and print."""
    wanted = report.options(__doc__, data=True, vectors=True)
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(measured(wanted, Path(folder)))
    report.show({**report.machine("onnxruntime"), **result}, wanted, table=table)


def table(result: report.Result) -> list[list[str]]:
    """A row a figure."""
    rows = [["what", "figure"]]
    for name in ("banking77", "routes", "near", "twins", "elsewhere"):
        rows += [[f"{name}: {key}", str(value)] for key, value in result[name].items()]
    return rows


if __name__ == "__main__":
    main()
