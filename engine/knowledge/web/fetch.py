"""Fetches one page: only from where the guard lets it, within limits of size and time, one request a host at a time."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from ipaddress import ip_address
from typing import Protocol

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from engine.errors import LoadFailed
from engine.knowledge.web.body import Decoder, kind, name_of, seconds_since_1970
from engine.knowledge.web.guard import IP, Guard, Target

AGENT = f"Frontdesk/{version('frontdesk')} (+knowledge loader)"
_REDIRECTS = {301, 302, 303, 307, 308}
_HOSTS = 1_000  # remembered for their pauses
_LONGEST_WAIT_S = 30.0  # that a server may ask for, before its request is given up

#: Host name and port to addresses: one look-up, as the system does it.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class Settings(Protocol):
    """What of ``[knowledge]`` is used here."""

    @property
    def allow_hosts(self) -> tuple[str, ...]: ...  # noqa: D102  # see engine.config.KnowledgeSettings
    @property
    def pause_s(self) -> float: ...  # noqa: D102  # see engine.config.KnowledgeSettings


class Answered(LoadFailed):
    """The server answered with something else than a page: ``status`` is what."""

    def __init__(self, message: str, status: int, *, retry_after_s: float = 0.0):
        super().__init__(message)
        self.status, self.retry_after_s = status, retry_after_s


class Gone(Answered):
    """The page is not there any more (404, 410)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes that one page may take."""

    total_s: float = 30.0
    connect_s: float = 10.0
    decoded: int = 20_000_000
    ratio: int = 100  # decoded to received bytes, once there is more than ``unjudged``
    unjudged: int = 1_000_000
    headers: int = 64_000
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came.

    ``url`` is where it stood in the end, after redirects; ``status`` 200, or 304 without data: it is as it was.
    ``media_type`` is what the bytes are, ``charset`` what the server says of them (may be empty or wrong).  ``etag``
    and ``modified`` go into the next ``get``; ``dated`` is ``modified`` in seconds since 1970, 0 where unknown.
    ``name`` is a file name whose ending fits; ``robots`` the server's word for crawlers (X-Robots-Tag); ``crawled``
    what a crawl has read on it (``seen.kept``).
    """

    url: str
    status: int
    data: bytes
    media_type: str
    charset: str
    etag: str
    modified: str
    dated: float
    name: str = ""
    robots: str = ""
    crawled: str = ""


