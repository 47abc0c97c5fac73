"""Fits the numbers of the ranking, ``engine/knowledge/weights.json``, on data that no bench scores.

One language: CMRC 2018 (Chinese questions, 256 passages).  Two languages: Apache APISIX's pages that exist in English
and Chinese, without the FAQ: the description in a page's front matter, which is not among what is loaded, is put as a
question, and that page is to be found: in its own language, in the other one only, and in a base where a coin decided
for each page in which language it is there; NTREX's news, a sentence in one language and four in the other; and the
demo's questions (tests/data), for bases where every page is there in both.

Each number is moved over a grid while the others stay, twice round; the mean of R@1 and R@5 over all these sets
decides, with ties going to the value that is there already.  ``--write`` writes the file.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from engine.knowledge import E5, Packaged
from engine.knowledge.background import _TEXTS
from engine.knowledge.index import indexed_terms
from engine.knowledge.lexical import Bag, Entry, Lexical
from engine.knowledge.load import read
from engine.knowledge.pieces import drafts
from engine.knowledge.rank import Pool, orders
from engine.knowledge.weights import FILE, WEIGHTS
from engine.language import language_of
from engine.terms import content_terms, names, terms

LANGUAGES = ("en", "zh")
CANDIDATES = 25
FROM_A_PAGE = 5  # passages, so that a long page costs no more than a short one
FIRST = E5.dimensions
_DESCRIPTION = re.compile(r"^description:[ \t]*[\"']?(.{8,}?)[\"']?[ \t]*$", re.MULTILINE)
GRID = {
    "second": (0.0, 0.02, 0.05, 0.1, 0.15),
    "second_across": (0.05, 0.1, 0.15, 0.2, 0.25, 0.3),
    "terms": (0.2, 0.25, 0.3, 0.35, 0.4, 0.45),
    "terms_across": (0.0, 0.05, 0.1, 0.15, 0.2, 0.3),
    "exact": (0.0, 0.1, 0.2, 0.3),
    "standing": (0.2, 0.35, 0.5, 0.65, 0.8, 1.0),
    "common": (0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0),
    "cover": (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0),
    "covered": (0.0, 0.15, 0.3, 0.45),
}


class Pages:
    """Pages in one language: their passages' vectors and terms."""

    def __init__(self, embedder: Packaged, language: str, texts: Mapping[str, tuple[str, str]]):
        """``texts``: name of a page to its file's name and text."""
        self.language = language
        pages, entries, vectors, starts = list[str](), list[Entry](), list[Any](), [0]
        for page, (file, text) in texts.items():
            loaded = read(text.encode(), file)
            for draft in drafts(loaded)[:FROM_A_PAGE]:
                found = indexed_terms("\n".join(filter(None, (loaded.title, draft.heading, draft.text))))
                entries.append(Entry(str(len(entries)), language, "workspace", Bag.of(found)))
                pages.append(page)
                vectors.append(embedder.passages([draft.meant, *draft.sentences]))
                starts.append(starts[-1] + len(vectors[-1]))
        self.names = np.array(pages)
        self.vectors, self.starts = np.concatenate(vectors), np.array(starts)
        self.lexical = Lexical().with_entries(entries)


@dataclass(frozen=True)
class Numbers:
    """The candidates of one pool for one question, before any weight is known."""

    own: bool
    pages: Any
    rows: Any  # (2, rows): cosines with both encoders
    starts: Any  # where each candidate's rows begin: its own, then its sentences'
    lexical: Any
    cover: Any
    exact: Any
    unrelated: Any  # (2, texts)

    def pool(self, weights: Mapping[str, float]) -> Pool:
        """As the ranking sees it with these weights."""
        share = weights["second" if self.own else "second_across"]
        dense = self._near((1 - share) * self.rows[0] + share * self.rows[1])
        unrelated = (1 - share) * self.unrelated[0] + share * self.unrelated[1]
        return Pool(self.own, dense, self._near(self.rows[1]), self.lexical, self.cover, self.exact, unrelated)

    def _near(self, rows: Any) -> Any:
        """As ``Meanings.similarities`` has it."""
        rest = rows.copy()
        several = np.diff([*self.starts, len(rows)]) > 1
        rest[self.starts[several]] = -1.0
        return (rows[self.starts] + np.maximum.reduceat(rest, self.starts)) / 2


