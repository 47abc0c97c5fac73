"""How well contradictions are told from what only looks like one.

``pairs``: the hand-written pairs of ``tests/knowledge/contradictions.jsonl``, those that were in view while the rules
were written and those that were not.  ``documents``: alarms among all pages of the APISIX documentation.  ``copies``:
every page beside a stale copy in which one number is another; ``others`` counts alarms about anything but that number.
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
import re
import time
from pathlib import Path
from typing import Any

from engine.knowledge.claims import claims
from engine.knowledge.disagreement import disagreements
from engine.knowledge.pieces import drafts
from engine.knowledge.reading import Reader
from engine.scores import wilson
from engine.types import Passage
from tests.bench.report import Result, machine, options, show
from tests.knowledge.contradictions import SEEN, UNSEEN, Pair

_NUMBER = re.compile(r"(?<![\w.-])\d+(?![\w.-]*\w)")


def share(hits: int, n: int) -> Result:
    """A share with its 95 % interval."""
    low, high = wilson(hits, n) if n else (0.0, 1.0)
    return {"share": round(hits / n, 3) if n else None, "low": low, "high": high, "n": n}


def pairs(given: list[Pair]) -> Result:
    """Precision and recall."""
    alarms = [(pair, bool(disagreements([_side(pair, 0), _side(pair, 1)]))) for pair in given]
    raised = [pair.contradicts for pair, alarm in alarms if alarm]
    true = [alarm for pair, alarm in alarms if pair.contradicts]
    return {"precision": share(sum(raised), len(raised)), "recall": share(sum(true), len(true)), "n": len(given)}


def _side(pair: Pair, number: int) -> Passage:
    title, heading, text = (pair.first, pair.second)[number]
    path = " > ".join(filter(None, (title, heading)))
    return Passage(f"{number}.1.0", str(number), f"{title}.md", title, path, "", text, pair.language, "workspace")


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.md"))


async def pages(folder: Path) -> dict[str, list[Passage]]:
    """The passages of each page, as loading makes them."""
    reader, found = Reader(), {}
    try:
        for file in _files(folder):
            page, name = await reader.read(file.read_bytes(), file.name), str(file.relative_to(folder))
            found[name] = [
                Passage(f"{name}.1.{n}", name, name, page.title, d.heading, "", d.text, d.language, "workspace")
                for n, d in enumerate(drafts(page))
            ]
    finally:
        await reader.close()
    return found


def documents(found: dict[str, list[Passage]]) -> Result:
    """Alarms among the pages."""
    passages = [p for several in found.values() for p in several]
    began = time.perf_counter()
    alarms = disagreements(passages)
    took = time.perf_counter() - began
    return {
        "pages": len(found),
        "passages": len(passages),
        "alarms": len(alarms),
        "alarms_per_100_pages": round(100 * len(alarms) / len(found), 2),
        "ms_per_passage": round(1000 * took / len(passages), 2),
        "examples": [[d.first.document, d.said[0], d.second.document, d.said[1]] for d in alarms[:20]],
    }


def copies(found: dict[str, list[Passage]]) -> Result:
    """A stale copy of each page that states a number."""
    choose, n, hits, others = random.Random(7), 0, 0, 0
    for name, passages in found.items():
        stated = [c for p in passages for c in claims(p) if c.kinds and _NUMBER.search(c.said) and c.said in p.text]
        if not stated:
            continue
        said = choose.choice(stated).said
        number = choose.choice(list(_NUMBER.finditer(said)))
        changed = f"{said[: number.start()]}{int(number.group()) * 2 + 1}{said[number.end() :]}"
        stale = [
            dataclasses.replace(
                p, id=f"old/{p.id}", document=f"old/{name}", source=f"old/{name}", text=p.text.replace(said, changed)
            )
            for p in passages
        ]
        alarms = disagreements([*passages, *stale])
        n += 1
        hits += any(changed in d.said for d in alarms)
        others += sum(changed not in d.said for d in alarms)
    return {"found": share(hits, n), "others": others}


async def measured(data: Path) -> Result:
    """Everything."""
    result: dict[str, Any] = {"pairs": {"seen": pairs(SEEN), "unseen": pairs(UNSEEN)}}
    for language in ("en", "zh"):
        given = [p for p in SEEN + UNSEEN if p.language == language]
        found = await pages(data / "docs-apisix" / language)
        result[language] = {"pairs": pairs(given), "documents": documents(found), "copies": copies(found)}
    return {**result, **machine("PyStemmer")}


def table(result: Result) -> list[list[str]]:
    """For people."""
    rows = [["", "precision", "recall", "alarms/100 pages", "stale copies found", "other alarms"]]
    for name in ("en", "zh"):
        one = result[name]
        cells = [one["pairs"]["precision"], one["pairs"]["recall"], one["copies"]["found"]]
        said = [f"{c['share']} ({c['low']:.2f}-{c['high']:.2f}, n {c['n']})" for c in cells]
        alarms = one["documents"]["alarms_per_100_pages"]
        rows.append([name, said[0], said[1], str(alarms), said[2], str(one["copies"]["others"])])
    return rows


if __name__ == "__main__":
    asked = options(__doc__, data=True)
    show(asyncio.run(measured(asked.data)), asked, table=table)
