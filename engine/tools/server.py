"""A server of tools that speaks the Model Context Protocol: connected when needed, never waited for by others."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog

from engine.tools.contract import CallFailed
from engine.tools.schema import short

if TYPE_CHECKING:
    import httpx2
    import mcp
    from mcp.types import CallToolResult

    from engine.tool_settings import ToolServer

_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0
_PAGES, _TOOLS = 10, 500
#: Bytes of one answer over HTTP.
_MOST_BYTES: Final = 4 << 20
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Seen:
    """A tool as its server describes it: foreign words.  ``print`` tells this description from any other."""

    name: str
    about: str
    schema: Mapping[str, Any]
    print: str


class Connection:
    """One server, in a task of its own that connects, and connects again when it was cut off."""

    def __init__(self, settings: ToolServer) -> None:
        self.settings = settings
        self.seen: dict[str, Seen] = {}  # of those that the settings allow, as last listed
        self.trouble = "it was not reached yet"
        self._client: mcp.Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._broken = asyncio.Event()  # the connection of now is no good any more
        self._changed = asyncio.Event()  # it says that its tools are others now
        self._listed = asyncio.Event()  # the first try is over

    def start(self) -> None:
        """Begin to connect; nobody waits for it."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"tools {self.settings.name}")

    async def stop(self) -> None:
        """Let go of it; a program that does not end is ended."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def tried(self, within_s: float) -> None:
        """Wait until the first try to reach it is over, so long at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._listed.wait()

    async def call(self, name: str, arguments: Mapping[str, Any], *, timeout_s: float) -> str:
        """What this tool says, as text.  Raises ``CallFailed`` with the reason."""
        client = self._client
        if client is None:
            raise CallFailed(f"{self.settings.name} is not there now")
        try:
            async with asyncio.timeout(timeout_s):
                result = await client.call_tool(name, dict(arguments), read_timeout_seconds=timeout_s)
        except TimeoutError:
            raise CallFailed(f"{self.settings.name} did not answer within {timeout_s:g} s") from None
        except Exception as e:  # a foreign server can make the library raise anything
            if not isinstance(e, _answered()):
                self._broken.set()
            _log.warning("a tool failed", server=self.settings.name, tool=name, error=type(e).__name__)
            raise CallFailed(f"{self.settings.name} failed: {short(e, 200)}") from e
        said = _text(result)
        if result.is_error:
            raise CallFailed(f"{self.settings.name} says: {short(said, 300)}")
        return said

    async def _run(self) -> None:
        wait = _FIRST_WAIT_S
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._connected()
            except asyncio.CancelledError:
                raise
            except BaseException as e:  # groups of exceptions come from the library's tasks
                self.trouble = f"it cannot be reached: {_reason(e)}"
                _log.info("a server of tools cannot be reached", server=self.settings.name, reason=_reason(e))
            finally:
                self._client = None
                self._listed.set()
            lasted = asyncio.get_running_loop().time() - began
            wait = _FIRST_WAIT_S if lasted > _LONGEST_WAIT_S else min(wait * 2, _LONGEST_WAIT_S)
            await asyncio.sleep(wait)

    async def _connected(self) -> None:
        """Connect, list, and stay until it breaks."""
        import mcp

        self._broken.clear()
        self._changed.clear()
        async with asyncio.timeout(self.settings.connect_s) as patience, self._transport() as transport:
            client = mcp.Client(
                _Entered(transport),
                message_handler=self._told,
                cache=None,
                read_timeout_seconds=self.settings.connect_s,
            )
            async with client:
                await self._list(client)
                patience.reschedule(None)
                self._client, self.trouble = client, ""
                self._listed.set()
                _log.info("a server of tools is there", server=self.settings.name, tools=sorted(self.seen))
                while not self._broken.is_set():
                    await self._wait(client)

    async def _wait(self, client: mcp.Client) -> None:
        """Until it breaks or lists anew; now and then, whether it is still there."""
        changed, broken = asyncio.create_task(self._changed.wait()), asyncio.create_task(self._broken.wait())
        try:
            done, _ = await asyncio.wait(
                {changed, broken}, timeout=_LONGEST_WAIT_S, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            changed.cancel()
            broken.cancel()
        if broken in done:
            return
        self._changed.clear()
        async with asyncio.timeout(self.settings.connect_s):
            await self._list(client)

    async def _list(self, client: mcp.Client) -> None:
        """What it offers of what is allowed; nothing else of it is kept."""
        seen: dict[str, Seen] = {}
        cursor: str | None = None
        for _ in range(_PAGES):
            page = await client.list_tools(cursor=cursor)
            for tool in page.tools[:_TOOLS]:
                if tool.name in self.settings.allow and tool.name not in seen:
                    seen[tool.name] = _seen(tool.name, tool.description or "", tool.input_schema or {})
            cursor = page.next_cursor
            if not cursor:
                break
        self.seen = seen

    async def _told(self, message: Any) -> None:
        """A notice of the server: of all that it can say, only that its tools have changed is heard."""
        if getattr(getattr(message, "root", message), "method", "") == "notifications/tools/list_changed":
            self._changed.set()

    def _transport(self) -> AbstractAsyncContextManager[Any]:
        return self._program() if self.settings.command else self._http()

    @asynccontextmanager
    async def _program(self) -> AsyncGenerator[Any]:
        from mcp import StdioServerParameters, stdio_client

        command, *rest = self.settings.command
        env = {name: value.get_secret_value() for name, value in self.settings.env.items()}
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123, ASYNC230 - no file, and it never waits
            async with stdio_client(StdioServerParameters(command=command, args=rest, env=env), errlog=nowhere) as (
                reading,
                writing,
            ):
                yield _Watched(reading, self._broken), writing

    @asynccontextmanager
    async def _http(self) -> AsyncGenerator[Any]:
        """Exactly the address of the settings: no proxy of the environment, no redirect, no endless answer."""
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        headers = {name: value.get_secret_value() for name, value in self.settings.headers.items()}
        timeout = httpx2.Timeout(self.settings.connect_s, read=300.0)
        http = httpx2.AsyncClient(
            headers=headers, timeout=timeout, trust_env=False, follow_redirects=False, max_redirects=0,
            event_hooks={"response": [_bounded]},
        )  # fmt: skip
        async with http, streamable_http_client(self.settings.url, http_client=http) as (reading, writing):
            yield _Watched(reading, self._broken), writing


class _Entered:
    """A transport that was entered already, as the library wants to enter it."""

    def __init__(self, streams: Any) -> None:
        self._streams = streams

    async def __aenter__(self) -> Any:
        return self._streams

    async def __aexit__(self, *_: object) -> None:
        return None


class _Watched:
    """What a server says; when that ends, the connection is broken."""

    def __init__(self, reading: Any, broken: asyncio.Event) -> None:
        self._reading, self._broken = reading, broken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reading, name)

    async def __aenter__(self) -> Any:
        await self._reading.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> Any:
        return await self._reading.__aexit__(*error)

    async def __aiter__(self) -> AsyncIterator[Any]:
        try:
            async for message in self._reading:
                yield message
        finally:
            self._broken.set()

    async def receive(self) -> Any:
        try:
            return await self._reading.receive()
        except BaseException:
            self._broken.set()
            raise


