"""A draft on the web page: saved as a file, an earlier version brought back, after a reload too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot.app import App
from engine.config import load
from tests.encoders import packaged
from tests.stand_ins.fake_model import FakeModel

TALK = "11111111-talk"
FIRST = "The office is closed on Friday. Support by mail goes on."
SHORT = "The office is closed on Friday."


@dataclass
class Visit:
    """Somebody with the page open."""

    app: App
    base: str
    session: aiohttp.ClientSession
    model: FakeModel

    async def ask(self, uid: str, text: str) -> dict[str, Any]:
        """Send a question; returns its exchange once it is answered."""
        async with self.session.post(f"{self.base}/{TALK}/messages", json={"id": uid, "text": text}) as r:
            assert r.status == 202, await r.text()
        return await self.answered(1 + len(await self.exchanges(ended=True)))

    async def exchanges(self, *, ended: bool = False) -> list[dict[str, Any]]:
        """As the page draws them when it is loaded."""
        async with self.session.get(f"{self.base}/{TALK}") as r:
            found = (await r.json())["exchanges"] if r.status == 200 else []
        return [one for one in found if not ended or one["outcome"]]

    async def answered(self, count: int) -> dict[str, Any]:
        """The last of so many, once all are answered and kept: a press before that finds no answer."""
        async with asyncio.timeout(60):
            while len(found := await self.exchanges(ended=True)) < count or (await self.app.inbox.open_events()).total:
                await asyncio.sleep(0.05)
        return found[-1]

    async def press(self, exchange: dict[str, Any], action: str, choice: str = "", status: int = 200) -> dict[str, Any]:
        """Press a button below an answer."""
        asked = {"action": action, "choice": choice}
        async with self.session.post(f"{self.base}/{TALK}/messages/{exchange['id']}/press", json=asked) as r:
            assert r.status == status, await r.text()
            found: dict[str, Any] = await r.json()
            return found


@asynccontextmanager
async def visiting(tmp_path: Path) -> AsyncIterator[Visit]:
    async with FakeModel() as model:
        file = tmp_path / "frontdesk.toml"
        file.write_text(
            f'workspace = "acme"\n[data]\npath = "{tmp_path / "var"}"\n'
            f'[model]\nuse = "vllm"\nurl = "{model.url}/v1"\n'
            '[[channels]]\nuse = "bot.web:Web"\nlisten = "127.0.0.1:0"\n'
        )
        async with App(load(file, {}), serving=True, embedder=packaged()).opened() as app:
            page: Any = app.channels[0]
            connected = asyncio.Event()
            running = asyncio.create_task(page.run(app.reception, connected.set))
            try:
                await connected.wait()
                root = f"http://127.0.0.1:{page.port}"
                async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
                    async with session.get(f"{root}/") as r:
                        assert r.status == 200
                    session.headers["Origin"] = root
                    yield Visit(app, f"{root}/api/conversations", session, model)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


async def test_a_draft_is_exported_in_three_forms_and_its_first_version_comes_back(tmp_path):
    async with visiting(tmp_path) as visit:
        visit.model.rule("", "script", text=FIRST)
        first = await visit.ask("q-0000001", "/draft announcement: the office is closed on Friday, mail goes on")
        assert first["below"] == ["draft.export"]
        offered = (await visit.press(first, "draft.export"))["choices"]
        files = [(await visit.press(first, one["action"], one["choice"]))["file"] for one in offered]
        assert [file["name"].rpartition(".")[2] for file in files] == ["md", "txt", "html"]
        assert all(SHORT in file["text"] for file in files)
        assert "<!doctype html>" in files[2]["text"]

        visit.model.reset()
        visit.model.rule("", "script", text=SHORT)
        second = await visit.ask("q-0000002", "shorter")
        assert second["below"] == ["draft.export", "draft.versions"]
        [back] = (await visit.press(second, "draft.versions"))["choices"]
        assert back["choice"] == "1"
        await visit.press(second, back["action"], back["choice"])
        third = await visit.answered(3)
        assert "mail goes on" in third["html"]
        assert (await visit.press(third, "draft.export"))["choices"] == offered, "also of one that a click asked for"

        await visit.press(third, "draft.post", status=400)
        plain = await visit.ask("q-0000003", "thanks!")
        assert plain["below"] == []
        assert (await visit.press(plain, "draft.as", "markdown"))["file"] is None
        on = await visit.ask("q-0000004", "shorter")
        assert on["below"] == ["draft.export", "draft.versions"], "thanks do not end a draft"
