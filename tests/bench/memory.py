"""What conversations cost when nobody speaks in them: rows in the database, and how much memory?

    python -m tests.bench.memory [--quick] [--json] [--plot FILE]

The app as ``run`` has it, on SQLite, with the smallest plugin (it says again what was said: no model is needed).
Each question begins a conversation of its own, by a person of their own, and is answered; then nobody speaks there.
``mb_per_100k_conversations`` is how far the resident size (VmRSS) rises from the end of a first part, which fills what
is filled once (connections, statements, caches), to the end; ``--quick`` has fewer conversations and scales the
difference.  ``grown_mb`` is what each tenth of the conversations has added: it falls where caches fill up, and stays
where something is kept for each.  Of the whole, ``sqlite_mb`` is what SQLite holds (page caches of at most 2 MB a
connection), ``objects`` how many blocks Python holds more than before, ``process_mb`` the resident size at the end.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import itertools
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import structlog
import uvloop
from pydantic import PrivateAttr

from bot.app import App
from bot.channel import Post
from engine.config import load
from engine.growing import Growing
from engine.types import Addressed, Conversation, Message
from tests.bench.handed_in import HandedIn
from tests.bench.report import Result, machine, options, show

TOGETHER = 200  # questions at a time


class Silent(HandedIn):
    """Shows nothing."""

    _answered: int = PrivateAttr(default=0)

    def ends(self, post: Post, growing: Growing) -> None:
        self._answered += 1


def resident_bytes() -> int:
    """Memory of this process that is really there."""
    gc.collect()
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


def sqlite_bytes() -> int:
    """What SQLite has allocated in this process; 0 where it cannot be asked."""
    try:
        used = ctypes.CDLL("libsqlite3.so.0").sqlite3_memory_used
    except (OSError, AttributeError):
        return 0
    used.restype = ctypes.c_int64
    return int(used())


async def talk(app: App, first: int, count: int) -> None:
    """So many conversations of one question each, until nothing is open."""
    for start in range(first, first + count, TOGETHER):
        numbers = range(start, min(start + TOGETHER, first + count))
        asked = [
            Message(f"m{n}", Conversation("bench", "acme", f"r{n}"), f"p{n}", f"What is {n}?", Addressed.DIRECT)
            for n in numbers
        ]
        await asyncio.gather(*(app.reception.accept(message) for message in asked))
        while (await app.inbox.open_events()).total:
            await asyncio.sleep(0.01)


async def measure(*, quick: bool) -> Result:
    """Fill, warm first; the resident size on the way."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    warm, count, steps = (2_000, 6_000, 10) if quick else (10_000, 100_000, 10)
    with tempfile.TemporaryDirectory(prefix="memory-") as folder:
        file = Path(folder) / "frontdesk.toml"
        file.write_text(
            f'workspace = "acme"\n[data]\npath = "{folder}/var"\n[model]\nuse = "none"\n'
            '[[plugins]]\nuse = "plugins.echo:Echo"\n'
        )
        channel = Silent()
        app = App(load(file), serving=True, channels=(channel,))
        async with app.opened():
            await talk(app, 0, warm)
            began, sqlite, objects = time.monotonic(), sqlite_bytes(), sys.getallocatedblocks()
            sizes = [resident_bytes()]
            for step in range(steps):
                await talk(app, warm + step * count // steps, count // steps)
                sizes.append(resident_bytes())
            took, answered = time.monotonic() - began, channel._answered
            sqlite, objects = sqlite_bytes() - sqlite, sys.getallocatedblocks() - objects
    if answered != warm + count // steps * steps:
        raise SystemExit(f"{answered} were answered of {warm + count}")
    each = (sizes[-1] - sizes[0]) / count
    return {
        "bench": "memory",
        "mb_per_100k_conversations": round(each * 100_000 / 1e6, 2),
        "bytes_per_idle_conversation": round(each, 1),
        "grown_mb": [round((after - before) / 1e6, 2) for before, after in itertools.pairwise(sizes)],
        "sqlite_mb": round(sqlite / 1e6, 2),
        "objects": objects,
        "process_mb": round(sizes[-1] / 1e6, 1),
        "seconds": round(took, 1),
        "n": {"conversations": count, "before_that": warm},
        **machine("sqlalchemy", "aiohttp", "chromadb"),
    }


def _table(result: Result) -> list[list[str]]:
    names = (
        "mb_per_100k_conversations",
        "bytes_per_idle_conversation",
        "sqlite_mb",
        "objects",
        "process_mb",
        "seconds",
    )
    grown = ["grown_mb", " ".join(str(size) for size in result["grown_mb"])]
    return [*([name, str(result[name])] for name in names), grown]


def _plot(result: Result, axes: Any) -> None:
    sizes = [0.0, *itertools.accumulate(result["grown_mb"])]
    count = result["n"]["conversations"]
    axes.plot([n * count / (len(sizes) - 1) for n in range(len(sizes))], sizes, marker="o")
    axes.set_xlabel("idle conversations")
    axes.set_ylabel("resident size, MB above the start")


def main() -> None:
    """Measure and show."""
    asked = options(__doc__)
    show(uvloop.run(measure(quick=asked.quick)), asked, table=_table, plot=_plot)


if __name__ == "__main__":
    main()
