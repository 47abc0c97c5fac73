"""A platform's JSON API over HTTP, with a bearer token: what its answers mean for us."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import orjson
import structlog

from engine.errors import FrontdeskError, Refused, Unavailable

log = structlog.get_logger()
_TIMEOUT = aiohttp.ClientTimeout(total=30.0)


class JsonApi:
    """Requests below ``url``; ``name`` is the platform's, for messages to people.  Its session opens on first use."""

    def __init__(self, name: str, url: str, token: str) -> None:
        self._name = name
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, path: str, *, gone: Any = None, **body: Any) -> Any:
        """The answer of one request, tried once; ``gone`` is what a 404 means where that is no error.

        Raises ``Unavailable`` (no answer, 429 with its ``Retry-After``, 5xx) and ``Refused`` (all else).
        """
        try:
            request = self._http.request(method, f"{self._url}/{path}", json=body or None, headers=self._headers)
            async with request as answer:
                data = await answer.read()
                said = orjson.loads(data) if data else None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as e:
            raise Unavailable(f"{self._name} does not answer as it should ({type(e).__name__})") from None
        if answer.status < 300:
            return said
        if answer.status == 404 and gone is not None:
            return gone
        told = said.get("message", "") if isinstance(said, dict) else ""
        why = f"{self._name}: {told or answer.reason} ({answer.status})"
        if answer.status == 429 or answer.status >= 500:
            wait = answer.headers.get("Retry-After", "")
            raise Unavailable(why, retry_after_s=float(wait) if wait.isdigit() else None)
        raise Refused(why)

    async def listen(self, path: str, take: Callable[[Any], Awaitable[None]]) -> None:
        """Give what a WebSocket at this path sends to ``take``, one after the other, until cancelled.

        A socket that ends, or an event that cannot be taken, is followed by a new socket after a pause.  Raises
        ``Refused`` where the very first is refused.
        """
        failures, open_once = 0, False
        while True:
            try:
                url = f"{self._url}/{path}"
                async with self._http.ws_connect(url, headers=self._headers, heartbeat=10, max_msg_size=2**24) as ws:
                    open_once = True
                    async for frame in ws:
                        await take(orjson.loads(frame.data))
                        failures = 0
            except (aiohttp.ClientError, OSError, FrontdeskError, ValueError) as e:
                if isinstance(e, aiohttp.WSServerHandshakeError) and e.status in (401, 403) and not open_once:
                    raise Refused(f"{self._name} does not take the token ({e.status})") from None
                log.warning("socket lost", platform=self._name, why=str(e) or type(e).__name__)
            failures += 1
            await asyncio.sleep(min(30.0, 0.25 * 2**failures))

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session:
            await self._session.close()

    @property
    def _http(self) -> aiohttp.ClientSession:
        self._session = self._session or aiohttp.ClientSession(timeout=_TIMEOUT)
        return self._session
