"""MCP over streamable HTTP: who may speak is decided before the SDK sees a byte of what is said."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import orjson
import structlog

from bot.listening import address, is_loopback
from bot.mcp.agents import Agents, Caller
from bot.mcp.server import server_of
from engine.errors import SettingsError, Unavailable

if TYPE_CHECKING:
    import uvicorn

_PATH: Final = "/mcp"
_BODY: Final = 64 * 1024
#: Seconds between two log lines about tokens that open nothing.
_TOLD_S: Final = 60.0
_CALLER: Final = "frontdesk.caller"
_log = structlog.get_logger()


def checked(listen: str, hosts: Sequence[str]) -> tuple[str, int]:
    """Host and port.  Raises ``SettingsError`` for an address that others can reach without a name for it."""
    host, port = address(listen, "mcp.listen")
    if not is_loopback(host) and not hosts:
        raise SettingsError(
            f'setting mcp.hosts is missing: others than this machine can reach "{listen}". Write the name that '
            'it is reached by, hosts = ["desk.example.com"], with TLS before it, or listen = "127.0.0.1:8090"'
        )
    return host, port


class McpListener:
    """Serves ``/mcp`` at ``listen``; ``hosts`` are names besides loopback's that it is reached by."""

    def __init__(self, listen: str, hosts: tuple[str, ...], agents: Agents) -> None:
        """Raises ``SettingsError`` for an address that others can reach without a name for it."""
        self._host, self._port = checked(listen, hosts)
        self._listen, self._hosts, self._agents = listen, {h.lower() for h in hosts}, agents
        self._wrong, self._told_at = 0, -_TOLD_S
        self._server: uvicorn.Server | None = None
        self._running: asyncio.Task[None] | None = None
        self._socket: socket.socket | None = None

    @property
    def port(self) -> int:
        """The port that is listened on; of use where the settings say 0."""
        return int(self._socket.getsockname()[1]) if self._socket else 0

    async def start(self) -> None:
        """Listen.  Raises ``SettingsError`` when ``mcp.listen`` cannot be listened on."""
        import uvicorn  # only now, as all that the SDK brings along
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        class Quiet(uvicorn.Server):
            @contextlib.contextmanager
            def capture_signals(self) -> Iterator[None]:
                yield  # signals are `run`'s

        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            self._socket = socket.create_server((self._host, self._port), family=family, backlog=128)
        except OSError as e:
            raise SettingsError(
                f'setting mcp.listen: "{self._listen}" cannot be listened on ({e.strerror or e}): write another port'
            ) from None

        async def call(request: Any, tool: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
            return await self._agents.call(request.scope[_CALLER], tool, given)

        async def tools() -> tuple[str, ...]:
            return self._agents.tools

        manager = StreamableHTTPSessionManager(
            server_of(tools, call), json_response=True, stateless=True, max_request_body_size=_BODY
        )

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http" and (caller := await self._let_in(scope, send)):
                await manager.handle_request({**scope, _CALLER: caller}, receive, send)

        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", ws="none", server_header=False,
            limit_concurrency=64, timeout_keep_alive=5, timeout_graceful_shutdown=3,
        )  # fmt: skip
        self._server = Quiet(config)

        async def serve(server: uvicorn.Server, sock: socket.socket) -> None:
            async with manager.run():
                await server.serve(sockets=[sock])

        self._running = asyncio.create_task(serve(self._server, self._socket), name="mcp listener")
        while not self._server.started and not self._running.done():  # noqa: ASYNC110  # uvicorn tells nobody
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Stop listening; questions that agents have asked are answered all the same."""
        if self._server and self._running:
            self._server.should_exit = True
            await asyncio.wait({self._running}, timeout=5)
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        if self._socket:
            self._socket.close()

    async def _let_in(self, scope: Mapping[str, Any], send: Any) -> Caller | None:
        """Who calls; None where the answer was given already: no word says which tokens there are."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if not self._known(f"//{headers.get('host', '')}") or not self._known(headers.get("origin")):
            await _answer(send, 403, {"error": "this name is not served here"})
        elif scope["path"].rstrip("/") != _PATH:
            await _answer(send, 404, {"error": "there is nothing here"})
        elif scope["method"] != "POST":
            await _answer(send, 405, {"error": "only POST: nothing is said unasked"})
        else:
            scheme, _, token = headers.get("authorization", "").partition(" ")
            try:
                caller = await self._caller(token.strip() if scheme.lower() == "bearer" else "")
            except Unavailable as e:
                _log.warning("an agent could not be let in", why=str(e))
                await _answer(send, 503, {"error": "not now: try again"})
                return None
            if caller:
                return caller
            await _answer(send, 401, {"error": "a token is needed: frontdesk mcp token new"})
        return None

    def _known(self, url: str | None) -> bool:
        """Whether a Host or an Origin is ours: a foreign name that leads here means DNS rebinding."""
        if url is None:
            return True
        try:
            name = (urlsplit(url).hostname or "").lower()
        except ValueError:
            return False
        return is_loopback(name) or name in self._hosts

    async def _caller(self, token: str) -> Caller | None:
        """Guessing is of no use (256 bits), so nobody is locked out; that somebody tries is told."""
        caller = await self._agents.caller(token) if token else None
        if token and caller is None:
            self._wrong += 1
            if time.monotonic() - self._told_at > _TOLD_S:
                self._told_at = time.monotonic()
                _log.warning("calls with a token that opens nothing", since_the_start=self._wrong)
        return caller


async def _answer(send: Any, status: int, body: Mapping[str, Any]) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(body)})
