"""How much of the embedder's speed is left when whole pages are read, cut, embedded, kept and indexed.

    python -m tests.bench.loading [--quick] [--json] [--plot FILE] [--data FOLDER]

1,000 Markdown pages (``--quick``: 60) are made of the sections of ``docs-apisix``, a section or more a page, English
and Chinese in turn.  They are loaded by ``Knowledge.add`` in ten laps; before and after each lap the raw embedder alone
gets the very texts that the lap makes (each passage and its sentences), in as many threads.  ``control`` is the raw
embedder before against after.  Figures are passages a second by the clock, over all laps; ``ratio`` is ours over the
raw embedder's.

A sentence that came lately, on this page or another one, is not embedded again when pages are loaded (``lately.py``);
the raw embedder embeds whatever it is given.  ``repeated`` is the share of the text that we were spared by this, by
length, and ``ratio_alike`` is the ratio if the raw embedder had been spared the same: what all else costs.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any

from engine.knowledge import Knowledge, Loaded
from engine.knowledge.embed import Embedder, Floats, Packaged
from engine.knowledge.load import read
from engine.knowledge.pieces import Draft, drafts
from engine.knowledge.split import weight
from engine.store.database import Database
from engine.store.migrate import migrate
from tests.bench.report import Result, machine, options, show

_LAPS = 10
_PAGE = 1_200  # characters: a page is closed with the section that makes it longer
_BATCH = 8  # passages, as the loader hands them to its threads


def sections(folder: Path) -> Iterator[str]:
    """The texts of a folder's pages, cut before headings outside of code."""
    for file in sorted(folder.rglob("*.md")):
        text, fenced, page = file.read_text("utf-8").partition("\n---\n")[2], False, ""
        for line in text.splitlines(keepends=True):
            fenced ^= line.lstrip().startswith("```")
            if line.startswith("#") and not fenced and len(page) > _PAGE:
                yield page
                page = ""
            page += line
        if page.strip():
            yield page


def embed(embedder: Embedder, threads: ThreadPoolExecutor, parts: Sequence[Draft]) -> float:
    """Seconds that the raw embedder takes for these passages with their sentences."""

    def work(batch: Sequence[Draft]) -> None:
        for one in batch:
            embedder.passages([one.meant, *one.sentences])

    began = time.perf_counter()
    list(threads.map(work, [parts[at : at + _BATCH] for at in range(0, len(parts), _BATCH)]))
    return time.perf_counter() - began


class Counting(Packaged):
    """The packaged embedder, which also says how much text it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given, self._adding = 0.0, threading.Lock()  # by weight, see split.py

    def passages(self, texts: Sequence[str]) -> Floats:
        """A row for each."""
        with self._adding:
            self.given += sum(map(weight, texts))
        return super().passages(texts)


async def measure(pages: Sequence[str], folder: Path) -> Result:
    """Load the pages lap by lap."""
    embedder = Counting()
    embedder.open()
    count = max(1, min(4, os.cpu_count() or 1))
    threads = ThreadPoolExecutor(count, "raw")
    database = Database.at(folder / "var")
    await migrate(database)
    knowledge = Knowledge(database, folder / "var", embedder)
    await knowledge.open()
    await knowledge.ready()
    ours, raw, again, passages = [0.0] * 3 + [0]
    given = {"ours": 0.0, "raw": 0.0}
    size = -(-len(pages) // _LAPS)
    try:
        for lap in range(0, len(pages), size):
            lap_folder = folder / f"lap-{lap}"
            lap_folder.mkdir()
            parts: list[Draft] = []
            for number, text in enumerate(pages[lap : lap + size]):
                (lap_folder / f"{number}.md").write_text(text, "utf-8")
                parts += drafts(read(text.encode(), f"{number}.md"))
            before = embedder.given
            raw += await asyncio.to_thread(embed, embedder, threads, parts)
            given["raw"] += embedder.given - before
            before = embedder.given
            began, kept = time.perf_counter(), 0
            async for step in knowledge.add([lap_folder.name], workspace="bench", folder=folder):
                if isinstance(step, Loaded):
                    assert step.status == "searchable", step
                    kept += step.passages
            ours += time.perf_counter() - began
            given["ours"] += embedder.given - before
            assert kept == len(parts), (kept, len(parts))
            passages += kept
            again += await asyncio.to_thread(embed, embedder, threads, parts)
    finally:
        threads.shutdown()
        await knowledge.close()
        await database.close()
    between = (raw + again) / 2
    return {
        "pages": len(pages),
        "passages": passages,
        "threads": count,
        "passages_per_s": round(passages / ours, 2),
        "raw_embedder_passages_per_s": round(passages / between, 2),
        "ratio": round(between / ours, 3),
        "repeated": round(1 - given["ours"] / given["raw"], 3),
        "ratio_alike": round(between / ours * given["ours"] / given["raw"], 3),
        "control": round(raw / again, 3),
    }


def table(result: Result) -> list[list[str]]:
    """For people."""
    return [
        ["pages", "passages", "passages/s", "raw embedder/s", "ratio", "repeated", "alike", "control"],
        [str(result[name]) for name in
         ("pages", "passages", "passages_per_s", "raw_embedder_passages_per_s", "ratio", "repeated", "ratio_alike",
          "control")],
    ]  # fmt: skip


def plot(result: Result, axes: Any) -> None:
    """Two bars."""
    axes.bar(["loading", "raw embedder"], [result["passages_per_s"], result["raw_embedder_passages_per_s"]])
    axes.set_ylabel("passages a second")


def main() -> None:
    """Run it."""
    asked = options(__doc__, data=True)
    docs = asked.data / "docs-apisix"
    both = zip_longest(sections(docs / "en"), sections(docs / "zh"))
    pages = list(islice((page for page in chain.from_iterable(both) if page), 60 if asked.quick else 1_000))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        result = asyncio.run(measure(pages, Path(folder)))
    show(machine("chromadb", "onnxruntime", "numpy") | result, asked, table=table, plot=plot)


if __name__ == "__main__":
    main()