class Fit:
    """Questions with what is to be found, in sets."""

    def __init__(self, embedder: Packaged):
        self._embedder = embedder
        self._unrelated = {name: embedder.passages(_TEXTS[name]) for name in LANGUAGES}
        self.sets: dict[str, list[tuple[str, list[Numbers]]]] = {}

    def ask(self, name: str, text: str, language: str, gold: str, pools: Iterable[tuple[Pages, Any]]) -> None:
        """Put a question to pages, of each those that the mask leaves."""
        [question] = self._embedder.queries([text])
        about, named = content_terms(text), list(dict.fromkeys(names(text)))
        weights = dict.fromkeys([*terms(text), *named], 1.0)
        found = []
        for pages, mask in pools:
            if mask.any():
                found.append(self._numbers(question, pages, mask, pages.language == language, weights, about, named))
        self.sets.setdefault(name, []).append((gold, found))

    def _numbers(
        self, question: Any, pages: Pages, mask: Any, own: bool, weights: Any, about: list[str], named: list[str]
    ) -> Numbers:
        score = pages.lexical.score(weights, [*about, *named], pages.lexical.among(mask))
        first = np.where(mask, pages.vectors[pages.starts[:-1]] @ question, -9.0)
        best = [*np.argsort(-first)[:CANDIDATES], *np.argsort(-score.values)[:CANDIDATES]]
        places = np.array([i for i in dict.fromkeys(map(int, best)) if mask[i]])
        rows = [pages.vectors[pages.starts[i] : pages.starts[i + 1]] for i in places]
        starts = np.cumsum([0, *map(len, rows[:-1])])
        held, rare = score.held(places), score.rarity
        cover = rare[: len(about)] @ held[: len(about)] / max(float(rare[: len(about)].sum()), 1e-9)
        exact = rare[len(about) :] @ held[len(about) :] / max(float(rare[len(about) :].sum()), 1e-9)
        unrelated = self._unrelated[pages.language]
        return Numbers(own, pages.names[places], _halves(np.concatenate(rows), question), starts,
                       score.values[places], cover, exact, _halves(unrelated, question))  # fmt: skip

    def scores(self, weights: Mapping[str, float]) -> dict[str, tuple[float, float]]:
        """R@1 and R@5 of each set."""
        found = {}
        for name, questions in self.sets.items():
            places = np.array([_place(gold, numbers, weights) for gold, numbers in questions])
            found[name] = (float((places < 1).mean()), float((places < 5).mean()))
        return found


def _halves(vectors: Any, question: Any) -> Any:
    """Cosines with both encoders: each half of a joined vector has a length of 1/sqrt(2)."""
    return 2 * np.stack([vectors[:, :FIRST] @ question[:FIRST], vectors[:, FIRST:] @ question[FIRST:]])


def _place(gold: str, numbers: Sequence[Numbers], weights: Mapping[str, float]) -> int:
    order = np.concatenate(orders([one.pool(weights) for one in numbers], weights))
    pages = np.concatenate([one.pages for one in numbers])
    right = order[pages == gold]
    return int((order > right.max()).sum()) if len(right) else 99


def collect(data: Path, embedder: Packaged) -> Fit:
    """All questions of all sets."""
    fit = Fit(embedder)
    articles = json.loads((data / "cmrc2018" / "cmrc2018_trial.json").read_text("utf-8"))["data"]
    paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
    pages = Pages(embedder, "zh", {str(n): (f"{n}.txt", p["context"]) for n, p in enumerate(paragraphs)})
    for n, paragraph in enumerate(paragraphs):
        for qa in paragraph["qas"]:
            fit.ask("cmrc", qa["question"], "zh", str(n), [(pages, np.ones(len(pages.names), bool))])
    _translations(fit, embedder, data)
    _demo(fit, embedder)
    files = {language: _files(data / "docs-apisix" / language) for language in LANGUAGES}
    both = [name for name in files["en"] if name in files["zh"] and name != "FAQ.md"]
    coin = random.Random(3)
    there = {name: coin.choice(LANGUAGES) for name in both}
    bases = {language: Pages(embedder, language, {name: (name, files[language][name]) for name in both})
             for language in LANGUAGES}  # fmt: skip
    for language, other in (LANGUAGES, LANGUAGES[::-1]):
        every = {name: np.ones(len(base.names), bool) for name, base in bases.items()}
        coins = {name: np.array([there[page] == name for page in base.names]) for name, base in bases.items()}
        for name in both:
            match = _DESCRIPTION.search(files[language][name][:4000])
            if not match or language_of(match.group(1)) != language:
                continue
            asked = match.group(1)
            fit.ask(language, asked, language, name, [(bases[language], every[language])])
            fit.ask(f"{language}_{other}", asked, language, name, [(bases[other], every[other])])
            which = "same" if there[name] == language else "other"
            fit.ask(f"mixed_{which}_{language}", asked, language, name, [(bases[one], coins[one]) for one in LANGUAGES])
    return fit


