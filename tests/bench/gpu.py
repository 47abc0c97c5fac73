"""A real vLLM on a CUDA machine, with the shape of an 8B model: its throughput through us, first tokens, its cache.

    python -m tests.bench.gpu [--quick] [--json] [--plot FILE] [--python PYTHON] [--length TOKENS] [--minutes M]
    python -m tests.bench.gpu --url http://127.0.0.1:8000 [--pid PID] ...   # one that runs already, with our flags

Without ``--url`` it starts vLLM (that of ``--python``, else of this Python) with the product's flags and
``--load-format dummy``: the shape is Qwen3-8B's, its config.json and a tokenizer of as many words are written here, the
weights are random, so nothing is downloaded and a token costs what it costs.  Where there is no vLLM or no GPU it says
so and ends.  ``$VLLM_API_KEY`` is the key of a server at ``--url``.

A lap is so many conversations at the same time, each of six turns (``--quick``: two) that grow by passages, a question
and an answer of fixed text; every turn is answered in exactly so many tokens (``ignore_eos``).  A lap has a cache salt
of its own: it finds nothing of the laps before.  A round is a lap of each way with the same prompts: through our client
(``ours``, a token a piece, and ``shipped``, with the ``stream_interval`` of the settings), and through aiohttp and
orjson alone (``bare``), and once more as ``control``.  The ways change their places from round to round, and the rounds
go through all numbers of conversations in turn, so that what else the machine does meets all alike.

``ratio`` is tokens/s of ``ours`` over the mean of ``bare`` and ``control`` of the same round; ``control`` that of
``control`` over ``bare``; medians over the rounds, with 95 % intervals by drawing rounds anew.  ``cpu_ratio``, where
the server is on this machine and its process is known (``--pid``): tokens for a second of CPU of server and client
together, in the same way; where a CPU writes the answers that is the throughput without what others on the machine
take.  ``ideal_share`` is what a perfect prefix cache would have of the prompts: of each turn the whole prompt of the
turn before, of a first turn the rules.  ``turn5_warm_over_cold``: time to the first token of a conversation's fifth
turn (``--quick``: of its second), over that of the same prompt under a salt that was never used, nobody else asking.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import uvloop
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from engine.errors import FrontdeskError
from engine.model import ModelSettings
from engine.model.served import ServedModel
from engine.model.serving import Serving, check
from tests.bench.processes import cpu_s, family
from tests.bench.report import Result, interval, machine, show
from tests.bench.shape import WORDS, write_model
from tests.vllm.server import free_port, running

ROLES = {SystemMessage: "system", HumanMessage: "user", AIMessage: "assistant"}
#: The model draws its words: it would repeat itself, with weights that mean nothing, and our client ends that.
DRAWN = {"temperature": 1.0, "ignore_eos": True}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    streams: tuple[int, ...]
    laps: int
    turns: int
    passages: int  # words of a turn
    answer: int  # tokens
    alone: int  # conversations for the last turn's time to the first token

    minutes: float = math.inf  # no round begins after this


FULL = Size(streams=(1, 8, 64, 256), laps=4, turns=6, passages=350, answer=128, alone=20)
QUICK = Size(streams=(1, 4), laps=2, turns=2, passages=60, answer=24, alone=4)


@dataclass(slots=True)
class Lap:
    """What came of one lap; times in seconds, ``served`` those of the server's CPU."""

    took: float = 0.0
    cpu: float = 0.0
    served: float = 0.0
    written: int = 0
    prompt: int = 0
    cached: int = 0
    first: list[float] = field(default_factory=list)


def conversation(size: Size, seed: int) -> list[list[BaseMessage]]:
    """The prompts of its turns, each the beginning of the next; the rules are the same for all."""
    rules, chance = random.Random(0), random.Random(seed)
    prompt: list[BaseMessage] = [SystemMessage(" ".join(rules.choices(WORDS, k=150)))]
    prompts = []
    for _ in range(size.turns):
        prompt = [*prompt, HumanMessage(" ".join(chance.choices(WORDS, k=size.passages)))]
        prompts.append(prompt)
        prompt = [*prompt, AIMessage(" ".join(chance.choices(WORDS, k=size.answer)))]
    return prompts


