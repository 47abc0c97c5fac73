"""A small hostile web on loopback, a name service of our own, and a trap for every packet that is not for loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

import pytest
from aiohttp import web

from engine.config import KnowledgeSettings
from engine.knowledge.web import Fetcher
from engine.knowledge.web.fetch import Limits

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Trap:
    """What this process tried to connect to and to look up while the trap was set."""

    connects: list[tuple[str, int]] = field(default_factory=list)
    lookups: list[str] = field(default_factory=list)
    is_set: bool = False
    laid: bool = False

    def lay(self) -> None:
        """Below every library: Python itself asks before each connect.

        Only once a test wants it, since it stays until the process ends, and a hook in Python can make the tracing of
        threads fail (CPython 3.11 lets another thread run while it sets a trace function, and then refuses that one).
        """
        if not self.laid:
            sys.addaudithook(self.hear)
        self.laid = True

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuses what leaves the machine, before a packet does."""
        if not self.is_set:
            return
        if event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
            self.connects.append(arguments[1][:2])
            if not ip_address(arguments[1][0]).is_loopback:
                raise ConnectionRefusedError("this test may not leave the machine")
        elif event == "socket.getaddrinfo":
            self.lookups.append(str(arguments[0]))
            raise socket.gaierror("this test asks no name service")


_TRAP = Trap()


@pytest.fixture
def trap() -> Iterator[Trap]:
    """Set during the test."""
    _TRAP.lay()
    _TRAP.connects, _TRAP.lookups, _TRAP.is_set = [], [], True
    yield _TRAP
    _TRAP.is_set = False


@dataclass
class Names:
    """A name service: each look-up of a name takes its next answer, the last one again and again."""

    answers: dict[str, list[Sequence[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        await asyncio.sleep(0)
        known = self.answers.get(host)
        if not known:
            raise socket.gaierror("no such name")
        return known.pop(0) if len(known) > 1 else known[0]


@dataclass
class Site:
    """A web server of our own: paths and what they answer; remembers what it was asked."""

    port: int = 0
    pages: dict[str, Handler] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    requests: list[web.BaseRequest] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.place}{path}"

    def page(
        self, path: str, body: str | bytes = "", *, status: int = 200, kind: str = "text/html", **headers: str
    ) -> None:
        """A page that never changes; ``ETag="x"`` and the like are headers (underscores for dashes)."""
        data = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()} | (
            {"Content-Type": kind} if kind else {}
        )

        async def handler(request: web.Request) -> web.StreamResponse:
            return web.Response(body=data, status=status, headers=named)

        self.pages[path] = handler

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        self.page(path, status=status, Location=to)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        self.asked.append(request.path_qs)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            handler = self.pages.get(request.path_qs) or self.pages.get(request.path) or self.pages.get("*")
            return await handler(request) if handler else web.Response(status=404)  # type: ignore[arg-type]  # tests only
        finally:
            self.at_once -= 1


@contextlib.asynccontextmanager
async def serving(site: Site, context: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    """The site on a free port of loopback."""
    runner = web.ServerRunner(web.Server(site.handle), handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await listening.start()
    site.port = runner.addresses[0][1]
    try:
        yield site
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def raw(answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """A server that says what it likes; yields its host and port."""
    writers: list[asyncio.StreamWriter] = []
    tasks: set[asyncio.Task[Any]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        tasks.add(asyncio.current_task())  # type: ignore[arg-type]  # there is one
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await answer(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        if tasks:
            await asyncio.wait(tasks)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A site that the settings allow."""
    async with serving(Site()) as here:
        yield here


@pytest.fixture
def names() -> Names:
    return Names()


Opener = Callable[..., Fetcher]


@pytest.fixture
async def fetching(names: Names) -> AsyncIterator[Opener]:
    """Makes fetchers: ``fetching("127.0.0.1:8080", total_s=1.0)`` allows that place; other words are limits."""
    made: list[Fetcher] = []

    def make(*allowed: str, pause_s: float = 0.0, **limits: Any) -> Fetcher:
        settings = KnowledgeSettings(allow_hosts=allowed, pause_s=pause_s)
        made.append(Fetcher(settings, resolve=names, limits=Limits(**limits)))
        return made[-1]

    yield make
    for one in made:
        await one.close()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are no names: packed ones hold the time, and every worker must call a test the same."""
    return argname if isinstance(val, bytes) else None
