"""What a model server says when it refuses, in few words, and how long it asks us to wait."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import math
import re
import time
from urllib.parse import urlsplit

import aiohttp
import orjson

from engine.errors import ModelUnavailable
from engine.model.stream import plain

_ERROR_BYTES = 65_536  # how much of an error's body is read
_ERROR_S = 2.0  # and for how long
# vLLM, llama.cpp and others say it in their own words, all with status 400.
TOO_LONG = re.compile(
    r"context.{0,20}(length|size|window)|maximum.{0,20}(model )?len|too (long|large)|exceed_context", re.IGNORECASE
)


class Declined(ModelUnavailable):
    """The server is well, but does not do this: no reason to leave it alone, and no use to ask again."""


class Overloaded(Declined):
    """The server is well, but has too much to do now: another may take it, or the same one a little later."""


async def said(response: aiohttp.ClientResponse) -> str:
    """What an error's body says, short."""
    body = b""
    with contextlib.suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(_ERROR_S):
            while len(body) < _ERROR_BYTES and (more := await response.content.read(_ERROR_BYTES)):
                body += more
    try:
        data = orjson.loads(body)
        return plain(data.get("error", data) if isinstance(data, dict) else data)
    except orjson.JSONDecodeError:
        return plain(body[:300].decode(errors="replace"))


def without_login(url: str) -> str:
    """An address as people may see it: no name, no password, no query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def retry_after(value: str) -> float | None:
    """Seconds, from the header's number or date; at most five minutes."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), 300.0)