def _translations(fit: Fit, embedder: Packaged, data: Path) -> None:
    """News in two languages: a sentence in one, and the four around it in the other."""
    lines = (data / "ntrex" / "en-zh.first500.jsonl").read_text("utf-8").splitlines()
    pairs = [json.loads(line) for line in lines]
    blocks = {language: {str(n): ("x.txt", "\n\n".join(pair[language] for pair in pairs[n : n + 4]))
                         for n in range(0, len(pairs), 4)} for language in LANGUAGES}  # fmt: skip
    bases = {language: Pages(embedder, language, some) for language, some in blocks.items()}
    for language, other in (LANGUAGES, LANGUAGES[::-1]):
        for n in range(0, len(pairs), 2):
            pages, gold = bases[other], str(n - n % 4)
            fit.ask(f"ntrex_{language}_{other}", pairs[n][language], language, gold,
                    [(pages, np.ones(len(pages.names), bool))])  # fmt: skip


def _demo(fit: Fit, embedder: Packaged) -> None:
    """The demo's questions; each page is there in both languages, and either answers."""
    folder = Path("bot/samples/pages")
    bases = [
        Pages(embedder, language, {file.stem: (file.name, file.read_text("utf-8"))
                                   for file in sorted((folder / language).iterdir())})
        for language in LANGUAGES
    ]  # fmt: skip
    for line in Path("tests/data/demo_cases.jsonl").read_text("utf-8").splitlines():
        case = json.loads(line)
        if case.get("documents"):
            language, gold = case["language"], Path(case["documents"][0]).stem
            fit.ask(f"demo_{language}", case["question"], language, gold,
                    [(pages, np.ones(len(pages.names), bool)) for pages in bases])  # fmt: skip


def _files(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text("utf-8") for file in sorted(folder.rglob("*.md"))}


def value(scores: Mapping[str, tuple[float, float]]) -> float:
    """What is made as large as possible."""
    return float(np.mean([(first + five) / 2 for first, five in scores.values()]))


def climb(fit: Fit, weights: dict[str, float]) -> dict[str, float]:
    """Each number over its grid while the others stay, twice round."""
    best = value(fit.scores(weights))
    for _ in range(2):
        for name, grid in GRID.items():
            for tried in grid:
                if (reached := value(fit.scores({**weights, name: tried}))) > best + 1e-9:
                    best, weights = reached, {**weights, name: tried}
    return weights


def main() -> None:
    """Fit, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="FOLDER")
    parser.add_argument("--write", action="store_true", help="into engine/knowledge/weights.json")
    asked = parser.parse_args()
    fit = collect(asked.data, Packaged())
    before, weights = fit.scores(WEIGHTS), climb(fit, dict(WEIGHTS))
    after = fit.scores(weights)
    for name, questions in fit.sets.items():
        print(f"{name:16} n {len(questions):5}  R@1, R@5 before", *(f"{100 * x:.1f}" for x in before[name]),
              "after", *(f"{100 * x:.1f}" for x in after[name]))  # fmt: skip
    print(f"value {value(before):.4f} -> {value(after):.4f}", weights)
    if asked.write:
        sets = {name: len(questions) for name, questions in fit.sets.items()}
        told = {"by": "python -m tests.bench.fit_ranking --write", "on": sets, "value": round(value(after), 4)}
        FILE.write_bytes(orjson.dumps({"provenance": told, **weights}, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
