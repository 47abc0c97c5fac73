"""How much of a busy model server's throughput reaches us: our client against the bare HTTP client, same server.

    python -m tests.bench.throughput [--quick] [--json] [--plot FILE]

The server is a stand-in in a process of its own, paced at 5,300 tokens a second in all (what an 8B model on one H100
was published to give, FACTS 8).  The baseline reads the same stream with aiohttp and orjson and does nothing else.
Both run interleaved, in this process, on uvloop; ``control`` is the baseline against itself in the same way.
``client_us_per_token`` is this process's CPU time over the tokens that it read, one event a token;
``client_us_per_token_at_8`` where the server sends eight in an event (``model.stream_interval``).
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
import uvloop
from langchain_core.messages import HumanMessage, SystemMessage

from engine.model import ModelSettings
from engine.model.served import ServedModel
from tests.bench.report import Result, machine, options, show

PER_S = 5300
STREAMS = (16, 64, 256)
LENGTH = 150  # tokens of an answer
SYSTEM = "You answer from the passages and cite them. " * 40
QUESTION = "How long are VPN certificates valid? " * 20


@dataclass(frozen=True, slots=True)
class Lap:
    """One measurement: tokens a second over the lap, and CPU microseconds a token."""

    per_s: float
    cpu_us: float


@asynccontextmanager
async def paced_server(*arguments: str) -> AsyncIterator[str]:
    """The stand-in, in its own process, with these arguments; its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.paced", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdin
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


#: Called with a piece of text as soon as it is read.
Read = Callable[[str], None]


async def bare(session: aiohttp.ClientSession, url: str, read: Read) -> None:
    """The least that reads an answer: lines, JSON, text."""
    body = {
        "model": "paced",
        "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}],
        "max_tokens": 600,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    async with session.post(
        f"{url}/v1/chat/completions", data=orjson.dumps(body), headers={"Content-Type": "application/json"}
    ) as response:
        async for line in response.content:
            if line.startswith(b"data: {"):
                chunk = orjson.loads(line[6:])
                if chunk["choices"] and (piece := chunk["choices"][0]["delta"].get("content")):
                    read(piece)


async def ours(model: ServedModel, read: Read) -> None:
    """An answer as the assistant reads it."""
    prompt = [SystemMessage(SYSTEM), HumanMessage(QUESTION)]
    async for piece in model.write(prompt, max_tokens=600, session="s", salt="w"):
        read(piece.text)


async def langchain(model: ServedModel, read: Read) -> None:
    """An answer as LangChain code reads it."""
    async for chunk in model.chat.astream([SystemMessage(SYSTEM), HumanMessage(QUESTION)], max_tokens=600):
        read(str(chunk.content))


async def lap(answer: Callable[[Read], Awaitable[None]], streams: int, warm_s: float, seconds: float) -> Lap:
    """``streams`` readers, each asking again as soon as it is answered; measured for ``seconds`` after ``warm_s``."""
    tokens = 0

    def read(text: str) -> None:
        nonlocal tokens
        tokens += text.count(" ")  # the stand-in's tokens have one each

    async def reader() -> None:
        while True:
            await answer(read)

    readers = [asyncio.create_task(reader()) for _ in range(streams)]
    try:
        await asyncio.sleep(warm_s)
        began, cpu, before = time.monotonic(), time.process_time(), tokens
        await asyncio.sleep(seconds)
        took, cpu, count = time.monotonic() - began, time.process_time() - cpu, tokens - before
        for task in readers:
            if task.done():
                task.result()  # a reader never ends by itself: this raises
    finally:
        for task in readers:
            task.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    return Lap(count / took, cpu / max(count, 1) * 1e6)


async def compare(streams: int, *, laps: int, warm_s: float, seconds: float, quick: bool) -> dict[str, list[Lap]]:
    """Laps of every way to read, interleaved, the order turned each time."""
    async with (
        paced_server("--per-s", str(PER_S), "--length", str(LENGTH)) as url,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        model, by_8 = (ServedModel(ModelSettings(use="vllm", url=f"{url}/v1", stream_interval=n)) for n in (1, 8))
        await model.ready()
        ways: dict[str, Callable[[Read], Awaitable[None]]] = {
            "bare": lambda read: bare(session, url, read),
            "ours": lambda read: ours(model, read),
            "control": lambda read: bare(session, url, read),
            "ours at 8": lambda read: ours(by_8, read),
        }
        if not quick:
            ways["langchain"] = lambda read: langchain(model, read)
        taken: dict[str, list[Lap]] = {name: [] for name in ways}
        for n in range(laps):
            for name in ways if n % 2 == 0 else reversed(ways):
                taken[name].append(await lap(ways[name], streams, warm_s, seconds))
        await model.close()
        await by_8.close()
    return taken


async def measure(*, quick: bool) -> Result:
    """All laps; the fields that the contract names."""
    laps, warm_s, seconds = (2, 0.7, 1.6) if quick else (6, 1.0, 5.0)
    taken = {str(n): await compare(n, laps=laps, warm_s=warm_s, seconds=seconds, quick=quick) for n in STREAMS}
    per_s = {
        key: {way: statistics.median(x.per_s for x in found) for way, found in ways.items()}
        for key, ways in taken.items()
    }
    cpu = {
        key: {way: round(statistics.median(x.cpu_us for x in found), 1) for way, found in ways.items()}
        for key, ways in taken.items()
    }
    return {
        "bench": "throughput",
        "ratio": {key: round(ways["ours"] / ways["bare"], 4) for key, ways in per_s.items()},
        "control": {key: round(ways["control"] / ways["bare"], 4) for key, ways in per_s.items()},
        "client_us_per_token": {key: ways["ours"] for key, ways in cpu.items()},
        "client_us_per_token_at_8": {key: ways["ours at 8"] for key, ways in cpu.items()},
        "cpu_us_per_token": cpu,
        "tokens_per_s": {key: {way: round(value) for way, value in ways.items()} for key, ways in per_s.items()},
        "n": {"laps": laps, "seconds_a_lap": seconds, "paced_per_s": PER_S, "tokens_an_answer": LENGTH},
        **machine("aiohttp", "orjson", "uvloop", "langchain-core"),
    }


def main() -> None:
    """Measure and show."""
    asked = options(__doc__)
    result = uvloop.run(measure(quick=asked.quick))
    show(result, asked, table=_table, plot=_plot)


def _table(result: Result) -> list[list[str]]:
    rows = [["streams", "ratio", "control", "us/token:", *result["cpu_us_per_token"]["16"]]]
    for key, cpu in result["cpu_us_per_token"].items():
        ratios = [f"{result['ratio'][key]:.3f}", f"{result['control'][key]:.3f}"]
        rows.append([key, *ratios, "", *(f"{us:.0f}" for us in cpu.values())])
    return rows


def _plot(result: Result, axes: Any) -> None:
    for name, values in (("ours", result["ratio"]), ("control", result["control"])):
        axes.plot(list(values), list(values.values()), marker="o", label=name)
    axes.set_xlabel("answers at the same time")
    axes.set_ylabel("tokens/s against the bare client")
    axes.set_ylim(0.8, 1.1)
    axes.legend()


if __name__ == "__main__":
    main()
