"""A large workspace: how long a search takes while more is being loaded, and how long a restart takes.

    python -m tests.bench.scale [--quick] [--json] [--plot FILE]

100,000 passages (``--quick``: 5,000) in one workspace, with synthetic texts (words drawn by Zipf's law) and synthetic
vectors of the packaged embedder's length, so that the index is measured and not the embedder.  ``idle`` are searches
with nothing else going on, ``loading`` searches while documents of 20 passages are loaded one after the other;
milliseconds of the whole ``Knowledge.search``.  ``restart_s`` runs from opening the knowledge base in a new process to
its first answer, Python's start and Chroma's import included.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.knowledge import Knowledge
from engine.knowledge.embed import Packaged
from engine.store.database import Database
from engine.store.documents import Document, Documents, Piece
from engine.store.migrate import migrate
from engine.types import Audience
from tests.bench.report import Result, machine, options, show

Floats = NDArray[np.float32]
_AUDIENCE = Audience.of("bench", "workspace")
_EACH = 20  # passages of a document
_WORDS, _VOCABULARY = 120, 50_000
_SEARCHES = 200


class Synthetic:
    """A vector for each text, from its checksum; nothing is understood."""

    name = "synthetic"
    dimensions = Packaged.dimensions

    def open(self) -> None:
        """Nothing to load."""

    def queries(self, texts: Sequence[str]) -> Floats:
        """Random directions, the same for the same text."""
        rows = np.stack([np.random.default_rng(zlib.crc32(t.encode())).normal(size=self.dimensions) for t in texts])
        found: Floats = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        return found

    def passages(self, texts: Sequence[str]) -> Floats:
        """The same."""
        return self.queries(texts)


def document(number: int, random: np.random.Generator) -> tuple[Document, list[Piece]]:
    """A document of ``_EACH`` passages."""
    pieces = []
    for row in Synthetic().queries([f"{number}.{n}" for n in range(_EACH)]):
        words = np.minimum(random.zipf(1.3, _WORDS), _VOCABULARY)
        text = " ".join(f"w{word}" for word in words)
        pieces.append(Piece(text, f"Part {number}", "", "en", row.astype("<f4").tobytes(), b""))
    return Document("", "bench", f"{number}.md", "", f"Page {number}", "workspace", "", 0, "", "", 0.0), pieces


async def searches(knowledge: Knowledge, count: int) -> list[float]:
    """Milliseconds of each of so many searches, one after the other with short pauses."""
    random, took = np.random.default_rng(7), []
    for _ in range(count):
        question = " ".join(f"w{word}" for word in np.minimum(random.zipf(1.3, 8), _VOCABULARY))
        began = time.perf_counter()
        await knowledge.search(question, _AUDIENCE)
        took.append(1000 * (time.perf_counter() - began))
        await asyncio.sleep(0.02)
    return took


async def load(knowledge: Knowledge, documents: Documents, first: int) -> int:
    """Documents one after the other, until cancelled; each is searchable before the next."""
    random, number = np.random.default_rng(first), first
    try:
        while True:
            await documents.put(*document(number, random), embedder=Synthetic.name, actor="")
            await knowledge.ready()
            number += 1
    except asyncio.CancelledError:
        return number - first


async def measure(count: int, folder: Path) -> Result:
    """Fill, search, search while loading."""
    database = Database.at(folder)
    await migrate(database)
    documents, random = Documents(database), np.random.default_rng(1)
    for number in range(count // _EACH):
        await documents.put(*document(number, random), embedder=Synthetic.name, actor="")
    knowledge = Knowledge(database, folder, Synthetic())
    await knowledge.open()
    began = time.perf_counter()
    await knowledge.ready()
    built_s = time.perf_counter() - began
    await searches(knowledge, 20)
    idle = await searches(knowledge, _SEARCHES)
    loading = asyncio.create_task(load(knowledge, documents, count))
    busy = await searches(knowledge, _SEARCHES)
    loading.cancel()
    loaded = await loading
    await knowledge.close()
    await database.close()
    return {
        "passages": count,
        "index_built_s": round(built_s, 1),
        "idle_ms": percentiles(idle),
        "loading_ms": percentiles(busy),
        "loaded_meanwhile": loaded * _EACH,
        "searches": _SEARCHES,
    }


def percentiles(took: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99, in the unit that came."""
    return {f"p{q}": round(float(np.percentile(took, q)), 1) for q in (50, 95, 99)}


async def restarted(folder: Path) -> None:
    """What a process does from its start to its first answer."""
    database = Database.at(folder)
    await migrate(database)
    knowledge = Knowledge(database, folder, Synthetic())
    await knowledge.open()
    found = await knowledge.search("w3 w7 w12", _AUDIENCE)
    assert found.passages
    await knowledge.close()
    await database.close()


async def restart(folder: Path) -> float:
    """Seconds of a new process up to its first answer (and its orderly end)."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bench.scale", "--again", str(folder))
    assert await process.wait() == 0
    return time.perf_counter() - began


def table(result: Result) -> list[list[str]]:
    """For people."""
    idle, busy = result["idle_ms"], result["loading_ms"]
    return [
        ["passages", "idle p50/p95 ms", "while loading p50/p95 ms", "restart s"],
        [
            str(result["passages"]), f"{idle['p50']}/{idle['p95']}", f"{busy['p50']}/{busy['p95']}",
            str(result["restart_s"]),
        ],
    ]  # fmt: skip


def plot(result: Result, axes: Any) -> None:
    """Two bars."""
    axes.bar(["idle", "while loading"], [result["idle_ms"]["p95"], result["loading_ms"]["p95"]])
    axes.set_ylabel("p95 of a search, ms")


def main() -> None:
    """Run it."""
    if sys.argv[1:2] == ["--again"]:
        asyncio.run(restarted(Path(sys.argv[2])))
        return
    asked = options(__doc__)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        result = asyncio.run(measure(5_000 if asked.quick else 100_000, Path(name)))
        result["restart_s"] = round(asyncio.run(restart(Path(name))), 1)
    show(machine("chromadb", "numpy") | result, asked, table=table, plot=plot)


if __name__ == "__main__":
    main()
