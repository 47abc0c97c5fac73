"""A large workspace: how long a search takes while more is being loaded, and how long a restart takes.

    python -m tests.bench.scale [--quick] [--json] [--plot FILE]

100,000 passages (``--quick``: 5,000) in one workspace, with synthetic texts (words drawn by Zipf's law) and synthetic
vectors of the packaged embedder's length, so that the index is measured and not the embedder.  ``idle`` are searches
with nothing else going on, ``loading`` searches while ``Knowledge.add`` loads folders of Markdown pages of 20 passages
each, as fast as it can: ``loaded_meanwhile`` passages, the last of which were in the index ``behind_s`` seconds after.
Milliseconds of the whole ``Knowledge.search``.  ``restart_s`` runs from opening the knowledge base in a new process to
its first answer, Python's start and Chroma's import included.
"""

from __future__ import annotations

import asyncio
import itertools
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
from engine.store.loads import Load
from engine.store.migrate import migrate
from engine.types import Audience
from tests.bench.report import Result, machine, options, show

Floats = NDArray[np.float32]
_AUDIENCE = Audience.of("bench", "workspace")
_EACH = 20  # passages of a document
_WORDS, _VOCABULARY = 120, 50_000
_SEARCHES = 200
_PAGES = 200  # of a folder that is loaded
_BEFORE_S = 4.0  # of loading, before searches are measured: then documents come into the index


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


def words(random: np.random.Generator, count: int) -> str:
    """So many words, by Zipf's law."""
    return " ".join(f"w{word}" for word in np.minimum(random.zipf(1.3, count), _VOCABULARY))


def document(number: int, random: np.random.Generator) -> tuple[Document, list[Piece]]:
    """A document of ``_EACH`` passages."""
    vectors = Synthetic().queries([f"{number}.{n}" for n in range(_EACH)]).astype("<f4")
    pieces = [Piece(words(random, _WORDS), f"Part {number}", "", "en", row.tobytes(), b"") for row in vectors]
    return Document("", "bench", f"{number}.md", "", f"Page {number}", "workspace", "", 0, "", "", 0.0), pieces


async def searches(knowledge: Knowledge, count: int) -> list[float]:
    """Milliseconds of each of so many searches, one after the other with short pauses."""
    random, took = np.random.default_rng(7), []
    for _ in range(count):
        question = words(random, 8)
        began = time.perf_counter()
        await knowledge.search(question, _AUDIENCE)
        took.append(1000 * (time.perf_counter() - began))
        await asyncio.sleep(0.02)
    return took


def write_pages(folder: Path, lap: int) -> None:
    """A folder of Markdown pages, a heading a passage."""
    random = np.random.default_rng(100 + lap)
    folder.mkdir()
    for number in range(_PAGES):
        parts = (f"## Part {number}.{n} of {lap}\n\n{words(random, _WORDS)}\n" for n in range(_EACH))
        (folder / f"{number}.md").write_text("\n".join(parts), "utf-8")


async def load(knowledge: Knowledge, folder: Path) -> None:
    """Folder after folder, until cancelled; the load that is in work then is cancelled too."""
    for lap in itertools.count():
        await asyncio.to_thread(write_pages, folder / f"pages-{lap}", lap)
        id_ = ""
        try:
            async for step in knowledge.add([f"pages-{lap}"], workspace="bench", folder=folder):
                if isinstance(step, Load):
                    id_ = step.id
        except asyncio.CancelledError:
            await knowledge.loads.cancel(id_, actor="")
            raise


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
    try:
        return {"passages": count, "index_built_s": round(built_s, 1), **await searched(knowledge, documents, folder)}
    finally:
        await knowledge.close()
        await database.close()


async def searched(knowledge: Knowledge, documents: Documents, folder: Path) -> Result:
    """Search, and search while loading."""
    await searches(knowledge, 20)
    idle = await searches(knowledge, _SEARCHES)
    _, before = await documents.ids("bench")
    loading = asyncio.create_task(load(knowledge, folder))
    await asyncio.sleep(_BEFORE_S)
    busy = await searches(knowledge, _SEARCHES)
    _, after = await documents.ids("bench")
    loading.cancel()
    began = time.perf_counter()
    await asyncio.gather(loading, return_exceptions=True)
    await knowledge.ready()
    behind_s = time.perf_counter() - began
    return {
        "idle_ms": percentiles(idle),
        "loading_ms": percentiles(busy),
        "loaded_meanwhile": sum(map(len, after.values())) - sum(map(len, before.values())),
        "behind_s": round(behind_s, 1),
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
