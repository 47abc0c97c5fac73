"""How much of what a real vLLM reads for us comes from its prefix cache, against the best that could be.

    python -m tests.bench.cache [--quick] [--json] [--plot FILE] [--url ROOT]

50 conversations (``--quick``: 6) of six questions each go through the app, the first turn of all of them, then the
second of all, one question at a time.  Their prompts reach a real vLLM (the CPU build of ``make vllm`` with
``--max-model-len 8192``, or the one at ``--url``) through a relay that notes the prompt, the tokens counted and cached,
and the time to the first token.  The relay makes
the small model write a sentence of its passages (as the only choice of a structured output): by itself it cannot answer
from passages, and what it wrote would be cut, so that no conversation would grow.  Of the ways to cut that sentence
into tokens the model is led to the tokenizer's own, which models nearly always write: made to write a text that is not
theirs they spell it out, and no client could have such tokens found again.

``cached_share`` is of all prompt tokens those that the server had cached; ``ideal_share`` those that it could have had:
of a turn all that the server read and wrote for the turn before; of a first turn the system prompt; of the very first
one nothing.  The turn before is the last one that was answered: one that the check or the model handed to a person
is no part of the conversation any more, on purpose (``handed_off`` counts them, ``ratio_if_kept`` is against an ideal
that keeps them).  A history that is trimmed lowers ours, not the ideal.  ``ratio`` is the former over the latter; what
a prompt has cached beyond its ideal, because another conversation began with the same question, does not count.  A
server finds whole blocks of tokens only (``block``: 16 on a GPU, 32 at least in the build for CPUs):
``ratio_in_blocks`` is the same with an ideal rounded down to them.

``turn5_warm_over_cold`` is the median, over conversations, of the fifth turn's time to the first token over that of
the same prompt under a cache salt that was never used, sent right after it.
"""

from __future__ import annotations

import logging
import random
import re
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import structlog
import uvloop
from aiohttp import web

from bot.app import App
from engine.prompt import REWRITE
from engine.types import Addressed, Conversation, Message, Outcome
from tests.bench.overhead import Bench, asked_for, opened
from tests.bench.report import Result, interval, machine, options, show
from tests.stand_ins.model_answers import Writer
from tests.vllm.server import KEY, serving

TURNS, WARM_TURN = 6, 5
_CACHE_GB = 6  # of memory for the prefixes of all conversations


@dataclass
class Prompt:
    """A prompt as it reached the server, and how many tokens were ``written``; ``first_s`` until the first of them.

    ``cold_s`` is the same with an empty cache; ``answered``: the desk did not hand it to a person in the end.
    """

    tokens: int
    cached: int
    written: int
    first_s: float
    cold_s: float = 0.0
    answered: bool = True


