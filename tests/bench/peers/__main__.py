"""Against what people use instead: plain LangChain and LlamaIndex loops, on the same model server and documents.

    python -m tests.bench.peers --install        # once: the peers' environments, in the checkout
    python -m tests.bench.peers [--quick] [--json] [--plot FILE]

Each is a process of its own, asked over loopback by the same askers; the server is the stand-in that answers with the
first sentence of the prompt's first passage.  ``questions_per_s``: 16 people, each asking as soon as they are answered,
in laps that take turns.  ``added_ttft_ms_p50``: one question at a time, from sending it to the first text shown, less
the server's own first token asked directly right before; ``control`` is that against itself.  ``startup_s``: from
starting the process, with its documents loaded before, to the end of a first answer.  ``memory_mb``: resident, with all
its processes, after the load.

What differs in kind: ours keeps each question in SQL before anything else, judges whether the passages can answer it,
checks each sentence against them and shows the first *checked* sentence (``first_visible_ms_p50``); its
``added_ttft_ms_p50`` is to the server's first token in its hands, which a peer shows as it comes.  Ours embeds with two
encoders, the loops with the first of them.

LangBot is not among them: 4.11.2 answers by agents that a marketplace gives out, which cannot be reached here, and
4.10.11, which has one in its package, was brought through its set-up but hung up on the first question.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import structlog
import uvloop

from tests.bench.overhead import asked_for
from tests.bench.peers.asking import PAGES, Frontdesk, LangChain, LlamaIndex, Loop, Peer
from tests.bench.report import Result, machine, show
from tests.bench.throughput import paced_server

AT_A_TIME = Peer.people
LOOPS: tuple[type[Loop], ...] = (LangChain, LlamaIndex)


@dataclass(slots=True)
class Taken:
    """What was measured of one peer."""

    startup_s: list[float] = field(default_factory=list)
    per_s: list[float] = field(default_factory=list)
    added_ms: list[float] = field(default_factory=list)
    visible_ms: list[float] = field(default_factory=list)
    memory_mb: float = 0.0


def install() -> None:
    """Make the peers' environments from the requirements beside this file."""
    for loop in LOOPS:
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--clear", "--python", sys.executable, str(loop.home())], check=True)
        # Compiled now, else each start would compile them where Python may not keep what it compiles; copied, as nltk
        # refuses files with a second name.
        wanted = ["--compile-bytecode", "--link-mode=copy", "-r", str(Path(__file__).with_name(f"{loop.name}.in"))]
        subprocess.run([*uv, "pip", "install", "--python", str(loop.python()), *wanted], check=True)


async def direct(session: aiohttp.ClientSession, server: str, question: str) -> tuple[float, float]:
    """Ask the server itself, a prompt as long as the peers'; seconds to the first token and to the end."""
    passage = "[1] page\nA lamp can be handed back within 45 days of its delivery. " + "More is said here. " * 120
    body = {"model": "paced", "messages": [{"role": "user", "content": f"{passage}\n\n{question}"}], "stream": True}
    began, first = time.monotonic(), 0.0
    async with session.post(
        f"{server}/v1/chat/completions", data=orjson.dumps(body), headers={"Content-Type": "application/json"}
    ) as response:
        async for line in response.content:
            if line.startswith(b"data: {") and not first:
                choices = orjson.loads(line[6:])["choices"]
                first = time.monotonic() - began if choices and choices[0]["delta"].get("content") else 0.0
    return first, time.monotonic() - began


async def lap(peer: Peer, questions: Sequence[str], seconds: float) -> float:
    """Questions answered a second, ``AT_A_TIME`` people asking; those that end after the time do not count."""
    until = time.monotonic() + seconds
    done = 0

    async def asker(person: int) -> None:
        nonlocal done
        n = person
        while time.monotonic() < until:
            await peer.ask(questions[n % len(questions)], person)
            done += time.monotonic() < until
            n += AT_A_TIME

    await asyncio.gather(*(asker(person) for person in range(AT_A_TIME)))
    return done / seconds


async def one_at_a_time(
    peers: Sequence[Peer], taken: dict[str, Taken], server: str, questions: Sequence[str], warm: int
) -> list[float]:
    """First tokens, the peers in turn for each question; returns the control."""
    control = []
    async with aiohttp.ClientSession() as session:
        for n, question in enumerate(questions):
            turned = [*peers[n % len(peers) :], *peers[: n % len(peers)]]
            own, _ = await direct(session, server, question)
            again, _ = await direct(session, server, question)
            if n >= warm:
                control.append((again - own) * 1000)
            for peer in turned:
                own, _ = await direct(session, server, question)
                began = time.monotonic()
                asked = await peer.ask(question, 0)
                if n >= warm and asked.first:
                    taken[peer.name].added_ms.append((asked.first - began - own) * 1000)
                    taken[peer.name].visible_ms.append((asked.visible - began - own) * 1000)
    return control


