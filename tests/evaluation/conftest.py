"""A desk without a model and without channels, and short ways to use it as the command line does."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.operations import Operations
from engine.config import load
from engine.knowledge.embed import Packaged

DOCUMENTS = {
    "vpn.md": "# VPN certificates\n\nVPN certificates are valid for 90 days and are renewed in the Bluebell portal.\n",
    "printers.md": "# Label printers\n\nThe label printers use 62 mm Heather rolls from the store room.\n",
    "nianjia.md": "# 年假制度\n\n年假申请须提前五个工作日在海棠系统中提交。员工每年享有十五天年假。\n",
}


@dataclass
class Bench:
    """An open desk and its folder."""

    app: App
    folder: Path

    async def lines(self, operation: str, **arguments: Any) -> list[dict[str, Any]]:
        given = {"folder": str(self.folder), **arguments}
        return [dict(line) async for line in Operations(self.app)(operation, given)]

    async def rows(self, operation: str, **arguments: Any) -> list[dict[str, Any]]:
        return [line["row"] for line in await self.lines(operation, **arguments) if "row" in line]

    async def add(self, name: str, text: str, **arguments: Any) -> dict[str, Any]:
        (self.folder / name).write_text(text, encoding="utf-8")
        rows = await self.rows("kb.add", sources=[name], **arguments)
        return next(r for r in rows if r.get("status"))

    async def ask(self, text: str, **arguments: Any) -> dict[str, Any]:
        [row] = await self.rows("ask", text=text, person="ann", **arguments)
        return row


@pytest.fixture(scope="session")
def embedder() -> Packaged:
    """The packaged embedder, loaded once."""
    made = Packaged()
    made.open()
    return made


@contextlib.asynccontextmanager
async def opened(folder: Path, embedder: Packaged) -> AsyncIterator[Bench]:
    """A desk in this folder, without documents."""
    file = folder / "frontdesk.toml"
    file.write_text(f'[data]\npath = "{folder / "var"}"\n[model]\nuse = "none"\n')
    async with App(load(file, {}), embedder=embedder).opened() as app:
        yield Bench(app, folder)


@pytest.fixture
async def bench(tmp_path, embedder):
    """A desk with three documents."""
    async with opened(tmp_path, embedder) as bench:
        for name, text in DOCUMENTS.items():
            assert (await bench.add(name, text))["status"] == "searchable"
        yield bench