@dataclass
class Relay:
    """Stands between the app and the server."""

    url: str
    session: aiohttp.ClientSession
    last: dict[str, Any] = field(default_factory=dict)
    run: str = field(default_factory=lambda: secrets.token_hex(4))  # nothing of another run is found in the cache
    rules: int = 0  # tokens of the system prompt
    under_way: int = 0  # which conversation the next prompt belongs to
    seen: dict[int, list[Prompt]] = field(default_factory=dict)  # by conversation

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Its address."""
        app = web.Application()
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_post("/v1/chat/completions", self._chat)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _sent(
        self, body: dict[str, Any], request: web.Request | None = None, shown: web.StreamResponse | None = None
    ) -> tuple[float, dict[str, Any]]:
        """Seconds until the first token, and the usage; what the server says is passed on as it comes."""
        began, first, usage = time.perf_counter(), 0.0, {}
        async with self.session.post(f"{self.url}/v1/chat/completions", json=body) as response:
            if response.status != 200:
                raise web.HTTPBadRequest(text=await response.text(), content_type="application/json")
            if request and shown:
                await shown.prepare(request)
            async for line in response.content:
                if shown:
                    await shown.write(line)
                if not line.startswith(b"data: {"):
                    continue
                event = orjson.loads(line[6:])
                if event["choices"] and event["choices"][0]["delta"].get("content"):
                    first = first or time.perf_counter() - began
                usage = event.get("usage") or usage
        return first or time.perf_counter() - began, usage

    async def _tokenized(self, what: dict[str, Any]) -> dict[str, Any]:
        async with self.session.post(f"{self.url}/tokenize", json=what) as response:
            found: dict[str, Any] = await response.json()
            return found

    async def _writing(self, said: str) -> dict[str, Any]:
        """What makes the model write this, in the tokens that it is read in."""
        found = await self._tokenized({"prompt": said, "add_special_tokens": False, "return_token_strs": True})
        pieces = zip(found["tokens"], found["token_strs"], strict=True)
        bias = {str(token): min(100, 25 * len(piece)) for token, piece in pieces}  # the longest that fits, as it reads
        return {"structured_outputs": {"choice": [said]}, "logit_bias": bias}

    async def block(self) -> int:
        """Tokens in a block of its cache."""
        async with self.session.get(f"{self.url}/metrics") as response:
            found = re.search(r'^vllm:cache_config_info\{.*?\bblock_size="(\d+)"', await response.text(), re.MULTILINE)
        return int(found[1]) if found else 1

    async def _models(self, _request: web.Request) -> web.Response:
        async with self.session.get(f"{self.url}/v1/models") as response:
            return web.Response(body=await response.read(), content_type="application/json")

    async def _metrics(self, _request: web.Request) -> web.Response:
        async with self.session.get(f"{self.url}/metrics") as response:
            return web.Response(body=await response.read(), content_type="text/plain")

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if body["messages"][0]["content"] == REWRITE:
            raise web.HTTPNotFound  # the question is then searched with the one before it
        said = Writer().echo(body | {"messages": body["messages"][-1:]})
        body |= await self._writing(said) | {"cache_salt": f"{body['cache_salt']} {self.run}"}
        if not self.rules:
            rules = await self._tokenized({"messages": body["messages"][:1], "add_generation_prompt": False})
            self.rules = rules["count"]
        shown = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        first_s, usage = await self._sent(body, request, shown)
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
        prompt = Prompt(usage["prompt_tokens"], cached, usage["completion_tokens"], first_s)
        self.seen.setdefault(self.under_way, []).append(prompt)
        await shown.write_eof()
        self.last = body
        return shown

    async def again(self) -> None:
        """The prompt that came last, under a salt that was never used."""
        cold = self.last | {"max_tokens": 1, "cache_salt": secrets.token_hex(8)}
        self.seen[self.under_way][-1].cold_s, _ = await self._sent(cold)


async def conversations(app: App, questions: Sequence[str], count: int) -> list[list[str]]:
    """Six different questions for each, of those that the desk lets the model answer."""
    audience = await Bench().audience(Message("", Conversation("bench", "acme", "", ""), "", "", Addressed.DIRECT))
    answered = [q for q in dict.fromkeys(questions) if (await app.knowledge.search(q, audience)).confidence >= 0.4]
    if len(answered) < 2 * TURNS:
        raise SystemExit(f"Only {len(answered)} questions can be answered: does the demo's knowledge base load?")
    draw = random.Random(11)
    return [draw.sample(answered, TURNS) for _ in range(count)]


async def talked(app: App, channel: Bench, relay: Relay, talks: Sequence[Sequence[str]]) -> None:
    """Turn by turn in all of them."""
    for turn in range(TURNS):
        for n, talk in enumerate(talks):
            relay.under_way = n
            where = Conversation("bench", "acme", f"room{n}", "")
            before = len(relay.seen.get(n, ()))
            await channel.asked(app, Message(f"m{n}-{turn}", where, f"p{n}", talk[turn], Addressed.DIRECT))
            if len(relay.seen.get(n, ())) == before:
                continue  # it needed no model
            relay.seen[n][-1].answered = bool(channel.reply and channel.reply.outcome is Outcome.ANSWERED)
            if turn + 1 == WARM_TURN and len(relay.seen[n]) == WARM_TURN:
                await relay.again()


def ideal(talks: Sequence[Sequence[Prompt]], rules: int, *, keep: bool = False) -> list[int]:
    """For each turn of all talks the tokens that could be cached when it comes; a system prompt has ``rules``.

    ``keep``: turns that were handed to a person stay in the prompts.
    """
    could = []
    for talk in talks:
        before = rules
        for prompt in talk:
            could.append(min(before, prompt.tokens))
            if prompt.answered or keep:
                before = prompt.tokens + prompt.written - 1  # the last one was written, and not yet read
    return [0, *could[1:]]  # of the very first prompt nothing


async def measure(url: str, *, quick: bool) -> Result:
    """All conversations, then the counting."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    pages, questions = asked_for(quick=False)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=600), headers={"Authorization": f"Bearer {KEY}"})
        )
        relay = Relay(url, session)
        address = await stack.enter_async_context(relay.running())
        english = [page for page in pages if page.startswith("en/")]
        app, _, channel, _ = await stack.enter_async_context(opened(address, "", english))
        talks = await conversations(app, [q for q in questions if q.isascii()], 6 if quick else 50)
        began = time.monotonic()
        await talked(app, channel, relay, talks)
        took_s = time.monotonic() - began
        seen, block = list(relay.seen.values()), await relay.block()
    prompts = [p for talk in seen for p in talk]
    best, kept = ideal(seen, relay.rules), ideal(seen, relay.rules, keep=True)
    whole = [min(tokens, p.tokens - 1) // block * block for tokens, p in zip(best, prompts, strict=True)]
    read, cached = sum(p.tokens for p in prompts), [p.cached for p in prompts]
    fifth = [p for talk in seen for p in talk if p.cold_s]
    warm = [p.first_s / p.cold_s for p in fifth]
    return {
        "bench": "cache",
        "conversations": len(seen),
        "turns": len(prompts),
        "prompt_tokens": read,
        "cached_share": round(sum(cached) / read, 4),
        "ideal_share": round(sum(best) / read, 4),
        "ratio": round(sum(map(min, cached, best)) / sum(best), 4),
        "ratio_in_blocks": round(sum(map(min, cached, whole)) / sum(whole), 4),
        "ratio_if_kept": round(sum(map(min, cached, kept)) / sum(kept), 4),
        "block": block,
        "handed_off": sum(not p.answered for p in prompts),
        "by_turn": [
            round(sum(t[n].cached for t in seen if len(t) > n) / sum(t[n].tokens for t in seen if len(t) > n), 4)
            for n in range(TURNS)
        ],
        "turn5_warm_over_cold": round(statistics.median(warm), 3),
        "turn5_warm_over_cold_95": interval(warm),
        "turn5_warm_s": round(statistics.median(p.first_s for p in fifth), 3),
        "n": len(warm),
        "took_s": round(took_s, 1),
        **machine("aiohttp"),
    }


def _table(result: Result) -> list[list[str]]:
    names = ("turns", "cached_share", "ideal_share", "ratio", "ratio_in_blocks", "turn5_warm_over_cold")
    return [list(names), [str(result[name]) for name in names]]


def _plot(result: Result, axes: Any) -> None:
    axes.bar(range(1, TURNS + 1), result["by_turn"])
    axes.set_xlabel("turn")
    axes.set_ylabel("share of prompt tokens from the cache")
    axes.set_ylim(0, 1)


def main() -> None:
    """Measure and show; ``--url`` names a server that was started for this and is used by nobody else."""
    asked = options(__doc__, url=True)
    with ExitStack() as stack:
        url = asked.url or stack.enter_context(serving("chat", cache_gb=2 if asked.quick else _CACHE_GB)).url
        show(uvloop.run(measure(url, quick=asked.quick)), asked, table=_table, plot=_plot)


if __name__ == "__main__":
    main()
