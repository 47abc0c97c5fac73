"""Talks to one OpenAI-compatible model server: one session, fixed parameters, a deadline for every wait."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson

from engine.errors import ModelUnavailable, PromptTooLong, Repeating
from engine.model.circuit import Circuit
from engine.model.contract import Piece
from engine.model.patience import Patience
from engine.model.replies import TOO_LONG, Declined, Overloaded, retry_after, said, without_login
from engine.model.stream import Answer, plain
from engine.model_settings import ModelSettings

if TYPE_CHECKING:
    from engine.model.tools import Toolbox

LIST_BYTES = 1 << 20  # of the list of models
LIST_S = 3.0  # how long it may take once connected
DRAIN_S = 0.5  # how long the end of a body may take after the end of the answer
# uvicorn, vLLM's front, closes an idle connection after 5 s: be earlier.
_KEEP_ALIVE_S = 4.0


#: How old (seconds) the list of models may be when an adapter is not in it.
_LISTED_S = 30.0
#: Parameters that a server may not know, and what it says then: it is asked again without, and not another time with.
_INTERVAL = "stream_interval"
_PARSER = "tool-call-parser"  # vLLM reads calls only when it was started with a parser for them


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: ``body`` needs ``messages`` and ``max_tokens``; ``session`` and ``adapter`` as ``Model.write`` has.

    With ``tools`` the body has them, and the answer may be calls.
    """

    body: Mapping[str, Any]
    session: str = ""
    adapter: str = ""
    tools: Toolbox | None = None


