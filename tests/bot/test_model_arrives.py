"""A desk that began without a model takes one up when it has been fetched, and the page says so."""

import asyncio
import shutil
import sys

import aiohttp
import pytest

from bot.app import App
from engine.config import load
from engine.model.fetch import QWEN
from tests.encoders import packaged
from tests.model.tiny_gguf import write_tiny_gguf


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder of this test's own."""
    monkeypatch.setenv("FRONTDESK_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


async def test_the_model_writes_as_soon_as_it_is_there_and_the_page_says_so(tmp_path, cache, monkeypatch):
    """The runtime too may be installed after the start, as in the README.

    A page asks again as long as it is told that a model is awaited, and so it must be told until that model writes.
    """
    pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")
    monkeypatch.setitem(sys.modules, "xllamacpp", None)  # for Python this means: it is not there
    settings = tmp_path / "frontdesk.toml"
    settings.write_text(
        f'[data]\npath = "{tmp_path / "var"}"\n[[channels]]\nuse = "bot.web:Web"\nlisten = "127.0.0.1:0"\n'
    )
    async with (
        App(load(settings, {}), serving=True, embedder=packaged()).opened() as app,
        aiohttp.ClientSession() as web,
    ):
        connected = asyncio.Event()
        page = asyncio.create_task(app.channels[0].run(app.reception, connected.set))
        taking_up = asyncio.create_task(app.take_up_model())
        await connected.wait()
        about = f"http://127.0.0.1:{app.channels[0].port}/api/about"
        async with web.get(about) as response:
            assert (await response.json())["writer"] == {"name": "", "awaited": True}
        assert app.model is None

        arriving = (
            tmp_path / QWEN.file
        )  # a tiny model with the size of the real one: the hash was checked at the joining
        write_tiny_gguf(arriving)
        with arriving.open("r+b") as file:
            file.truncate(QWEN.size)
        shutil.move(arriving, cache / QWEN.file)

        await asyncio.sleep(0.2)
        async with web.get(about) as response:
            assert (await response.json())["writer"] == {"name": "", "awaited": True}
        monkeypatch.undo()
        monkeypatch.setenv("FRONTDESK_CACHE", str(cache))
        told = [{"name": "", "awaited": True}]
        async with asyncio.timeout(60):
            while told[-1]["awaited"]:
                async with web.get(about) as response:
                    told.append((await response.json())["writer"])
            await taking_up
        assert told[-1] == {"name": QWEN.name, "awaited": False}
        assert app.model is not None
        assert app.assistant.setup.model is app.model
        page.cancel()
        await asyncio.gather(page, return_exceptions=True)


async def test_a_file_that_is_no_model_leaves_the_desk_quoting(tmp_path, cache):
    pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")
    settings = tmp_path / "frontdesk.toml"
    settings.write_text(f'[data]\npath = "{tmp_path / "var"}"\n')
    async with App(load(settings, {}), embedder=packaged()).opened() as app:
        taking_up = asyncio.create_task(app.take_up_model())
        with (cache / "broken").open("wb") as file:
            file.truncate(QWEN.size)
        (cache / "broken").rename(cache / QWEN.file)
        async with asyncio.timeout(60):
            await taking_up
        assert app.model is None