class Ours:
    """The product's client."""

    def __init__(self, url: str, key: str, **settings: Any):
        extra = {"extra": {"ignore_eos": True}, "temperature": DRAWN["temperature"]}
        waits = {"first_token_s": 600, "idle_s": 600, "total_s": 3600, "tries": 1}
        self.model = ServedModel(
            ModelSettings.model_validate({"use": "vllm", "url": f"{url}/v1", "api_key": key} | extra | waits | settings)
        )

    async def answer(self, prompt: Sequence[BaseMessage], tokens: int, salt: str, lap: Lap) -> None:
        """One answer, noted in the lap."""
        began, first = time.perf_counter(), 0.0
        async for piece in self.model.write(prompt, max_tokens=tokens, session="s", salt=salt):
            if piece.text and not first:
                first = time.perf_counter() - began
            if piece.usage:
                _count(lap, first, piece.usage["completion"], piece.usage["prompt"], piece.usage["cached"])

    async def close(self) -> None:
        """Close all connections."""
        await self.model.close()


class Bare:
    """The least that reads an answer: lines, JSON, text."""

    def __init__(self, url: str, key: str, name: str):
        self.url, self.name = f"{url}/v1/chat/completions", name
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), headers=headers, timeout=aiohttp.ClientTimeout(total=None)
        )

    async def answer(self, prompt: Sequence[BaseMessage], tokens: int, salt: str, lap: Lap) -> None:
        """One answer, noted in the lap."""
        began, first = time.perf_counter(), 0.0
        body = {
            "model": self.name,
            "messages": [{"role": ROLES[type(one)], "content": one.content} for one in prompt],
            "max_tokens": tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
            "cache_salt": salt,
            **DRAWN,
        }
        async with self.session.post(self.url, data=orjson.dumps(body)) as response:
            response.raise_for_status()
            async for line in response.content:
                if not line.startswith(b"data: {"):
                    continue
                chunk = orjson.loads(line[6:])
                if chunk["choices"] and chunk["choices"][0]["delta"].get("content") and not first:
                    first = time.perf_counter() - began
                if usage := chunk.get("usage"):
                    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
                    _count(lap, first, usage["completion_tokens"], usage["prompt_tokens"], cached)

    async def close(self) -> None:
        """Close all connections."""
        await self.session.close()


def _count(lap: Lap, first: float, completion: int, prompt: int, cached: int) -> None:
    lap.first.append(first)
    lap.written += completion
    lap.prompt += prompt
    lap.cached += cached


async def run_lap(
    way: Ours | Bare, prompts: Sequence[Sequence[Sequence[BaseMessage]]], size: Size, server: Sequence[int] = ()
) -> Lap:
    """All conversations at the same time, the turns of each one after another."""
    lap, salt = Lap(), uuid.uuid4().hex

    async def talk(turns: Sequence[Sequence[BaseMessage]]) -> None:
        for prompt in turns:
            await way.answer(prompt, size.answer, salt, lap)

    served, began, cpu = sum(map(cpu_s, server)), time.perf_counter(), time.process_time()
    await asyncio.gather(*(talk(turns) for turns in prompts))
    lap.took, lap.cpu = time.perf_counter() - began, time.process_time() - cpu
    lap.served = sum(map(cpu_s, server)) - served
    return lap


async def _rounds(
    ways: dict[str, Ours | Bare], size: Size, prompts: dict[int, list[list[list[BaseMessage]]]], server: Sequence[int]
) -> dict[int, dict[str, list[Lap]]]:
    """The laps by number of conversations and way, those of one round at the same place."""
    taken: dict[int, dict[str, list[Lap]]] = {streams: {way: [] for way in ways} for streams in size.streams}
    began, places = time.monotonic(), list(ways)
    for n in range(size.laps):
        if time.monotonic() - began > size.minutes * 60:
            break
        order = places[n % len(ways) :] + places[: n % len(ways)]
        for streams in size.streams:
            for way in order if n // len(ways) % 2 == 0 else reversed(order):
                taken[streams][way].append(await run_lap(ways[way], prompts[streams], size, server))
    return taken


