"""The whole desk in this process, between strict stand-ins: Slack in front, a scripted model server behind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app import App
from bot.operations import Operations
from engine.config import load
from tests.encoders import packaged
from tests.stand_ins.fake_model import FakeModel
from tests.stand_ins.fake_slack import FakeSlack, Limits

ROOM, ALICE, BOB = "C0GENERAL", "U0ALICE", "U0BOB"
DOCUMENTS = {
    "vpn.md": "# VPN certificates\n\nVPN certificates are valid for 90 days and are renewed in the Bluebell portal.\n\n"
    "The client reads the certificate when it connects.\n",
    "printers.md": "# Label printers\n\nThe label printers use 62 mm Heather rolls from the store room.\n",
    "nianjia.md": "# 年假制度\n\n年假申请须提前五个工作日在海棠系统中提交。\n\n员工每年享有十五天年假。\n",
}


@dataclass
class Shop:
    """Slack, the model and the desk between them."""

    slack: FakeSlack
    model: FakeModel
    app: App
    folder: Path

    async def add(self, name: str, text: str, **where: str) -> list[dict[str, Any]]:
        """Load a document as `kb add` does."""
        (self.folder / name).write_text(text, encoding="utf-8")
        self.model.know([text])
        arguments = {"sources": [name], "folder": str(self.folder), "workspace": self.slack.team_id, **where}
        return [line["row"] async for line in Operations(self.app)("kb.add", arguments) if "row" in line]

    async def ask(self, text: str, *, user: str = ALICE, thread: str | None = None, mention: bool = True) -> str:
        """Say something in the room; returns the thread that an answer belongs to."""
        said = f"<@{self.slack.bot_user_id}> {text}" if mention else text
        sent = await self.slack.user_message(ROOM, user, said, thread_ts=thread)
        return thread or sent["ts"]

    def said(self, thread: str) -> list[dict[str, Any]]:
        """The bot's messages in a thread."""
        return self.slack.messages(ROOM, thread_ts=thread, from_bot=True)

    async def answer(self, thread: str, containing: str = "", number: int = 1) -> dict[str, Any]:
        """The bot's n-th message in the thread, once it is final."""

        async def ended() -> bool:
            return (await self.app.inbox.open_events()).total == 0

        async with asyncio.timeout(30):
            while not (len(self.said(thread)) >= number and containing in str(self.said(thread)[number - 1])
                       and await ended()):  # fmt: skip
                await asyncio.sleep(0.02)
        return self.said(thread)[number - 1]

    async def until(self, check: Callable[[], Any]) -> Any:
        """What ``check`` returns, as soon as it is something."""
        async with asyncio.timeout(30):
            while not (value := check()):
                await asyncio.sleep(0.02)
        return value

    async def quiet(self) -> None:
        """Until every event has its end."""
        async with asyncio.timeout(30):
            while (await self.app.inbox.open_events()).total:
                await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def opened(folder: Path, *, model_is_up: bool = True, model: str = "", more: str = "") -> AsyncIterator[Shop]:
    """The shop with its documents loaded and Slack connected; ``model`` and ``more`` are further settings."""
    limits = Limits(retry_delays_s=(0.0, 0.3, 0.3))
    async with FakeSlack(commands={"/frontdesk"}, limits=limits) as slack, FakeModel() as server:
        url = f"{server.url}/v1"
        if not model_is_up:
            await server.stop()
        file = folder / "frontdesk.toml"
        file.write_text(
            f'[data]\npath = "{folder / "var"}"\n[model]\nuse = "vllm"\nurl = "{url}"\n{model}'
            f'[[channels]]\nuse = "bot.slack:Slack"\nbot_token = "$BOT"\napp_token = "$APP"\n'
            f'api_url = "{slack.api_url}"\nhandoff = "C0OTHER"\n{more}'
        )
        slack.channels["C0OTHER"]["members"].append(slack.bot_user_id)
        loaded = load(file, {"BOT": slack.bot_token, "APP": slack.app_token})
        async with App(loaded, serving=True, embedder=packaged()).opened() as app:
            shop = Shop(slack, server, app, folder)
            for name, text in DOCUMENTS.items():
                assert (await shop.add(name, text))[0]["status"] == "searchable"
            connected = asyncio.Event()
            running = [
                asyncio.create_task(app.channels[0].run(app.reception, connected.set)),
                asyncio.create_task(app.tell_people()),
            ]
            async with asyncio.timeout(60):
                await connected.wait()
            try:
                yield shop
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)
