"""Talks to a model server that embeds and reranks: vLLM's pooling models, or others with the same two addresses.

``POST {url}/embeddings`` is OpenAI's: ``{"model", "input": [...]}`` gives ``{"data": [{"index", "embedding"}]}``.
``POST {url}/rerank`` is Cohere's and Jina's, as vLLM has it: ``{"model", "query", "documents", "top_n"}`` gives
``{"results": [{"index", "relevance_score"}]}``.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Any

import aiohttp
import orjson

from engine.errors import ModelUnavailable, PromptTooLong
from engine.model.replies import TOO_LONG, retry_after, said, without_login
from engine.model.stream import plain

_CONNECT_S = 2.0
_LARGEST = 64 << 20  # bytes of an answer: 64 vectors of 4,096 numbers are 6 MB of JSON
# uvicorn, vLLM's front, closes an idle connection after 5 s: be earlier.
_KEEP_ALIVE_S = 4.0


class Busy(ModelUnavailable):
    """The server is there, but not now: worth trying again after ``retry_after_s`` or a moment."""


class Pooling:
    """The HTTP side of one model at one address.  Made for one event loop; ``setting`` is what errors name."""

    def __init__(self, url: str, model: str, key: str = "", *, setting: str) -> None:
        self.url = url
        self.place = without_login(url)
        self._model = model
        self._key = key
        self._setting = setting
        self._session: aiohttp.ClientSession | None = None

    async def embed(self, texts: Sequence[str], *, within_s: float) -> list[list[float]]:
        """The vectors of these texts, in their order, all of one length.

        Raises ``PromptTooLong`` when a text does not fit into the model's window, ``Busy`` when another try may help,
        ``ModelUnavailable`` when only the operator can.
        """
        answer = await self._posted("embeddings", {"model": self._model, "input": list(texts)}, within_s)
        try:
            rows = {int(one["index"]): one["embedding"] for one in answer["data"]}
            found = [[float(number) for number in rows[n]] for n in range(len(texts))]
        except (KeyError, TypeError, ValueError):
            raise self._odd("embeddings") from None
        if len({len(vector) for vector in found}) != 1 or not all(any(v) and all(map(math.isfinite, v)) for v in found):
            raise self._odd("embeddings")
        return found

    async def rerank(self, query: str, documents: Sequence[str], *, within_s: float) -> dict[int, float]:
        """How relevant each document is, by its number; the server may leave some out.  Raises as ``embed`` does."""
        asked = {"model": self._model, "query": query, "documents": list(documents), "top_n": len(documents)}
        answer = await self._posted("rerank", asked, within_s)
        try:
            found = {int(one["index"]): float(one["relevance_score"]) for one in answer["results"]}
        except (KeyError, TypeError, ValueError):
            raise self._odd("rerank") from None
        if not found or not all(0 <= n < len(documents) and math.isfinite(score) for n, score in found.items()):
            raise self._odd("rerank")
        return found

    async def close(self) -> None:
        """Close all connections."""
        if self._session:
            await self._session.close()
            self._session = None

    def _odd(self, path: str) -> ModelUnavailable:
        return ModelUnavailable(
            f"{self.place} answers /{path}, but not in the form of it: is {self._setting}_url the right server?"
        )

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE_S),
                timeout=aiohttp.ClientTimeout(total=None, connect=_CONNECT_S, sock_connect=_CONNECT_S),
                headers={"Content-Type": "application/json", "Accept-Encoding": "identity"}
                | ({"Authorization": f"Bearer {self._key}"} if self._key else {}),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    async def _posted(self, path: str, body: dict[str, Any], within_s: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(within_s):
                data = await self._post(f"{self.url}/{path}", orjson.dumps(body))
        except TimeoutError:
            raise Busy(f"{self.place} did not answer within {within_s:.3g} s") from None
        except aiohttp.ClientConnectorError as e:
            raise Busy(f"{self.place} cannot be reached ({plain(e.strerror or e)})") from e
        except (aiohttp.ClientError, OSError) as e:
            raise Busy(f"the connection to {self.place} broke ({type(e).__name__})") from e
        try:
            answer = orjson.loads(data)
        except orjson.JSONDecodeError:
            raise self._odd(path) from None
        if not isinstance(answer, dict):
            raise self._odd(path)
        return answer

    async def _post(self, url: str, data: bytes) -> bytes:
        async with self._client().post(url, data=data, allow_redirects=False) as response:
            if response.status != 200:
                raise await self._refusal(response)
            body = bytearray()
            while more := await response.content.read(1 << 16):
                body += more
                if len(body) > _LARGEST:
                    raise ModelUnavailable(f"{self.place} answers with more than {_LARGEST >> 20} MB")
            return bytes(body)

    async def _refusal(self, response: aiohttp.ClientResponse) -> ModelUnavailable:
        status, words = response.status, await said(response)
        if status in (400, 413) and TOO_LONG.search(words):
            return PromptTooLong(words)
        if status in (401, 403):
            return ModelUnavailable(f"{self.place} refuses our key: set {self._setting}_key")
        if status == 404:
            return ModelUnavailable(
                f"{self.place} does not know model {self._model!r} or this address: check {self._setting}_model and "
                f"{self._setting}_url"
            )
        if status in (408, 429) or status >= 500:
            what = "has too much to do" if status == 429 else f"fails with status {status}"
            wait_s = retry_after(response.headers.get("Retry-After", ""))
            return Busy(f"{self.place} {what}{f': {words}' if words else ''}", retry_after_s=wait_s)
        return ModelUnavailable(f"{self.place} refuses with status {status}: {words}")
