"""A small model server on loopback: embeds by counting words, reranks by counting the words that two texts share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from engine.terms import terms
from tests.knowledge.conftest import UNRELATED, Words


@dataclass
class ModelServer:
    """What it was asked, and how it is to behave."""

    url: str = ""
    dimensions: int = 48
    longest: int = 100_000  # characters of a text; longer ones are refused as vLLM does
    key: str = ""
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # the next answers: status, headers
    odd: Any = None  # answered instead of what was asked for
    embedded: list[list[str]] = field(default_factory=list)  # requests
    reranked: list[dict[str, Any]] = field(default_factory=list)
    likes: str = ""  # puts the passages that hold this first, instead of those that share words
    lets: int = 1_000_000  # so many more passages are embedded before it holds
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def passages(self) -> list[str]:
        """The texts that were embedded, not the unrelated ones that everything is compared with."""
        return [text for request in self.embedded for text in request if text.removeprefix("p: ") not in UNRELATED]

    def _refusal(self, request: web.Request) -> web.Response | None:
        if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
            return web.json_response({"error": {"message": "no"}}, status=401)
        if self.refusals:
            status, headers = self.refusals.pop(0)
            return web.json_response({"error": {"message": "not now"}}, status=status, headers=headers)
        return web.json_response(self.odd) if self.odd is not None else None

    async def embeddings(self, request: web.Request) -> web.Response:
        body = await request.json()
        texts = body["input"]
        self.embedded.append(texts)
        if refusal := self._refusal(request):
            return refusal
        if body["model"] != "words":
            return web.json_response({"error": {"message": "The model does not exist."}}, status=404)
        if any(len(text) > self.longest for text in texts):
            said = f"This model's maximum context length is {self.longest} tokens."
            return web.json_response({"error": {"message": said}}, status=400)
        if any(text.startswith("p: ") and text[3:] not in UNRELATED for text in texts):
            self.lets -= len(texts)
            if self.lets < 0:
                await self.go_on.wait()
        vectors = 3.0 * Words("server", self.dimensions).queries([text.removeprefix("p: ") for text in texts])
        rows = [{"index": n, "embedding": vector.tolist()} for n, vector in enumerate(vectors)]
        return web.json_response({"data": rows[::-1], "model": body["model"]})

    async def rerank(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.reranked.append(body)
        if refusal := self._refusal(request):
            return refusal
        if any(len(text) > self.longest for text in body["documents"]):
            return web.json_response({"message": "maximum model len exceeded: too long"}, status=400)
        if self.lets < 0:
            await self.go_on.wait()
        asked = set(terms(body["query"]))
        scores = [len(asked & set(terms(text))) / len(asked) for text in body["documents"]]
        if self.likes:
            scores = [float(self.likes in text) for text in body["documents"]]
        rows = [{"index": n, "relevance_score": score} for n, score in enumerate(scores)]
        return web.json_response({"results": sorted(rows, key=lambda row: -row["relevance_score"])[: body["top_n"]]})


@asynccontextmanager
async def serving(**how: Any) -> AsyncIterator[ModelServer]:
    """The server while it runs; who is still held when it ends is let go."""
    server = ModelServer(**how)
    app = web.Application(client_max_size=1 << 26)
    app.router.add_post("/v1/embeddings", server.embeddings)
    app.router.add_post("/v1/rerank", server.rerank)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield server
    finally:
        server.go_on.set()
        await runner.cleanup()
