"""One chat server for all tests of this folder, models that write through it, and desks that answer with it."""

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from bot.app import App
from bot.operations import Operations
from engine.config import load
from engine.model import ModelSettings
from engine.model.contract import Piece
from engine.model.served import ServedModel
from tests.vllm.server import KEY, NAME, RealServer, serving

VPN = "# VPN\n\nVPN certificates are valid for ninety days; the portal renews them.\n"
#: Far more than the server's block of 32 tokens, and no test may find another's beginning in the cache.
RULES = "You answer questions from the passages, and you cite the passage of each sentence in square brackets. " * 8
#: The model would end after a few words, and repeat itself when it may not: so it draws its words.
TALKATIVE = {"temperature": 1.0, "extra": {"ignore_eos": True}}


@pytest.fixture(scope="package")
def server() -> Iterator[RealServer]:
    """The real one: 1 to 3 minutes until it answers."""
    if url := os.environ.get("FRONTDESK_VLLM_URL"):
        yield RealServer(url)
        return
    with serving("chat") as running:
        yield running


@pytest.fixture
async def open_model(server: RealServer) -> AsyncIterator[Callable[..., ServedModel]]:
    """Makes models for the server, with other settings as given; they are closed at the end."""
    models: list[ServedModel] = []

    def make(**settings: Any) -> ServedModel:
        given = {
            "use": "vllm",
            "url": f"{server.url}/v1",
            "api_key": KEY,
            "first_token_s": 60,
            "idle_s": 60,
            **settings,
        }
        models.append(ServedModel(ModelSettings.model_validate(given)))
        return models[-1]

    yield make
    for model in models:
        await model.close()


def fresh(question: str = "How long are VPN certificates valid?") -> list[BaseMessage]:
    """A prompt whose beginning the server has never seen."""
    return [SystemMessage(f"{uuid.uuid4().hex} {RULES}"), HumanMessage(question)]


async def written(model: ServedModel, prompt: list[BaseMessage], **options: Any) -> list[Piece]:
    """All pieces of one answer."""
    return [piece async for piece in model.write(prompt, **{"max_tokens": 12, **options})]


async def until(true: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Wait until something has become true."""
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.1)


class Office:
    """A desk whose answers the real server writes."""

    def __init__(self, app: App):
        self.app = app
        self.conversation = uuid.uuid4().hex

    async def rows(self, operation: str, **arguments: Any) -> list[dict[str, Any]]:
        return [line["row"] async for line in Operations(self.app)(operation, arguments) if "row" in line]

    async def load(self, folder: Path) -> None:
        rows = await self.rows("kb.add", sources=["."], folder=str(folder))
        assert {row["status"] for row in rows} == {"searchable"}, rows

    async def ask(self, text: str) -> dict[str, Any]:
        """The contract's JSON of `ask`, within one conversation."""
        [said] = await self.rows("ask", text=text, person="ann", conversation=self.conversation)
        return said


def settings(server: RealServer, folder: Path, *, model: str = "", more: str = "") -> Path:
    """A settings file that names the server."""
    file = folder / "frontdesk.toml"
    address = f'use = "vllm"\nurl = "{server.url}/v1"\nname = "{NAME}"\napi_key = "{KEY}"\n'
    waits = "first_token_s = 60\nidle_s = 60\n"
    data = json.dumps(str(folder / "var"))
    file.write_text(f"[data]\npath = {data}\n[model]\n{address}{waits}{model}\n{more}", "utf-8")
    return file


@pytest.fixture
def open_office(server: RealServer, tmp_path: Path) -> Callable[..., Any]:
    """Opens a desk; ``model`` and ``more`` are lines of its settings."""

    @asynccontextmanager
    async def make(*, model: str = "max_tokens = 24", more: str = "") -> AsyncIterator[Office]:
        async with App(load(settings(server, tmp_path, model=model, more=more), {})).opened() as app:
            yield Office(app)

    return make