async def measure(url: str, key: str, size: Size, pid: int) -> Result:
    """Everything, against the server at this address."""
    ours, shipped = Ours(url, key, stream_interval=1), Ours(url, key)
    name = await ours.model.ready()
    bare = Bare(url, key, name)
    ways: dict[str, Ours | Bare] = {"bare": bare, "ours": ours, "control": bare, "shipped": shipped}
    prompts = {streams: [conversation(size, seed) for seed in range(streams)] for streams in size.streams}
    for streams in size.streams:
        await run_lap(bare, prompts[streams][:8], size)  # what is compiled at first use is not measured
    taken = await _rounds(ways, size, prompts, sorted(family(pid)) if pid else ())
    ideal = await _ideal(bare, prompts[size.streams[-1]], size)
    warm = [await _warm_over_cold(ours, conversation(size, 10_000 + n)[:5], size) for n in range(size.alone)]
    for way in (ours, shipped, bare):
        await way.close()
    per_s = {s: {w: [lap.written / lap.took for lap in laps] for w, laps in by.items()} for s, by in taken.items()}
    by_cpu = {
        s: {w: [lap.written / (lap.cpu + lap.served) for lap in laps] for w, laps in by.items()}
        for s, by in taken.items()
    }
    return {
        "bench": "gpu",
        "model": name,
        **_ratios(per_s),
        **({f"cpu_{name}": ratio for name, ratio in _ratios(by_cpu).items()} if pid else {}),
        "tokens_per_s": {s: {w: round(statistics.median(x), 1) for w, x in by.items()} for s, by in per_s.items()},
        "first_token_ms": {s: {w: _percentiles(laps) for w, laps in by.items()} for s, by in taken.items()},
        "client_us_per_token": {
            s: {
                w: round(sum(lap.cpu for lap in laps) / sum(lap.written for lap in laps) * 1e6, 1)
                for w, laps in by.items()
            }
            for s, by in taken.items()
        },
        "cached_share": {s: _share(by["ours"]) for s, by in taken.items()},
        "ideal_share": round(ideal, 4),
        "cached_over_ideal": {s: round(_share(by["ours"]) / ideal, 4) for s, by in taken.items()},
        "turn5_warm_over_cold": round(statistics.median(warm), 3),
        "n": {
            "rounds": len(per_s[size.streams[0]]["bare"]),
            "turns": size.turns,
            "tokens_an_answer": size.answer,
            "alone": size.alone,
            "passage_words": size.passages,
        },
        "server": {"vllm": await asyncio.to_thread(_version, url, key), "gpu": await asyncio.to_thread(_gpu)},
        **machine("aiohttp", "orjson", "uvloop", "langchain-core"),
    }


async def _ideal(bare: Bare, prompts: Sequence[Sequence[Sequence[BaseMessage]]], size: Size) -> float:
    """Of the prompts' tokens those of the turn before, or of the rules in a first turn, as the server counts them."""
    could = total = 0
    rules = Lap()
    await bare.answer(prompts[0][0][:1], 1, "ideal", rules)
    for turns in prompts[:8]:  # all are of one kind
        before = rules.prompt
        for prompt in turns:
            lap = Lap()
            await bare.answer(prompt, 1, "ideal", lap)
            could, total, before = could + before, total + lap.prompt, lap.prompt
    return could / total


async def _warm_over_cold(ours: Ours, turns: Sequence[Sequence[BaseMessage]], size: Size) -> float:
    salt, lap = uuid.uuid4().hex, Lap()
    for prompt in turns:
        await ours.answer(prompt, min(8, size.answer), salt, lap)
    await ours.answer(turns[-1], min(8, size.answer), uuid.uuid4().hex, lap)
    return lap.first[-2] / lap.first[-1]


def _ratios(per_s: dict[int, dict[str, list[float]]]) -> Result:
    """Of each round, and of them the medians with their intervals, by number of conversations."""
    found: Result = {}
    for streams, by in per_s.items():
        plain = [(a + b) / 2 for a, b in zip(by["bare"], by["control"], strict=True)]
        pairs = {"ratio": ("ours", plain), "shipped_ratio": ("shipped", plain), "control": ("control", by["bare"])}
        for name, (way, others) in pairs.items():
            values = [a / b for a, b in zip(by[way], others, strict=True)]
            found.setdefault(name, {})[streams] = round(statistics.median(values), 4)
            found.setdefault(f"{name}_95", {})[streams] = interval(values)
    return found


