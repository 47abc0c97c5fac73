"""A scripted model server, raw servers that misbehave, and models with short deadlines."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from engine.model import ModelSettings
from engine.model.contract import Piece
from engine.model.served import ServedModel
from tests.stand_ins.fake_model import FakeModel

PASSAGE = "VPN certificates are valid for 90 days."
QUESTION: list[BaseMessage] = [
    SystemMessage("Answer from the passages."),
    HumanMessage(f"[1] {PASSAGE}\n\nHow long are VPN certificates valid?"),
]


@pytest.fixture
async def fake() -> AsyncIterator[FakeModel]:
    """The scripted model server of the acceptance scenarios; it knows one passage."""
    async with FakeModel() as server:
        server.know([PASSAGE])
        yield server


@pytest.fixture
async def open_model() -> AsyncIterator[Callable[..., ServedModel]]:
    """Makes models for addresses, which try once, with other settings as given; they are closed at the end."""
    models: list[ServedModel] = []

    def make(*urls: str, **settings: object) -> ServedModel:
        where = {"url": f"{urls[0]}/v1"} if len(urls) == 1 else {"urls": [f"{url}/v1" for url in urls]}
        models.append(ServedModel(ModelSettings(use="vllm", **where, **{"tries": 1, **settings})))
        return models[-1]

    yield make
    for model in models:
        await model.close()


async def said(model: ServedModel, **options: object) -> tuple[str, Piece]:
    """The whole text of an answer, and its last piece."""
    text, last = "", Piece()
    async for piece in model.write(QUESTION, **{"max_tokens": 200, **options}):
        text += piece.text
        last = piece
    return text, last


def events(*chunks: str) -> bytes:
    """Server-sent events with this data."""
    return b"".join(b"data: " + chunk.encode() + b"\n\n" for chunk in chunks)


STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(*speeches: bytes | Speak) -> AsyncIterator[str]:
    """A server that reads a request and says these bytes: one speech a connection, the last for all that follow."""
    count = 0
    under_way: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        task = asyncio.current_task()
        assert task
        under_way.add(task)
        speech = speeches[min(count, len(speeches) - 1)]
        count += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
            await reader.readexactly(int(length[0]) if length else 0)
            if callable(speech):
                await speech(reader, writer)
            else:
                writer.write(speech)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            under_way.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in list(under_way):
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until something has become true."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)
