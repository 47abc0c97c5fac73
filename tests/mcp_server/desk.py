"""A desk with an MCP listener, and the official client to speak with it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from bot.app import App
from bot.mcp.listening import McpListener
from bot.operations import Operations
from engine.config import load
from tests.encoders import packaged

PAGES = {
    "hours.md": ("public", "# Opening hours\n\nThe shop is open from 9:00 to 17:00.\n"),
    "wages.md": ("workspace", "# Wages\n\nA night shift is paid 31 euros an hour.\n"),
    "board.md": ("room:C0BOARD", "# Board\n\nThe board meets on the second Monday of the month.\n"),
}
Json = dict[str, Any]


@contextlib.asynccontextmanager
async def desk(folder: Path, more: str = "") -> AsyncIterator[App]:
    """A desk that quotes, with a page for everybody, one for the workspace and one for a room."""
    file = folder / "frontdesk.toml"
    file.write_text(f'workspace = "acme"\n[data]\npath = "{folder / "var"}"\n[model]\nuse = "none"\n{more}', "utf-8")
    async with App(load(file), serving=True, channels=(), embedder=packaged()).opened() as app:
        for name, (audience, text) in PAGES.items():
            (folder / name).write_text(text, "utf-8")
            given = {"sources": [str(folder / name)], "folder": str(folder), "audience": audience}
            rows = [line["row"] async for line in Operations(app)("kb.add", given) if "row" in line]
            assert {row["status"] for row in rows} <= {"searchable", "unchanged"}
        yield app


async def done(app: App, operation: str, **arguments: Any) -> list[Json]:
    """The rows of an operation."""
    return [dict(line["row"]) async for line in Operations(app)(operation, arguments)]


async def token(app: App, audience: str = "workspace", **more: Any) -> Json:
    """A new token, with its text."""
    [row] = await done(app, "mcp.token.new", name="helper", audience=audience, **more)
    return row


@contextlib.asynccontextmanager
async def listening(app: App) -> AsyncIterator[str]:
    """The address of the listener."""
    listener = McpListener("127.0.0.1:0", (), app.agents)
    await listener.start()
    try:
        yield f"http://127.0.0.1:{listener.port}/mcp"
    finally:
        await listener.stop()


@contextlib.asynccontextmanager
async def agent(url: str, text: str) -> AsyncIterator[Client]:
    """The official client, with this token."""
    headers = {"Authorization": f"Bearer {text}"} if text else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=120) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client
