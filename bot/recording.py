"""`frontdesk doctor --record`: writes down what platforms really send, redacted, for tests that replay it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from bot.channel import Channel, Keep
from bot.redacting import Redactor
from engine.errors import FrontdeskError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from engine.config import Loaded


async def record(loaded: Loaded, file: Path, seconds: float) -> dict[str, int]:
    """Record for so many seconds; returns how many things each platform sent.

    Nothing is acknowledged: what a platform sends only once is sent again to `frontdesk run`.  The file is made anew,
    readable by its owner alone.  Raises ``FrontdeskError`` when it cannot be written.
    """
    redactor = Redactor(loaded.secrets)
    counts: dict[str, int] = {}
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as e:
        raise FrontdeskError(f"{file} cannot be written: {e.strerror}") from None
    with os.fdopen(descriptor, "wb") as out:

        def keeper(platform: str) -> Keep:
            def keep(kind: str, name: str, taken: str, said: Mapping[str, Any]) -> None:
                row = {"platform": platform, "kind": kind, "name": name, "as": taken, "said": redactor.redact(said)}
                line = orjson.dumps(row)
                if redactor.leaks(line.decode()):
                    raise FrontdeskError("a secret would have stood in the recording: nothing more is written")
                out.write(line + b"\n")
                counts[platform] = counts.get(platform, 0) + 1

            return keep

        async def one(channel: Channel) -> None:
            try:
                async with asyncio.timeout(seconds):
                    await channel.record(keeper(channel.name))
            except TimeoutError:
                pass
            finally:
                await channel.close()

        channels = [channel for channel in loaded.channels if isinstance(channel, Channel)]
        ended = await asyncio.gather(*map(one, channels), return_exceptions=True)
    for problem in ended:
        if problem is not None:
            raise problem
    return counts
