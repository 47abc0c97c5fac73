"""Talks to an OpenAI-compatible model server: one session, fixed parameters, a deadline for every wait."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson

from engine.errors import ModelUnavailable, PromptTooLong
from engine.model.circuit import Circuit
from engine.model.contract import Piece
from engine.model.patience import Patience
from engine.model.replies import TOO_LONG, retry_after, said
from engine.model.stream import Answer, plain
from engine.model_settings import ModelSettings

LIST_BYTES = 1 << 20  # of the list of models
LIST_S = 3.0  # how long it may take once connected
DRAIN_S = 0.5  # how long the end of a body may take after the end of the answer
# uvicorn, vLLM's front, closes an idle connection after 5 s: be earlier.
_KEEP_ALIVE_S = 4.0


class ModelServer:
    """The HTTP side of one model server.  Safe for any number of answers at a time; made for one event loop."""

    def __init__(self, settings: ModelSettings, *, circuit: Circuit | None = None) -> None:
        self.name = settings.name
        self.window = 0
        self._settings = settings
        self._circuit = circuit or Circuit()
        self._session: aiohttp.ClientSession | None = None

    async def ready(self) -> str:
        """Ask for the list of models; returns the name to use.  Raises ``ModelUnavailable`` with what to do."""
        body = await self._get("models")
        try:
            listed = {str(model["id"]): model for model in orjson.loads(body)["data"]}
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise ModelUnavailable(f"{self._settings.url} does not list its models: is model.url right?") from error
        name = self._settings.name or next(iter(listed), "")
        if name not in listed:
            raise ModelUnavailable(
                f"The model server has no model {name!r}; "
                f"it offers {', '.join(sorted(listed)[:10]) or 'none'}: set model.name."
            )
        window = listed[name].get("max_model_len") or (listed[name].get("meta") or {}).get("n_ctx")  # vLLM, llama.cpp
        self.window = window if isinstance(window, int) else 0
        self.name = name
        return name

    async def answer(self, body: dict[str, Any], headers: dict[str, str]) -> AsyncGenerator[Piece]:
        """Stream one completion; ``body`` needs ``messages`` and ``max_tokens``.  Raises as ``Model.write`` does."""
        self._circuit.enter()
        try:
            if not self.name:
                await self.ready()
            async with self._errors(), self._posted(body, headers) as response:
                answer = Answer()
                async for text in self._texts(response, answer):
                    self._circuit.alive()
                    yield Piece(text)
                if rest := answer.close():
                    yield Piece(rest)
            self._circuit.worked()
            yield Piece(usage=answer.usage, finish=answer.finish)
        except PromptTooLong:
            self._circuit.left()
            raise
        except ModelUnavailable as error:
            self.name = self._settings.name  # another model may be served after this
            if isinstance(error, _Declined):
                self._circuit.left()
            else:
                self._circuit.failed()
            raise
        except BaseException:
            self._circuit.left()
            raise

    async def close(self) -> None:
        """Close all connections."""
        if self._session:
            await self._session.close()
            self._session = None

    async def _get(self, path: str) -> bytes:
        """A short answer, at most ``LIST_BYTES``."""
        url = f"{self._settings.url}/{path}"
        async with (
            self._errors(),
            asyncio.timeout(self._settings.connect_s + LIST_S),
            self._client().get(url, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise await self._refusal(response)
            body = b""
            while len(body) < LIST_BYTES and (more := await response.content.read(LIST_BYTES)):
                body += more
            return body

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            key = self._settings.api_key.get_secret_value()
            connect_s = self._settings.connect_s
            self._session = aiohttp.ClientSession(
                # The server does the batching: it should see every request at once.
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE_S),
                timeout=aiohttp.ClientTimeout(total=None, connect=connect_s, sock_connect=connect_s),
                headers={"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {}),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    @asynccontextmanager
    async def _posted(self, body: dict[str, Any], headers: dict[str, str]) -> AsyncGenerator[aiohttp.ClientResponse]:
        settings = self._settings
        data = orjson.dumps(
            {
                **settings.extra,
                "model": self.name,
                "temperature": settings.temperature,
                "stream": True,
                "stream_options": {"include_usage": True},
                **body,
            }
        )
        async with asyncio.timeout(settings.wait_first_s):
            response = await self._post(data, {"Content-Type": "application/json", **headers})
        try:
            if response.status != 200:
                raise await self._refusal(response)
            if response.content_type != "text/event-stream":
                raise ModelUnavailable(
                    f"{settings.url} answered with {response.content_type}, not with a stream: is model.url right?"
                )
            yield response
        finally:
            # Closes the connection if the answer is not read to its end: so the server sees that nobody listens.
            response.close()

    async def _post(self, data: bytes, headers: dict[str, str]) -> aiohttp.ClientResponse:
        url, client = f"{self._settings.url}/chat/completions", self._client()
        try:
            return await client.post(url, data=data, headers=headers, allow_redirects=False)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            # The server may have closed an idle connection just when we used it: a fresh one tells.
            return await client.post(url, data=data, headers={**headers, "Connection": "close"}, allow_redirects=False)

    async def _texts(self, response: aiohttp.ClientResponse, answer: Answer) -> AsyncGenerator[str]:
        """The text of the answer as it comes, within the deadlines."""
        settings, content = self._settings, response.content
        patience = Patience(
            first_s=settings.wait_first_s, idle_s=settings.idle_s, total_s=settings.wait_total_s, give_up=response.close
        )
        try:
            steps = 0
            while True:
                patience.wait()
                data = await content.readany()
                patience.rest()
                if not data:
                    return
                text = answer.feed(data)
                if answer.steps != steps:
                    steps = answer.steps
                    patience.progressed()
                if text:
                    yield text
                if answer.done:
                    break
            # What is left is the end of the HTTP body: read, the connection can be used again.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_S):
                    while await content.readany():
                        pass
        except aiohttp.ClientError as error:
            if patience.reason:
                raise ModelUnavailable(patience.reason) from error
            raise
        finally:
            patience.stop()

    @asynccontextmanager
    async def _errors(self) -> AsyncGenerator[None]:
        """What can go wrong with HTTP, in words that say what to do."""
        url = self._settings.url
        try:
            yield
        except aiohttp.ConnectionTimeoutError as error:
            raise ModelUnavailable(
                f"The model server at {url} does not answer: is it running, is model.url right?"
            ) from error
        except TimeoutError as error:
            raise ModelUnavailable(f"The model server at {url} took the request and said nothing.") from error
        except aiohttp.ClientConnectorError as error:
            raise ModelUnavailable(
                f"The model server at {url} cannot be reached ({plain(error.strerror or error)}): "
                f"start it, or set model.url."
            ) from error
        except aiohttp.ClientPayloadError as error:
            raise ModelUnavailable("The model server broke off in the middle of an answer.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise ModelUnavailable(
                f"The connection to the model server at {url} broke ({type(error).__name__})."
            ) from error

    async def _refusal(self, response: aiohttp.ClientResponse) -> ModelUnavailable:
        """The error for a status other than 200."""
        status, words = response.status, await said(response)
        if status in (400, 413) and TOO_LONG.search(words):
            return PromptTooLong(f"The prompt is too long for the model: {words}")
        if status in (401, 403):
            return _Declined("The model server refuses our key: set model.api_key.")
        if status == 404:
            return _Declined(
                f"The model server does not know model {self.name!r} or this address: check model.name and model.url."
            )
        wait_s = retry_after(response.headers.get("Retry-After", ""))
        if status == 429:
            return _Declined("The model server has too much to do.", retry_after_s=wait_s)
        if status >= 500:
            return ModelUnavailable(f"The model server fails with status {status}: {words}", retry_after_s=wait_s)
        return _Declined(f"The model server refuses the request with status {status}: {words}")


class _Declined(ModelUnavailable):
    """The server is well, but does not do this: no reason to leave it alone."""