class ModelServer:
    """The HTTP side of one model server.  Safe for any number of answers at a time; made for one event loop."""

    def __init__(self, settings: ModelSettings, url: str = "", *, circuit: Circuit | None = None) -> None:
        self.url = url or settings.url
        self.place = without_login(self.url)  # for people: messages, receipts
        self.name = settings.name
        self.window = 0
        self.running = 0  # answers of ours that are under way: whoever sends them counts
        self.circuit = circuit or Circuit()
        self._settings = settings
        self._offers: set[str] = set()  # names in its list of models
        self._listed = -math.inf  # when it was asked for, as the loop tells time
        self._unknown: set[str] = set()  # parameters that it refused
        self._session: aiohttp.ClientSession | None = None

    async def ready(self) -> str:
        """Ask for the list of models; returns the name to use.  Raises ``ModelUnavailable`` with what to do."""
        self._listed = asyncio.get_running_loop().time()
        body = await self._get("models")
        try:
            listed = {str(model["id"]): model for model in orjson.loads(body)["data"]}
            models = [name for name, model in listed.items() if not model.get("parent")]  # vLLM: an adapter has one
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise ModelUnavailable(f"{self.place} does not list its models: is model.url right?") from error
        self._offers = set(listed)
        name = self._settings.name or next(iter(models), "")
        if name not in listed:
            raise Declined(
                f"The model server has no model {name!r}; "
                f"it offers {', '.join(sorted(listed)[:10]) or 'none'}: set model.name."
            )
        window = listed[name].get("max_model_len") or (listed[name].get("meta") or {}).get("n_ctx")  # vLLM, llama.cpp
        self.window = window if isinstance(window, int) else 0
        self.name = name
        return name

    def offers(self, adapter: str) -> bool:
        """Whether the adapter stood in the list of models when it was last asked for."""
        return adapter in self._offers

    async def answer(self, asked: Asked) -> AsyncGenerator[Piece]:
        """Stream one completion.  Raises as ``Model.write`` does, after one try."""
        trying = self.circuit.enter()
        try:
            if trying or not self.name:
                await self.ready()
            async with self._errors(), self._posted(asked) as (response, model):
                answer = Answer(asked.tools.reading() if asked.tools else None)
                async for text in self._texts(response, answer):
                    self.circuit.alive()
                    yield Piece(text)
                if rest := answer.close():
                    yield Piece(rest)
            self.circuit.worked()
            yield Piece(
                usage=answer.usage,
                finish=answer.finish,
                model=model,
                notes=self._notes(asked.adapter, model),
                calls=answer.calls,
            )
        except PromptTooLong:
            self.circuit.left()
            raise
        except ModelUnavailable as error:
            self.name = self._settings.name  # another model may be served after this
            if isinstance(error, Declined | Repeating):
                self.circuit.left()
            else:
                self.circuit.failed()
            raise
        except BaseException:
            self.circuit.left()
            raise

    async def close(self) -> None:
        """Close all connections."""
        if self._session:
            await self._session.close()
            self._session = None

    async def _get(self, path: str) -> bytes:
        """A short answer, at most ``LIST_BYTES``."""
        url = f"{self.url}/{path}"
        async with (
            self._errors(),
            asyncio.timeout(self._settings.connect_s + LIST_S),
            self._client().get(url, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise self._refusal(response, await said(response))
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
    async def _posted(self, asked: Asked) -> AsyncGenerator[tuple[aiohttp.ClientResponse, str]]:
        """The answer as it begins to come, and the name of the model or adapter that writes it."""
        async with asyncio.timeout(self._settings.wait_first_s):
            while True:
                model = await self._model_for(asked.adapter)
                response = await self._post(asked, model)
                if response.status == 200:
                    break
                words = await said(response)
                response.close()
                if not self._learns(response.status, words, model, asked):
                    raise self._refusal(response, words)
        try:
            if response.content_type != "text/event-stream":
                raise ModelUnavailable(
                    f"{self.place} answered with {response.content_type}, not with a stream: is model.url right?"
                )
            yield response, model
        finally:
            # Closes the connection if the answer is not read to its end: so the server sees that nobody listens.
            response.close()

    async def _model_for(self, adapter: str) -> str:
        """The adapter where the server has it, else the model."""
        if not self.name:  # forgotten meanwhile: another answer failed
            await self.ready()
        if adapter and adapter not in self._offers:
            if asyncio.get_running_loop().time() - self._listed > _LISTED_S:  # it may have been loaded since
                await self.ready()
            if adapter not in self._offers:
                return self.name
        return adapter or self.name

    def _notes(self, adapter: str, model: str) -> tuple[str, ...]:
        if not adapter or adapter == model:
            return ()
        return (f"the adapter {adapter} is not loaded at the model server: {model} wrote",)

    def _learns(self, status: int, words: str, model: str, asked: Asked) -> bool:
        """Whether a refusal taught us something about this server, so that asking in another way is worth it."""
        if status == 404 and model == asked.adapter and model in self._offers:
            self._offers.discard(model)
            return model != self.name
        sent = {_PARSER} if asked.tools else {_INTERVAL}
        unknown = {mark for mark in sent if mark in words} - self._unknown
        if status in (400, 422) and unknown:
            self._unknown |= unknown
            return True
        return False

    def _body(self, asked: Asked, model: str) -> dict[str, Any]:
        settings = self._settings
        body = {
            **settings.extra,
            "model": model,
            "temperature": settings.temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
            **asked.body,
        }
        # With tools each token comes by itself: vLLM's parsers have lost arguments in larger pieces (vLLM #31501).
        if settings.stream_interval > 1 and _INTERVAL not in self._unknown and not asked.tools:
            body[_INTERVAL] = settings.stream_interval
        if asked.tools and _PARSER in self._unknown:
            body |= asked.tools.unread
        return body

    async def _post(self, asked: Asked, model: str) -> aiohttp.ClientResponse:
        url, client, data = f"{self.url}/chat/completions", self._client(), orjson.dumps(self._body(asked, model))
        headers = {"Content-Type": "application/json"}
        if self._settings.session_header and asked.session:
            headers[self._settings.session_header] = asked.session
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
        url = self.place
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

    def _refusal(self, response: aiohttp.ClientResponse, words: str) -> ModelUnavailable:
        """The error for a status other than 200."""
        status = response.status
        if status in (400, 413) and TOO_LONG.search(words):
            return PromptTooLong(f"The prompt is too long for the model: {words}")
        if status in (401, 403):
            return Declined("The model server refuses our key: set model.api_key.")
        if status == 404:
            return Declined(
                f"The model server does not know model {self.name!r} or this address: check model.name and model.url."
            )
        wait_s = retry_after(response.headers.get("Retry-After", ""))
        if status == 429:
            return Overloaded("The model server has too much to do.", retry_after_s=wait_s)
        if status >= 500:
            return ModelUnavailable(f"The model server fails with status {status}: {words}", retry_after_s=wait_s)
        return Declined(f"The model server refuses the request with status {status}: {words}")