def _share(laps: Sequence[Lap]) -> float:
    return round(sum(lap.cached for lap in laps) / sum(lap.prompt for lap in laps), 4)


def _percentiles(laps: Sequence[Lap]) -> dict[str, float]:
    times = sorted(first * 1000 for lap in laps for first in lap.first)
    return {f"p{p}": round(times[min(len(times) - 1, len(times) * p // 100)], 1) for p in (50, 99)}


def _version(url: str, key: str) -> str:
    asked = urllib.request.Request(f"{url}/version", headers={"Authorization": f"Bearer {key}"})  # noqa: S310  ours
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310  ours
        return str(json.load(answer).get("version", ""))


def _gpu() -> str:
    if not (tool := shutil.which("nvidia-smi")):
        return "none"
    query = [tool, "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout.strip()


@contextmanager
def server(asked: argparse.Namespace) -> Iterator[tuple[str, str, int]]:
    """Where the server is, its key, and its process where that is known."""
    if asked.url:
        yield asked.url.rstrip("/").removesuffix("/v1"), os.environ.get("VLLM_API_KEY", ""), asked.pid
        return
    with tempfile.TemporaryDirectory() as folder:
        serving = Serving(folder, port=free_port(), length=asked.length)
        try:
            program = check(serving, python=asked.python)
        except FrontdeskError as error:
            sys.exit(f"This bench needs vLLM and a CUDA GPU, or a server at --url.  {error}")
        write_model(Path(folder))
        extra = ["--load-format=dummy", "--served-model-name=qwen3-8b-shape", "--max-num-seqs=256"]
        environment = os.environ | {"VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
        with running(serving.command(program, extra), environment, serving.port) as started:
            yield started.url, "", started.pid


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two turns, 1 and 4 streams")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="a PNG")
    parser.add_argument("--url", default="", help="a server that runs already")
    parser.add_argument("--python", type=Path, help="the Python that has vLLM")
    parser.add_argument("--length", type=int, default=8192, help="its longest prompt and answer together")
    parser.add_argument("--streams", help="how many conversations at a time, such as 1,8,64")
    parser.add_argument("--laps", type=int, help="rounds, a lap of each way in each")
    parser.add_argument("--minutes", type=float, default=math.inf, help="no round begins after so long")
    parser.add_argument("--pid", type=int, default=0, help="the process of the server at --url, where it is here")
    asked = parser.parse_args()
    size = replace(QUICK if asked.quick else FULL, minutes=asked.minutes)
    if asked.laps:
        size = replace(size, laps=asked.laps)
    if asked.streams:
        size = replace(size, streams=tuple(map(int, asked.streams.split(","))))
    with server(asked) as (url, key, pid):
        result = uvloop.run(measure(url, key, size, pid))
    show(json.loads(json.dumps(result)), asked, table=_table, plot=_plot)


def _table(result: Result) -> list[list[str]]:
    rows = [
        [
            "streams",
            "ratio",
            "95 %",
            "control",
            "95 %",
            "tokens/s",
            "first token p50 / p99 ms",
            "us/token",
            "cached",
            "ideal",
        ]
    ]
    for streams, ratio in result["ratio"].items():
        first, rate = result["first_token_ms"][streams]["ours"], result["tokens_per_s"][streams]["ours"]
        us, cached = result["client_us_per_token"][streams]["ours"], result["cached_share"][streams]
        row = [streams, f"{ratio:.3f}", str(result["ratio_95"][streams])]
        row += [f"{result['control'][streams]:.3f}", str(result["control_95"][streams]), f"{rate:.0f}"]
        row += [f"{first['p50']:.0f} / {first['p99']:.0f}", f"{us:.0f}"]
        rows.append([*row, f"{cached:.3f}", f"{result['ideal_share']:.3f}"])
    return rows


def _plot(result: Result, axes: Any) -> None:
    for name, values in (("ours", result["ratio"]), ("control", result["control"])):
        axes.plot([int(n) for n in values], list(values.values()), marker="o", label=name)
    axes.set_xscale("log", base=2)
    axes.set_xlabel(f"conversations at the same time ({result['model']})")
    axes.set_ylabel("tokens/s against the bare client")
    axes.set_ylim(0.8, 1.1)
    axes.legend()


if __name__ == "__main__":
    main()