@dataclass(slots=True)
class _Host:
    """One host's turns: whose it is, when the last request ended (the loop's clock), how many wait or are served."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    ended: float = float("-inf")
    users: int = 0


class Fetcher:
    """Fetches pages.  ``resolve`` replaces the system's name resolution (in tests)."""

    def __init__(self, settings: Settings, *, resolve: Resolve | None = None, limits: Limits | None = None):
        self._guard = Guard(settings.allow_hosts)
        self._pause_s = settings.pause_s
        self._limits = limits or Limits()
        self._names = ThreadPoolExecutor(8, "names")  # getaddrinfo cannot be cancelled: it shall hold up nobody else
        self._resolve = resolve or self._by_the_system
        self._hosts: dict[str, _Host] = {}
        self._tls: ssl.SSLContext | None = None

    async def close(self) -> None:
        """Let go of the threads."""
        self._names.shutdown(wait=False, cancel_futures=True)

    def target(self, url: str) -> Target:
        """What the address names, if it may be asked for; raises ``LoadFailed``.  Nothing is sent."""
        return self._guard.target(url)

    async def get(self, url: str, *, etag: str = "", modified: str = "", pause_s: float = 0.0) -> Fetched:
        """The page at ``url``; with ``etag`` or ``modified`` from the last time, only if it has changed since.

        ``pause_s``: seconds between two requests to this host, where it asks for more than the settings.  Raises
        ``LoadFailed`` with a reason for an admin, ``Answered`` with the status where the server refused, ``Gone``
        where the page is not there.  Waiting for a turn at the host is not counted against the time limit.
        """
        asked = {
            name: value
            for name, value in (("If-None-Match", etag), ("If-Modified-Since", modified))
            if value and value.isascii() and value.isprintable()
        }
        target = self._guard.target(url)
        left, seen, waited = self._limits.total_s, {str(target.url)}, False
        clock = asyncio.get_running_loop().time
        while True:
            async with self._turn(target, max(pause_s, self._pause_s)):
                started = clock()
                try:
                    async with asyncio.timeout(left):
                        found = await self._request(target, asked)
                except TimeoutError:
                    raise LoadFailed(
                        f"{target.place} took longer than {self._limits.total_s:.0f} s to answer"
                    ) from None
                except Answered as e:
                    if waited or not 0 < e.retry_after_s <= _LONGEST_WAIT_S:
                        raise
                    found, waited = target, True
                    pause_s = max(pause_s, e.retry_after_s)
                left -= clock() - started
            if isinstance(found, Fetched):
                return found
            if found is not target:
                if str(found.url) in seen:
                    raise LoadFailed("the page redirects in a circle")
                if len(seen) > self._limits.redirects:
                    raise LoadFailed(f"the page redirects more than {self._limits.redirects} times")
                seen.add(str(found.url))
                target = found
                asked.pop("If-Modified-Since", None)  # when the page was changed says nothing of another one

    @asynccontextmanager
    async def _turn(self, target: Target, pause_s: float) -> AsyncIterator[None]:
        """One request at a time to a host, and a pause between two."""
        clock = asyncio.get_running_loop().time
        host = self._hosts.setdefault(target.place, _Host())
        host.users += 1
        try:
            async with host.turn:
                await asyncio.sleep(max(0.0, host.ended + pause_s - clock()))
                try:
                    yield
                finally:
                    host.ended = clock()
        finally:
            host.users -= 1
            if len(self._hosts) > _HOSTS:
                idle = [place for place, one in self._hosts.items() if not one.users]
                for place in idle[: len(idle) // 2]:
                    del self._hosts[place]

    async def _request(self, target: Target, asked: dict[str, str]) -> Fetched | Target:
        """One request: the page, or where it says to go on."""
        if self._tls is None and target.url.scheme == "https":
            self._tls = await asyncio.to_thread(ssl.create_default_context)  # reads all the system's certificates
        try:
            async with (
                self._session(target, await self._addresses(target)) as session,
                session.get(target.url, headers=asked, allow_redirects=False) as response,
            ):
                return await self._read(target, response, asked)
        except aiohttp.ClientConnectorCertificateError:
            why = "its certificate is not valid for this name, or is signed by nobody we know"
        except aiohttp.ClientConnectorError:
            why = "no connection could be made"
        except aiohttp.ServerTimeoutError:
            why = "no connection could be made in time"
        except aiohttp.ClientPayloadError:
            why = "the page broke off before its end"
        except (aiohttp.ClientError, ValueError, OSError):
            why = "it did not answer as a web server should"
        raise LoadFailed(f"{target.place} cannot be read: {why}")

    def _session(self, target: Target, addresses: tuple[IP, ...]) -> aiohttp.ClientSession:
        """A session for one request, which can connect to these addresses and to nothing else."""

        def made(info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
            address = ip_address(str(info[4][0]))
            if address not in addresses or not self._guard.may_connect(target, address):
                raise OSError("this address was not checked")
            return socket.socket(info[0], info[1], info[2])

        connector = aiohttp.TCPConnector(
            resolver=_Checked(target, addresses), use_dns_cache=False, force_close=True, socket_factory=made,
            ssl=self._tls or True,
        )  # fmt: skip
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # a proxy would resolve the name again
            auto_decompress=False,
            max_line_size=8_190,
            max_field_size=8_190,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._limits.connect_s),
            headers={"User-Agent": AGENT, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"},
        )

    async def _addresses(self, target: Target) -> tuple[IP, ...]:
        """Where the target's name leads, looked up once, all of it checked."""
        if target.literal is not None:
            return (target.literal,)
        try:
            found = tuple(dict.fromkeys(ip_address(one) for one in await self._resolve(target.host, target.port)))
        except (OSError, ValueError, UnicodeError):
            found = ()
        if not found:
            raise LoadFailed(f"there is no host {target.host}: look for a typing error in the address")
        self._guard.permit(target, found)
        return found

    async def _by_the_system(self, host: str, port: int) -> Sequence[str]:
        def look_up() -> list[str]:
            return [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]

        return await asyncio.get_running_loop().run_in_executor(self._names, look_up)

    async def _read(self, target: Target, response: aiohttp.ClientResponse, asked: dict[str, str]) -> Fetched | Target:
        if sum(len(name) + len(value) + 4 for name, value in response.raw_headers) > self._limits.headers:
            raise LoadFailed(f"{target.place} sent more than {self._limits.headers // 1000} kB of headers")
        headers, status = response.headers, response.status
        if status in _REDIRECTS:
            return self._redirected(target, headers.get("Location", ""))
        etag, modified = headers.get("ETag", "")[:1_000], headers.get("Last-Modified", "")[:100]
        dated = seconds_since_1970(modified)
        if status == 304 and asked:
            return Fetched(str(target.url), 304, b"", "", "", etag, modified, dated)
        if status not in {200, 203}:
            raise _refusal(target, status, headers.get("Retry-After", ""))
        if (response.content_length or 0) > self._limits.decoded:
            raise LoadFailed(f"the page has more than {self._limits.decoded / 1e6:.0f} MB")
        data = await self._body(response)
        media_type = kind(data, response.content_type if "Content-Type" in headers else "")
        return Fetched(
            url=str(target.url), status=200, data=data, media_type=media_type, charset=(response.charset or "").lower(),
            etag=etag, modified=modified, dated=dated, name=name_of(target.url, media_type),
            robots=", ".join(headers.getall("X-Robots-Tag", ())).lower(),
        )  # fmt: skip

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        limits = self._limits
        decoder = Decoder(
            response.headers.get("Content-Encoding", ""),
            most=limits.decoded, ratio=limits.ratio, unjudged=limits.unjudged,
        )  # fmt: skip
        async for chunk in response.content.iter_any():
            decoder.feed(chunk)
        return decoder.finished()

    def _redirected(self, target: Target, location: str) -> Target:
        if not location:
            raise LoadFailed("the page redirects to nowhere")
        try:
            if not location.isascii() or "\\" in location:
                raise ValueError
            there = self._guard.target(target.url.join(URL(location)))
        except LoadFailed as e:
            raise LoadFailed(f"the page redirects to an address that cannot be fetched: {e}") from None
        except ValueError:
            raise LoadFailed("the page redirects to something that is no web address") from None
        if there.allowed and not target.allowed:
            raise LoadFailed(f"the page redirects to {there.place}, which is fetched only when it is asked for itself")
        if target.url.scheme == "https" and there.url.scheme == "http":
            raise LoadFailed(f"the page redirects from https to http, to {there.place}, where anybody could change it")
        return there


class _Checked(AbstractResolver):
    """Gives the connector the addresses that were checked, for the one name that they belong to."""

    def __init__(self, target: Target, addresses: tuple[IP, ...]):
        self._target, self._addresses = target, addresses

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002  # both families were looked up
    ) -> list[ResolveResult]:
        """No look-up: the answer is known."""
        if (host, port) != (self._target.host, self._target.port):
            raise OSError("this name was not checked")
        return [
            ResolveResult(
                hostname=host, host=str(one), port=port, proto=0, flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET if one.version == 4 else socket.AF_INET6,
            )
            for one in self._addresses[:4]  # the time limit is for all of them together
        ]  # fmt: skip

    async def close(self) -> None:
        """Nothing is held."""


def _refusal(target: Target, status: int, retry_after: str) -> Answered:
    """What a status that brings no page means, in words."""
    if status in {404, 410}:
        return Gone(f"there is no such page ({target.place} answered {status})", status)
    if status in {401, 402, 403, 407}:
        who = "lets only those in who log in or whom it knows"
        return Answered(f"{target.place} {who} ({status}): save the page as a file and load that", status)
    if status in {429, 503}:
        wait = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0
        return Answered(f"{target.place} is busy and asks to come back later ({status})", status, retry_after_s=wait)
    return Answered(f"{target.place} answered {status} instead of the page", status)
