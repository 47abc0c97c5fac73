"""Fetches a file from a model hub, and goes on where an earlier try was broken off."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import aiohttp
import structlog

from engine.errors import Unavailable

#: Called with the bytes that are there and the bytes in all.
Progress = Callable[[int, int], None]

_REACH_S, _STALLED_S = 5.0, 30.0
_BLOCK = 1 << 20  # bytes

_log = structlog.get_logger()


async def from_hub(repository: str, target: Path, size: int, progress: Progress | None) -> Path | None:
    """The file called ``target.name`` of this repository, in a hidden file beside ``target``; its bytes are unchecked.

    None where there is no hub to reach, or it does not have the file with this ``size`` in bytes.  Raises
    ``Unavailable`` when the connection breaks in the middle: what has come is kept for the next try.
    """
    url = _address(repository, target.name)
    if not url:
        return None
    part = target.with_name(f".{target.name}.hub")
    began = there = part.stat().st_size if part.exists() else 0
    if there == size:
        return part
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_REACH_S, sock_read=_STALLED_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True, auto_decompress=False) as session,
            session.get(url, headers={"Range": f"bytes={there}-", "Accept-Encoding": "identity"}) as response,
        ):
            there = there if response.status == 206 else 0
            if response.status not in (200, 206) or there + (response.content_length or 0) != size:
                _log.info("the hub does not have it", status=response.status)
                return None
            with part.open("r+b" if there else "wb") as out:
                out.seek(there)
                async for block in response.content.iter_chunked(_BLOCK):
                    out.write(block)
                    there += len(block)
                    if progress:
                        progress(there, size)
    except (aiohttp.ClientError, TimeoutError) as error:
        if there == began:
            _log.info("no hub can be reached", why=type(error).__name__)
            return None
        raise Unavailable(
            f"The connection to the model hub broke after {there / 2**20:,.0f} MiB ({type(error).__name__}): "
            f"try again, it goes on from there."
        ) from error
    except OSError as error:
        raise Unavailable(f"Cannot write {part}: {error.strerror}.") from error
    return part


def _address(repository: str, file: str) -> str:
    """Where the hub has the file; empty where hubs are not to be asked (``HF_HUB_OFFLINE``)."""
    from huggingface_hub import constants, hf_hub_url  # the endpoint and its default are the library's business

    if not repository or constants.HF_HUB_OFFLINE:
        return ""
    return hf_hub_url(repository, file, endpoint=os.environ.get("HF_ENDPOINT"))
