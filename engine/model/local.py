"""A small model in this process: llama.cpp behind a loopback port that only we have the key to."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

from langchain_core.messages import BaseMessage
from pydantic import SecretStr

from engine.errors import ModelUnavailable
from engine.model.contract import Piece, Schema
from engine.model.fetch import QWEN
from engine.model.presence import lacking, model_file
from engine.model.served import ServedModel
from engine.model.tools import Toolbox
from engine.model_settings import ModelSettings

WINDOW = 4096  # tokens; reading them all takes more than a minute on two cores


class LocalModel:
    """Runs a GGUF model.  Loads it at the first answer or at ``ready``; answers one person at a time.

    llama.cpp's own server listens inside this process on a free loopback port, with a key that is made anew each time
    and never leaves the process; so the local model goes through the same client as any server.
    """

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._turn = asyncio.Semaphore(1)  # a second answer at the same time would halve the speed of both
        self._loading = asyncio.Lock()
        self._runtime: Any = None
        self._served: ServedModel | None = None
        file = model_file(settings)
        self._name = settings.name or (QWEN.name if file and file.name == QWEN.file else file.stem if file else "")

    @property
    def name(self) -> str:
        """The model's name, for receipts."""
        return self._name

    @property
    def window(self) -> int:
        """Tokens of prompt and answer together."""
        return WINDOW

    async def write(
        self,
        prompt: Sequence[BaseMessage],
        *,
        max_tokens: int,
        session: str = "",
        salt: str = "",
        adapter: str = "",
        tools: Toolbox | None = None,
    ) -> AsyncGenerator[Piece]:
        """See ``Model.write``.  Waits for its turn as long as a whole answer may take."""
        async with self._lent() as served:
            pieces = served.write(prompt, max_tokens=max_tokens, session=session, salt=salt, tools=tools)
            async with aclosing(pieces):
                async for piece in pieces:
                    yield piece._replace(model=self.name, notes=_without(adapter)) if piece.finish else piece

    async def structured(
        self,
        prompt: Sequence[BaseMessage],
        schema: type[Schema],
        *,
        max_tokens: int,
        session: str = "",
        salt: str = "",
        adapter: str = "",  # noqa: ARG002  it has none
    ) -> Schema:
        """See ``Model.structured``; waits as ``write`` does."""
        async with self._lent() as served:
            return await served.structured(prompt, schema, max_tokens=max_tokens, session=session, salt=salt)

    async def faults(self, adapters: Collection[str] = ()) -> list[str]:
        """See ``Model.faults``."""
        return [fault for name in sorted(adapters) for fault in _without(name)]

    @asynccontextmanager
    async def _lent(self) -> AsyncGenerator[ServedModel]:
        """The model, for one answer at a time."""
        wait_s = self._settings.wait_total_s
        try:
            async with asyncio.timeout(wait_s):
                await self._turn.acquire()
        except TimeoutError as error:
            raise ModelUnavailable(f"The local model was busy for {wait_s:g} s.", retry_after_s=wait_s) from error
        try:
            yield await self._loaded()
        finally:
            self._turn.release()

    async def ready(self) -> str:
        """Load the model if that was not done; returns its name."""
        served = await self._loaded()
        await served.ready()
        return self.name

    async def close(self) -> None:
        """Stop the runtime and give its memory back."""
        async with self._loading:
            if self._served:
                await self._served.close()
            runtime, self._runtime, self._served = self._runtime, None, None
            await asyncio.to_thread(_stop, [runtime])

    async def _loaded(self) -> ServedModel:
        async with self._loading:
            if self._served is None:
                file = model_file(self._settings)
                if why := lacking(self._settings):
                    raise ModelUnavailable(why)
                key = secrets.token_urlsafe(32)
                self._runtime = await asyncio.to_thread(_start, str(file), key)
                own = {
                    "url": f"{self._runtime.listening_address}/v1",
                    "urls": (),
                    "api_key": SecretStr(key),
                    "name": "",
                    "cache_salt": False,
                    "session_header": "",
                }
                self._served = ServedModel(self._settings.model_copy(update=own))
            return self._served


def _start(path: str, key: str) -> Any:
    """Load the model and open its port; takes seconds.  Raises ``ModelUnavailable``."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [key]
    params.n_ctx, params.n_parallel = WINDOW, 1
    params.cache_ram_mib = 256  # earlier conversations' state; the default is 8 GB
    params.ui = params.endpoint_slots = params.endpoint_props = params.endpoint_metrics = False
    params.cors_origins = "null"
    params.offline = True
    params.verbosity = 0
    try:
        return xllamacpp.Server(params)
    except (RuntimeError, ValueError, OSError) as error:
        raise ModelUnavailable(
            f"{path} could not be loaded: is it a whole GGUF file, is there memory for it?"
        ) from error


def _without(adapter: str) -> tuple[str, ...]:
    return (f"the local model has no adapters: it wrote without {adapter}",) if adapter else ()


def _stop(runtime: list[Any]) -> None:
    """Let the last reference go in this thread: the runtime's end waits for its own threads."""
    runtime.clear()