async def run(*, quick: bool) -> Result:
    """All of it."""
    pages, questions = asked_for(quick=quick)
    pages = [page for page in pages if (PAGES / page).exists()]  # not every page has a twin in the other language
    starts, laps, seconds, single, warm = (1, 1, 4.0, 24, 4) if quick else (3, 4, 10.0, 210, 10)
    kinds: list[type[Peer]] = [Frontdesk, *(loop for loop in LOOPS if loop.python().exists())]
    taken = {kind.name: Taken() for kind in kinds}
    peers: list[Peer] = []
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(paced_server("--echo"))
        for kind in kinds:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"peers-{kind.name}-")))
            peers.append(kind(folder, server))
            stack.push_async_callback(peers[-1].stop)
        _tell("documents, accounts")
        await asyncio.gather(*(peer.prepare(pages) for peer in peers))
        _tell("starts")
        for n in range(starts):
            for peer in peers:
                taken[peer.name].startup_s.append(await peer.start())
                if n < starts - 1:
                    await peer.stop()
        _tell("one at a time")
        control = await one_at_a_time(peers, taken, server, questions[: single + warm], warm)
        _tell(f"{AT_A_TIME} at a time")
        for peer in peers:
            await lap(peer, questions, seconds / 4)  # connections, caches
        for n in range(laps):
            for peer in peers if n % 2 == 0 else reversed(peers):
                taken[peer.name].per_s.append(await lap(peer, questions, seconds))
        again = [await lap(peers[0], questions, seconds) for _ in range(laps)]
        rows = [_row(peer, taken[peer.name]) for peer in peers]
        memory = {peer.name: round(peer.memory_mb(), 1) for peer in peers}
    for row in rows:
        row["memory_mb"] = memory[row["name"]]
    return {
        "bench": "peers",
        "peers": rows,
        "control": {
            "ttft_ms_p50": _middle(control),
            "n": len(control),
            "questions_per_s_ratio": round(statistics.median(again) / statistics.median(taken[peers[0].name].per_s), 3),
        },
        "left_out": [loop.name for loop in LOOPS if loop.name not in taken],
        "n": {"starts": starts, "laps": laps, "seconds_a_lap": seconds, "at_a_time": AT_A_TIME, "pages": len(pages)},
        **machine("aiohttp", "chromadb", "onnxruntime"),
    }


def _tell(what: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {what}\n")


def _middle(values: Sequence[float]) -> float | None:
    return round(statistics.median(values), 2) if values else None


def _row(peer: Peer, taken: Taken) -> dict[str, Any]:
    return {
        "name": peer.name,
        "version": peer.version,
        "questions_per_s": _middle(taken.per_s),
        "questions_per_s_laps": [round(x, 1) for x in taken.per_s],
        "added_ttft_ms_p50": _middle(taken.added_ms),
        "first_visible_ms_p50": _middle(taken.visible_ms),
        "n": len(taken.added_ms),
        "memory_mb": 0.0,
        "startup_s": _middle(taken.startup_s),
        "startup_s_all": [round(x, 2) for x in taken.startup_s],
    }


def _table(result: Result) -> list[list[str]]:
    fields = ("name", "questions_per_s", "added_ttft_ms_p50", "first_visible_ms_p50", "n", "memory_mb", "startup_s")
    rows = [list(fields), *([str(row[key]) for key in fields] for row in result["peers"])]
    control = result["control"]
    rows.append(
        ["control", f"x{control['questions_per_s_ratio']}", str(control["ttft_ms_p50"]), "", str(control["n"]), "", ""]
    )
    return rows


def _plot(result: Result, axes: Any) -> None:
    rows = result["peers"]
    axes.bar([row["name"] for row in rows], [row["questions_per_s"] for row in rows])
    axes.set_ylabel(f"questions a second, {AT_A_TIME} at a time")


def main() -> None:
    """Measure and show; or install."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--install", action="store_true", help="make the peers' environments, and end")
    parser.add_argument("--quick", action="store_true", help="within a minute, and coarser")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="a PNG")
    asked = parser.parse_args()
    if asked.install:
        install()
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    result = uvloop.run(run(quick=asked.quick))
    for name in result["left_out"]:
        sys.stderr.write(f"{name} is not here and was left out: python -m tests.bench.peers --install gets it\n")
    show(result, asked, table=_table, plot=_plot)


if __name__ == "__main__":
    main()