class _Bounded:
    """The bytes of an answer, up to so many."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._left = stream, _MOST_BYTES

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            self._left -= len(part)
            if self._left < 0:
                raise ConnectionError(f"the answer is longer than {_MOST_BYTES} bytes")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bounded(response: httpx2.Response) -> None:
    if 300 <= response.status_code < 400:
        raise ConnectionError("it sends us to another address, and we do not go there")
    if "text/event-stream" not in response.headers.get("content-type", ""):  # of those each event is bounded
        _bound(response)


def _bound(response: httpx2.Response) -> None:
    import httpx2

    kind = type("Bounded", (_Bounded, httpx2.AsyncByteStream), {})
    response.stream = kind(response.stream)


def _answered() -> type[Exception]:
    """What the library raises when the server answered, with an error: the connection is fine."""
    from mcp import MCPError

    return MCPError


def _seen(name: str, about: str, schema: Mapping[str, Any]) -> Seen:
    whole = json.dumps([name, about, schema], ensure_ascii=True, sort_keys=True, default=str)
    return Seen(name, short(about), schema, hashlib.sha256(whole.encode()).hexdigest())


def _text(result: CallToolResult) -> str:
    """The words of a result; what is no text is named, and structured results without words are told as JSON."""
    parts = []
    for part in result.content:
        text = getattr(part, "text", None)
        parts.append(text if isinstance(text, str) else f"[{part.type}]")
    if not parts and result.structured_content is not None:
        parts.append(json.dumps(result.structured_content, ensure_ascii=False, default=str))
    return "\n".join(parts)


def _reason(error: BaseException) -> str:
    """The innermost reason, in a line."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return short(error, 200) or type(error).__name__
