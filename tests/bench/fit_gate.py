"""Fits the gate (``engine/knowledge/gate.json``): ``python -m tests.bench.fit_gate``, with ``--write`` to keep it.

With ``--words`` the part of it for questions that are searched by words alone, because nothing can be embedded: the
same sets, with the numbers that words give.

Small knowledge bases are made of public data that ``tests.bench.abstain`` does not score, each with about half of what
is asked left out, and asked through the real search:

``cmrc``      CMRC 2018's trial part (zh): half of the paragraphs, bases of 1 to 128.
``pieces``    the same cut into pieces of some 170 characters, each piece there or not: what answers is gone, what
              stands around it is not.
``mtrag``     MTRAG's 350 passages (en) and people's rewritten questions: half of the conversations with all their
              passages, bases of one collection or all.
``banking``   banking77 (en): 38 of 77 intents, an example as question and up to four more as variants.
``across``    NTREX's news (en asks zh, zh asks en): part of a sentence, and four sentences that hold its translation.

Answered is a question whose passage is among the five that are found.  The weights are one logistic model of all sets,
which weigh alike; which numbers it takes was chosen by leaving out one set at a time.  The lines (Platt) and the
thresholds of each language come from sums that were computed without the base in question (five parts).  A threshold
is the least confidence from which on the stated share of the questions is answered.  Both hold where six of ten
questions are answerable, and are careful: most of what is left out has near relatives among what is there.  The
calibration error is the mean distance of confidence and share in ten bins.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import random
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EmbedderAway
from engine.knowledge import Embedder, Packaged
from engine.knowledge.embed import Floats
from engine.knowledge.embedders import Stopgap
from engine.knowledge.split import sentences
from engine.language import language_of
from tests.bench.bases import Base
from tests.bench.vectors import Kept

Array = NDArray[np.float64]
FILE = Path(__file__).parents[2] / "engine" / "knowledge" / "gate.json"
NAMES = ("near", "standing", "covered", "held", "apart")
BY_WORDS = ("covered", "held")
#: Share of the questions to a desk that its documents answer: an assumption, since nobody has counted.
ANSWERABLE = 0.6
_PARTS = 5
_RIDGE = 3.0
_PRECISIONS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.99)
_FEWEST = 30  # of the surest questions: of fewer no share is told


@dataclass(frozen=True)
class Asked:
    """A question put to a base: what the search measured, and whether the answer was among what it found."""

    set: str
    base: int
    language: str
    numbers: Mapping[str, float]
    answered: bool


class Away(Stopgap):
    """An embedder that cannot be asked."""

    def queries(self, texts: Sequence[str]) -> Floats:
        raise EmbedderAway("as if its server were away")


class Gathering:
    """Makes bases and asks."""

    def __init__(self, data: Path, embedder: Embedder):
        self.data, self.embedder = data, embedder
        self.asked: list[Asked] = []
        self.dice = random.Random(1)
        self._bases = 0

    async def ask(
        self, name: str, texts: Mapping[str, str], questions: Sequence[tuple[str, Sequence[str]]], end: str = "txt"
    ) -> None:
        """Load ``texts`` by name and ask (question, the names of those that answer it: none where they are gone)."""
        self._bases += 1
        async with AsyncExitStack() as stack:
            base = Base(self.embedder, stack)
            await base.load(dict(texts), end=end)
            for question, right in questions:
                found = await base.search(question)
                answered = any(p.source in right for p in found.passages)
                self.asked.append(Asked(name, self._bases, language_of(question), found.gate, answered))

    def lines(self, name: str) -> list[Any]:
        return [json.loads(line) for line in (self.data / name).read_text("utf-8").splitlines()]

    def paragraphs(self) -> list[Any]:
        found = json.loads((self.data / "cmrc2018" / "cmrc2018_trial.json").read_text("utf-8"))["data"]
        return [paragraph for article in found for paragraph in article["paragraphs"]]

    async def cmrc(self) -> None:
        known = self.paragraphs()
        for size, times in ((1, 12), (3, 8), (8, 4), (20, 2), (128, 1)):
            for _ in range(times):
                some = self.dice.sample(range(len(known)), 2 * size)
                there = {f"{n:03}" for n in some[:size]}
                asked = [(self.dice.choice(known[n]["qas"])["question"], [f"{n:03}"]) for n in some]
                texts = {f"{n:03}": known[n]["context"] for n in some[:size]}
                await self.ask("cmrc", texts, [(q, [name for name in right if name in there]) for q, right in asked])

    async def pieces(self) -> None:
        known = self.paragraphs()
        for size, times in ((4, 8), (30, 2), (256, 1)):
            for _ in range(times):
                texts, asked = {}, list[tuple[str, list[str]]]()
                for n in self.dice.sample(range(len(known)), size):
                    parts = _parts(known[n]["context"])
                    there = [k for k in range(len(parts)) if self.dice.random() < 0.5]
                    texts.update({f"{n:03}-{k}": parts[k] for k in there})
                    for qa in self.dice.sample(known[n]["qas"], min(2, len(known[n]["qas"]))):
                        answer = qa["answers"][0]["text"]
                        holding = [k for k, part in enumerate(parts) if answer in part]
                        if len(holding) == 1:
                            asked.append((qa["question"], [f"{n:03}-{k}" for k in holding if k in there]))
                if texts:
                    await self.ask("pieces", texts, asked)

    async def mtrag(self) -> None:
        known = {row["document_id"]: row["text"] for row in self.lines("mtrag/subset_documents.jsonl")}
        number = {id_: f"{n:03}" for n, id_ in enumerate(sorted(known))}
        written = {
            row["_id"]: row["text"].removeprefix("|user|:").strip()
            for name in ("clapnq", "cloud", "fiqa", "govt")
            for row in self.lines(f"mtrag/{name}_rewrite.jsonl")
        }
        tasks = [
            (
                row["task_id"].partition("<")[0],
                written[row["task_id"]],
                {c["document_id"] for c in row["contexts"]},
                row,
            )
            for row in self.lines("mtrag/subset_tasks.jsonl")
            if row["task_id"] in written and row["contexts"] and row["Answerability"][0] in {"ANSWERABLE", "PARTIAL"}
        ]
        collections = sorted({row["Collection"] for *_, row in tasks})
        for share in (1.0, 1.0, 0.3, 0.1):
            for wanted in ("", *collections):
                some = [task for task in tasks if wanted in ("", task[3]["Collection"])]
                talks = sorted({talk for talk, *_ in some})
                kept = set(self.dice.sample(talks, max(1, round(len(talks) * share / 2))))
                out = set(self.dice.sample(sorted(set(talks) - kept), max(1, round(len(talks) * share / 2))))
                gone = {id_ for talk, _, ids, _ in some if talk in out for id_ in ids}
                there = {id_ for talk, _, ids, _ in some if talk in kept for id_ in ids} - gone
                asked = [
                    (question, [number[id_] for id_ in sorted(ids & there)])
                    for talk, question, ids, _ in some
                    if talk in out or (talk in kept and ids & there)
                ]
                await self.ask("mtrag", {number[id_]: known[id_] for id_ in sorted(there)}, asked)

    async def banking(self) -> None:
        with (self.data / "banking77" / "train.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[1:]
        intents: dict[str, list[str]] = {}
        for sentence, intent in rows:
            intents.setdefault(intent, []).append(" ".join(sentence.split()))
        for examples, size in ((1, 38), (5, 38), (5, 12), (5, 12), (3, 4), (3, 4), (3, 4)):
            some = self.dice.sample(sorted(intents), 2 * size)
            texts = {intent: entry(intents[intent][:examples], intent) for intent in some[:size]}
            asked = [(q, [i] if i in texts else []) for i in some for q in self.dice.sample(intents[i][10:], 3)]
            await self.ask("banking", texts, asked, end="csv")

    async def across(self) -> None:
        rows = self.lines("ntrex/en-zh.first500.jsonl")
        stories = [rows[n : n + 4] for n in range(0, len(rows), 4)]
        for asking, having in (("en", "zh"), ("zh", "en")):
            for size, times in ((2, 6), (6, 4), (20, 2), (62, 1)):
                for _ in range(times):
                    some = self.dice.sample(range(len(stories)), 2 * size)
                    joint = " " if having == "en" else ""
                    texts = {f"{n:03}": joint.join(row[having] for row in stories[n]) for n in some[:size]}
                    asked = [
                        (
                            _part(self.dice.choice(stories[n])[asking], self.dice),
                            [f"{n:03}"] if f"{n:03}" in texts else [],
                        )
                        for n in some
                    ]
                    await self.ask("across", texts, asked)


def entry(questions: Sequence[str], answer: str) -> str:
    """A table with one question, its variants and an answer that only names it."""
    cells = (questions[0], "|".join(q.replace("|", " ").replace(";", ",") for q in questions[1:]), answer)
    quoted = ",".join('"' + cell.replace("_", " ").replace('"', '""') + '"' for cell in cells)
    return f"question,variants,answer\n{quoted}"


def _parts(text: str) -> list[str]:
    parts, held = [], ""
    for sentence in sentences(text):
        held += sentence
        if len(held) >= 150:
            parts.append(held)
            held = ""
    return [*parts, held] if held else parts


def _part(sentence: str, dice: random.Random) -> str:
    """A clause of a news sentence: as long as a question is."""
    long = 8 if language_of(sentence) == "zh" else 25
    parts = [part for part in re.split(r"[,，;；:：—–\"“”]", sentence) if len(part) > long]
    return (dice.choice(parts) if parts else sentence).strip()


def newton(x: Array, y: Array, weight: Array, ridge: float) -> Array:
    """Logistic regression: the coefficients of the columns of ``x`` and, last, the constant."""
    x = np.column_stack([x, np.ones(len(x))])
    penalty = np.append(np.full(x.shape[1] - 1, ridge), 1e-6)
    b = np.zeros(x.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(x @ b, -30, 30)))
        slope = x.T @ (weight * (p - y)) + penalty * b
        b -= np.linalg.solve((x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(penalty), slope)
    return b


def weights(asked: Sequence[Asked]) -> Array:
    """Every set alike, and in each ``ANSWERABLE`` of the questions."""
    groups = [(one.set, one.answered) for one in asked]
    counts = {group: groups.count(group) for group in set(groups)}
    each = len(asked) / len({one.set for one in asked})
    return np.array([each * (ANSWERABLE if group[1] else 1 - ANSWERABLE) / counts[group] for group in groups])


def columns(asked: Sequence[Asked], names: Sequence[str]) -> Array:
    return np.array([[one.numbers[name] for name in names] for one in asked])


def fit(asked: Sequence[Asked], names: Sequence[str]) -> tuple[Array, float]:
    """The weights of the numbers, in their own units, and the constant."""
    x, y = columns(asked, names), np.array([float(one.answered) for one in asked])
    middle, spread = x.mean(0), x.std(0) + 1e-9
    b = newton((x - middle) / spread, y, weights(asked), _RIDGE)
    return b[:-1] / spread, float(b[-1] - (b[:-1] * middle / spread).sum())


def auroc(sums: Array, answered: NDArray[np.bool_]) -> float:
    """The chance that an answered question has the higher sum."""
    order = np.concatenate([sums[answered], sums[~answered]])
    _, places, counts = np.unique(order, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places][: answered.sum()]
    yes, no = int(answered.sum()), int((~answered).sum())
    return float((ranks.sum() - yes * (yes + 1) / 2) / (yes * no))


def without(asked: Sequence[Asked], names: Sequence[str], key: str) -> Array:
    """Sums of a model that saw nothing of the same ``base`` (five parts) or ``set``."""
    groups = [one.base % _PARTS if key == "base" else one.set for one in asked]
    found = np.zeros(len(asked))
    for group in set(groups):
        here = np.array([g == group for g in groups])
        w, constant = fit([one for one, its in zip(asked, here, strict=True) if not its], names)
        found[here] = columns([one for one, its in zip(asked, here, strict=True) if its], names) @ w + constant
    return found


def thresholds(chance: Array, answered: Array, weight: Array) -> list[list[float]]:
    """(precision, the least confidence from which on so many are answered), rising."""
    order = np.argsort(-chance, kind="stable")
    right = np.cumsum((weight * answered)[order]) / np.cumsum(weight[order])
    sure = chance[order]
    ends = np.append(sure[1:] != sure[:-1], True) & (np.arange(len(sure)) >= min(_FEWEST, len(sure) - 1))
    steps, least = list[list[float]](), 0.0
    for precision in _PRECISIONS:
        good = np.flatnonzero(ends & (right >= precision))
        least = max(least, float(sure[good[-1]]) if len(good) else 1.0)
        steps.append([precision, round(least, 4)])
    return steps


def bins(chance: Array, answered: Array, weight: Array) -> list[tuple[int, float, float]]:
    """For each tenth of confidence: how many, mean confidence, share answered."""
    found = []
    for n in range(10):
        here = (chance >= n / 10) & (chance < (n + 1) / 10 + (n == 9))
        if here.any():
            w = weight[here]
            found.append((int(here.sum()), float(np.average(chance[here], weights=w)),
                          float(np.average(answered[here], weights=w)), float(w.sum())))  # fmt: skip
    return [(count, mean, share) for count, mean, share, _ in found]


def error(chance: Array, answered: Array, weight: Array) -> float:
    """Expected calibration error."""
    total = 0.0
    for n in range(10):
        here = (chance >= n / 10) & (chance < (n + 1) / 10 + (n == 9))
        if here.any():
            total += abs(float((weight[here] * (chance[here] - answered[here])).sum()))
    return total / float(weight.sum())


def fitted(asked: Sequence[Asked], names: Sequence[str]) -> dict[str, Any]:
    """What ``gate.json`` holds, with a report for people printed on the way."""
    w, constant = fit(asked, names)
    sums = without(asked, names, "base")
    answered = np.array([float(one.answered) for one in asked])
    each = weights(asked)
    lines, steps = {}, {}
    for language in ("en", "zh", "other"):
        here = np.array([language in {one.language, "other"} for one in asked])
        slope, shift = newton(sums[here, None], answered[here], each[here], 1e-6)
        chance = 1 / (1 + np.exp(-np.clip(slope * sums[here] + shift, -30, 30)))
        lines[language] = [round(float(slope), 4), round(float(shift), 4)]
        steps[language] = thresholds(chance, answered[here], each[here])
        least = next(one for precision, one in steps[language] if precision == 0.95)
        through = float((each[here] * (chance >= least)).sum() / each[here].sum())
        print(f"\n{language}: n {here.sum()}, AUROC {auroc(sums[here], answered[here] == 1):.3f}, "
              f"calibration error {error(chance, answered[here], each[here]):.3f}, "
              f"at 95 %: from {least}, covers {through:.3f} of {ANSWERABLE}")  # fmt: skip
        for count, mean, share in bins(chance, answered[here], each[here]):
            print(f"  {count:5}  said {mean:.2f}  was {share:.2f}")
    # In a language that nothing was measured in the strictest holds.
    steps["other"] = [[p, max(steps[language][n][1] for language in steps)] for n, p in enumerate(_PRECISIONS)]
    return {
        "weights": {name: round(float(value), 4) for name, value in zip(names, w, strict=True)},
        "constant": round(constant, 4),
        "lines": lines,
        "thresholds": steps,
    }


def leaving_sets_out(asked: Sequence[Asked], names: Sequence[str]) -> dict[str, float]:
    """AUROC on each set of a model that saw only the others."""
    sums = without(asked, names, "set")
    answered = np.array([one.answered for one in asked])
    sets = np.array([one.set for one in asked])
    return {name: round(auroc(sums[sets == name], answered[sets == name]), 3) for name in dict.fromkeys(sets.tolist())}


async def gather(data: Path, embedder: Embedder) -> list[Asked]:
    """All sets."""
    gathering = Gathering(data, embedder)
    for one in (gathering.cmrc, gathering.pieces, gathering.mtrag, gathering.banking, gathering.across):
        await one()
    return gathering.asked


def main(asked: Sequence[Asked], names: Sequence[str], *, write: bool) -> None:
    """Print what was fitted and how well; ``write`` keeps it."""
    for name in ("", *names):
        print(f"without {name or 'nothing':9}", leaving_sets_out(asked, [other for other in names if other != name]))
    result = fitted(asked, names)
    counts = {name: sum(one.set == name for one in asked) for name in dict.fromkeys(one.set for one in asked)}
    provenance = {
        "script": "python -m tests.bench.fit_gate" + " --words" * (names is BY_WORDS) + " --write",
        "date": time.strftime("%Y-%m-%d"),
        "data": "CMRC 2018 trial (CC BY-SA 4.0), MTRAG (Apache-2.0), banking77 (CC BY 4.0), NTREX-128 (CC BY-SA 4.0)",
        "questions": counts,
        "answered": round(float(np.mean([one.answered for one in asked])), 3),
        "answerable": ANSWERABLE,
    }
    if write:
        kept, made = json.loads(FILE.read_text("utf-8")), {"provenance": provenance, **result}
        whole = {**kept, "by_words": made} if names is BY_WORDS else {**made, "by_words": kept["by_words"]}
        FILE.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
    print(json.dumps(result))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="FOLDER", help="data sets")
    parser.add_argument("--vectors", type=Path, metavar="FOLDER", help="keep vectors here between runs")
    parser.add_argument("--write", action="store_true", help="replace engine/knowledge/gate.json")
    parser.add_argument("--words", action="store_true", help="the part for questions that are searched by words alone")
    wanted = parser.parse_args()
    asking: Embedder = Away("away", 8) if wanted.words else Kept(Packaged(), wanted.vectors)
    found = asyncio.run(gather(wanted.data, asking))
    main(found, BY_WORDS if wanted.words else NAMES, write=wanted.write)
