"""Asks model servers how busy they are: vLLM's own numbers, at its root's /metrics."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Sequence

import aiohttp

from engine.bound import Load

_ANSWER_S = 1.0
_BYTES = 4 << 20  # of an answer; vLLM's has a few hundred kilobytes
#: A server that has no such numbers is not asked again for so many seconds.
_AGAIN_S = 30.0
_NUMBER = re.compile(
    r"^vllm:(num_requests_running|num_requests_waiting|kv_cache_usage_perc)(?:\{[^}\n]*\})?[ \t]+(\S+)", re.MULTILINE
)


class Watch:
    """The numbers of some servers, together."""

    def __init__(self, addresses: Sequence[str]) -> None:
        """``addresses``: as ``model.url`` has them, with their ``/v1``."""
        self._urls = [f"{url.rstrip('/').removesuffix('/v1')}/metrics" for url in addresses]
        self._silent_until = dict.fromkeys(self._urls, 0.0)
        self._session: aiohttp.ClientSession | None = None

    async def load(self) -> Load | None:
        """How busy they are now; None unless each of them that answers says so."""
        loads = [load for load in await asyncio.gather(*map(self._of, self._urls)) if load]
        if not loads:
            return None
        return Load(sum(x.running for x in loads), sum(x.waiting for x in loads), max(x.cache for x in loads))

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()
            self._session = None

    async def _of(self, url: str) -> Load | None:
        now = asyncio.get_running_loop().time()
        if now < self._silent_until[url]:
            return None
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_ANSWER_S), trust_env=False, auto_decompress=False,
                headers={"Accept-Encoding": "identity"}, connector=aiohttp.TCPConnector(keepalive_timeout=4.0),
            )  # fmt: skip
        body, status = b"", 0
        try:
            async with self._session.get(url, allow_redirects=False) as response:
                status = response.status
                while status == 200 and len(body) < _BYTES and (more := await response.content.read(_BYTES)):
                    body += more
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None  # it may be busy, or away: that is for those who ask it for answers to say
        found = read(body.decode("utf-8", "replace"))
        if found is None:
            self._silent_until[url] = now + _AGAIN_S
        return found


def read(text: str) -> Load | None:
    """What the text of a /metrics says, all engines of the server together; None where it says nothing of use."""
    running = waiting = cache = None
    for name, number in _NUMBER.findall(text):
        try:
            value = float(number)
        except ValueError:
            return None
        if not math.isfinite(value) or value < 0:
            return None
        if name == "num_requests_running":
            running = (running or 0.0) + value
        elif name == "num_requests_waiting":
            waiting = (waiting or 0.0) + value
        else:
            cache = max(cache or 0.0, value)
    return None if running is None or waiting is None else Load(running, waiting, cache or 0.0)
