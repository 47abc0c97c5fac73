"""One person asks a thousand questions at once: how much longer do others wait?

    python -m tests.bench.fairness [--quick] [--json] [--plot FILE]

The app as ``run`` has it, on SQLite, with the demo's documents and a stand-in model server in a process of its own that
writes eight answers at a time, each at its pace, and queues the rest first come, first served; it says so in its
/metrics, as vLLM does.  Some people ask now and then, each in a room of their own; ``seconds`` is the time from the
event to the last state of the answer.  A round is the same people in quiet, in quiet again, and with a flooder who has
asked 1,000 questions in 1,000 threads just before.  ``others_p95_ratio`` is their p95 in the flood over their p95 in
quiet, all rounds together; ``control`` the second quiet run over the first.  What the flooder has not been answered
when the run ends is left.
"""

from __future__ import annotations

import asyncio
import logging
import random
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import structlog
import uvloop
from pydantic import PrivateAttr

from bot.app import App
from bot.channel import Post
from engine.config import load
from engine.growing import Growing
from engine.types import Addressed, Conversation, Message
from tests.bench.handed_in import HandedIn
from tests.bench.overhead import PAGES, asked_for
from tests.bench.report import Result, machine, options, show
from tests.bench.throughput import paced_server

SLOTS, TOKENS_PER_S, TOKENS = 8, 60, 120  # answers at a time, tokens a second of each, tokens of each
FLOOD = 1_000
OTHERS, EVERY_S = 6, 0.5  # people, and seconds between two of their questions


class Crowd(HandedIn):
    """Many people; notes when each question was answered."""

    _ended: dict[str, asyncio.Future[float]] = PrivateAttr(default_factory=dict)
    _answered: int = PrivateAttr(default=0)

    def ends(self, post: Post, growing: Growing) -> None:
        if growing.reply:
            self._answered += 1
            if ended := self._ended.get(post.message.id):
                ended.set_result(time.perf_counter())

    async def asked(self, app: App, message: Message) -> float:
        """Seconds from the event to the end of its answer."""
        self._ended[message.id] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        await app.reception.accept(message)
        return await self._ended[message.id] - began


@asynccontextmanager
async def opened(url: str, pages: Sequence[str]) -> AsyncIterator[tuple[App, Crowd]]:
    """The app with the demo's documents, as ``run`` has it but for the channel."""
    with tempfile.TemporaryDirectory(prefix="fairness-") as folder:
        file = Path(folder) / "frontdesk.toml"
        file.write_text(
            f'workspace = "acme"\n[data]\npath = "{folder}/var"\n[model]\nuse = "vllm"\nurl = "{url}/v1"\n'
            '[[plugins]]\nuse = "plugins.faq:Faq"\nasks_back = false\n'
        )
        channel = Crowd()
        app = App(load(file), serving=True, channels=(channel,))
        async with app.opened():
            async for _ in app.knowledge.add(pages, workspace="acme", folder=PAGES):
                pass
            await app.knowledge.ready()
            yield app, channel


def question(person: str, thread: str, number: str, text: str) -> Message:
    """A person's question, in their room."""
    return Message(number, Conversation("bench", "acme", person, thread), person, text, Addressed.DIRECT)


async def others(app: App, channel: Crowd, questions: Sequence[str], run: str, seconds: float) -> list[float]:
    """Seconds that each of the others' questions took."""
    chance = random.Random(11)
    asking: list[asyncio.Task[float]] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        n = len(asking)
        message = question(f"p{n % OTHERS}", f"{run}-{n}", f"{run}-{n}", questions[n % len(questions)])
        asking.append(asyncio.create_task(channel.asked(app, message)))
        await asyncio.sleep(EVERY_S * chance.uniform(0.5, 1.5))
    return await asyncio.gather(*asking)


async def flood(app: App, questions: Sequence[str]) -> None:
    """All at once, each in a thread of its own."""
    asked = [question("flooder", f"f{n}", f"f{n}", questions[n % len(questions)]) for n in range(FLOOD)]
    await asyncio.gather(*(app.reception.accept(message) for message in asked))


async def measure(*, quick: bool) -> Result:
    """All rounds."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    pages, questions = asked_for(quick=True)
    rounds, seconds = (1, 7.0) if quick else (3, 25.0)
    taken: dict[str, list[float]] = {"quiet": [], "again": [], "flood": []}
    flooder = {"answered": 0, "seconds": 0.0}
    arguments = (
        *("--echo", "--slots", str(SLOTS)),
        *("--per-s", str(SLOTS * TOKENS_PER_S), "--length", str(TOKENS)),
    )
    for _ in range(rounds):
        async with paced_server(*arguments) as url, opened(url, pages) as (app, channel):
            await others(app, channel, questions, "warm", 2.0)
            for run in ("quiet", "again"):
                taken[run] += await others(app, channel, questions, run, seconds)
            await flood(app, questions)
            before, began = channel._answered, time.perf_counter()
            found = await others(app, channel, questions, "flood", seconds)
            flooder["seconds"] += time.perf_counter() - began
            flooder["answered"] += channel._answered - before - len(found)
            taken["flood"] += found
            left = (await app.inbox.open_events()).total
            if not left:
                raise SystemExit("the flood was over before the run: ask more, or write slower")
    p95 = {run: float(np.percentile(found, 95)) for run, found in taken.items()}
    quiet = float(np.percentile(taken["quiet"] + taken["again"], 95))
    return {
        "bench": "fairness",
        "others_p95_ratio": round(p95["flood"] / quiet, 3),
        "others_p50_ratio": round(float(np.median(taken["flood"]) / np.median(taken["quiet"] + taken["again"])), 3),
        "control": round(p95["again"] / p95["quiet"], 3),
        "seconds": {
            run: {"p50": round(float(np.median(found)), 3), "p95": round(p95[run], 3), "n": len(found)}
            for run, found in taken.items()
        },
        "flooder_per_s": round(flooder["answered"] / flooder["seconds"], 2),
        "n": {
            "rounds": rounds,
            "flood": FLOOD,
            "others": OTHERS,
            "slots": SLOTS,
            "tokens_per_s_each": TOKENS_PER_S,
            "tokens": TOKENS,
        },
        **machine("aiohttp", "chromadb", "onnxruntime", "sqlalchemy"),
        "samples": {run: [round(x, 3) for x in found] for run, found in taken.items()},
    }


def _table(result: Result) -> list[list[str]]:
    rows = [["run", "p50 s", "p95 s", "n"]]
    rows += [[run, *(str(v[key]) for key in ("p50", "p95", "n"))] for run, v in result["seconds"].items()]
    return [*rows, ["ratio", str(result["others_p50_ratio"]), str(result["others_p95_ratio"]), ""],
            ["control", "", str(result["control"]), ""]]  # fmt: skip


def _plot(result: Result, axes: Any) -> None:
    for run, found in result["samples"].items():
        axes.plot(sorted(found), [n / len(found) for n in range(1, len(found) + 1)], label=run)
    axes.set_xlabel("seconds from the question to the end of its answer")
    axes.set_ylabel("share of the others' questions")
    axes.legend()


def main() -> None:
    """Measure and show."""
    asked = options(__doc__)
    show(uvloop.run(measure(quick=asked.quick)), asked, table=_table, plot=_plot)


if __name__ == "__main__":
    main()
