"""A desk whose settings name a model server that embeds and reranks; then other settings, with the same data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.app import App
from bot.operations import Operations
from engine.config import load
from engine.errors import SettingsError
from tests.knowledge.model_server import serving

PAGE = "# Keys\n\nThe admin key is rotated every ninety days in the Bluebell portal. Nobody else may do it.\n"
ON_SERVER = 'embedder = "server"\nembedder_url = "{url}"\nembedder_model = "words"\nembedder_key = "$EMBEDDER_KEY"\n'
RERANKED = 'rerank_url = "{url}"\nrerank_model = "cross"\nrerank_key = "$EMBEDDER_KEY"\nrerank_s = 20\n'
QUESTION = "How often is the admin key rotated?"


@asynccontextmanager
async def desk(folder: Path, knowledge: str) -> AsyncIterator[App]:
    file = folder / "frontdesk.toml"
    file.write_text(
        f'[data]\npath = "{folder / "var"}"\n[model]\nuse = "none"\n[knowledge]\n{knowledge}', encoding="utf-8"
    )
    loaded = load(file, {"EMBEDDER_KEY": "secret-of-the-embedder"})
    assert "secret" not in str(loaded.settings.knowledge)
    async with App(loaded).opened() as app:
        yield app


async def rows(app: App, operation: str, **arguments: Any) -> list[dict[str, Any]]:
    return [line["row"] async for line in Operations(app)(operation, arguments) if "row" in line]


async def asked(app: App) -> dict[str, Any]:
    [said] = await rows(app, "ask", text=QUESTION, person="ann")
    return said


async def test_settings_alone_move_a_desk_to_a_server_and_back(tmp_path):
    async with serving(key="secret-of-the-embedder") as server:
        (tmp_path / "keys.md").write_text(PAGE, encoding="utf-8")
        async with desk(tmp_path, (ON_SERVER + RERANKED).format(url=server.url)) as app:
            [row] = await rows(app, "kb.add", sources=["keys.md"], folder=str(tmp_path))
            assert row["status"] == "searchable", row
            said = await asked(app)
            assert "ninety days" in said["text"] and said["receipt"]["notes"] == ["order by cross"]
            assert server.reranked and server.passages

        async with desk(tmp_path, f'embedder_url = "{server.url}"\nembedder_key = "$EMBEDDER_KEY"\n') as app:
            said = await asked(app)
            assert "ninety days" in said["text"] and said["receipt"]["notes"] == [], "the old vectors or the new ones"
            await app.knowledge.renewed()
            assert await used(app) == {app.knowledge.embedder.name} and app.knowledge.embedder.name.startswith("e5")
            asked_before = len(server.embedded)
            assert "ninety days" in (await asked(app))["text"] and len(server.embedded) == asked_before
            [state] = await rows(app, "state")
            assert (state["differences"], state["renewing"]) == (0, [])


async def used(app: App) -> set[str]:
    [document] = await app.knowledge.documents("main")
    return {kept.embedder for kept in await app.knowledge._documents.passages(document.id)}


async def test_what_the_server_lacks_is_said_before_anything_is_opened(tmp_path):
    try:
        async with desk(tmp_path, 'embedder = "server"\nembedder_model = "words"\n'):
            raise AssertionError("it opened")
    except SettingsError as e:
        assert "knowledge.embedder_url" in str(e)
