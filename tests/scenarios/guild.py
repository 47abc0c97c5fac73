"""A server of Discord with the whole desk in it, in one process, and waits that no slow machine exceeds."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from bot.app import App
from engine.config import load
from tests.encoders import packaged
from tests.stand_ins.fake_discord import FakeDiscord

Json = dict[str, Any]


@contextlib.asynccontextmanager
async def desk(fake: FakeDiscord, folder: Path, model: str = 'use = "none"', more: str = "") -> AsyncIterator[App]:
    """The desk, connected; the same data each time in the same folder.  ``more`` settings of the channel."""
    file = folder / "frontdesk.toml"
    file.write_text(
        f'[data]\npath = "{folder / "var"}"\n[model]\n{model}\n[[channels]]\nuse = "bot.discord:Discord"\n'
        f'token = "$TOKEN"\napi_url = "{fake.api_url}"\ngateway_url = "{fake.gateway_url}"\n{more}'
    )
    async with App(load(file, {"TOKEN": fake.token}), serving=True, embedder=packaged()).opened() as app:
        ready = asyncio.Event()
        running = asyncio.create_task(app.channels[0].run(app.reception, ready.set))
        try:
            async with asyncio.timeout(60):
                await ready.wait()
            yield app
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def until(check: Callable[[], Any]) -> Any:
    """What ``check`` returns, as soon as it is something."""
    async with asyncio.timeout(90):
        while not (value := check()):
            await asyncio.sleep(0.02)
    return value


async def ended(app: App) -> None:
    """Everything that was asked has an end."""
    async with asyncio.timeout(90):
        while (await app.inbox.open_events()).total:
            await asyncio.sleep(0.02)


def direct(fake: FakeDiscord, person: str, words: str = "") -> list[Json]:
    """What the bot has said to a person directly, to stay."""
    said = fake.messages(fake._dm(person)["id"], from_bot=True)
    return [m for m in said if words in m["content"] and not m.get("_for")]
