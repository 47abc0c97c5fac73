"""Reads a file that came with a chat message: from the platform's own hosts, not endless, never by a redirect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

import aiohttp
import yarl

from engine.errors import LoadFailed, Refused, Unavailable

if TYPE_CHECKING:
    from bot.channel import Channel
    from engine.types import File

#: Larger files are not read.
MOST_BYTES: Final = 20 * 2**20
#: Seconds for the whole file, and for the connection.
_TIMEOUT = aiohttp.ClientTimeout(total=90.0, connect=15.0)
_PIECE: Final = 2**16
#: Seconds before a file that is to be loaded is asked for again.
_LOADED_AGAIN_S: Final = (1.0, 4.0, 10.0)
_T = TypeVar("_T")


async def patiently(ask: Callable[[], Awaitable[_T]], pauses: Sequence[float]) -> _T:
    """What the platform gives, asked again after each of these pauses (seconds) while it raises ``Unavailable``."""
    for pause in pauses:
        try:
            return await ask()
        except Unavailable as e:
            await asyncio.sleep(max(pause, e.retry_after_s or 0.0))
    return await ask()


async def uploaded(channels: Mapping[str, Channel], name: str, file: File) -> bytes:
    """The bytes of a file that came with a message of this channel, for a load.  Raises ``LoadFailed``."""
    channel = channels.get(name)
    if channel is None:
        raise LoadFailed(f"the channel {name}, where the file was sent, is not in the settings any more")

    async def asked() -> bytes:
        return await channel.download(await channel.located(file))

    try:
        return await patiently(asked, _LOADED_AGAIN_S)
    except Refused as e:
        raise LoadFailed(str(e)) from None
    except Unavailable as e:
        raise LoadFailed(f"{e}: send the file again") from None


def too_large(name: str, size: int) -> Refused:
    """What is said of a file that is too large."""
    return Refused(f"{name} has {size / 2**20:.0f} MB: at most {MOST_BYTES // 2**20} MB are read from chat")


def stands_at(url: str, origins: frozenset[str]) -> bool:
    """Whether this address is at one of these origins (``https://files.slack.com``), spelt without tricks."""
    try:
        parsed = yarl.URL(url)
        return parsed.user is None and parsed.password is None and str(parsed.origin()) in origins
    except ValueError:
        return False


async def fetch(
    session: aiohttp.ClientSession, name: str, url: str, *, origins: frozenset[str], headers: Mapping[str, str]
) -> tuple[bytes, str]:
    """The bytes at this address and their media type.

    ``headers`` (with the platform's token) are sent to ``origins`` alone: anything else is refused before a connection
    is made, and a redirect is not followed.  Raises ``Refused`` and ``Unavailable``.
    """
    if not stands_at(url, origins):
        raise Refused(f"{name} is not kept by the chat platform itself: send the file, not a link to it")
    try:
        async with session.get(url, headers=headers, allow_redirects=False, timeout=_TIMEOUT) as response:
            if response.status in (401, 403) or 300 <= response.status < 400:
                raise Refused(f"the bot may not read {name} (status {response.status})")
            if response.status in (404, 410):
                raise Refused(f"{name} is gone from the chat platform: send it again")
            if response.status != 200:
                raise Unavailable(f"the chat platform does not give {name} now (status {response.status})")
            if (length := response.content_length or 0) > MOST_BYTES:
                raise too_large(name, length)
            data = bytearray()
            async for piece in response.content.iter_chunked(_PIECE):
                data += piece
                if len(data) > MOST_BYTES:
                    raise too_large(name, len(data))
            return bytes(data), response.content_type
    except (aiohttp.ClientError, TimeoutError, OSError) as e:
        raise Unavailable(f"the chat platform does not give {name} now ({type(e).__name__})") from None
